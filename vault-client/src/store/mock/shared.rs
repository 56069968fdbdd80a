//! What the stores of one mock share: the app, its values, what is wrong.

use std::time::Duration;

use vault_manifest::{Manifest, Scope, Spec};

use super::Trouble;
use super::shelf::{Held, Shelf};
use crate::store::{SecretState, SecretStoreError, VerifiedWebhook, WebhookRefusal};

pub(super) struct Shared {
    pub(super) manifest: Manifest,
    pub(super) owner: Option<String>,
    pub(super) shelf: Shelf,
    pub(super) trouble: Option<Trouble>,
    pub(super) delay: Duration,
    pub(super) patience: Duration,
    pub(super) webhook: Result<VerifiedWebhook, WebhookRefusal>,
}

impl Shared {
    pub(super) fn takes_writes(&self) -> Result<(), SecretStoreError> {
        match self.trouble {
            Some(Trouble::Full) => Err(SecretStoreError::Full { reason: "told to be full".to_owned() }),
            _ => Ok(()),
        }
    }

    pub(super) fn state(&self, spec: &Spec, name: &str, held: Option<&Held>) -> SecretState {
        let expired = held.is_some_and(|held| self.shelf.is_expired(held, spec));
        SecretState {
            name: name.to_owned(),
            description: spec.description.clone(),
            scope: spec.scope,
            write_mode: spec.write_mode,
            required: spec.required,
            max_bytes: spec.max_bytes,
            is_set: held.is_some() && !expired,
            version: held.map(Held::version),
            set_at: held.map(Held::set_at),
            last_read_at: held.and_then(Held::last_read_at),
            expires_at: held.and_then(|held| held.expires_at(spec)),
            expired,
            rotation_due: held.is_some_and(|held| self.shelf.is_rotation_due(held, spec)),
        }
    }
}

/// Under whom a value is kept; none: the app itself.
pub(super) fn whose<'u>(spec: &Spec, user: &'u str) -> Option<&'u str> {
    (spec.scope == Scope::User).then_some(user)
}

/// The declared name of a value's.
pub(super) fn base(name: &str) -> &str {
    name.split_once('/').map_or(name, |(base, _)| base)
}
