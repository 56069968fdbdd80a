//! The vault in your own process: for applications that embed one, and for
//! tests that want the real thing in milliseconds.
//!
//! It is the daemon's own path (decide, do, record) without the socket: the
//! same limits, the same refusals, the same audit log.
//!
//! ```
//! use vault_embed::Embedded;
//!
//! # fn main() -> Result<(), vault_embed::Error> {
//! let vault = Embedded::ephemeral()?;
//! let alice = vault.as_user("ext:alice")?;
//! let app = alice.personal();
//! app.set("api_key", b"s3cret")?;
//! assert_eq!(app.get("api_key")?.bytes.expose(), b"s3cret");
//!
//! // Another user has another namespace.
//! let bob = vault.as_user("ext:bob")?;
//! assert!(bob.personal().get("api_key").is_err());
//! # Ok(())
//! # }
//! ```
//!
//! With an app that declares its secrets, as a [`SecretStore`]: what runs against
//! the daemon runs against this.
//!
//! ```
//! use vault_embed::{Embedded, SecretStore, vault_core::manifest::{Manifest, Spec}};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let vault = Embedded::ephemeral()?;
//! let key = Spec { required: true, ..Spec::new("api_key", "The key of your account") };
//! let manifest = Manifest { app: "spotify".into(), description: String::new(), secrets: vec![key] };
//! vault.declare(&manifest, "uid:1000")?;
//!
//! let alice = vault.as_user("ext:alice")?;
//! let app: Box<dyn SecretStore> = Box::new(alice.extension("spotify")?);
//! assert!(!app.require()?.is_ready());
//! alice.app("spotify")?.set("api_key", b"s3cret")?; // on the user's own screen
//! assert_eq!(app.get("api_key")?.expose(), b"s3cret");
//! # Ok(())
//! # }
//! ```

mod error;
mod store;

use std::path::Path;
use std::sync::Arc;

use vault_core::access::{Access, Caller};
use vault_core::audit::{AuditLog, FileOptions, FileSink, OnFull};
use vault_core::host::Host;
use vault_core::keys::SecretBytes;
use vault_core::manifest::Manifest;
use vault_core::names::{App, SecretName, User};
use vault_core::seal::key_file::KeyFile;
use vault_core::store::sqlite::SqliteStore;
use vault_core::{AppChanged, NewVault, Open, Role, SecretInfo, Unlock, Value, Vault, Verb, Verbs};

pub use error::Error;
pub use vault_client::store::{self as secret_store, SecretStore, SecretStoreError};
pub use vault_core;

/// An open vault in this process. Dropping it drops every key.
pub struct Embedded {
    vault: Vault<Open>,
}

/// One user of an embedded vault.
pub struct Session<'v> {
    vault: &'v Vault<Open>,
    caller: Caller,
}

/// One app of one user: in the user's role, or in the app's own.
pub struct Secrets<'v> {
    vault: &'v Vault<Open>,
    caller: Caller,
    app: App,
}

impl Embedded {
    /// A new vault in memory; gone when dropped.
    pub fn ephemeral() -> Result<Self, Error> {
        Self::ephemeral_on(Host::system())
    }

    /// The same with a clock and entropy of one's own.
    pub fn ephemeral_on(host: Host) -> Result<Self, Error> {
        Ok(Self { vault: Vault::ephemeral_on(host)? })
    }

    /// A new vault file with a new key file; neither may exist. The audit log
    /// lies beside the vault as `FILE.audit`.
    pub fn create(file: &Path, key_file: &Path) -> Result<Self, Error> {
        let host = Host::system();
        let key = Unlock::KeyFile(KeyFile::create(key_file, &host)?);
        let store = Arc::new(SqliteStore::create(file)?);
        let new = NewVault { slots: &[(key, "key file")], development: false };
        Ok(Self { vault: Vault::create(store, host.clone(), audit_log(file, &host)?, &new)? })
    }

    /// An existing vault file, opened by its key file.
    pub fn open(file: &Path, key_file: &Path) -> Result<Self, Error> {
        let host = Host::system();
        let key = Unlock::KeyFile(KeyFile::read(key_file)?);
        let store = Arc::new(SqliteStore::open(file)?);
        let sealed = Vault::open(store, host.clone(), audit_log(file, &host)?)?;
        Ok(Self { vault: sealed.unseal(&key).map_err(|(_, error)| error)? })
    }

