//! From an encrypted file back to its plaintext.

use std::io::{Read, Write};

use crate::chunk::{Position, buffer, fill};
use crate::error::DecryptError;
use crate::header::Header;
use crate::key::{DataKey, Subkeys};
use crate::limits::{CHUNK, TAG};

/// Decrypts what follows the header in `from`, to its end. A chunk is written
/// when it has been proven and not before. `progress` hears how many bytes have
/// been written so far. `Ok` says that the file is whole, and how long it was.
///
/// # Errors
/// What was written until then is genuine and not the whole file: throw it away,
/// or do not call it done.
pub fn decrypt(
    header: &Header,
    key: &DataKey,
    from: &mut impl Read,
    to: &mut impl Write,
    mut progress: impl FnMut(u64),
) -> Result<u64, DecryptError> {
    let subkeys = header.subkeys(key)?;
    let mut buffer = buffer();
    let (mut number, mut total, mut held) = (0_u64, 0_u64, 0);
    loop {
        // One byte more than a chunk says whether this is the last.
        held += fill(from, &mut buffer[held..]).map_err(DecryptError::Read)?;
        let (position, len) = if held > SEALED { (Position::Inner, SEALED) } else { (Position::Last, held) };
        let next = buffer[SEALED];
        let len = open(&subkeys, number, position, &mut buffer[..len])?;
        to.write_all(&buffer[..len]).map_err(DecryptError::Write)?;
        total += len as u64;
        progress(total);
        if position == Position::Last {
            to.flush().map_err(DecryptError::Write)?;
            return Ok(total);
        }
        buffer[0] = next;
        (held, number) = (1, number + 1);
    }
}

/// Opens one chunk, or says what is wrong with it as well as it can be known.
fn open(subkeys: &Subkeys, number: u64, position: Position, chunk: &mut [u8]) -> Result<usize, DecryptError> {
    // A chunk after the last possible one was put there.
    let place = u32::try_from(number).map_err(|_| DecryptError::Extended)?;
    let is_empty = chunk.len() == TAG;
    if let Ok(len) = subkeys.open(place, position, chunk) {
        // An empty chunk is the whole of an empty file and nothing else: one
        // plaintext has one number of chunks.
        return if is_empty && number > 0 { Err(DecryptError::Corrupt { chunk: number }) } else { Ok(len) };
    }
    match position {
        Position::Inner => match subkeys.open(place, Position::Last, chunk) {
            Ok(_) => Err(DecryptError::Extended),
            Err(_) => Err(DecryptError::Corrupt { chunk: number }),
        },
        Position::Last if chunk.len() < TAG => Err(DecryptError::Truncated { chunk: number }),
        Position::Last if chunk.len() < SEALED => Err(DecryptError::End { chunk: number }),
        Position::Last => match subkeys.open(place, Position::Inner, chunk) {
            Ok(_) => Err(DecryptError::Truncated { chunk: number + 1 }),
            Err(_) => Err(DecryptError::Corrupt { chunk: number }),
        },
    }
}

const SEALED: usize = CHUNK + TAG;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::FileId;

    /// A second spelling of the same plaintext: only who has the key could write
    /// it, and it is refused all the same.
    #[test]
    fn an_empty_chunk_after_others() {
        let key = DataKey::from_bytes(&[7; 32]);
        let (header, subkeys) = Header::begin(FileId::from_bytes([1; 32]), &key, b"sealed");
        let mut whole = vec![5; CHUNK];
        let tag = subkeys.seal(0, Position::Inner, &mut whole);
        let file = [&whole[..], &tag, &subkeys.seal(1, Position::Last, &mut [])].concat();
        let mut out = Vec::new();
        let refused = decrypt(&header, &key, &mut &file[..], &mut out, |_| {});
        assert!(matches!(refused, Err(DecryptError::Corrupt { chunk: 1 })), "{refused:?}");
        assert_eq!(out, [5; CHUNK]);
    }
}
