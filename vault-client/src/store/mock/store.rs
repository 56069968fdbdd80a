//! The operations, with what the vault would say.

use vault_manifest::{Scope, Spec, WriteMode};

use super::MockSecretStore;
use super::shared::{Shared, whose};
use crate::answers::Secret;
use crate::store::rules::{self, Asker};
use crate::store::{Gate, Role, SecretState, SecretStore, SecretStoreError, VerifiedWebhook, Webhook};

impl SecretStore for MockSecretStore {
    fn get(&self, name: &str) -> Result<Secret, SecretStoreError> {
        let mut shared = self.enter()?;
        let spec = self.spec(&shared, name, rules::may_get)?;
        shared.shelf.read(whose(&spec, &self.user), name, &spec)
    }

    fn set(&self, name: &str, value: &[u8]) -> Result<u64, SecretStoreError> {
        self.store(name, value, None)
    }

    fn set_if(&self, name: &str, value: &[u8], version: u64) -> Result<u64, SecretStoreError> {
        self.store(name, value, Some(version))
    }

    fn delete(&self, name: &str) -> Result<bool, SecretStoreError> {
        let mut shared = self.enter()?;
        let spec = self.spec(&shared, name, rules::may_delete)?;
        shared.takes_writes()?;
        Ok(shared.shelf.remove(whose(&spec, &self.user), name))
    }

    fn is_set(&self, name: &str) -> Result<bool, SecretStoreError> {
        let shared = self.enter()?;
        let spec = self.spec(&shared, name, |_, _| Ok(()))?;
        let held = shared.shelf.held(whose(&spec, &self.user), name);
        Ok(held.is_some_and(|held| !shared.shelf.is_expired(held, &spec)))
    }

    fn list(&self) -> Result<Vec<SecretState>, SecretStoreError> {
        let shared = self.enter()?;
        let asker = self.asker(&shared);
        let mut states = Vec::new();
        for spec in shared.manifest.secrets.iter().filter(|spec| is_visible(asker, spec)) {
            let whose = whose(spec, &self.user);
            let before = states.len();
            if spec.instances {
                let instances = shared.shelf.instances(whose, &spec.name);
                states.extend(instances.map(|(name, held)| shared.state(spec, name, Some(held))));
            }
            // One with instances has a line of its own while there are none.
            if states.len() == before {
                states.push(shared.state(spec, &spec.name, shared.shelf.held(whose, &spec.name)));
            }
        }
        states.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(states)
    }

    fn require(&self) -> Result<Gate, SecretStoreError> {
        let shared = self.enter()?;
        let asker = self.asker(&shared);
        let mut unmet = Vec::new();
        for spec in shared.manifest.secrets.iter().filter(|spec| spec.required && is_visible(asker, spec)) {
            let held = shared.shelf.any(whose(spec, &self.user), spec);
            if held.clone().any(|held| !shared.shelf.is_expired(held, spec)) {
                continue;
            }
            unmet.push(rules::unmet(spec, held.count() > 0, set_with(&shared.manifest.app, spec)));
        }
        unmet.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(Gate { unmet })
    }

    fn verify_webhook(&self, name: &str, _: &Webhook<'_>) -> Result<VerifiedWebhook, SecretStoreError> {
        let mut shared = self.enter()?;
        let spec = self.spec(&shared, name, |asker, _| match asker.role {
            Role::Extension => Ok(()),
            Role::Panel | Role::User => Err(rules::forbidden("webhooks are the app's to verify")),
        })?;
        shared.shelf.read(whose(&spec, &self.user), name, &spec)?;
        shared.webhook.map_err(SecretStoreError::Webhook)
    }
}

impl MockSecretStore {
    fn asker(&self, shared: &Shared) -> Asker {
        let owns_app = self.role == Role::User && shared.owner.as_deref() == Some(&self.user);
        Asker { role: self.role, owns_app }
    }

    /// The spec of a value's name, when the asker may know of it and do this.
    fn spec(
        &self,
        shared: &Shared,
        name: &str,
        may: fn(Asker, &Spec) -> Result<(), SecretStoreError>,
    ) -> Result<Spec, SecretStoreError> {
        let asker = self.asker(shared);
        let spec = rules::declared(&shared.manifest, name)?;
        if !is_visible(asker, spec) {
            return Err(rules::not_declared(&shared.manifest, name));
        }
        may(asker, spec)?;
        rules::check_instance(&shared.manifest, spec, name)?;
        Ok(spec.clone())
    }

    fn store(&self, name: &str, value: &[u8], if_version: Option<u64>) -> Result<u64, SecretStoreError> {
        let mut shared = self.enter()?;
        let spec = self.spec(&shared, name, rules::may_set)?;
        rules::check_value(&spec, value)?;
        shared.takes_writes()?;
        shared.shelf.put(whose(&spec, &self.user), name, value, if_version)
    }
}

/// Does the asker know of it at all? An app's own values are nobody else's matter.
fn is_visible(asker: Asker, spec: &Spec) -> bool {
    spec.scope == Scope::User || asker.role == Role::Extension || asker.owns_app
}

/// As the vault says it.
fn set_with(app: &str, spec: &Spec) -> String {
    let instance = if spec.instances { "/INSTANCE" } else { "" };
    match (spec.scope, spec.write_mode) {
        (Scope::App, _) => format!("the app's owner: vaultctl set --app {app} {}{instance}", spec.name),
        (Scope::User, WriteMode::Extension) => format!("authorize {app}: it stores this itself"),
        (Scope::User, _) => format!("vaultctl set --app {app} {}{instance}", spec.name),
    }
}
