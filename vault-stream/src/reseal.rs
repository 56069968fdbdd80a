//! Another sealed form of the same data key, in place: whatever the file's size,
//! two sectors are written.

use std::io::{self, Read, Seek, SeekFrom, Write};

use crate::error::ResealError;
use crate::header::Header;
use crate::limits::SECTOR;
use crate::slot::capacity;

/// Replaces the sealed data key in a file whose header is `known`. `sync` is
/// called when the copy that is not in use has been replaced, and at the end:
/// with it the file opens at every moment in between, under the old sealed key
/// or the new one.
///
/// Nobody can see here whether `sealed` holds this file's data key; who asks for
/// it to be sealed again must not ask for anything else.
///
/// # Errors
/// Before the first write the file is as it was; after it, it still opens.
pub fn reseal<F: Read + Write + Seek>(
    known: &Header,
    sealed: &[u8],
    file: &mut F,
    mut sync: impl FnMut(&mut F) -> io::Result<()>,
) -> Result<(), ResealError> {
    let max = capacity(known.room);
    if !(1..=max).contains(&sealed.len()) {
        return Err(ResealError::Sealed { len: sealed.len(), max });
    }
    file.seek(SeekFrom::Start(0)).map_err(ResealError::Write)?;
    let found = Header::read(file)?;
    if found != *known {
        return Err(ResealError::Changed);
    }
    let slot = known.slot_with(sealed);
    // First the one that is not read from.
    for number in [1 - known.slot, known.slot] {
        let at = (SECTOR + number * known.room) as u64;
        file.seek(SeekFrom::Start(at)).map_err(ResealError::Write)?;
        file.write_all(&slot).and_then(|()| file.flush()).map_err(ResealError::Write)?;
        sync(file).map_err(ResealError::Write)?;
    }
    Ok(())
}
