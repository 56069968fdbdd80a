//! What two ends agreed on: a version and a codec.
//!
//! Inside, everything is the newest version's. An end that speaks an older one
//! is heard and answered here in its own words, so nothing above this has to
//! know how old its peer is.

use serde::Serialize;

use crate::codec::{Codec, DecodeError, EncodeError};
use crate::latest::{Acting, Call, Reply, Request, Response, Stamp, WireError};
use crate::v1;

/// A version of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// [`crate::v1`].
    V1,
    /// [`crate::v2`].
    V2,
}

/// How everything after the hello is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Dialect {
    /// In which version.
    pub version: Version,
    /// In which codec.
    pub codec: Codec,
}

impl Version {
    /// The oldest one spoken.
    pub const OLDEST: Self = Self::V1;
    /// The newest one spoken.
    pub const NEWEST: Self = Self::V2;

    /// The byte in the hello.
    #[must_use]
    pub fn wire(self) -> u8 {
        match self {
            Self::V1 => 1,
            Self::V2 => 2,
        }
    }

    /// From the byte in the hello.
    #[must_use]
    pub fn from_wire(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(Self::V1),
            2 => Some(Self::V2),
            _ => None,
        }
    }
}

impl Dialect {
    /// The newest version in this codec.
    #[must_use]
    pub fn newest(codec: Codec) -> Self {
        Self { version: Version::NEWEST, codec }
    }

    /// Reads a request from a whole frame payload.
    pub fn decode_request(self, bytes: &[u8]) -> Result<Request, DecodeError> {
        match self.version {
            Version::V1 => self.codec.decode::<v1::Request>(bytes).map(Request::from),
            Version::V2 => self.codec.decode(bytes),
        }
    }

    /// Appends the frame of a request. On an error nothing stays.
    pub fn encode_request_frame(self, request: &Request, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        self.encode_call_frame(request.id, request.acting.as_ref(), &request.call, out)
    }

    /// The same from its parts, for a client that keeps its calls until they are
    /// answered.
    pub fn encode_call_frame(
        self,
        id: u64,
        acting: Option<&Acting>,
        call: &Call,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        match (self.version, acting, call) {
            (Version::V1, None, Call::Vault(call)) => self.codec.write_frame(&OldRequest { id, call }, out),
            (Version::V1, ..) => Err(EncodeError::NotInVersion { version: self.version.wire() }),
            (Version::V2, ..) => self.codec.write_frame(&NewRequest { id, acting, call }, out),
        }
    }

    /// Reads a response from a whole frame payload.
    pub fn decode_response(self, bytes: &[u8]) -> Result<Response, DecodeError> {
        match self.version {
            Version::V1 => self.codec.decode::<v1::Response>(bytes).map(Response::from),
            Version::V2 => self.codec.decode(bytes),
        }
    }

    /// Appends the frame of a response. On an error nothing stays.
    pub fn encode_response_frame(self, response: &Response, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        if self.version == Version::V2 {
            return self.codec.encode_frame(response, out);
        }
        let Response { id, stamp, result } = response;
        let said;
        let result = match result {
            Ok(Reply::Vault(reply)) => Ok(reply),
            // To a call that version 1 does not have, so it was never asked.
            Ok(_) => return Err(EncodeError::NotInVersion { version: self.version.wire() }),
            Err(error) => {
                said = WireError::to_v1(error);
                Err(&said)
            }
        };
        self.codec.write_frame(&OldResponse { id: *id, stamp: *stamp, result }, out)
    }
}

/// [`v1::Request`] by reference; the same fields in the same order.
#[derive(Serialize)]
struct OldRequest<'a> {
    id: u64,
    call: &'a v1::Call,
}

/// [`v1::Response`] by reference.
#[derive(Serialize)]
struct OldResponse<'a> {
    id: u64,
    stamp: Option<Stamp>,
    #[serde(with = "crate::v1::outcome")]
    result: Result<&'a v1::Reply, &'a v1::WireError>,
}

/// [`Request`] by reference.
#[derive(Serialize)]
struct NewRequest<'a> {
    id: u64,
    acting: Option<&'a Acting>,
    call: &'a Call,
}
