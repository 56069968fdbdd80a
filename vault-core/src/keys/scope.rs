//! Scope keys: one random key per (user, app), wrapped by the scope-wrap key.
//! Dropping every wrap of one shreds the scope.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::{KeyVersion, key_type};
use crate::host::{Entropy, EntropyError};

key_type! {
    /// Seals the records of one scope.
    pub(crate) ScopeKey
}

impl ScopeKey {
    pub(crate) fn make(entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        Self::fill_with(|key| entropy.fill(key))
    }
}

/// Unwrapped scope keys, bounded; evicted by shred and rotation.
#[derive(Default)]
pub(crate) struct ScopeKeys {
    cached: Mutex<Cached>,
}

/// By scope and key version.
type Cached = HashMap<([u8; 16], KeyVersion), Arc<ScopeKey>>;

impl ScopeKeys {
    /// The cached key, or the one `unwrap` gives.
    pub(crate) fn get<E>(
        &self,
        scope: &[u8; 16],
        version: KeyVersion,
        unwrap: impl FnOnce() -> Result<ScopeKey, E>,
    ) -> Result<Arc<ScopeKey>, E> {
        if let Some(key) = self.lock().get(&(*scope, version)) {
            return Ok(Arc::clone(key));
        }
        let key = Arc::new(unwrap()?);
        self.put(*scope, version, Arc::clone(&key));
        Ok(key)
    }

    /// Remembers a key that is at hand.
    pub(crate) fn put(&self, scope: [u8; 16], version: KeyVersion, key: Arc<ScopeKey>) {
        let mut cached = self.lock();
        if cached.len() >= CACHED_MAX {
            // Rare and cheap to refill: better than bookkeeping on every read.
            cached.clear();
        }
        cached.insert((scope, version), key);
    }

    /// Forgets every version of a scope's key.
    pub(crate) fn evict(&self, scope: &[u8; 16]) {
        self.lock().retain(|(cached, _), _| cached != scope);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Cached> {
        // A map of complete entries: a panic elsewhere cannot have half-written one.
        self.cached.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const CACHED_MAX: usize = 4_096;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Host;

    #[test]
    fn keys_are_kept_and_never_too_many() {
        let entropy = Host::system().entropy;
        let keys = ScopeKeys::default();
        let key = Arc::new(ScopeKey::make(&*entropy).unwrap());
        for version in 1..=KeyVersion::try_from(2 * CACHED_MAX + 1).unwrap() {
            keys.put([1; 16], version, Arc::clone(&key));
            let kept = keys.get(&[1; 16], version, || Err("not kept"));
            assert!(kept.is_ok_and(|kept| Arc::ptr_eq(&kept, &key)));
            let first = keys.get(&[1; 16], 1, || Err("not kept"));
            assert_eq!(first.is_ok(), version as usize <= CACHED_MAX, "{version}");
            assert!(keys.lock().len() <= CACHED_MAX);
        }
        keys.evict(&[1; 16]);
        assert!(keys.lock().is_empty());
    }
}