    /// Acts as a user: `uid:N`, or `ext:ID` for somebody this process vouches for.
    pub fn as_user(&self, user: &str) -> Result<Session<'_>, Error> {
        let caller = Caller::new(User::parse(user)?, None);
        Ok(Session { vault: &self.vault, caller })
    }

    /// Adds an app, or changes what it declares. Its owner, `uid:N`, stores the
    /// app's own values. What would leave stored values undeclared is refused.
    pub fn declare(&self, manifest: &Manifest, owner: &str) -> Result<AppChanged, Error> {
        let caller = Caller::new(User::parse(owner)?, None).with_verbs(Verbs::NONE.with(Verb::Apps));
        Ok(self.vault.caller(&caller).app_add(manifest, None, false, false)?)
    }

    /// Writes down what is pending (last reads, ended retention). Call it now
    /// and then in a process that lives long.
    pub fn maintain(&self) {
        self.vault.maintain();
    }

    /// The vault itself, for everything else.
    #[must_use]
    pub fn vault(&self) -> &Vault<Open> {
        &self.vault
    }

    /// Seals: pending notes are written down, every key is dropped.
    pub fn close(self) {
        drop(self.vault.seal());
    }
}

impl<'v> Session<'v> {
    /// The user's personal app.
    #[must_use]
    pub fn personal(&self) -> Secrets<'v> {
        self.of(App::personal(), self.caller.clone())
    }

    /// An app by name, in the user's role: what the user may do on their own screen.
    pub fn app(&self, name: &str) -> Result<Secrets<'v>, Error> {
        Ok(self.of(App::parse(name)?, self.caller.clone()))
    }

    /// The app itself, acting for the user: it reads what it declares.
    pub fn extension(&self, name: &str) -> Result<Secrets<'v>, Error> {
        self.acting(name, Role::Extension)
    }

    /// A panel of the app, acting for the user: it writes and never reads.
    pub fn panel(&self, name: &str) -> Result<Secrets<'v>, Error> {
        self.acting(name, Role::Panel)
    }

    fn acting(&self, name: &str, role: Role) -> Result<Secrets<'v>, Error> {
        let app = App::parse(name)?;
        let caller = self.caller.clone().vouched_for(app.clone(), role);
        Ok(self.of(app, caller))
    }

    fn of(&self, app: App, caller: Caller) -> Secrets<'v> {
        Secrets { vault: self.vault, caller, app }
    }
}

impl Secrets<'_> {
    /// Stores a new version and returns its number.
    pub fn set(&self, name: &str, value: &[u8]) -> Result<u64, Error> {
        self.set_if(name, value, None)
    }

    /// Stores a new version only if `version` is current; 0 = absent.
    pub fn set_if(&self, name: &str, value: &[u8], version: Option<u64>) -> Result<u64, Error> {
        Ok(self.access().set(&self.app, &SecretName::parse(name)?, SecretBytes::from(value), version)?)
    }

    /// The current value.
    pub fn get(&self, name: &str) -> Result<Value, Error> {
        Ok(self.access().get(&self.app, &SecretName::parse(name)?, None)?)
    }

    /// Deletes, recoverable within retention; true when there was something.
    pub fn delete(&self, name: &str) -> Result<bool, Error> {
        Ok(self.access().delete(&self.app, &SecretName::parse(name)?)?)
    }

    /// Names and states, never a value; at most 1,000.
    pub fn list(&self) -> Result<Vec<SecretInfo>, Error> {
        let (infos, _) = self.access().list(Some(&self.app), None, None, LIST_MAX, false)?;
        Ok(infos)
    }

    fn access(&self) -> Access<'_> {
        self.vault.caller(&self.caller)
    }
}

fn audit_log(file: &Path, host: &Host) -> Result<Arc<AuditLog>, Error> {
    let mut path = file.as_os_str().to_owned();
    path.push(".audit");
    let sink = FileSink::open(Path::new(&path), FileOptions::default())?;
    Ok(Arc::new(AuditLog::open(sink, OnFull::Gap, host)?))
}

const LIST_MAX: usize = 1_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vault_file_outlives_its_process() {
        let dir = tempfile::tempdir().unwrap();
        let (file, key) = (dir.path().join("v.db"), dir.path().join("v.key"));
        let vault = Embedded::create(&file, &key).unwrap();
        vault.as_user("uid:7").unwrap().personal().set("k", b"x").unwrap();
        vault.close();
        let vault = Embedded::open(&file, &key).unwrap();
        let session = vault.as_user("uid:7").unwrap();
        assert_eq!(session.personal().get("k").unwrap().bytes.expose(), b"x");
        assert_eq!(session.personal().list().unwrap().len(), 1);
        assert!(session.personal().delete("k").unwrap());
        assert!(session.app("undeclared").unwrap().get("k").is_err());
        assert!(matches!(Embedded::create(&file, &key), Err(Error::KeyFile(_))), "nothing is overwritten");
    }
}

/// The README's example compiles and runs.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
