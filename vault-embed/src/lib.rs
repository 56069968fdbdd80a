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

mod error;

use std::path::Path;
use std::sync::Arc;

use vault_core::access::{Access, Caller};
use vault_core::audit::{AuditLog, FileOptions, FileSink, OnFull};
use vault_core::host::Host;
use vault_core::keys::SecretBytes;
use vault_core::names::{App, SecretName, User};
use vault_core::seal::key_file::KeyFile;
use vault_core::store::sqlite::SqliteStore;
use vault_core::{NewVault, Open, SecretInfo, Unlock, Value, Vault};

pub use error::Error;
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

/// One app of one user.
pub struct Secrets<'s> {
    session: &'s Session<'s>,
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

impl Session<'_> {
    /// The user's personal app.
    #[must_use]
    pub fn personal(&self) -> Secrets<'_> {
        Secrets { session: self, app: App::personal() }
    }

    /// An app by name.
    pub fn app(&self, name: &str) -> Result<Secrets<'_>, Error> {
        Ok(Secrets { session: self, app: App::parse(name)? })
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
        self.session.vault.caller(&self.session.caller)
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
