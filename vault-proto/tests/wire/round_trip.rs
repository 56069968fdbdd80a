//! What is sent is what arrives, whatever it is, and nothing shorter or longer is.

use proptest::prelude::*;
use vault_proto::v1::{Call, Reply, Request, Response, SecretBytes};
use vault_proto::{Codec, DecodeError, Dialect, Version, frame, limits};

use crate::{CODECS, samples, wire};

proptest! {
    #[test]
    fn any_message_in_both_codecs(wire in wire()) {
        for (codec, _) in CODECS {
            let bytes = wire.encode(codec);
            let back = wire.decode_alike(codec, &bytes);
            prop_assert_eq!(back.as_ref(), Ok(&wire));
        }
    }

    #[test]
    fn any_truncation_and_any_byte_more_is_refused(wire in wire(), at in any::<prop::sample::Index>(), more in any::<u8>()) {
        for (codec, name) in CODECS {
            let mut bytes = wire.encode(codec);
            let cut = at.index(bytes.len());
            let refused = wire.decode_alike(codec, &bytes[..cut]);
            prop_assert_eq!(refused, Err(DecodeError::Truncated), "{} cut at {}", name, cut);
            bytes.push(more);
            let longer = wire.decode_alike(codec, &bytes);
            if codec == Codec::Json && matches!(more, b' ' | b'\n' | b'\r' | b'\t') {
                prop_assert_eq!(longer, Ok(wire));
                return Ok(());
            }
            prop_assert!(longer.is_err(), "{} and {:#04x}", name, more);
        }
    }

    #[test]
    fn a_changed_byte_is_refused_or_another_message(wire in wire(), at in any::<prop::sample::Index>(), to in any::<u8>()) {
        let mut bytes = wire.encode(Codec::Postcard);
        let at = at.index(bytes.len());
        prop_assume!(bytes[at] != to);
        bytes[at] = to;
        if let Ok(other) = wire.decode_alike(Codec::Postcard, &bytes) {
            // One message has one encoding, so another encoding is another message.
            prop_assert_ne!(&other, &wire);
            prop_assert_eq!(other.encode(Codec::Postcard), bytes);
        }
    }

    #[test]
    fn noise_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for (codec, _) in CODECS {
            for version in [Version::V1, Version::V2] {
                let _ = Dialect { version, codec }.decode_request(&bytes);
                let _ = Dialect { version, codec }.decode_response(&bytes);
            }
        }
        let _ = frame::split(&bytes);
    }
}

#[test]
fn every_sample_is_refused_at_every_shorter_length() {
    for (name, wire) in samples() {
        for (codec, codec_name) in CODECS {
            let bytes = wire.encode(codec);
            assert_eq!(wire.decode_alike(codec, &bytes).as_ref(), Ok(&wire), "{name} {codec_name}");
            for end in 0..bytes.len() {
                let cut = wire.decode_alike(codec, &bytes[..end]);
                assert_eq!(cut, Err(DecodeError::Truncated), "{name} {codec_name} cut at {end}");
            }
        }
    }
}

#[test]
fn the_largest_value_fits_a_frame_in_both_codecs_and_a_larger_message_does_not() {
    for (codec, _) in CODECS {
        let mut out = b"kept".to_vec();
        codec.encode_frame(&set(limits::VALUE_MAX), &mut out).unwrap();
        let Ok(frame::Split::Frame(range)) = frame::split(&out[4..]) else { panic!("no frame") };
        let payload = &out[4..][range];
        assert_eq!(codec.decode(payload), Ok(set(limits::VALUE_MAX)));

        out.truncate(4);
        assert!(codec.encode_frame(&set(limits::FRAME_MAX), &mut out).is_err());
        assert_eq!(out, b"kept");
    }
}

#[test]
fn a_full_backup_chunk_fits_a_frame_in_both_codecs() {
    for (codec, _) in CODECS {
        let chunk = Reply::BackupChunk { bytes: vec![0xff; codec.backup_chunk()] };
        let response = Response { id: u64::MAX, stamp: None, result: Ok(chunk) };
        assert_eq!(codec.encode_frame(&response, &mut Vec::new()), Ok(()));
        assert_eq!(Dialect::newest(codec).encode_response_frame(&response.into(), &mut Vec::new()), Ok(()));
    }
}

fn set(len: usize) -> Request {
    let value = SecretBytes::new(vec![b'x'; len]);
    Request { id: 1, call: Call::Set { app: None, name: "n".into(), value, if_version: None } }
}
