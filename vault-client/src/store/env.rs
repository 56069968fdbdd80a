//! The environment of a developer's machine as a store: so that an app can be
//! run before a vault is there. `VAULTD_DEV_SECRET_API_KEY` is the secret
//! `api_key`, `VAULTD_DEV_SECRET_MAILBOX__WORK` is `mailbox/work` (whatever an
//! instance has besides letters and digits becomes `_`).
//!
//! *The limit.* A process's environment is inherited, logged and readable by
//! everything of the same user, which is why there are vaults. This exists under
//! the cargo feature `dev-env` only, which is never on by default: a program that
//! was not built for it cannot be switched to it. The manifest holds as it does
//! in the vault; writing is a no-op that warns; nothing expires.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::sync::Arc;

use vault_manifest::{Manifest, ManifestError, Spec};
use vault_proto::latest::SecretBytes;

use super::rules::{self, Asker};
use super::{Gate, Role, SecretState, SecretStore, SecretStoreError, VerifiedWebhook, Webhook};
use crate::answers::Secret;

/// What every variable begins with.
pub const PREFIX: &str = "VAULTD_DEV_SECRET_";

/// Variables; the process's own, or a test's.
pub trait Environment: Send + Sync {
    /// One variable.
    fn variable(&self, name: &str) -> Option<OsString>;
    /// The names of all of them, as far as they are text.
    fn names(&self) -> Vec<String>;
}

/// A write that did nothing, for whoever watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IgnoredWrite<'a> {
    /// `set` or `delete`.
    pub operation: &'static str,
    /// The secret.
    pub name: &'a str,
}

/// One app's secrets, read from variables in the role of the app.
pub struct EnvSecretStore {
    manifest: Manifest,
    environment: Box<dyn Environment>,
    ignored: Box<dyn Fn(IgnoredWrite<'_>) + Send + Sync>,
}

/// A manifest the environment cannot serve.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EnvStoreError {
    /// It breaks its own rules.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// An instance of one and the whole of another would be one variable.
    #[error("an instance of {instances} and {other} would be the same variable")]
    Ambiguous {
        /// The one with instances.
        instances: String,
        /// The other.
        other: String,
    },
}

impl EnvSecretStore {
    /// From this process's variables, looked at anew with every call. Writes are
    /// warned of through `tracing`.
    pub fn from_process(manifest: Manifest) -> Result<Self, EnvStoreError> {
        Self::new(manifest, Process)
    }

    /// From other variables.
    pub fn new(manifest: Manifest, environment: impl Environment + 'static) -> Result<Self, EnvStoreError> {
        manifest.check()?;
        for with in manifest.secrets.iter().filter(|spec| spec.instances) {
            let begins = format!("{}__", with.name);
            if let Some(other) = manifest.secrets.iter().find(|other| other.name.starts_with(&begins)) {
                let (instances, other) = (with.name.clone(), other.name.clone());
                return Err(EnvStoreError::Ambiguous { instances, other });
            }
        }
        Ok(Self { manifest, environment: Box::new(environment), ignored: Box::new(warn) })
    }

    /// Writes are told to this instead.
    #[must_use]
    pub fn on_ignored_write(self, ignored: impl Fn(IgnoredWrite<'_>) + Send + Sync + 'static) -> Self {
        Self { ignored: Box::new(ignored), ..self }
    }

    /// The spec, and what a variable says now; an empty one says nothing.
    fn look(&self, name: &str) -> Result<(&Spec, Option<Secret>), SecretStoreError> {
        let spec = rules::declared(&self.manifest, name)?;
        rules::may_get(ASKER, spec)?;
        rules::check_instance(&self.manifest, spec, name)?;
        let fallback = || self.environment.variable(spec.env_fallback.as_deref()?);
        let value = self.environment.variable(&variable(name)).or_else(fallback);
        let value = value.map(|value| SecretBytes::new(value.into_vec())).filter(|value| !value.expose().is_empty());
        Ok((spec, value.map(|value| Secret::new(value, VERSION))))
    }

    /// Every name that is served: declared ones, and instances there is a variable of.
    fn names(&self) -> Vec<(&Spec, String)> {
        let mut names = Vec::new();
        let all = self.environment.names();
        for spec in &self.manifest.secrets {
            names.push((spec, spec.name.clone()));
            if spec.instances {
                let begins = format!("{}__", variable(&spec.name));
                let instances = all.iter().filter_map(|name| name.strip_prefix(&begins));
                let named = instances.map(|instance| format!("{}/{}", spec.name, instance.to_ascii_lowercase()));
                names.extend(
                    named.filter(|name| rules::declared(&self.manifest, name).is_ok()).map(|name| (spec, name)),
                );
            }
        }
        names.sort_by(|one, other| one.1.cmp(&other.1));
        names
    }

    fn is_there(&self, name: &str) -> bool {
        self.look(name).is_ok_and(|(_, value)| value.is_some())
    }

    /// Tells of a write that would have been right; is there a value, then as now?
    fn ignore(&self, operation: &'static str, name: &str) -> bool {
        (self.ignored)(IgnoredWrite { operation, name });
        self.is_there(name)
    }

    /// A write's checks, as the vault has them.
    fn check_set(&self, name: &str, value: &[u8]) -> Result<(), SecretStoreError> {
        let spec = rules::declared(&self.manifest, name)?;
        rules::may_set(ASKER, spec)?;
        rules::check_instance(&self.manifest, spec, name)?;
        rules::check_value(spec, value)
    }
}

impl SecretStore for EnvSecretStore {
    fn get(&self, name: &str) -> Result<Secret, SecretStoreError> {
        let (spec, value) = self.look(name)?;
        let value = value.ok_or_else(|| SecretStoreError::NotSet { name: name.to_owned() })?;
        rules::check_value(spec, value.expose())?;
        Ok(value)
    }

