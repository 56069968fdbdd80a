//! What comes before the chunks.
//!
//! ```text
//! fixed  = "VLTS" | format 1 | suite 1 | 0 0 | room u32be | file id 32
//! sector = fixed | commitment 32 | zeros                                     512 bytes, never written again
//! header = sector | slot | slot                                              each of `room` bytes
//! ```

use std::io::Read;

use subtle::ConstantTimeEq as _;

use crate::chunk::fill;
use crate::error::{DecryptError, HeaderError};
use crate::key::{DataKey, Subkeys};
use crate::limits::{ROOM_MAX, SECTOR};
use crate::slot;

/// What makes two files under one data key different files.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FileId([u8; 32]);

/// The beginning of an encrypted file. Says what it claims to be and proves
/// nothing before [`crate::decrypt`] has compared the commitment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Header {
    pub(crate) id: FileId,
    pub(crate) room: usize,
    pub(crate) commitment: [u8; 32],
    sealed: Vec<u8>,
    /// Which of the two was whole, and the first.
    pub(crate) slot: usize,
}

impl FileId {
    /// From the system's randomness.
    ///
    /// # Errors
    /// There is none.
    pub fn make() -> Result<Self, getrandom::Error> {
        let mut id = [0; 32];
        getrandom::fill(&mut id)?;
        Ok(Self(id))
    }

    /// A known one, for tests and vectors: never for two files under one key.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl Header {
    /// Reads a header and not a byte more.
    ///
    /// # Errors
    /// The bytes are no header, or could not be read.
    pub fn read(from: &mut impl Read) -> Result<Self, HeaderError> {
        let mut sector = [0; SECTOR];
        let len = fill(from, &mut sector).map_err(HeaderError::Read)?;
        if sector[..len.min(MAGIC.len())] != MAGIC[..len.min(MAGIC.len())] || len == 0 {
            return Err(HeaderError::NotEncrypted);
        }
        if len < SECTOR {
            return Err(HeaderError::Short);
        }
        let (room, id, commitment) = parse_sector(&sector)?;
        let fixed = fixed(room, &id);
        let mut slots = vec![0; 2 * room];
        if fill(from, &mut slots).map_err(HeaderError::Read)? < slots.len() {
            return Err(HeaderError::Short);
        }
        let mut whole = slots.chunks_exact(room).enumerate();
        match whole.find_map(|(number, bytes)| slot::parse(&fixed, bytes).map(|sealed| (number, sealed))) {
            Some((slot, sealed)) => Ok(Self { id, room, commitment, sealed: sealed.to_vec(), slot }),
            None => Err(HeaderError::Malformed { expected: "a sealed data key" }),
        }
    }

    /// The data key as its KMS key has sealed it.
    #[must_use]
    pub fn sealed(&self) -> &[u8] {
        &self.sealed
    }

    /// How many bytes of the file it takes.
    #[must_use]
    pub fn size(&self) -> u64 {
        (SECTOR + 2 * self.room) as u64
    }

    /// A header of a new file, and the keys of its chunks. `sealed` is within limits.
    pub(crate) fn begin(id: FileId, key: &DataKey, sealed: &[u8]) -> (Self, Subkeys) {
        let room = slot::room_for(sealed.len());
        let subkeys = key.derive_subkeys(&fixed(room, &id), &id.0);
        let commitment = subkeys.commitment;
        (Self { id, room, commitment, sealed: sealed.to_vec(), slot: 0 }, subkeys)
    }

    /// The keys of the chunks, if this is the data key.
    pub(crate) fn subkeys(&self, key: &DataKey) -> Result<Subkeys, DecryptError> {
        let subkeys = key.derive_subkeys(&fixed(self.room, &self.id), &self.id.0);
        let fits = subkeys.commitment.ct_eq(&self.commitment);
        if bool::from(fits) { Ok(subkeys) } else { Err(DecryptError::WrongKey) }
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let fixed = fixed(self.room, &self.id);
        let slot = slot::encode(&fixed, self.room, &self.sealed);
        let mut bytes = Vec::with_capacity(SECTOR + 2 * self.room);
        bytes.extend_from_slice(&fixed);
        bytes.extend_from_slice(&self.commitment);
        bytes.resize(SECTOR, 0);
        bytes.extend_from_slice(&slot);
        bytes.extend_from_slice(&slot);
        bytes
    }

    /// A slot of this file with another sealed data key.
    pub(crate) fn slot_with(&self, sealed: &[u8]) -> Vec<u8> {
        slot::encode(&fixed(self.room, &self.id), self.room, sealed)
    }
}

fn parse_sector(sector: &[u8; SECTOR]) -> Result<(usize, FileId, [u8; 32]), HeaderError> {
    let (format, suite) = (sector[4], sector[5]);
    if (format, suite) != (FORMAT, SUITE) {
        return Err(HeaderError::Unknown { format, suite });
    }
    let malformed = |expected| HeaderError::Malformed { expected };
    if sector[6..8] != [0; 2] || sector[FIXED + 32..].iter().any(|byte| *byte != 0) {
        return Err(malformed("zeros"));
    }
    let (mut room, mut id, mut commitment) = ([0; 4], [0; 32], [0; 32]);
    room.copy_from_slice(&sector[8..12]);
    id.copy_from_slice(&sector[12..FIXED]);
    commitment.copy_from_slice(&sector[FIXED..FIXED + 32]);
    let room = usize::try_from(u32::from_be_bytes(room)).unwrap_or(usize::MAX);
    if room == 0 || room > ROOM_MAX || !room.is_multiple_of(SECTOR) {
        return Err(malformed("room for a sealed data key"));
    }
    Ok((room, FileId(id), commitment))
}

fn fixed(room: usize, id: &FileId) -> [u8; FIXED] {
    let mut bytes = [0; FIXED];
    bytes[..4].copy_from_slice(MAGIC);
    bytes[4..6].copy_from_slice(&[FORMAT, SUITE]);
    bytes[8..12].copy_from_slice(&u32::try_from(room).unwrap_or(u32::MAX).to_be_bytes());
    bytes[12..].copy_from_slice(&id.0);
    bytes
}

const MAGIC: &[u8; 4] = b"VLTS";
const FORMAT: u8 = 1;
const SUITE: u8 = 1;
const FIXED: usize = 4 + 1 + 1 + 2 + 4 + 32;
