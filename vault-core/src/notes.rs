//! The vault's own notes, in the system scope: the last backup, and that an
//! acceptance of damage has begun and not ended.

use crate::barrier::{Barrier, Fault, Place, RECONCILING};
use crate::codec::{Put, Reader};

/// A backup somebody kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LastBackup {
    /// When, in milliseconds since 1970.
    pub at_ms: u64,
    /// It was checked under the vault's keys before it was handed out.
    pub verified: bool,
}

pub(crate) fn last_backup(barrier: &Barrier) -> Result<Option<LastBackup>, Fault> {
    let Some(bytes) = barrier.read(&place(barrier))? else { return Ok(None) };
    let parse = || {
        let mut reader = Reader::new(bytes.expose());
        reader.literal(&[RECORD_VERSION], "note record version 1")?;
        let at_ms = reader.u64("a time")?;
        let verified = reader.u8("a flag")? != 0;
        reader.end().map(|()| LastBackup { at_ms, verified })
    };
    parse().map(Some).map_err(|_| Fault::Corrupt { what: "a note" })
}

pub(crate) fn note_backup(barrier: &Barrier, verified: bool) -> Result<(), Fault> {
    let place = place(barrier);
    let mut txn = barrier.begin()?;
    let mut bytes = vec![RECORD_VERSION];
    bytes.put_u64(txn.now_ms());
    bytes.push(u8::from(verified));
    txn.write(&place, &bytes)?;
    txn.commit()?;
    Ok(())
}

/// Was damage accepted, and what refers to the lost not yet set right?
pub(crate) fn is_reconciling(barrier: &Barrier) -> Result<bool, Fault> {
    Ok(barrier.revision(&Place::note(&barrier.keyring(), RECONCILING).key())?.is_some())
}

pub(crate) fn end_reconciling(barrier: &Barrier) -> Result<(), Fault> {
    let mut txn = barrier.begin()?;
    txn.delete(Place::note(&barrier.keyring(), RECONCILING).key())?;
    txn.commit().map(drop)
}

fn place(barrier: &Barrier) -> Place {
    Place::note(&barrier.keyring(), b"last-backup")
}

const RECORD_VERSION: u8 = 1;
