//! Files of any size under a data key, in constant memory.
//!
//! A KMS key encrypts at most a megabyte and never leaves its vault. So a file
//! gets a *data key* of its own, which encrypts it here, and which the KMS key
//! seals into the file's header. Bytes: `docs/FORMAT.md`, section 13.
//!
//! ```text
//! header | chunk 0 | chunk 1 | … | last chunk          64 KiB of plaintext each, the last is what is left
//! ```
//!
//! *The threat* is somebody who can change the file, or stand between the pipe's
//! ends: bits, chunks left out, doubled, exchanged, from another file, the end
//! cut off, something put behind it. Each chunk is sealed for its place and says
//! whether it is the last (STREAM: Hoang, Reyhanitabar, Rogaway, Vizár, 2015), so
//! none of that opens. *The choice* is that a reader releases a chunk when it has
//! been proven, not when the whole file has: memory stays constant, and what was
//! released is genuine up to there. *The limit* that follows: only `Ok` at the
//! end says that the file is whole; who acts on the beginning alone may act on
//! less than was written.
//!
//! The header commits to the data key, so no file opens under two. What encrypts
//! the chunks depends on the data key and the file's random id and not on the
//! sealed form of the data key: that can be replaced, in place and at once,
//! whatever the file's size ([`reseal`]).

#![forbid(unsafe_code)]

mod chunk;
mod decrypt;
mod encrypt;
mod error;
mod header;
mod key;
pub mod limits;
mod reseal;
mod slot;

pub use decrypt::decrypt;
pub use encrypt::{encrypt, encrypt_with};
pub use error::{DecryptError, EncryptError, HeaderError, ResealError};
pub use header::{FileId, Header};
pub use key::DataKey;
pub use reseal::reseal;
