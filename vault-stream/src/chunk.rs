//! One chunk in its place: STREAM over XChaCha20-Poly1305.
//!
//! ```text
//! nonce = prefix 19 | number u32be | 1 if it is the last, else 0
//! chunk = ct | tag 16                                      nothing beside it
//! ```

use chacha20poly1305::aead::AeadInOut as _;
use chacha20poly1305::{Tag, XNonce};
use zeroize::Zeroizing;

use crate::key::Subkeys;
use crate::limits::{CHUNK, TAG};

/// Of the nonce: the same for all chunks of a file.
pub(crate) const PREFIX: usize = 19;

/// Room for one chunk, its tag, and the byte that says whether another follows.
/// Erased on drop.
pub(crate) type Buffer = Zeroizing<Vec<u8>>;

/// Does another chunk follow?
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Position {
    Inner,
    Last,
}

/// The chunk is not genuine here.
pub(crate) struct Refused;

pub(crate) fn buffer() -> Buffer {
    Zeroizing::new(vec![0; CHUNK + TAG + 1])
}

impl Subkeys {
    /// Encrypts in place and gives back the tag.
    pub(crate) fn seal(&self, number: u32, position: Position, chunk: &mut [u8]) -> [u8; TAG] {
        match self.cipher.encrypt_inout_detached(&self.nonce(number, position), b"", chunk.into()) {
            Ok(tag) => tag.into(),
            Err(_) => unreachable!("a chunk is shorter than what the cipher takes"),
        }
    }

    /// Decrypts in place. What is refused stays as it was: the tag is looked at first.
    pub(crate) fn open(&self, number: u32, position: Position, chunk: &mut [u8]) -> Result<usize, Refused> {
        let (ciphertext, tag) = chunk.split_last_chunk_mut::<TAG>().ok_or(Refused)?;
        let tag = Tag::from(*tag);
        let nonce = self.nonce(number, position);
        match self.cipher.decrypt_inout_detached(&nonce, b"", (&mut *ciphertext).into(), &tag) {
            Ok(()) => Ok(ciphertext.len()),
            Err(_) => Err(Refused),
        }
    }

    fn nonce(&self, number: u32, position: Position) -> XNonce {
        let mut nonce = [0; 24];
        nonce[..PREFIX].copy_from_slice(&self.prefix);
        nonce[PREFIX..23].copy_from_slice(&number.to_be_bytes());
        nonce[23] = u8::from(position == Position::Last);
        nonce.into()
    }
}

/// Reads until the buffer is full or there is nothing more.
pub(crate) fn fill(from: &mut impl std::io::Read, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match from.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
