//! The daemon as a store: a blocking client, one app, one user. Whoever calls
//! from several threads clones the client first, or takes turns.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;

use vault_manifest::rules::{NAME, is_instance, is_name};
use vault_manifest::{Manifest, Scope, Spec, limits};
use vault_proto::EncodeError;
use vault_proto::hello::Refusal;
use vault_proto::latest::{self, SecretBytes, SecretStatus, WebhookReason, WireError};

use super::{
    Gate, MacEncoding, SecretState, SecretStore, SecretStoreError, UnmetSecret, VerifiedWebhook, Webhook,
    WebhookRefusal, WebhookScheme,
};
use crate::answers::Secret;
use crate::asks;
use crate::blocking::Client;
use crate::error::ClientError;

/// One app's secrets at the daemon.
pub struct DaemonSecretStore {
    client: Client,
    app: String,
    fallback: Option<Fallback>,
}

/// What an app's own values may come from while they are not set.
struct Fallback {
    manifest: Manifest,
    environment: Box<Variable>,
}

type Variable = dyn Fn(&str) -> Option<OsString> + Send + Sync;

impl DaemonSecretStore {
    /// Acting as the app for `user` (`uid:N` or `ext:ID`): what a token that the
    /// client [presents](Client::presenting) allows, or a binding of our uid. The
    /// token's role is the store's.
    #[must_use]
    pub fn acting(client: &Client, app: &str, user: &str) -> Self {
        Self { client: client.acting(app, Some(user)), app: app.to_owned(), fallback: None }
    }

    /// The user whom the kernel says we are, for ourselves.
    #[must_use]
    pub fn as_ourselves(client: &Client, app: &str) -> Self {
        Self { client: client.not_acting(), app: app.to_owned(), fallback: None }
    }

    /// While one of the app's own values is not set, the variable its `env_fallback`
    /// names is read instead. That is for the time of moving: a value in the vault
    /// comes first, and whatever else goes wrong is never covered up by a variable.
    #[must_use]
    pub fn with_env_fallback(
        self,
        manifest: Manifest,
        environment: impl Fn(&str) -> Option<OsString> + Send + Sync + 'static,
    ) -> Self {
        Self { fallback: Some(Fallback { manifest, environment: Box::new(environment) }), ..self }
    }

    fn put(&self, name: &str, value: &[u8], if_version: Option<u64>) -> Result<u64, SecretStoreError> {
        let target = self.target(name)?;
        let stored = match if_version {
            Some(version) => self.client.set_if(target, value, version),
            None => self.client.set(target, value),
        };
        stored.map_err(|error| match error {
            ClientError::Unsendable(EncodeError::Frame(_)) => {
                SecretStoreError::TooLarge { len: value.len() as u64, max: u64::from(limits::VALUE_MAX) }
            }
            error => self.told(name, error),
        })
    }

    /// Checked here: what is typed where a name belongs may be a value, and then
    /// it goes nowhere.
    fn target<'n>(&'n self, name: &'n str) -> Result<(&'n str, &'n str), SecretStoreError> {
        let (base, instance) = name.split_once('/').map_or((name, None), |(base, instance)| (base, Some(instance)));
        if is_name(base) && instance.is_none_or(is_instance) {
            return Ok((&self.app, name));
        }
        Err(SecretStoreError::Invalid { field: "name".to_owned(), expected: NAME.to_owned() })
    }

    fn told(&self, name: &str, error: ClientError) -> SecretStoreError {
        use SecretStoreError as Told;
        let name = || name.to_owned();
        match error {
            ClientError::Server(error) => match error {
                WireError::Missing { expired: false } => Told::NotSet { name: name() },
                WireError::Missing { expired: true } => Told::Expired { name: name() },
                WireError::NotDeclared { .. } | WireError::NoSuchApp { .. } => {
                    Told::NotDeclared { app: self.app.clone(), name: name() }
                }
                WireError::Forbidden { needs } => {
                    Told::Forbidden { needs: needs.unwrap_or_else(|| "another user or role".to_owned()) }
                }
                WireError::TooLarge { len, max } => Told::TooLarge { len, max },
                WireError::Invalid { field, expected } => Told::Invalid { field, expected },
                WireError::Conflict { current } => Told::Conflict { current },
                WireError::WebhookRefused { reason } => Told::Webhook(refusal(reason)),
                WireError::Sealed {} => Told::Sealed,
                WireError::Corrupt { what } => Told::Corrupt { what },
                WireError::Indeterminate {} => Told::Indeterminate,
                WireError::Unsupported { what } => Told::Unsupported { what },
                WireError::OverQuota { .. } | WireError::ReadOnly { .. } => {
                    Told::Full { reason: ClientError::Server(error).to_string() }
                }
                WireError::Busy { .. } | WireError::Unavailable { .. } => unavailable(ClientError::Server(error)),
                WireError::Held { .. } | WireError::Suspended { .. } | WireError::BadToken {} => {
                    Told::Forbidden { needs: ClientError::Server(error).to_string() }
                }
                other => Told::Other(Box::new(ClientError::Server(other))),
            },
            ClientError::Refused(Refusal::NotAllowed) => Told::Forbidden { needs: error.to_string() },
            ClientError::Refused(Refusal::TooManyConnections | Refusal::ShuttingDown)
            | ClientError::NotRunning { .. }
            | ClientError::Unavailable(_)
            | ClientError::Timeout { may_have_happened: false, .. } => unavailable(error),
            ClientError::Timeout { may_have_happened: true, .. } | ClientError::Indeterminate(_) => Told::Indeterminate,
            ClientError::RollbackSuspected { .. } | ClientError::UnknownIncarnation { .. } => {
                Told::Corrupt { what: error.to_string() }
            }
            other => Told::Other(Box::new(other)),
        }
    }
}

