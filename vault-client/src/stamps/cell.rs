//! One server's stamp.

use std::sync::{Arc, Mutex, PoisonError};

use vault_proto::latest::Stamp;

use crate::error::ClientError;
use crate::stamps::{Entry, Incarnation, StampMemory};

pub(super) struct Cell(Mutex<State>);

#[derive(Default)]
struct State {
    known: Option<Stamp>,
    saved: Option<Stamp>,
    /// The incarnation was accepted, so it may replace another in the file.
    accepted: bool,
}

/// One server's stamp, and the memory it belongs to.
#[derive(Clone)]
pub(crate) struct ServerStamps {
    cell: Arc<Cell>,
    memory: StampMemory,
}

impl ServerStamps {
    pub(super) fn new(cell: Arc<Cell>, memory: StampMemory) -> Self {
        Self { cell, memory }
    }

    /// What is known as a request goes out.
    pub(crate) fn floor(&self) -> Option<Stamp> {
        self.cell.with(|state| state.known)
    }

    /// What a response says, compared with the floor of its request.
    pub(crate) fn observe(&self, floor: Option<Stamp>, now: Stamp, accept: bool) -> Result<(), ClientError> {
        let (changed, at_once) = self.cell.with(|state| state.observe(floor, now, accept))?;
        if changed {
            self.memory.changed(at_once);
        }
        Ok(())
    }

    pub(crate) fn accept(&self, incarnation: [u8; 16]) {
        self.cell.with(|state| {
            state.known = Some(Stamp { incarnation, sequence: 0 });
            state.accepted = true;
        });
        self.memory.changed(true);
    }
}

impl Cell {
    pub(super) fn new(known: Option<Stamp>) -> Self {
        Self(Mutex::new(State { known, saved: known, accepted: false }))
    }

    pub(super) fn unsaved(&self) -> Option<Entry> {
        self.with(|state| state.known.filter(|known| state.saved != Some(*known)).map(|known| (known, state.accepted)))
    }

    pub(super) fn saved(&self, stamp: Stamp) {
        self.with(|state| state.saved = Some(stamp));
    }

    fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl State {
    /// Answers whether anything new is known, and whether it cannot wait.
    fn observe(&mut self, floor: Option<Stamp>, now: Stamp, accept: bool) -> Result<(bool, bool), ClientError> {
        let Some(known) = &mut self.known else {
            self.known = Some(now);
            return Ok((true, true));
        };
        if known.incarnation != now.incarnation {
            if !accept {
                return Err(ClientError::UnknownIncarnation {
                    known: Incarnation(known.incarnation),
                    now: Incarnation(now.incarnation),
                });
            }
            *known = now;
            self.accepted = true;
            return Ok((true, true));
        }
        if let Some(floor) = floor.filter(|floor| floor.incarnation == now.incarnation)
            && now.sequence < floor.sequence
        {
            return Err(ClientError::RollbackSuspected { seen: floor.sequence, now: now.sequence });
        }
        let higher = now.sequence > known.sequence;
        known.sequence = known.sequence.max(now.sequence);
        Ok((higher, false))
    }
}