    /// Checks everything, stores nothing and answers the version that stays: 1,
    /// or 0 where there is no variable.
    fn set(&self, name: &str, value: &[u8]) -> Result<u64, SecretStoreError> {
        self.check_set(name, value)?;
        Ok(u64::from(self.ignore("set", name)))
    }

    /// The same.
    fn set_if(&self, name: &str, value: &[u8], version: u64) -> Result<u64, SecretStoreError> {
        self.check_set(name, value)?;
        let current = u64::from(self.is_there(name));
        if version != current {
            return Err(SecretStoreError::Conflict { current });
        }
        Ok(u64::from(self.ignore("set", name)))
    }

    /// Checks everything and deletes nothing, so nothing was.
    fn delete(&self, name: &str) -> Result<bool, SecretStoreError> {
        let spec = rules::declared(&self.manifest, name)?;
        rules::may_delete(ASKER, spec)?;
        rules::check_instance(&self.manifest, spec, name)?;
        self.ignore("delete", name);
        Ok(false)
    }

    fn is_set(&self, name: &str) -> Result<bool, SecretStoreError> {
        Ok(self.look(name)?.1.is_some())
    }

    fn list(&self) -> Result<Vec<SecretState>, SecretStoreError> {
        let state = |(spec, name): (&Spec, String)| {
            let is_set = self.is_there(&name);
            SecretState {
                description: spec.description.clone(),
                scope: spec.scope,
                write_mode: spec.write_mode,
                required: spec.required,
                max_bytes: spec.max_bytes,
                is_set,
                version: is_set.then_some(VERSION),
                set_at: None,
                last_read_at: None,
                expires_at: None,
                expired: false,
                rotation_due: false,
                name,
            }
        };
        let names = self.names();
        // One with instances has a line of its own while there are none.
        let has_instances = |of: &Spec| names.iter().any(|(spec, name)| spec.name == of.name && name.contains('/'));
        let shown = names.iter().filter(|(spec, name)| name.contains('/') || !has_instances(spec));
        Ok(shown.cloned().map(state).collect())
    }

    fn require(&self) -> Result<Gate, SecretStoreError> {
        let names = self.names();
        let is_met = |spec: &Spec| names.iter().any(|(of, name)| of.name == spec.name && self.is_there(name));
        let unmet = self.manifest.secrets.iter().filter(|spec| spec.required && !is_met(spec)).map(|spec| {
            let instance = if spec.instances { "__INSTANCE" } else { "" };
            rules::unmet(spec, false, format!("{}{instance}=…", variable(&spec.name)))
        });
        let mut unmet: Vec<_> = unmet.collect();
        unmet.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(Gate { unmet })
    }

    /// A client library has no cipher to verify with.
    fn verify_webhook(&self, name: &str, _: &Webhook<'_>) -> Result<VerifiedWebhook, SecretStoreError> {
        let (_, value) = self.look(name)?;
        value.ok_or_else(|| SecretStoreError::NotSet { name: name.to_owned() })?;
        Err(SecretStoreError::Unsupported { what: "webhooks are verified by a vault".to_owned() })
    }
}

impl std::fmt::Debug for EnvSecretStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EnvSecretStore").field("app", &self.manifest.app).finish_non_exhaustive()
    }
}

impl<E: Environment + ?Sized> Environment for Arc<E> {
    fn variable(&self, name: &str) -> Option<OsString> {
        (**self).variable(name)
    }

    fn names(&self) -> Vec<String> {
        (**self).names()
    }
}

struct Process;

impl Environment for Process {
    fn variable(&self, name: &str) -> Option<OsString> {
        std::env::var_os(name)
    }

    fn names(&self) -> Vec<String> {
        std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()).collect()
    }
}

fn variable(name: &str) -> String {
    let upper = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    match name.split_once('/') {
        Some((name, instance)) => {
            let (name, instance): (String, String) =
                (name.chars().map(upper).collect(), instance.chars().map(upper).collect());
            format!("{PREFIX}{name}__{instance}")
        }
        None => format!("{PREFIX}{}", name.to_ascii_uppercase()),
    }
}

fn warn(write: IgnoredWrite<'_>) {
    let IgnoredWrite { operation, name } = write;
    tracing::warn!(operation, name, "development: the environment is read only, nothing was changed");
}

/// What a variable holds is the one version there is.
const VERSION: u64 = 1;
const ASKER: Asker = Asker { role: Role::Extension, owns_app: false };
