//! The values of a mock, and its clock.

use std::collections::BTreeMap;

use vault_manifest::Spec;
use vault_proto::latest::SecretBytes;

use crate::answers::Secret;
use crate::store::SecretStoreError;

/// Values by whose they are (none: the app's own) and by name.
pub(super) struct Shelf {
    values: BTreeMap<(Option<String>, String), Held>,
    /// Versions that were given out and whose value is gone: they are not reused.
    spent: BTreeMap<(Option<String>, String), u64>,
    now: u64,
}

/// One value.
pub(super) struct Held {
    value: SecretBytes,
    version: u64,
    set_at: u64,
    last_read_at: Option<u64>,
    corrupt: bool,
}

impl Held {
    pub(super) fn version(&self) -> u64 {
        self.version
    }

    pub(super) fn set_at(&self) -> u64 {
        self.set_at
    }

    pub(super) fn last_read_at(&self) -> Option<u64> {
        self.last_read_at
    }

    pub(super) fn expires_at(&self, spec: &Spec) -> Option<u64> {
        spec.expires_after_days.map(|days| self.set_at + u64::from(days) * DAY_MS)
    }
}

impl Shelf {
    pub(super) fn new() -> Self {
        Self { values: BTreeMap::new(), spent: BTreeMap::new(), now: BEGIN_MS }
    }

    pub(super) fn pass_days(&mut self, days: u32) {
        self.now += u64::from(days) * DAY_MS;
    }

    pub(super) fn held(&self, whose: Option<&str>, name: &str) -> Option<&Held> {
        self.values.get(&key(whose, name))
    }

    /// Full names and values of every instance.
    pub(super) fn instances<'s>(
        &'s self,
        whose: Option<&'s str>,
        name: &'s str,
    ) -> impl Iterator<Item = (&'s str, &'s Held)> + Clone {
        let of = move |full: &str| full.strip_prefix(name).is_some_and(|rest| rest.starts_with('/'));
        self.values
            .iter()
            .filter(move |((user, full), _)| user.as_deref() == whose && of(full))
            .map(|((_, full), held)| (full.as_str(), held))
    }

    /// Every value of a spec.
    pub(super) fn any<'s>(&'s self, whose: Option<&'s str>, spec: &'s Spec) -> impl Iterator<Item = &'s Held> + Clone {
        let whole = self.held(whose, &spec.name).into_iter();
        whole.chain(self.instances(whose, &spec.name).map(|(_, held)| held))
    }

    pub(super) fn put(
        &mut self,
        whose: Option<&str>,
        name: &str,
        value: &[u8],
        if_version: Option<u64>,
    ) -> Result<u64, SecretStoreError> {
        let key = key(whose, name);
        let current = self.values.get(&key).map_or(0, Held::version);
        if if_version.is_some_and(|version| version != current) {
            return Err(SecretStoreError::Conflict { current });
        }
        let version = current.max(self.spent.get(&key).copied().unwrap_or(0)) + 1;
        let value = SecretBytes::new(value.to_vec());
        self.values.insert(key, Held { value, version, set_at: self.now, last_read_at: None, corrupt: false });
        Ok(version)
    }

    pub(super) fn read(&mut self, whose: Option<&str>, name: &str, spec: &Spec) -> Result<Secret, SecretStoreError> {
        let now = self.now;
        let held = self.values.get_mut(&key(whose, name));
        let held = held.ok_or_else(|| SecretStoreError::NotSet { name: name.to_owned() })?;
        if held.corrupt {
            return Err(SecretStoreError::Corrupt { what: "told to be".to_owned() });
        }
        if held.expires_at(spec).is_some_and(|at| at <= now) {
            return Err(SecretStoreError::Expired { name: name.to_owned() });
        }
        held.last_read_at = Some(now);
        Ok(Secret::new(SecretBytes::new(held.value.expose().to_vec()), held.version))
    }

    pub(super) fn remove(&mut self, whose: Option<&str>, name: &str) -> bool {
        let key = key(whose, name);
        match self.values.remove(&key) {
            Some(held) => {
                self.spent.insert(key, held.version);
                true
            }
            None => false,
        }
    }

    pub(super) fn corrupt(&mut self, whose: Option<&str>, name: &str) {
        if let Some(held) = self.values.get_mut(&key(whose, name)) {
            held.corrupt = true;
        }
    }

    pub(super) fn is_expired(&self, held: &Held, spec: &Spec) -> bool {
        held.expires_at(spec).is_some_and(|at| at <= self.now)
    }

    pub(super) fn is_rotation_due(&self, held: &Held, spec: &Spec) -> bool {
        spec.rotation_hint_days.is_some_and(|days| held.set_at + u64::from(days) * DAY_MS <= self.now)
    }
}

fn key(whose: Option<&str>, name: &str) -> (Option<String>, String) {
    (whose.map(str::to_owned), name.to_owned())
}

/// The same in every run: 2026-01-01.
const BEGIN_MS: u64 = 1_767_225_600_000;
const DAY_MS: u64 = 24 * 3_600 * 1_000;
