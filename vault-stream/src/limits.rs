//! What is accepted, all in one place.

/// The sealed form of a data key.
pub const SEALED_MAX: usize = 6_144;
/// Plaintext of every chunk but the last.
pub const CHUNK: usize = 65_536;
/// Chunks of one file: 256 TiB.
pub const CHUNKS_MAX: u64 = 1 << 32;
/// What a chunk grows by.
pub const TAG: usize = 16;
/// What is written or lost at once on a disk: no two parts of a header that are
/// written at different times share one.
pub const SECTOR: usize = 512;
/// The largest room for a sealed data key, its length and its sum.
pub const ROOM_MAX: usize = 6_656;

/// How long a file is when it has been encrypted, with the smallest header that
/// holds a sealed data key of this length. None: too long.
#[must_use]
pub fn encrypted_len(sealed: usize, plaintext: u64) -> Option<u64> {
    let chunks = plaintext.div_ceil(CHUNK as u64).max(1);
    if sealed > SEALED_MAX || chunks > CHUNKS_MAX {
        return None;
    }
    let header = SECTOR + 2 * crate::slot::room_for(sealed);
    Some(header as u64 + plaintext + chunks * TAG as u64)
}
