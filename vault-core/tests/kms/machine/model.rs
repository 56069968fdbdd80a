//! What a key is, in the plainest terms: written from the documents, with
//! nothing of the engine's own.

use std::collections::BTreeMap;

use vault_core::kms::KeyState;

use crate::support::DAY_MS;

/// One key of the model.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) external: bool,
    pub(crate) state: KeyState,
    /// Which versions' material is there; version 1 first.
    pub(crate) versions: Vec<bool>,
    pub(crate) on_demand: u32,
    /// Period in days and the next time.
    pub(crate) rotation: Option<(u32, u64)>,
    pub(crate) deletion_ms: u64,
    pub(crate) expires_ms: Option<u64>,
    /// The byte an external key's material is made of, once it was imported.
    pub(crate) imported: Option<u8>,
    /// May Bob decrypt?
    pub(crate) granted: bool,
}

/// Alice's keys and names; deleted keys leave a hole.
#[derive(Clone, Debug, Default)]
pub(crate) struct Model {
    pub(crate) now_ms: u64,
    pub(crate) keys: Vec<Option<Key>>,
    pub(crate) aliases: BTreeMap<u8, usize>,
}

/// The answer's word, or what there is to say.
pub(crate) type Said<T> = Result<T, &'static str>;

impl Key {
    pub(crate) fn new(external: bool) -> Self {
        Self {
            external,
            state: if external { KeyState::PendingImport } else { KeyState::Enabled },
            versions: if external { Vec::new() } else { vec![true] },
            on_demand: 0,
            rotation: None,
            deletion_ms: 0,
            expires_ms: None,
            imported: None,
            granted: false,
        }
    }

    pub(crate) fn usable(&self) -> Said<()> {
        match self.state {
            KeyState::Enabled => Ok(()),
            KeyState::Disabled => Err("Disabled"),
            KeyState::PendingDeletion => Err("PendingDeletion"),
            KeyState::PendingImport => Err("PendingImport"),
        }
    }

    fn kept(&self) -> Said<()> {
        if self.state == KeyState::PendingDeletion { Err("PendingDeletion") } else { Ok(()) }
    }

    fn has_material(&self) -> bool {
        self.versions.last() == Some(&true)
    }
}

impl Model {
    pub(crate) fn key(&mut self, n: usize) -> Said<&mut Key> {
        self.keys.get_mut(n).and_then(Option::as_mut).ok_or("NotFound")
    }

    pub(crate) fn switch(&mut self, n: usize, on: bool) -> Said<()> {
        let key = self.key(n)?;
        match key.state {
            KeyState::PendingDeletion => Err("PendingDeletion"),
            KeyState::PendingImport => Err("PendingImport"),
            KeyState::Enabled | KeyState::Disabled => {
                key.state = if on { KeyState::Enabled } else { KeyState::Disabled };
                Ok(())
            }
        }
    }

    pub(crate) fn schedule(&mut self, n: usize, days: u32) -> Said<()> {
        let now_ms = self.now_ms;
        if !(7..=30).contains(&days) {
            return Err("Invalid");
        }
        let key = self.key(n)?;
        key.kept()?;
        key.state = KeyState::PendingDeletion;
        key.deletion_ms = now_ms + u64::from(days) * DAY_MS;
        Ok(())
    }

    pub(crate) fn cancel(&mut self, n: usize) -> Said<()> {
        let key = self.key(n)?;
        if key.state != KeyState::PendingDeletion {
            return Err("NotPendingDeletion");
        }
        key.state = if key.has_material() { KeyState::Disabled } else { KeyState::PendingImport };
        Ok(())
    }

    pub(crate) fn rotate(&mut self, n: usize) -> Said<u32> {
        let key = self.key(n)?;
        key.usable()?;
        match (key.external, key.on_demand) {
            (true, _) => Err("Unsupported"),
            (false, 25) => Err("LimitExceeded"),
            (false, _) => {
                key.on_demand += 1;
                key.versions.push(true);
                Ok(key.versions.len() as u32)
            }
        }
    }

    pub(crate) fn rotate_every(&mut self, n: usize, days: Option<u32>) -> Said<()> {
        let now_ms = self.now_ms;
        if days.is_some_and(|days| !(90..=2_560).contains(&days)) {
            return Err("Invalid");
        }
        let key = self.key(n)?;
        key.usable()?;
        if key.external {
            return Err("Unsupported");
        }
        key.rotation = days.map(|days| (days, now_ms + u64::from(days) * DAY_MS));
        Ok(())
    }

    pub(crate) fn import(&mut self, n: usize, byte: u8, expires_ms: Option<u64>) -> Said<()> {
        let key = self.key(n)?;
        key.kept()?;
        if !key.external {
            return Err("Unsupported");
        }
        if key.imported.is_some_and(|before| before != byte) {
            return Err("IncorrectMaterial");
        }
        key.imported = Some(byte);
        key.versions = vec![true];
        key.expires_ms = expires_ms;
        if key.state == KeyState::PendingImport {
            key.state = KeyState::Enabled;
        }
        Ok(())
    }

    pub(crate) fn delete_material(&mut self, n: usize) -> Said<()> {
        let key = self.key(n)?;
        key.kept()?;
        if !key.external {
            return Err("Unsupported");
        }
        key.versions.fill(false);
        key.state = KeyState::PendingImport;
        Ok(())
    }

    pub(crate) fn grant(&mut self, n: usize) -> Said<()> {
        let key = self.key(n)?;
        key.usable()?;
        key.granted = true;
        Ok(())
    }

    pub(crate) fn name(&mut self, alias: u8, n: usize, update: bool) -> Said<()> {
        self.key(n)?.kept()?;
        match (update, self.aliases.contains_key(&alias)) {
            (false, true) => Err("AlreadyExists"),
            (true, false) => Err("NotFound"),
            _ => {
                self.aliases.insert(alias, n);
                Ok(())
            }
        }
    }

    /// What a ciphertext of key `n`, version `version`, says to Alice or to Bob.
    pub(crate) fn decrypt(&mut self, n: usize, version: u32, bob: bool) -> Said<()> {
        let key = self.key(n).map_err(|_| "InvalidCiphertext")?;
        if bob && !key.granted {
            return Err("InvalidCiphertext");
        }
        key.usable()?;
        if key.versions[version as usize - 1] { Ok(()) } else { Err("InvalidCiphertext") }
    }

    /// A day passes, and upkeep comes by.
    pub(crate) fn day(&mut self) {
        self.now_ms += DAY_MS;
        let now_ms = self.now_ms;
        for (n, slot) in self.keys.iter_mut().enumerate() {
            let Some(key) = slot else { continue };
            if key.state == KeyState::PendingDeletion {
                if key.deletion_ms <= now_ms {
                    *slot = None;
                    self.aliases.retain(|_, named| *named != n);
                }
                continue;
            }
            if key.has_material() && key.expires_ms.is_some_and(|at| at <= now_ms) {
                key.versions.fill(false);
                key.state = KeyState::PendingImport;
            }
            if let Some((days, next_ms)) = &mut key.rotation
                && key.state == KeyState::Enabled
                && *next_ms <= now_ms
            {
                *next_ms = now_ms + u64::from(*days) * DAY_MS;
                key.versions.push(true);
            }
        }
    }
}
