//! The state record: where the vault's history stands, sealed, rewritten once
//! per commit and inside it.
//!
//! ```text
//! 1 | incarnation 16 | epoch u64be | sequence u64be | count u64be | S 32 | header generation u64be
//! | header SHA-256 32 | layout SHA-256 32 | audit sequence u64be | audit head 32 | highest time u64be
//! ```

use crate::audit::Checkpoint;
use crate::codec::{Malformed, Put, Reader};
use crate::envelope::{self, CallerContext, Context, Kind, Refused, SealError};
use crate::host::Entropy;
use crate::integrity::{RowSet, Sum};
use crate::keys::{Keyring, Role};
use crate::store::{Class, RecordKey};

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct StateRecord {
    /// Drawn when the vault is made and by each restore.
    pub(crate) incarnation: [u8; 16],
    pub(crate) epoch: u64,
    /// The commit this record was written by; the revision of its row.
    pub(crate) sequence: u64,
    pub(crate) rows: RowSet,
    pub(crate) generation: u64,
    pub(crate) header: [u8; 32],
    pub(crate) layout: [u8; 32],
    /// The last audit line known to be on disk.
    pub(crate) audit: Checkpoint,
    pub(crate) highest_ms: u64,
}

impl StateRecord {
    pub(crate) fn place() -> RecordKey {
        RecordKey::new(Class::State, &[0; 16], 0, &[0; 16], 0)
    }

    pub(crate) fn open(keyring: &Keyring, vault: &[u8; 16], revision: u64, bytes: &[u8]) -> Result<Self, Refused> {
        let version = envelope::parse(bytes).map_err(|_| Refused)?.key_version;
        let key = keyring.version(Role::State, version).ok_or(Refused)?;
        let plain = envelope::open(key, Kind::State, &context(vault, revision), bytes)?;
        let state = Self::parse(plain.expose()).map_err(|_| Refused)?;
        if state.sequence == revision { Ok(state) } else { Err(Refused) }
    }

    pub(crate) fn seal(
        &self,
        keyring: &Keyring,
        vault: &[u8; 16],
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, SealError> {
        let (version, key) = keyring.current(Role::State);
        envelope::seal(key, Kind::State, version, &context(vault, self.sequence), &self.encode(), entropy)
    }

    fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(200);
        bytes.push(RECORD_VERSION);
        bytes.extend_from_slice(&self.incarnation);
        bytes.put_u64(self.epoch);
        bytes.put_u64(self.sequence);
        bytes.put_u64(self.rows.count);
        bytes.extend_from_slice(&self.rows.sum.0);
        bytes.put_u64(self.generation);
        bytes.extend_from_slice(&self.header);
        bytes.extend_from_slice(&self.layout);
        bytes.put_u64(self.audit.sequence);
        bytes.extend_from_slice(&self.audit.head);
        bytes.put_u64(self.highest_ms);
        bytes
    }

    fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        reader.literal(&[RECORD_VERSION], "state record version 1")?;
        let state = Self {
            incarnation: reader.array("an incarnation")?,
            epoch: reader.u64("an epoch")?,
            sequence: reader.u64("a sequence")?,
            rows: RowSet { count: reader.u64("a count")?, sum: Sum(reader.array("a sum")?) },
            generation: reader.u64("a generation")?,
            header: reader.array("a header hash")?,
            layout: reader.array("a layout hash")?,
            audit: Checkpoint { sequence: reader.u64("an audit sequence")?, head: reader.array("an audit head")? },
            highest_ms: reader.u64("a time")?,
        };
        reader.end()?;
        Ok(state)
    }
}

fn context(vault: &[u8; 16], sequence: u64) -> Context<'_> {
    Context { vault, scope: &[0; 16], name: b"state", version: sequence, caller: CallerContext::EMPTY }
}

const RECORD_VERSION: u8 = 1;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Host;

    #[test]
    fn opens_only_at_its_own_sequence() {
        let entropy = Host::system().entropy;
        let keyring = Keyring::make(&*entropy).unwrap();
        let state = StateRecord {
            incarnation: [1; 16],
            epoch: 2,
            sequence: 3,
            rows: RowSet { count: 4, sum: Sum([5; 32]) },
            generation: 6,
            header: [7; 32],
            layout: [8; 32],
            audit: Checkpoint { sequence: 9, head: [10; 32] },
            highest_ms: 11,
        };
        let bytes = state.seal(&keyring, &[1; 16], &*entropy).unwrap();
        assert_eq!(StateRecord::open(&keyring, &[1; 16], 3, &bytes), Ok(state));
        assert!(StateRecord::open(&keyring, &[1; 16], 2, &bytes).is_err());
        assert!(StateRecord::open(&keyring, &[2; 16], 3, &bytes).is_err());
    }
}
