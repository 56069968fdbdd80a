//! What can go wrong, for whoever has to act on it.
//!
//! The kinds of damage are told apart by what every holder of the file can see
//! for himself (where it ends) or by proof (a chunk that is genuine elsewhere),
//! and each is found with the right key alone: they tell a forger nothing.

use std::io;

/// Why these bytes are no header.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HeaderError {
    /// Does not begin as an encrypted file does.
    #[error("not a file encrypted with a data key")]
    NotEncrypted,
    /// Written by a later version.
    #[error("the file has format {format}, suite {suite}; this program reads 1 and 1")]
    Unknown {
        /// Its format.
        format: u8,
        /// Its suite.
        suite: u8,
    },
    /// Ends before the first chunk.
    #[error("the file ends within its header")]
    Short,
    /// A field that is not as it has to be.
    #[error("the file's header is damaged: expected {expected}")]
    Malformed {
        /// What should have been there.
        expected: &'static str,
    },
    /// It could not be read.
    #[error("cannot read: {0}")]
    Read(#[source] io::Error),
}

/// Why nothing, or no whole file, was written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncryptError {
    /// The sealed data key is too long, or is none.
    #[error("the sealed data key has {len} bytes, 1 to {max} are accepted")]
    Sealed {
        /// Given.
        len: usize,
        /// Accepted.
        max: usize,
    },
    /// More than [`crate::limits::CHUNKS_MAX`] chunks.
    #[error("more than 256 TiB cannot be encrypted as one file")]
    TooLong,
    /// No randomness for the file's id.
    #[error("the system gives no randomness")]
    Entropy,
    /// The plaintext could not be read.
    #[error("cannot read: {0}")]
    Read(#[source] io::Error),
    /// What was encrypted could not be written.
    #[error("cannot write: {0}")]
    Write(#[source] io::Error),
}

/// Why the file was not decrypted to its end. What was written until then is
/// genuine, and not all of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecryptError {
    /// Another data key, or a changed header.
    #[error("the data key does not fit the file")]
    WrongKey,
    /// The end is missing.
    #[error("the file is cut off: chunk {chunk} is missing")]
    Truncated {
        /// The first that is not there, from 0.
        chunk: u64,
    },
    /// The last chunk is short of a whole one and not genuine: its rest is
    /// missing, or it was changed, or something follows it. Nobody can tell.
    #[error("the end of the file, chunk {chunk}, is cut off or changed")]
    End {
        /// Which, from 0.
        chunk: u64,
    },
    /// Something was put behind the end.
    #[error("the file goes on after its end")]
    Extended,
    /// Changed, exchanged, doubled, left out, or from another file.
    #[error("chunk {chunk} is not the one that was written there")]
    Corrupt {
        /// Which, from 0.
        chunk: u64,
    },
    /// The file could not be read.
    #[error("cannot read: {0}")]
    Read(#[source] io::Error),
    /// The plaintext could not be written.
    #[error("cannot write: {0}")]
    Write(#[source] io::Error),
}

/// Why the sealed data key was not replaced.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResealError {
    /// The file is none of ours.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// There is no room for it.
    #[error("the new sealed data key has {len} bytes, the file has room for 1 to {max}")]
    Sealed {
        /// Given.
        len: usize,
        /// Accepted.
        max: usize,
    },
    /// The file is another, or was resealed by somebody else meanwhile.
    #[error("the file was changed meanwhile")]
    Changed,
    /// The header could not be written; the file still opens.
    #[error("cannot write: {0}")]
    Write(#[source] io::Error),
}