impl SecretStore for DaemonSecretStore {
    fn get(&self, name: &str) -> Result<Secret, SecretStoreError> {
        match self.client.get(self.target(name)?) {
            Ok(secret) => Ok(secret),
            Err(error) => {
                let told = self.told(name, error);
                let value = match (&told, &self.fallback) {
                    (SecretStoreError::NotSet { .. }, Some(fallback)) => fallback.value(name),
                    _ => None,
                };
                value.ok_or(told)
            }
        }
    }

    fn set(&self, name: &str, value: &[u8]) -> Result<u64, SecretStoreError> {
        self.put(name, value, None)
    }

    fn set_if(&self, name: &str, value: &[u8], version: u64) -> Result<u64, SecretStoreError> {
        self.put(name, value, Some(version))
    }

    fn delete(&self, name: &str) -> Result<bool, SecretStoreError> {
        let deletion = self.client.delete(self.target(name)?).map_err(|error| self.told(name, error))?;
        Ok(deletion.was_set)
    }

    fn is_set(&self, name: &str) -> Result<bool, SecretStoreError> {
        let status = self.client.describe(self.target(name)?).map_err(|error| self.told(name, error))?;
        Ok(status.is_set && !status.expired)
    }

    fn list(&self) -> Result<Vec<SecretState>, SecretStoreError> {
        let statuses = self.client.declared(&self.app, None).map_err(|error| self.told("", error))?;
        let mut states: Vec<_> = statuses.into_iter().map(state).collect();
        states.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(states)
    }

    fn require(&self) -> Result<Gate, SecretStoreError> {
        let gate = self.client.require(&self.app, None).map_err(|error| self.told("", error))?;
        let covered = |name: &str| self.fallback.as_ref().is_some_and(|fallback| fallback.value(name).is_some());
        let unmet = gate.unmet.into_iter().filter(|unmet| unmet.expired || !covered(&unmet.name));
        let unmet = unmet.map(|latest::UnmetSecret { name, description, expired, set_with }| UnmetSecret {
            name,
            description,
            expired,
            set_with,
        });
        let mut unmet: Vec<_> = unmet.collect();
        unmet.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(Gate { unmet })
    }

    fn verify_webhook(&self, name: &str, webhook: &Webhook<'_>) -> Result<VerifiedWebhook, SecretStoreError> {
        let target = self.target(name)?;
        let mut asked = asks::Webhook::new(target, scheme(webhook.scheme), webhook.body);
        for (header, value) in webhook.headers {
            asked = asked.header(header, value);
        }
        asked.replay_id = webhook.replay_id.map(str::to_owned);
        // More than a hundred years is no other answer than a hundred years.
        asked.tolerance_s = webhook.tolerance.map(|tolerance| u32::try_from(tolerance.as_secs()).unwrap_or(u32::MAX));
        let timestamp_s = self.client.verify_webhook(asked).map_err(|error| self.told(name, error))?;
        Ok(VerifiedWebhook { timestamp_s })
    }
}

impl Fallback {
    fn value(&self, name: &str) -> Option<Secret> {
        let has = |spec: &&Spec| spec.scope == Scope::App;
        let variable = self.manifest.spec(name).filter(has)?.env_fallback.as_deref()?;
        let value = SecretBytes::new((self.environment)(variable)?.into_vec());
        // Version 0: nothing is stored.
        (!value.expose().is_empty()).then(|| Secret::new(value, 0))
    }
}

fn unavailable(error: ClientError) -> SecretStoreError {
    SecretStoreError::Unavailable { reason: error.to_string(), source: Some(Box::new(error)) }
}

fn state(status: SecretStatus) -> SecretState {
    SecretState {
        name: status.name,
        description: status.description.unwrap_or_default(),
        scope: status.scope.into(),
        write_mode: status.write_mode.into(),
        required: status.required,
        max_bytes: status.max_bytes,
        is_set: status.is_set && !status.expired,
        version: status.version,
        set_at: status.set_at,
        last_read_at: status.last_read_at,
        expires_at: status.expires_at,
        expired: status.expired,
        rotation_due: status.rotation_due,
    }
}

fn scheme(scheme: &WebhookScheme) -> latest::WebhookScheme {
    match scheme {
        WebhookScheme::Stripe => latest::WebhookScheme::Stripe {},
        WebhookScheme::Github => latest::WebhookScheme::Github {},
        WebhookScheme::Slack => latest::WebhookScheme::Slack {},
        WebhookScheme::Standard => latest::WebhookScheme::Standard {},
        WebhookScheme::Discord => latest::WebhookScheme::Discord {},
        WebhookScheme::Hmac { header, encoding, prefix } => latest::WebhookScheme::Hmac {
            header: header.clone(),
            encoding: match encoding {
                MacEncoding::Hex => latest::HmacEncoding::Hex,
                MacEncoding::Base64 => latest::HmacEncoding::Base64,
            },
            prefix: prefix.clone(),
        },
    }
}

fn refusal(reason: WebhookReason) -> WebhookRefusal {
    match reason {
        WebhookReason::NoHeader => WebhookRefusal::NoHeader,
        WebhookReason::BadHeader => WebhookRefusal::BadHeader,
        WebhookReason::BadSignature => WebhookRefusal::BadSignature,
        WebhookReason::TooOld => WebhookRefusal::TooOld,
        WebhookReason::Replayed => WebhookRefusal::Replayed,
        WebhookReason::BadSecret => WebhookRefusal::BadSecret,
    }
}

impl std::fmt::Debug for DaemonSecretStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DaemonSecretStore").field("app", &self.app).finish_non_exhaustive()
    }
}
