//! The two encodings of a message.
//!
//! *Postcard* is what our own clients speak: compact, and strict here, one byte
//! string per message. *JSON* is for every other language: the same messages,
//! secrets as base64, other fixed bytes as lower-case hex. JSON has many
//! spellings of one message by nature (space, field order), so what is refused
//! there is what could be read in two ways or was not meant: unknown fields,
//! repeated fields, structs written as arrays, anything after the message.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::buffer::{Compare, Sink, erase};
use crate::frame::{self, FrameError};
use crate::limits;
use crate::shape;

/// How messages are written, fixed at the hello.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Codec {
    /// Codec 1: postcard, canonical.
    Postcard,
    /// Codec 2: JSON.
    Json,
}

/// A message of some protocol version. Implemented here only.
pub trait Message: Serialize + DeserializeOwned + sealed::Sealed {
    /// The JSON fields that hold arrays; an array anywhere else is refused.
    #[doc(hidden)]
    const ARRAYS: &'static [&'static str];
}

/// Bytes that are no message. Says what kind and where, never what they were.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// It ends too early.
    #[error("the message ends too early")]
    Truncated,
    /// Not a message of this version: unknown or repeated fields, wrong types,
    /// bad base64, not JSON at all.
    #[error("not a message of this protocol version (line {line}, column {column})")]
    Malformed {
        /// From 1 in JSON; 0 in postcard, which has no places a person can see.
        line: usize,
        /// From 1 in JSON; 0 in postcard.
        column: usize,
    },
    /// A whole message, and then something more.
    #[error("bytes after the message")]
    Trailing,
    /// The message was written in another way than the only one there is.
    #[error("the message is not in its canonical encoding")]
    NotCanonical,
    /// Over the frame limit.
    #[error("message of {len} bytes, at most {max} are accepted")]
    TooLarge {
        /// What came.
        len: u64,
        /// What is accepted.
        max: u64,
    },
}

/// A message that cannot be sent. The buffer is as it was before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// It does not fit a frame.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// The codec refused it; no message of this crate makes that happen.
    #[error("the message cannot be encoded")]
    Refused,
    /// The version that was agreed on has no such message.
    #[error("protocol version {version} has no such message")]
    NotInVersion {
        /// The version.
        version: u8,
    },
}

impl Codec {
    /// The byte in the hello.
    #[must_use]
    pub fn wire(self) -> u8 {
        match self {
            Self::Postcard => 1,
            Self::Json => 2,
        }
    }

    /// From the byte in the hello.
    #[must_use]
    pub fn from_wire(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(Self::Postcard),
            2 => Some(Self::Json),
            _ => None,
        }
    }

    /// Most bytes of a copy that fit one `BackupChunk` in this codec.
    #[must_use]
    pub fn backup_chunk(self) -> usize {
        match self {
            Self::Postcard => limits::BACKUP_CHUNK,
            Self::Json => limits::BACKUP_CHUNK_JSON,
        }
    }

    /// Reads a message from a whole frame payload.
    pub fn decode<M: Message>(self, bytes: &[u8]) -> Result<M, DecodeError> {
        if bytes.len() > limits::FRAME_MAX {
            return Err(DecodeError::TooLarge { len: bytes.len() as u64, max: limits::FRAME_MAX as u64 });
        }
        match self {
            Self::Postcard => from_postcard(bytes),
            Self::Json => from_json(bytes),
        }
    }

    /// Appends a message, without a frame around it. On an error nothing stays.
    pub fn encode<M: Message>(self, message: &M, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        self.write(message, out)
    }

    /// Appends a message in its frame. On an error nothing stays.
    pub fn encode_frame<M: Message>(self, message: &M, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        self.write_frame(message, out)
    }

    pub(crate) fn write_frame(self, message: &impl Serialize, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let begun = frame::begin(out);
        if let Err(error) = self.write(message, out) {
            begun.cancel(out);
            return Err(error);
        }
        Ok(begun.finish(out)?)
    }

    fn write(self, message: &impl Serialize, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let before = out.len();
        let written = match self {
            Self::Postcard => postcard::serialize_with_flavor(message, Sink(out)).is_ok(),
            Self::Json => serde_json::to_writer(Sink(out), message).is_ok(),
        };
        if written {
            return Ok(());
        }
        erase(out, before);
        Err(EncodeError::Refused)
    }
}

impl DecodeError {
    /// A word for the kind, for metrics and test vectors.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Truncated => "truncated",
            Self::Malformed { .. } => "malformed",
            Self::Trailing => "trailing",
            Self::NotCanonical => "not_canonical",
            Self::TooLarge { .. } => "too_large",
        }
    }
}

fn from_postcard<M: Message>(bytes: &[u8]) -> Result<M, DecodeError> {
    let (message, rest) = postcard::take_from_bytes::<M>(bytes).map_err(|error| match error {
        postcard::Error::DeserializeUnexpectedEnd => DecodeError::Truncated,
        _ => DecodeError::Malformed { line: 0, column: 0 },
    })?;
    if !rest.is_empty() {
        return Err(DecodeError::Trailing);
    }
    // Padded varints decode to the same message. Two encodings of one message
    // would let bytes differ where content does not.
    match postcard::serialize_with_flavor(&message, Compare(bytes)) {
        Ok(()) => Ok(message),
        Err(_) => Err(DecodeError::NotCanonical),
    }
}

fn from_json<M: Message>(bytes: &[u8]) -> Result<M, DecodeError> {
    shape::check(bytes, M::ARRAYS)?;
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let message = M::deserialize(&mut reader).map_err(|error| without_input(&error))?;
    reader.end().map_err(|_| DecodeError::Trailing)?;
    Ok(message)
}

/// The error's text may quote the input, so only its kind and place are kept.
fn without_input(error: &serde_json::Error) -> DecodeError {
    match error.classify() {
        serde_json::error::Category::Eof => DecodeError::Truncated,
        _ => DecodeError::Malformed { line: error.line(), column: error.column() },
    }
}

pub(crate) mod sealed {
    pub trait Sealed {}
}
