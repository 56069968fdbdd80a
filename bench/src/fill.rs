//! A vault file with many secrets, written in-process: the daemon's own path,
//! as many to a commit as fit.

use std::process::Command;
use std::sync::{Arc, OnceLock};

use vault_core::access::{AuditBatch, Caller, Write, WriteRequest};
use vault_core::audit::{AuditLog, FileOptions, FileSink, OnFull};
use vault_core::host::Host;
use vault_core::keys::SecretBytes;
use vault_core::names::{App, SecretName, User};
use vault_core::seal::key_file::KeyFile;
use vault_core::store::sqlite::SqliteStore;
use vault_core::{Open, Quotas, Unlock, Vault};

use crate::daemon::{Site, VALUE, name};

/// Secrets of one user; whoever runs this has the first of them.
pub(crate) const EACH: usize = 10_000;

/// Opens the vault that no daemon serves.
pub(crate) fn open(site: &Site) -> Vault<Open> {
    let host = Host::system();
    // The same file as the daemon's, so that it finds what the vault remembers.
    let options = FileOptions { files_kept: 1, ..FileOptions::default() };
    let sink = FileSink::open(&site.vault().with_extension("audit"), options).unwrap();
    let audit = Arc::new(AuditLog::open(sink, OnFull::Gap, &host).unwrap());
    let store = Arc::new(SqliteStore::open(&site.vault()).unwrap());
    let sealed = Vault::open(store, host, audit).unwrap();
    let key = KeyFile::from_bytes(&std::fs::read(site.key()).unwrap()).unwrap();
    match sealed.unseal(&Unlock::KeyFile(key)) {
        Ok(vault) => vault,
        Err((_, error)) => panic!("{error}"),
    }
}

/// Adds the secrets from number `from` to before `to`.
pub(crate) fn fill(vault: &Vault<Open>, from: usize, to: usize) {
    vault.set_quotas(Quotas { secrets: u64::MAX, bytes: u64::MAX, free_disk: 1 << 30 });
    for first in (from..to).step_by(BATCH) {
        let requests: Vec<WriteRequest<Caller>> = (first..to.min(first + BATCH))
            .map(|number| {
                let write = Write::Set { value: SecretBytes::new(vec![b'x'; VALUE]), if_version: None };
                let name = SecretName::parse(&name(number)).unwrap();
                WriteRequest::new(owner(number), number as u64, App::personal(), name, write)
            })
            .collect();
        let batch = AuditBatch::new();
        for written in vault.apply(&requests, &batch) {
            written.unwrap();
        }
        batch.flush(vault.audit()).unwrap();
    }
}

/// Whose the secret with this number is.
pub(crate) fn owner(number: usize) -> Caller {
    if number >= EACH {
        return Caller::new(User::Uid(STRANGERS + (number / EACH) as u32), None);
    }
    let (uid, login) = OWN.get_or_init(|| (id("-u").parse().unwrap(), id("-un")));
    Caller::new(User::Uid(*uid), Some(login.clone()))
}

/// As the daemon will find it, or it would hold what was stored for somebody else.
fn id(what: &str) -> String {
    let said = Command::new("id").arg(what).output().unwrap();
    String::from_utf8(said.stdout).unwrap().trim().to_owned()
}

static OWN: OnceLock<(u32, String)> = OnceLock::new();
/// No account of this machine has an id from here on, so none has a login name.
const STRANGERS: u32 = 1_000_000;

const BATCH: usize = 1_000;
