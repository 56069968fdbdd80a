//! The configuration as it holds: file and flags together, names looked up.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::access::AccessFile;
use super::aws_kms::{AwsKmsFile, AwsKmsSettings};
use super::operators::OperatorsFile;
use super::{Access, Audit, ConfigError, GroupRef, Limits, Listen, Operators, SocketMode, read};
use crate::accounts::Accounts;

/// What `serve` runs on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The vault file.
    pub vault: PathBuf,
    /// The socket.
    pub socket: PathBuf,
    /// Its permission bits.
    pub socket_mode: SocketMode,
    /// What opens the vault without anybody there; sealed start when none.
    pub key: Option<KeySource>,
    /// A file on another volume that remembers how far the vault had come.
    pub anchor: Option<PathBuf>,
    /// The audit log.
    pub audit: Audit,
    /// Where the gateway for Imperal's SDK listens; it does not when none.
    pub imperal: Option<Listen>,
    /// The door for clients of AWS KMS; closed when none.
    pub aws_kms: Option<AwsKmsSettings>,
    /// What the log of the daemon itself says, in the words of `tracing`'s filter.
    pub log: String,
    /// What HUP reloads.
    pub policy: Policy,
}

/// The part that HUP reloads; the rest needs a restart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// `[limits]`.
    pub limits: Limits,
    /// `[access]`.
    pub access: Access,
    /// `[operators]`.
    pub operators: Operators,
}

/// An unattended way to unseal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// A file of 32 bytes, 0600.
    File(PathBuf),
    /// The name of a systemd credential.
    Credential(String),
}

/// Flags, which go before the file.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// `--vault`.
    pub vault: Option<PathBuf>,
    /// `--socket`.
    pub socket: Option<PathBuf>,
    /// `--socket-mode`.
    pub socket_mode: Option<SocketMode>,
    /// `--key-file` or `--credential`.
    pub key: Option<KeySource>,
    /// `--imperal`.
    pub imperal: Option<Listen>,
    /// `--aws-kms`.
    pub aws_kms: Option<Listen>,
}

impl Policy {
    /// What holds when nothing is configured.
    #[must_use]
    pub fn new(own_uid: u32) -> Self {
        Self { limits: Limits::default(), access: Access::default(), operators: Operators::own_and_root(own_uid) }
    }
}

impl Settings {
    /// Reads the configuration, if there is one, and lays the flags over it.
    pub fn load(
        file: Option<&Path>,
        flags: Overrides,
        own_uid: u32,
        accounts: &dyn Accounts,
    ) -> Result<Self, ConfigError> {
        let parsed = match file {
            Some(path) => parse(path, &read::read(path, own_uid)?)?,
            None => SettingsFile::default(),
        };
        parsed.resolve(flags, own_uid, accounts)
    }

    /// The audit log's path: as configured, else beside the vault.
    #[must_use]
    pub fn audit_path(&self) -> PathBuf {
        self.audit.path.clone().unwrap_or_else(|| self.vault.with_extension("audit"))
    }
}

/// The file, as written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct SettingsFile {
    vault: Option<PathBuf>,
    socket: Option<PathBuf>,
    socket_mode: Option<SocketMode>,
    key_file: Option<PathBuf>,
    credential: Option<String>,
    anchor: Option<PathBuf>,
    log: Option<String>,
    limits: Limits,
    access: AccessFile,
    operators: OperatorsFile,
    audit: Audit,
    adapters: AdaptersFile,
}

/// `[adapters]`: other protocols, each off until it has its table.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct AdaptersFile {
    imperal: Option<ImperalFile>,
    aws_kms: Option<AwsKmsFile>,
}

/// `[adapters.imperal]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ImperalFile {
    listen: Listen,
}

fn parse(path: &Path, text: &str) -> Result<SettingsFile, ConfigError> {
    toml::from_str(text).map_err(|source: toml::de::Error| {
        let at = source.span().map_or(0, |span| span.start);
        let (line, column) = position(text, at);
        ConfigError::Invalid { path: path.to_owned(), line, column, source: Box::new(source) }
    })
}

fn position(text: &str, at: usize) -> (usize, usize) {
    let before = text.as_bytes().get(..at).unwrap_or_default();
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
    (line, column)
}

impl SettingsFile {
    fn resolve(self, flags: Overrides, own_uid: u32, accounts: &dyn Accounts) -> Result<Settings, ConfigError> {
        let vault = flags.vault.or(self.vault).ok_or(ConfigError::Missing { key: "vault" })?;
        let socket = flags.socket.or(self.socket).ok_or(ConfigError::Missing { key: "socket" })?;
        let in_file = match (self.key_file, self.credential) {
            (Some(_), Some(_)) => return Err(ConfigError::Exclusive { first: "key_file", second: "credential" }),
            (Some(path), None) => Some(KeySource::File(path)),
            (None, Some(name)) => Some(KeySource::Credential(name)),
            (None, None) => None,
        };
        let key = flags.key.or(in_file);
        absolute("vault", &vault)?;
        absolute("socket", &socket)?;
        if let Some(KeySource::File(path)) = &key {
            absolute("key_file", path)?;
        }
        if let Some(path) = &self.anchor {
            absolute("anchor", path)?;
        }
        if let Some(path) = &self.audit.path {
            absolute("path", path)?;
        }
        let allow_groups = self.access.allow_groups.into_iter().map(|name| match accounts.gid_of(&name) {
            Some(gid) => Ok(GroupRef { name, gid }),
            None => Err(ConfigError::UnknownAccount { key: "allow_groups", principal: format!("group:{name}") }),
        });
        Ok(Settings {
            vault,
            socket,
            socket_mode: flags.socket_mode.or(self.socket_mode).unwrap_or(SocketMode::ANYONE),
            key,
            anchor: self.anchor,
            audit: self.audit,
            imperal: flags.imperal.or(self.adapters.imperal.map(|imperal| imperal.listen)),
            aws_kms: AwsKmsSettings::resolve(self.adapters.aws_kms, flags.aws_kms)?,
            log: self.log.unwrap_or_else(|| "info".to_owned()),
            policy: Policy {
                limits: self.limits,
                access: Access {
                    allow_groups: allow_groups.collect::<Result<_, _>>()?,
                    allow_dynamic_uids: self.access.allow_dynamic_uids,
                },
                operators: self.operators.resolve(own_uid, accounts)?,
            },
        })
    }
}

/// Relative paths come from flags, which are made absolute at the edge; in the
/// file one would change its meaning with the directory the daemon starts in.
fn absolute(key: &'static str, path: &Path) -> Result<(), ConfigError> {
    if path.is_absolute() { Ok(()) } else { Err(ConfigError::Relative { key, path: path.to_owned() }) }
}
