//! When secrets were last read: gathered in memory, flushed at most each minute
//! and at seal. It never delays a read and is never needed to answer one.
//!
//! One record per scope: `1 | u32be n | n × (name index 16 | time u64be)`, sorted.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::barrier::{Barrier, Fault, Place, RecordKind};
use crate::codec::{Malformed, Put, Reader};
use crate::store::ByKey;

/// By name index, in milliseconds.
pub(crate) type Times = BTreeMap<[u8; 16], u64>;
type ByScope = ByKey<[u8; 16], Times>;

/// Reads not yet written down.
#[derive(Default)]
pub(crate) struct LastReads {
    fresh: Mutex<ByScope>,
}

impl LastReads {
    /// Notes a read of the secret whose metadata lies at `place`.
    pub(crate) fn note(&self, place: &Place, now_ms: u64) {
        let mut fresh = self.lock();
        fresh.entry(place.scope).or_default().insert(place.index, now_ms);
    }

    /// The last read of each secret of a scope.
    pub(crate) fn of(&self, barrier: &Barrier, scope: &[u8; 16]) -> Result<Times, Fault> {
        let mut times = match barrier.read(&place(scope))? {
            Some(bytes) => parse(bytes.expose()).map_err(|_| Fault::Corrupt { what: "a last-read record" })?,
            None => BTreeMap::new(),
        };
        if let Some(fresh) = self.lock().get(scope) {
            times.extend(fresh.iter().map(|(index, time)| (*index, *time)));
        }
        Ok(times)
    }

    /// Writes down what is new. What cannot be written stays in memory.
    pub(crate) fn flush(&self, barrier: &Barrier) -> Result<(), Fault> {
        let fresh = std::mem::take(&mut *self.lock());
        let outcome = write(barrier, &fresh);
        if outcome.is_err() {
            let mut newer = self.lock();
            for (scope, times) in fresh {
                let kept = newer.entry(scope).or_default();
                times.into_iter().for_each(|(index, time)| {
                    kept.entry(index).or_insert(time);
                });
            }
        }
        outcome
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, ByScope> {
        self.fresh.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn write(barrier: &Barrier, fresh: &ByScope) -> Result<(), Fault> {
    if fresh.is_empty() {
        return Ok(());
    }
    let mut txn = barrier.begin()?;
    for (scope, times) in fresh {
        if txn.current_key(scope)?.is_none() {
            // Shredded meanwhile.
            continue;
        }
        let place = place(scope);
        let mut all = match txn.read(&place)? {
            Some(bytes) => parse(bytes.expose()).map_err(|_| Fault::Corrupt { what: "a last-read record" })?,
            None => Times::new(),
        };
        all.extend(times.iter().map(|(index, time)| (*index, *time)));
        while all.len() > ENTRIES_MAX {
            let oldest = all.iter().min_by_key(|(_, time)| **time).map(|(index, _)| *index);
            oldest.and_then(|index| all.remove(&index));
        }
        let bytes = encode(&all);
        if !txn.has_room(1, bytes.len() + bytes.len() / 4 + 512) {
            txn.commit()?;
            txn = barrier.begin()?;
        }
        txn.write(&place, &bytes)?;
    }
    txn.commit()?;
    Ok(())
}

fn place(scope: &[u8; 16]) -> Place {
    Place { scope: *scope, kind: RecordKind::LastRead, index: [0; 16], version: 0 }
}

fn encode(times: &Times) -> Vec<u8> {
    let mut bytes = vec![RECORD_VERSION];
    bytes.put_u32(u32::try_from(times.len()).unwrap_or(u32::MAX));
    for (index, time) in times {
        bytes.extend_from_slice(index);
        bytes.put_u64(*time);
    }
    bytes
}

fn parse(bytes: &[u8]) -> Result<Times, Malformed> {
    let mut reader = Reader::new(bytes);
    reader.literal(&[RECORD_VERSION], "last-read record version 1")?;
    let count = reader.u32("a count")?;
    let mut times = BTreeMap::new();
    for _ in 0..count {
        let index = reader.array("a name index")?;
        if times.last_key_value().is_some_and(|(last, _)| *last >= index) {
            return Err(Malformed { expected: "indexes in order" });
        }
        times.insert(index, reader.u64("a time")?);
    }
    reader.end()?;
    Ok(times)
}

const RECORD_VERSION: u8 = 1;
/// Keeps the record under the largest row; the oldest reads are forgotten.
const ENTRIES_MAX: usize = 8_192;
