//! JSON 1.1 as KMS clients write and read it: blobs in base64, times in seconds.

mod blob;
mod input;
mod output;

pub(super) use blob::{decode, encode_into};
pub(super) use input::Input;
pub(super) use output::Output;
use zeroize::Zeroizing;

/// What goes back.
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// A JSON object, erased when dropped.
    pub body: Zeroizing<Vec<u8>>,
    /// The name of the error, for the header that names it too.
    pub error: Option<&'static str>,
    /// Ends the connection: where the next request would begin is not known.
    pub(super) close: bool,
}

impl Answer {
    pub(super) fn new(status: u16, body: Zeroizing<Vec<u8>>, error: Option<&'static str>) -> Self {
        Self { status, body, error, close: false }
    }

    pub(super) fn closing(self) -> Self {
        Self { close: true, ..self }
    }
}

/// Longest body of a request. A policy of 131,072 characters, each written as
/// `\u00XX` in a string within a string, is just below.
pub const BODY_MAX: usize = 1 << 20;
