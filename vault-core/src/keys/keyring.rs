//! The keyring: random, versioned keys, one envelope in the header.
//!
//! Plaintext: `record version 1 | u16be n | n × (role u8 | version u32be | key 32)`,
//! sorted by (role, version), no duplicates, every role present.

use super::{AuditKey, KeyringKey, ScopeKey, key_type};
use crate::codec::{Malformed, Put, Reader, lp_prefix};
use crate::envelope::{self, CallerContext, Context, Kind, Refused, SealError};
use crate::hazmat::hmac::hmac;
use crate::host::{Entropy, EntropyError};
use crate::keys::SecretBytes;
use crate::limits;

/// What a keyring key is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[repr(u8)]
pub(crate) enum Role {
    ScopeWrap = 1,
    Index = 2,
    RowSet = 3,
    State = 4,
    Audit = 5,
    Anchor = 6,
}

/// A version of a key, from 1.
pub(crate) type KeyVersion = u32;

key_type! {
    /// A key of the keyring.
    pub(crate) RingKey
}

struct Entry {
    role: Role,
    version: KeyVersion,
    key: RingKey,
}

/// Every key below the root that is not a scope's.
pub(crate) struct Keyring {
    entries: Vec<Entry>,
}

impl Keyring {
    /// Version 1 of every role.
    pub(crate) fn make(entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        let entry = |role| Ok(Entry { role, version: 1, key: RingKey::fill_with(|key| entropy.fill(key))? });
        Ok(Self { entries: ROLES.into_iter().map(entry).collect::<Result<_, EntropyError>>()? })
    }

    /// Opens the header's keyring.
    pub(crate) fn open(key: &KeyringKey, vault: &[u8; 16], generation: u64, bytes: &[u8]) -> Result<Self, Refused> {
        let plain = envelope::open(key.expose(), Kind::Keyring, &place(vault, generation), bytes)?;
        Self::parse(plain.expose()).map_err(|_| Refused)
    }

