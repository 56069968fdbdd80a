//! [`SecretStore`] over the access path: names parsed, refusals told apart.

use vault_client::Secret;
use vault_client::store::{
    Gate, MacEncoding, SecretState, SecretStore, SecretStoreError, UnmetSecret, VerifiedWebhook, Webhook,
    WebhookRefusal, WebhookScheme,
};
use vault_core::keys::SecretBytes;
use vault_core::names::SecretName;
use vault_core::webhook::{Delivery, Encoding, Scheme, WebhookError};
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

    fn verify_webhook(&self, name: &str, webhook: &Webhook<'_>) -> Result<VerifiedWebhook, SecretStoreError> {
        let headers: Vec<_> = webhook.headers.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
        let delivery = Delivery { headers: &headers, body: webhook.body };
        let (scheme, tolerance_s) = (scheme(webhook.scheme)?, webhook.tolerance.map(|tolerance| tolerance.as_secs()));
        let name_of = parse(name)?;
        let verified =
            self.access().verify_webhook(&self.app, &name_of, &scheme, &delivery, tolerance_s, webhook.replay_id);
        let verified = verified.map_err(|refusal| self.told(name, refusal))?;
        Ok(VerifiedWebhook { timestamp_s: verified.timestamp_s })
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
            Refusal::Webhook(WebhookError::TooLarge { found, max, .. }) => Told::TooLarge { len: found, max },
            Refusal::Webhook(error) => Told::Webhook(refused(error)),
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

fn scheme(scheme: &WebhookScheme) -> Result<Scheme, SecretStoreError> {
    Ok(match scheme {
        WebhookScheme::Stripe => Scheme::Stripe,
        WebhookScheme::Github => Scheme::Github,
        WebhookScheme::Slack => Scheme::Slack,
        WebhookScheme::Standard => Scheme::Standard,
        WebhookScheme::Discord => Scheme::Discord,
        WebhookScheme::Hmac { header, encoding, prefix } => {
            let encoding = match encoding {
                MacEncoding::Hex => Encoding::Hex,
                MacEncoding::Base64 => Encoding::Base64,
            };
            Scheme::Hmac { header: header.clone(), encoding, prefix: prefix.clone() }
        }
        other => return Err(SecretStoreError::Unsupported { what: format!("the scheme {other:?}") }),
    })
}

fn refused(error: WebhookError) -> WebhookRefusal {
    match error {
        WebhookError::NoHeader { .. } => WebhookRefusal::NoHeader,
        WebhookError::BadHeader { .. } => WebhookRefusal::BadHeader,
        WebhookError::TooOld { .. } | WebhookError::TooNew { .. } => WebhookRefusal::TooOld,
        WebhookError::Replayed => WebhookRefusal::Replayed,
        WebhookError::BadSecret { .. } => WebhookRefusal::BadSecret,
        _ => WebhookRefusal::BadSignature,
    }
}

fn parse(name: &str) -> Result<SecretName, SecretStoreError> {
    SecretName::parse(name).map_err(|rule| invalid(rule.field, rule.expected))
}

fn invalid(field: &str, expected: &str) -> SecretStoreError {
    SecretStoreError::Invalid { field: field.to_owned(), expected: expected.to_owned() }
}
