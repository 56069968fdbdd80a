//! The vault's own notes, in the system scope. So far one: the last backup.

use crate::barrier::{Barrier, Fault, Place, RecordKind, SYSTEM};
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

fn place(barrier: &Barrier) -> Place {
    let index = barrier.keyring().name_index(&SYSTEM, b"last-backup");
    Place { scope: SYSTEM, kind: RecordKind::Note, index, version: 0 }
}

const RECORD_VERSION: u8 = 1;