    /// Seals it for the header of that generation.
    pub(crate) fn seal(
        &self,
        key: &KeyringKey,
        root_version: KeyVersion,
        vault: &[u8; 16],
        generation: u64,
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, SealError> {
        let plain = self.encode();
        envelope::seal(key.expose(), Kind::Keyring, root_version, &place(vault, generation), plain.expose(), entropy)
    }

    /// The newest version of a role and its key.
    pub(crate) fn current(&self, role: Role) -> (KeyVersion, &[u8; 32]) {
        let newest = self.entries.iter().rev().find(|entry| entry.role == role);
        // `make` and `parse` hold that every role is present.
        newest.map_or_else(|| unreachable!("a keyring has every role"), |entry| (entry.version, entry.key.expose()))
    }

    /// A given version of a role, while it is kept.
    pub(crate) fn version(&self, role: Role, version: KeyVersion) -> Option<&[u8; 32]> {
        let found = self.entries.iter().find(|entry| entry.role == role && entry.version == version);
        found.map(|entry| entry.key.expose())
    }

    /// The versions kept of a role, oldest first.
    pub(crate) fn versions(&self, role: Role) -> Vec<KeyVersion> {
        self.entries.iter().filter(|entry| entry.role == role).map(|entry| entry.version).collect()
    }

    /// A copy with one more version of a role.
    pub(crate) fn with_next(&self, role: Role, entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        let mut next = self.duplicate();
        let version = self.current(role).0 + 1;
        next.entries.push(Entry { role, version, key: RingKey::fill_with(|key| entropy.fill(key))? });
        next.entries.sort_by_key(|entry| (entry.role, entry.version));
        Ok(next)
    }

    /// A copy that keeps only the newest version of a role.
    pub(crate) fn with_only_current(&self, role: Role) -> Self {
        let newest = self.current(role).0;
        let mut next = self.duplicate();
        next.entries.retain(|entry| entry.role != role || entry.version == newest);
        next
    }

    /// The audit key, on its way to the log that keeps it.
    pub(crate) fn audit_key(&self) -> AuditKey {
        AuditKey::new(self.current(Role::Audit).1)
    }

    /// The keyed index a name lies under: 16 bytes of
    /// HMAC(index key, LP("vault/v1/index") ‖ scope id ‖ LP(name)). The scope is
    /// in it, so that the same name of two users has nothing in common.
    pub(crate) fn name_index(&self, scope: &[u8; 16], name: &[u8]) -> [u8; 16] {
        let label = b"vault/v1/index";
        let mac = hmac(self.current(Role::Index).1, &[&lp_prefix(label), label, scope, &lp_prefix(name), name]);
        std::array::from_fn(|i| mac[i])
    }

    /// A name for key material that tells nothing of it, and is the same when
    /// the same material is imported again:
    /// HMAC(index key, LP("vault/v1/kms-material") ‖ key id ‖ LP(material)).
    pub(crate) fn material_id(&self, key: &[u8; 16], material: &[u8]) -> [u8; 32] {
        let label = b"vault/v1/kms-material";
        hmac(self.current(Role::Index).1, &[&lp_prefix(label), label, key, &lp_prefix(material), material])
    }

    /// Wraps a scope key.
    pub(crate) fn wrap(
        &self,
        key: &ScopeKey,
        context: &Context<'_>,
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, SealError> {
        let (version, wrapping) = self.current(Role::ScopeWrap);
        let plain = SecretBytes::new([&[RECORD_VERSION][..], key.expose()].concat());
        envelope::seal(wrapping, Kind::WrappedKey, version, context, plain.expose(), entropy)
    }

    /// Unwraps a scope key with whichever scope-wrap version it names.
    pub(crate) fn unwrap(&self, context: &Context<'_>, bytes: &[u8]) -> Result<ScopeKey, Refused> {
        let version = envelope::parse(bytes).map_err(|_| Refused)?.key_version;
        let wrapping = self.version(Role::ScopeWrap, version).ok_or(Refused)?;
        let plain = envelope::open(wrapping, Kind::WrappedKey, context, bytes)?;
        let key = plain.expose().strip_prefix(&[RECORD_VERSION]).ok_or(Refused)?;
        ScopeKey::fill_with(|out| <&[u8; 32]>::try_from(key).map(|key| out.copy_from_slice(key)).map_err(|_| Refused))
    }

    fn encode(&self) -> SecretBytes {
        let mut bytes = Vec::with_capacity(3 + self.entries.len() * ENTRY_LEN);
        bytes.push(RECORD_VERSION);
        bytes.put_u16(u16::try_from(self.entries.len()).unwrap_or(u16::MAX));
        for entry in &self.entries {
            bytes.push(entry.role as u8);
            bytes.put_u32(entry.version);
            bytes.extend_from_slice(entry.key.expose());
        }
        SecretBytes::new(bytes)
    }

    fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        reader.literal(&[RECORD_VERSION], "keyring record version 1")?;
        let count = usize::from(reader.u16("a key count")?);
        if count > ROLES.len() * limits::KEYRING_VERSIONS_MAX {
            return Err(Malformed { expected: "a key count within limits" });
        }
        let mut entries: Vec<Entry> = Vec::with_capacity(count);
        for _ in 0..count {
            let role = reader.u8("a key role")?;
            let role =
                ROLES.into_iter().find(|known| *known as u8 == role).ok_or(Malformed { expected: "a key role" })?;
            let version = reader.u32("a key version")?;
            let key = RingKey::fill_with(|out| reader.array("a key").map(|key: [u8; 32]| *out = key))?;
            if entries.last().is_some_and(|last| (last.role, last.version) >= (role, version)) {
                return Err(Malformed { expected: "keys in order, each once" });
            }
            entries.push(Entry { role, version, key });
        }
        reader.end()?;
        if ROLES.into_iter().any(|role| entries.iter().all(|entry| entry.role != role)) {
            return Err(Malformed { expected: "a key of every role" });
        }
        Ok(Self { entries })
    }

    fn duplicate(&self) -> Self {
        let copy = |entry: &Entry| {
            let key = RingKey::fill_with(|out| {
                out.copy_from_slice(entry.key.expose());
                Ok::<_, std::convert::Infallible>(())
            });
            match key {
                Ok(key) => Entry { role: entry.role, version: entry.version, key },
                Err(never) => match never {},
            }
        };
        Self { entries: self.entries.iter().map(copy).collect() }
    }
}

fn place(vault: &[u8; 16], generation: u64) -> Context<'_> {
    Context { vault, scope: &[0; 16], name: b"keyring", version: generation, caller: CallerContext::EMPTY }
}

