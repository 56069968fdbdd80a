//! [`SecretStore`] over the access path: names parsed, refusals told apart.

use vault_client::Secret;
use vault_client::store::{Gate, SecretState, SecretStore, SecretStoreError, UnmetSecret, VerifiedWebhook, Webhook};
use vault_core::keys::SecretBytes;
use vault_core::names::SecretName;
use vault_core::{Fault, Refusal, SecretStatus};

use crate::Secrets;

impl SecretStore for Secrets<'_> {
    fn get(&self, name: &str) -> Result<Secret, SecretStoreError> {
        let value = self.access().get(&self.app, &parse(name)?, None).map_err(|refusal| self.told(name, refusal))?;
        let version = value.version;
        Ok(Secret::new(vault_client::SecretBytes::new(value.bytes.into_vec()), version))
    }

    fn set(&self, name: &str, value: &[u8]) -> Result<u64, SecretStoreError> {
        self.put(name, value, None)
    }

    fn set_if(&self, name: &str, value: &[u8], version: u64) -> Result<u64, SecretStoreError> {
        self.put(name, value, Some(version))
    }

    fn delete(&self, name: &str) -> Result<bool, SecretStoreError> {
        self.access().delete(&self.app, &parse(name)?).map_err(|refusal| self.told(name, refusal))
    }

    fn is_set(&self, name: &str) -> Result<bool, SecretStoreError> {
        let status = self.status(name)?;
        Ok(status.is_set && !status.expired)
    }

    fn list(&self) -> Result<Vec<SecretState>, SecretStoreError> {
        let statuses = self.access().declared(&self.app, None).map_err(|refusal| self.told("", refusal))?;
        let mut states: Vec<_> = statuses.into_iter().map(state).collect();
        states.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(states)
    }

    fn require(&self) -> Result<Gate, SecretStoreError> {
        let gate = self.access().require(&self.app, None).map_err(|refusal| self.told("", refusal))?;
        let unmet = gate.missing.into_iter().map(|missing| UnmetSecret {
            name: missing.name,
            description: missing.description,
            expired: missing.expired,
            set_with: missing.set_with,
        });
        let mut unmet: Vec<_> = unmet.collect();
        unmet.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(Gate { unmet })
    }

    fn verify_webhook(&self, name: &str, _: &Webhook<'_>) -> Result<VerifiedWebhook, SecretStoreError> {
        if !SecretStore::is_set(self, name)? {
            return Err(SecretStoreError::NotSet { name: name.to_owned() });
        }
        Err(SecretStoreError::Unsupported { what: "webhooks are verified by the daemon".to_owned() })
    }
}

impl Secrets<'_> {
    fn put(&self, name: &str, value: &[u8], if_version: Option<u64>) -> Result<u64, SecretStoreError> {
        let stored = self.access().set(&self.app, &parse(name)?, SecretBytes::from(value), if_version);
        stored.map_err(|refusal| self.told(name, refusal))
    }

    fn status(&self, name: &str) -> Result<SecretStatus, SecretStoreError> {
        self.access().describe(&self.app, &parse(name)?).map_err(|refusal| self.told(name, refusal))
    }

    fn told(&self, name: &str, refusal: Refusal) -> SecretStoreError {
        use SecretStoreError as Told;
        let forbidden = |needs: &dyn ToString| Told::Forbidden { needs: needs.to_string() };
        let not_declared = || Told::NotDeclared { app: self.app.to_string(), name: name.to_owned() };
        match refusal {
            Refusal::Missing { expired: false } => Told::NotSet { name: name.to_owned() },
            Refusal::Missing { expired: true } => Told::Expired { name: name.to_owned() },
            Refusal::NotDeclared | Refusal::NoSuchApp => not_declared(),
            Refusal::Forbidden { needs } => forbidden(&needs.unwrap_or("another user or role")),
            Refusal::Held { .. } | Refusal::Suspended | Refusal::BadToken | Refusal::StateRefused => {
                forbidden(&refusal)
            }
            Refusal::Conflict { current } => Told::Conflict { current },
            Refusal::TooLarge { len, max } => Told::TooLarge { len: len as u64, max: max as u64 },
            Refusal::OverQuota { .. } | Refusal::AuditFull => Told::Full { reason: refusal.to_string() },
            Refusal::Invalid { field, expected } => invalid(field, expected),
            Refusal::Fault(fault) => told_fault(fault),
            other => Told::Other(Box::new(other)),
        }
    }
}

fn told_fault(fault: Fault) -> SecretStoreError {
    use SecretStoreError as Told;
    match fault {
        Fault::Corrupt { what } => Told::Corrupt { what: what.to_owned() },
        Fault::DiskFull | Fault::ReadOnly | Fault::Stopped => Told::Full { reason: fault.to_string() },
        Fault::Indeterminate => Told::Indeterminate,
        Fault::TooLarge { len, max, .. } => Told::TooLarge { len: len as u64, max: max as u64 },
        Fault::Unsupported { what } => Told::Unsupported { what: what.to_owned() },
        Fault::Entropy(_) | Fault::Unavailable(_) => {
            Told::Unavailable { reason: fault.to_string(), source: Some(Box::new(fault)) }
        }
        other => Told::Other(Box::new(other)),
    }
}

fn state(status: SecretStatus) -> SecretState {
    SecretState {
        name: status.name,
        description: status.description.unwrap_or_default(),
        scope: status.scope,
        write_mode: status.write_mode,
        required: status.required,
        max_bytes: status.max_bytes,
        // Here: a value that would be served.
        is_set: status.is_set && !status.expired,
        version: status.version,
        set_at: status.set_ms,
        last_read_at: status.last_read_ms,
        expires_at: status.expires_ms,
        expired: status.expired,
        rotation_due: status.rotation_due,
    }
}

fn parse(name: &str) -> Result<SecretName, SecretStoreError> {
    SecretName::parse(name).map_err(|rule| invalid(rule.field, rule.expected))
}

fn invalid(field: &str, expected: &str) -> SecretStoreError {
    SecretStoreError::Invalid { field: field.to_owned(), expected: expected.to_owned() }
}
