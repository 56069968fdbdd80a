//! Attacks by name. The frozen table beside this is wider; these say why.

use vault_proto::v1::{Call, NewSlot, Request, UnlockSecret};
use vault_proto::{Codec, DecodeError};

use crate::v1::samples::secret;

#[test]
fn a_padded_varint_is_not_canonical() {
    // id 7 as one byte and as two.
    assert!(Codec::Postcard.decode::<Request>(&[7, 0]).is_ok());
    assert_eq!(Codec::Postcard.decode::<Request>(&[0x87, 0, 0]), Err(DecodeError::NotCanonical));
    assert_eq!(Codec::Postcard.decode::<Request>(&[7, 0x80, 0]), Err(DecodeError::NotCanonical));
}

#[test]
fn mistake_15_a_huge_announced_length_allocates_nothing() {
    // set, no app, a name of 2^63 bytes
    let mut bytes = vec![7, 2, 0];
    bytes.extend([0x80; 9]);
    bytes.push(1);
    assert_eq!(Codec::Postcard.decode::<Request>(&bytes), Err(DecodeError::Truncated));
}

#[test]
fn more_unlock_secrets_than_slots_are_refused() {
    let keep = |n: usize| Call::RekeyRoot {
        keep: (0..n).map(|_| UnlockSecret::Passphrase(secret(""))).collect(),
        drop_slots: false,
    };
    for codec in [Codec::Postcard, Codec::Json] {
        for (n, fits) in [(16, true), (17, false), (5_000, false)] {
            let mut out = Vec::new();
            codec.encode_frame(&Request { id: 1, call: keep(n) }, &mut out).unwrap();
            assert_eq!(codec.decode::<Request>(&out[4..]).is_ok(), fits, "{n}");
        }
    }
}

#[test]
fn a_message_over_the_frame_limit_is_refused_unread() {
    let bytes = vec![b' '; vault_proto::limits::FRAME_MAX + 1];
    for codec in [Codec::Postcard, Codec::Json] {
        assert!(matches!(codec.decode::<Request>(&bytes), Err(DecodeError::TooLarge { .. })));
    }
}

#[test]
fn json_says_where() {
    let error = Codec::Json.decode::<Request>(b"{\"id\":1,\n \"call\":{\"nothing\":{}}}").unwrap_err();
    assert!(matches!(error, DecodeError::Malformed { line: 2, column } if column > 1), "{error:?}");
}

#[test]
fn json_leaves_out_what_is_absent() {
    let request = Codec::Json.decode::<Request>(br#"{"call":{"get":{"name":"n"}},"id":1}"#).unwrap();
    assert_eq!(request.call, Call::Get { app: None, name: "n".into(), version: None });
}

#[test]
fn json_reads_well() {
    let call = Call::SlotAdd {
        existing: UnlockSecret::Passphrase(secret("old")),
        new: NewSlot::RecoveryKey {},
        label: "x".into(),
    };
    let mut out = Vec::new();
    Codec::Json.encode_frame(&Request { id: 1, call }, &mut out).unwrap();
    let text = std::str::from_utf8(&out[4..]).unwrap();
    assert_eq!(
        text,
        r#"{"id":1,"call":{"slot_add":{"existing":{"passphrase":"b2xk"},"new":{"recovery_key":{}},"label":"x"}}}"#
    );
}
