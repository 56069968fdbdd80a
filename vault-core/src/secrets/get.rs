//! Reading a value, and a secret's history.

use super::Refusal;
use super::metadata::{VersionInfo, VersionState, is_over};
use super::recent::Found;
use super::set::VALUE_RECORD_VERSION;
use super::shelf::{Shelf, grave_place, value_place};
use crate::barrier::{Barrier, Fault, Place};
use crate::keys::SecretBytes;

/// A value that was read.
#[derive(Debug)]
pub struct Value {
    /// The bytes as they were set.
    pub bytes: SecretBytes,
    /// The version read.
    pub version: u64,
}

/// The current version, or the one named; and where it was found.
pub(crate) fn get(
    barrier: &Barrier,
    shelf: &Shelf,
    place: &Place,
    version: Option<u64>,
) -> Result<(Value, Found), Refusal> {
    let mut tried = 0;
    loop {
        let missing = Refusal::Missing { expired: false };
        let Some(metadata) = shelf.metadata(barrier, place)? else { return Err(missing) };
        let found = match version {
            Some(version) => metadata.find(version),
            None => metadata.current(),
        };
        // A pending one only for whoever names it.
        let readable = |info: &&VersionInfo| {
            info.state == VersionState::Live || (info.state == VersionState::Pending && version.is_some())
        };
        let info = found.filter(readable).ok_or(missing)?;
        in_time(barrier, info.expires_ms)?;
        if let Some((print, record)) = barrier.read_printed(&value_place(place, info.version))? {
            return Ok((value(record, info.version)?, Found::new(place, info, print)));
        }
        // The value went between the two looks (a set that pruned it, a
        // destroy), or somebody took it: the metadata will tell.
        tried += 1;
        if tried == ATTEMPTS {
            return Err(Fault::Corrupt { what: "a value" }.into());
        }
    }
}

/// The version that was found before; none when its row is not to be had like that.
pub(crate) fn get_found(barrier: &Barrier, found: &Found) -> Result<Option<Value>, Refusal> {
    in_time(barrier, found.expires_ms)?;
    let record = barrier.read_known(&value_place(&found.place, found.version), &found.print)?;
    Ok(record.map(|record| value(record, found.version)).transpose()?)
}

fn in_time(barrier: &Barrier, expires_ms: u64) -> Result<(), Refusal> {
    // The clock is asked only when there is something to compare it with.
    if expires_ms != 0 && is_over(expires_ms, barrier.now_ms()) {
        return Err(Refusal::Missing { expired: true });
    }
    Ok(())
}

fn value(mut record: SecretBytes, version: u64) -> Result<Value, Fault> {
    if record.expose().first() != Some(&VALUE_RECORD_VERSION) {
        return Err(Fault::Corrupt { what: "a value's record version" });
    }
    let len = record.expose().len();
    record.keep(1..len);
    Ok(Value { bytes: record, version })
}

/// Every version known, newest first; a destroyed secret still has its numbers.
pub(crate) fn history(barrier: &Barrier, shelf: &Shelf, place: &Place) -> Result<Vec<VersionInfo>, Refusal> {
    let missing = Refusal::Missing { expired: false };
    let metadata = match shelf.metadata(barrier, place)? {
        Some(metadata) => metadata,
        None => shelf.metadata(barrier, &grave_place(place))?.ok_or(missing)?,
    };
    Ok(metadata.versions.iter().rev().cloned().collect())
}

const ATTEMPTS: usize = 4;