const ROLES: [Role; 6] = [Role::ScopeWrap, Role::Index, Role::RowSet, Role::State, Role::Audit, Role::Anchor];
const RECORD_VERSION: u8 = 1;
const ENTRY_LEN: usize = 1 + 4 + 32;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Host;

    fn entropy() -> std::sync::Arc<dyn Entropy> {
        Host::system().entropy
    }

    #[test]
    fn encodes_and_parses_with_versions() {
        let ring = Keyring::make(&*entropy()).unwrap().with_next(Role::ScopeWrap, &*entropy()).unwrap();
        let back = Keyring::parse(ring.encode().expose()).unwrap();
        assert_eq!(back.versions(Role::ScopeWrap), [1, 2]);
        assert_eq!(back.current(Role::ScopeWrap), ring.current(Role::ScopeWrap));
        assert_eq!(back.with_only_current(Role::ScopeWrap).versions(Role::ScopeWrap), [2]);
        assert_eq!(back.versions(Role::Index), [1]);
    }

    #[test]
    fn every_truncation_and_a_missing_role_are_refused() {
        let bytes = Keyring::make(&*entropy()).unwrap().encode().into_vec();
        for len in 0..bytes.len() {
            assert!(Keyring::parse(&bytes[..len]).is_err());
        }
        let mut fewer = bytes[..bytes.len() - ENTRY_LEN].to_vec();
        fewer[2] -= 1;
        assert!(Keyring::parse(&fewer).is_err());
        let mut twice = bytes;
        twice.extend_from_within(3..3 + ENTRY_LEN);
        twice[2] += 1;
        assert!(Keyring::parse(&twice).is_err());
    }

    /// 96 keys, whatever their roles, and not one more.
    #[test]
    fn a_ring_holds_as_many_keys_as_its_ceiling_says() {
        let ring = |keys: u32| {
            let mut bytes = vec![RECORD_VERSION];
            bytes.put_u16(u16::try_from(keys).unwrap());
            let versions = (1..=keys - 5).map(|version| (ROLES[0], version));
            for (role, version) in versions.chain(ROLES.into_iter().skip(1).map(|role| (role, 1))) {
                bytes.push(role as u8);
                bytes.put_u32(version);
                bytes.extend_from_slice(&[7; 32]);
            }
            Keyring::parse(&bytes)
        };
        assert_eq!(ring(96).unwrap().versions(ROLES[0]).len(), 91);
        assert!(matches!(ring(97), Err(Malformed { expected: "a key count within limits" })));
    }

    /// Computed with Python's hmac.
    #[test]
    fn known_answers_name_index_and_material_id() {
        let mut ring = Keyring::make(&*entropy()).unwrap();
        for entry in &mut ring.entries {
            entry.key = RingKey::fill_with(|key| {
                *key = [entry.role as u8; 32];
                Ok::<_, ()>(())
            })
            .unwrap();
        }
        let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
        let index = ring.name_index(&[3; 16], b"api_key");
        assert_eq!(hex(&index), "141c11ce111f39589a955ca05fd3cbd2");
        assert_eq!(
            hex(&ring.material_id(&[4; 16], &[5; 32])),
            "7e3dbe3db8ef2efc29d2cb802f65bf4d7cb7ad43523e66f070b71716954ca48d"
        );
    }
}
