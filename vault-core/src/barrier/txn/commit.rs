//! How a transaction becomes durable: one commit of the store with the new state
//! record in it, then published to those who read.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use super::{Change, RESERVED_OPS, Staged, Txn};
use crate::barrier::{Barrier, Cache, Fault, HeaderKeys, Live, RecordKind, Stamp, Usage};
use crate::header::{self, Header};
use crate::integrity::RowSetKey;
use crate::keys::{Keyring, Role};
use crate::state::StateRecord;
use crate::store::{Batch, Op, RecordKey};

impl Txn<'_> {
    /// Commits everything with the new state record, then publishes it.
    pub(crate) fn commit(mut self) -> Result<Stamp, Fault> {
        if self.is_empty() {
            return self.barrier.stamp();
        }
        let barrier = self.barrier;
        let keyring = self.keyring.take();
        let ring = keyring.clone().unwrap_or_else(|| barrier.keyring());

        let mut state = self.next_state(&ring)?;
        let mut ops = Vec::with_capacity(self.changes.len() + RESERVED_OPS);
        ops.extend(self.changes.iter().map(|(key, staged)| match &staged.change {
            Change::Put(bytes, _) => Op::Put(*key, bytes.to_vec()),
            Change::Delete => Op::Delete(*key),
        }));
        if let Some(header) = &mut self.header {
            let keys = self.header_keys.as_ref().unwrap_or(&self.writer.keys);
            let bytes = encode_header(header, keys, &ring, barrier)?;
            state.generation = header.generation;
            state.epoch = header.epoch;
            state.header = header::fingerprint(&bytes);
            ops.extend(Header::places().map(|place| Op::Put(place, bytes.clone())));
        }
        ops.push(Op::Put(StateRecord::place(), state.seal(&ring, &barrier.vault, &*barrier.host.entropy)?));

        let expected = self.writer.stored;
        let publishing = barrier.publishing.lock().unwrap_or_else(PoisonError::into_inner);
        let committed = barrier.store.commit(&Batch { expected, revision: state.sequence, ops });
        if let Err(error) = committed {
            let fault = Fault::from(error);
            if !matches!(fault, Fault::DiskFull | Fault::ReadOnly | Fault::TooLarge { .. }) {
                barrier.stopped.store(true, Ordering::Release);
            }
            return Err(fault);
        }
        let stamp = self.publish(state, keyring)?;
        drop(publishing);
        Ok(stamp)
    }

    fn publish(mut self, state: StateRecord, keyring: Option<Arc<Keyring>>) -> Result<Stamp, Fault> {
        let barrier = self.barrier;
        let stamp = Stamp { incarnation: state.incarnation, epoch: state.epoch, sequence: state.sequence };
        self.writer.stored = Some(state.sequence);
        barrier.highest_ms.store(state.highest_ms, Ordering::Relaxed);
        self.writer.state = state;
        if let Some(header) = self.header.take() {
            self.writer.header = header;
        }
        if let Some(keys) = self.header_keys.take() {
            self.writer.keys = keys;
        }
        if let Some(keyring) = keyring {
            *barrier.keyring.write().unwrap_or_else(PoisonError::into_inner) = keyring;
        }
        for ((scope, version), key) in self.keys.drain() {
            barrier.keys.put(scope, version, key);
        }
        if self.changes.values().any(|staged| staged.after().is_none()) {
            barrier.unerased.store(true, Ordering::Release);
        }
        let mut live = barrier.live.write().map_err(|_| Fault::Stopped)?;
        // First: whoever sees this number waits for what follows, or for the panic in it.
        barrier.edition.fetch_add(1, Ordering::Release);
        let mut gone = Vec::new();
        for (key, staged) in std::mem::take(&mut self.changes) {
            if key.kind() == RecordKind::Wrap as u8 && staged.after().is_none() {
                gone.push(key.scope());
            }
            live.apply(key, staged, &barrier.cache);
        }
        live.stamp = stamp;
        drop(live);
        gone.iter().for_each(|scope| barrier.forget_keys(scope));
        Ok(stamp)
    }

    fn next_state(&self, ring: &Keyring) -> Result<StateRecord, Fault> {
        let mut state = self.writer.state.clone();
        state.sequence += 1;
        state.highest_ms = self.now_ms();
        // Only ever forward: a log that has not been synced since it was opened
        // knows less than the vault does. A new incarnation may have a new log.
        let seen = self.barrier.audit.checkpoint();
        if seen.sequence >= state.audit.sequence || self.incarnation.is_some() {
            state.audit = seen;
        }
        state.incarnation = self.incarnation.unwrap_or(state.incarnation);
        let row_set_key = &RowSetKey::new(ring.current(Role::RowSet).1);
        for (key, staged) in &self.changes {
            if let Some(before) = &staged.before {
                state.rows.remove(row_set_key, key, before);
            }
            if let Some(after) = staged.after() {
                state.rows.add(row_set_key, key, after);
            }
        }
        Ok(state)
    }
}

impl Live {
    fn apply(&mut self, key: RecordKey, staged: Staged, cache: &Cache) {
        self.usage.entry(key.scope()).or_default().replace(&key, staged.before.as_ref(), staged.after());
        match staged.change {
            Change::Put(bytes, print) => {
                self.index.insert(&key, &print);
                cache.put(key, print.revision, bytes);
            }
            Change::Delete => {
                self.index.remove(&key);
                cache.remove(&key);
            }
        }
        if self.usage.get(&key.scope()) == Some(&Usage::default()) {
            self.usage.remove(&key.scope());
        }
    }
}

/// Fills in generation and keyring and gives the bytes.
fn encode_header(header: &mut Header, keys: &HeaderKeys, ring: &Keyring, barrier: &Barrier) -> Result<Vec<u8>, Fault> {
    header.generation += 1;
    let entropy = &*barrier.host.entropy;
    header.keyring = ring.seal(&keys.keyring, header.root_version, &barrier.vault, header.generation, entropy)?;
    Ok(header.encode(&keys.mac))
}
