//! The wire, as a peer sees it: every message in both codecs, what is refused,
//! and the frozen bytes of version 1.

#![expect(clippy::unwrap_used, reason = "helpers of tests, outside a test function")]

mod golden;
mod invalid;
mod refusals;
mod round_trip;
mod samples;
mod silence;
mod strategy;

use std::path::PathBuf;

use vault_proto::latest::{Request, Response};
use vault_proto::{Codec, DecodeError};

/// Either kind of message, so that one table holds all of them.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Wire {
    Request(Request),
    Response(Response),
}

impl Wire {
    pub(crate) fn encode(&self, codec: Codec) -> Vec<u8> {
        let mut out = Vec::new();
        match self {
            Self::Request(request) => codec.encode_request(request, &mut out).unwrap(),
            Self::Response(response) => codec.encode_response(response, &mut out).unwrap(),
        }
        out
    }

    /// Decodes the same kind of message as `self`.
    pub(crate) fn decode_alike(&self, codec: Codec, bytes: &[u8]) -> Result<Self, DecodeError> {
        match self {
            Self::Request(_) => codec.decode_request(bytes).map(Self::Request),
            Self::Response(_) => codec.decode_response(bytes).map(Self::Response),
        }
    }
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
