//! When retention may end what was deleted.
//!
//! Threat: a clock that runs ahead, by accident or not, would end the retention
//! of everything at once. So retention goes by the wall clock alone (a jump
//! that was taken back has ended nothing), and a forward jump of more than a
//! day holds it back for a day. The hold is a note in the vault, because a
//! commit carries the wrong time along and a restart would otherwise forget
//! that there ever was a jump.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::barrier::{Barrier, Fault, Place};
use crate::codec::{Put, Reader};
use crate::limits;

pub(crate) struct Retention(Mutex<Look>);

/// What the last look at the clock said.
struct Look {
    /// When the clock was found to have jumped.
    held_since: Option<u64>,
    seen_ms: u64,
}

impl Retention {
    /// Compares the clock with the highest time in the vault.
    pub(crate) fn begin(barrier: &Barrier) -> Result<Self, Fault> {
        let (wall, highest) = (barrier.host().clock.now_ms(), barrier.highest_ms());
        let mut look = Look { held_since: read(barrier)?, seen_ms: if highest == 0 { wall } else { highest } };
        look.at(wall);
        Ok(Self(Mutex::new(look)))
    }

    /// Looks at the clock; the time up to which retention may end, or none
    /// while it is held back.
    pub(crate) fn end_before(&self, barrier: &Barrier) -> Option<u64> {
        let wall = barrier.host().clock.now_ms();
        let mut look = self.lock();
        look.at(wall);
        // A jump that was taken back, or that has lasted a day, holds no more.
        let over = |since: u64| wall < since || wall >= since.saturating_add(limits::CLOCK_JUMP_MS);
        look.held_since = look.held_since.filter(|since| !over(*since));
        let held = look.held_since;
        drop(look);
        self.write_down(barrier);
        held.is_none().then_some(wall)
    }

    /// Is it held back?
    pub(crate) fn is_held(&self) -> bool {
        self.lock().held_since.is_some()
    }

    /// Makes the note say what is known here. What cannot be written now is
    /// tried again at the next look, and holds in memory until then.
    pub(crate) fn write_down(&self, barrier: &Barrier) {
        let held = self.lock().held_since;
        let _tried_again = match read(barrier) {
            Ok(noted) if noted == held => Ok(()),
            Ok(_) => write(barrier, held),
            Err(fault) => Err(fault),
        };
    }

    fn lock(&self) -> MutexGuard<'_, Look> {
        // Two numbers, each written in one step.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Look {
    fn at(&mut self, wall: u64) {
        if wall > self.seen_ms.saturating_add(limits::CLOCK_JUMP_MS) {
            self.held_since = Some(wall);
        }
        self.seen_ms = wall;
    }
}

fn read(barrier: &Barrier) -> Result<Option<u64>, Fault> {
    let Some(bytes) = barrier.read(&place(barrier))? else { return Ok(None) };
    let parse = || {
        let mut reader = Reader::new(bytes.expose());
        reader.literal(&[RECORD_VERSION], "note record version 1")?;
        let since = reader.u64("a time")?;
        reader.end().map(|()| since)
    };
    parse().map(Some).map_err(|_| Fault::Corrupt { what: "a note" })
}

fn write(barrier: &Barrier, held_since: Option<u64>) -> Result<(), Fault> {
    let place = place(barrier);
    let mut txn = barrier.begin()?;
    match held_since {
        Some(since) => {
            let mut bytes = vec![RECORD_VERSION];
            bytes.put_u64(since);
            txn.write(&place, &bytes)?;
        }
        None => txn.delete(place.key())?,
    }
    txn.commit().map(drop)
}

fn place(barrier: &Barrier) -> Place {
    Place::note(&barrier.keyring(), b"retention-held")
}

const RECORD_VERSION: u8 = 1;
