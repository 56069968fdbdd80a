//! The wire, as a peer sees it: every message in both codecs, what is refused,
//! and the frozen bytes of each version.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests, outside a test function")]

mod dialect;
mod golden;
mod invalid;
mod refusals;
mod round_trip;
mod silence;
mod v1;
mod v2;

use std::path::PathBuf;

use proptest::strategy::{Strategy, Union};
use vault_proto::{Codec, DecodeError};

/// A message of either kind and version, so that one table holds all of them.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Wire {
    Request1(vault_proto::v1::Request),
    Response1(vault_proto::v1::Response),
    Request2(vault_proto::v2::Request),
    Response2(vault_proto::v2::Response),
}

impl Wire {
    pub(crate) fn encode(&self, codec: Codec) -> Vec<u8> {
        let mut out = Vec::new();
        match self {
            Self::Request1(request) => codec.encode(request, &mut out).unwrap(),
            Self::Response1(response) => codec.encode(response, &mut out).unwrap(),
            Self::Request2(request) => codec.encode(request, &mut out).unwrap(),
            Self::Response2(response) => codec.encode(response, &mut out).unwrap(),
        }
        out
    }

    /// Decodes the same kind of message as `self`.
    pub(crate) fn decode_alike(&self, codec: Codec, bytes: &[u8]) -> Result<Self, DecodeError> {
        match self {
            Self::Request1(_) => codec.decode(bytes).map(Self::Request1),
            Self::Response1(_) => codec.decode(bytes).map(Self::Response1),
            Self::Request2(_) => codec.decode(bytes).map(Self::Request2),
            Self::Response2(_) => codec.decode(bytes).map(Self::Response2),
        }
    }
}

/// Every sample of both versions; the name says which.
pub(crate) fn samples() -> Vec<(String, Wire)> {
    let mut all = Vec::new();
    for (version, samples) in [("v1", v1::samples::all()), ("v2", v2::samples::all()), ("v2", v2::key_samples::all())] {
        all.extend(samples.into_iter().map(|(name, wire)| (format!("{version}/{name}"), wire)));
    }
    all
}

/// Any message of either version.
pub(crate) fn wire() -> impl Strategy<Value = Wire> {
    Union::new([v1::strategy::wire().boxed(), v2::strategy::wire().boxed()])
}

pub(crate) const CODECS: [(Codec, &str); 2] = [(Codec::Postcard, "postcard"), (Codec::Json, "json")];

pub(crate) fn vectors(file: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/wire").join(file)
}

pub(crate) fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn from_hex(text: &str) -> Vec<u8> {
    assert!(text.len().is_multiple_of(2) && text.is_ascii());
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}
