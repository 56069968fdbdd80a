//! From plaintext to an encrypted file.

use std::io::{Read, Write};

use crate::chunk::{Position, buffer, fill};
use crate::error::EncryptError;
use crate::header::{FileId, Header};
use crate::key::DataKey;
use crate::limits::{CHUNK, CHUNKS_MAX, SEALED_MAX};

/// Encrypts everything there is to read. `sealed` is the data key as its KMS key
/// has sealed it; `progress` hears how many bytes have been read so far. Gives
/// back how many there were.
///
/// # Errors
/// What was written until then is no whole file.
pub fn encrypt(
    key: &DataKey,
    sealed: &[u8],
    from: &mut impl Read,
    to: &mut impl Write,
    progress: impl FnMut(u64),
) -> Result<u64, EncryptError> {
    let id = FileId::make().map_err(|_| EncryptError::Entropy)?;
    encrypt_with(id, key, sealed, from, to, progress)
}

/// [`encrypt`], with the randomness as an argument.
///
/// # Errors
/// As there.
pub fn encrypt_with(
    id: FileId,
    key: &DataKey,
    sealed: &[u8],
    from: &mut impl Read,
    to: &mut impl Write,
    mut progress: impl FnMut(u64),
) -> Result<u64, EncryptError> {
    if !(1..=SEALED_MAX).contains(&sealed.len()) {
        return Err(EncryptError::Sealed { len: sealed.len(), max: SEALED_MAX });
    }
    let (header, subkeys) = Header::begin(id, key, sealed);
    to.write_all(&header.encode()).map_err(EncryptError::Write)?;
    let mut buffer = buffer();
    let (mut number, mut total, mut held) = (0_u64, 0_u64, 0);
    loop {
        // One byte more than a chunk says whether this is the last.
        held += fill(from, &mut buffer[held..=CHUNK]).map_err(EncryptError::Read)?;
        let (position, len) = if held > CHUNK { (Position::Inner, CHUNK) } else { (Position::Last, held) };
        let next = buffer[CHUNK];
        let place = u32::try_from(number).map_err(|_| EncryptError::TooLong)?;
        if number + 1 == CHUNKS_MAX && position == Position::Inner {
            return Err(EncryptError::TooLong);
        }
        let tag = subkeys.seal(place, position, &mut buffer[..len]);
        buffer[len..len + tag.len()].copy_from_slice(&tag);
        to.write_all(&buffer[..len + tag.len()]).map_err(EncryptError::Write)?;
        total += len as u64;
        progress(total);
        if position == Position::Last {
            to.flush().map_err(EncryptError::Write)?;
            return Ok(total);
        }
        buffer[0] = next;
        (held, number) = (1, number + 1);
    }
}
