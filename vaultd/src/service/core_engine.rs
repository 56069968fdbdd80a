//! The engine over `vault-core`: vaults as files.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32};
use std::sync::{Arc, Mutex, RwLock};
use std::time::Instant;

use rustix::fs::{Gid, Uid};
use vault_core::access::Caller;
use vault_core::audit::{AuditLog, FileOptions, FileSink, MemorySink, OnFull, OpenFileError};
use vault_core::hex;
use vault_core::host::Host;
use vault_core::keys::SecretBytes;
use vault_core::names::{App, SecretName, User};
use vault_core::seal::credential::Credential;
use vault_core::seal::key_file::KeyFile;
use vault_core::seal::recovery::RecoveryKey;
use vault_core::store::Store;
use vault_core::store::sqlite::SqliteStore;
use vault_core::{
    Expect, Fault, NewVault, Open, OpenFault, Refusal, Sealed, SlotError, Unlock as CoreUnlock, UnsealError, Vault,
    Verb, Verbs,
};
use zeroize::Zeroizing;

use super::anchor::AnchorFile;
use super::backups::{self, Backups};
use super::callers::Callers;
use super::failures::{fault_failure, open_failure, store_failure, unseal_failure, wrong_kind};
use super::served::Served;
use super::shared::{Shared, State};
use super::{
    CheckPlan, Checked, Engine, InitPlan, Initialised, NewSlotPlan, OpenPlan, RestorePlan, Restored, SeedValue, Unlock,
    Verified, VerifyPlan,
};
use crate::accounts::{Accounts, SystemAccounts};
use crate::config::{self, KeySource};
use crate::exit::{Exit, Failure};
use crate::keyfile::{self, Key, Owner};

/// Makes, opens and proves vaults in files.
pub struct CoreEngine {
    host: Host,
    accounts: Arc<dyn Accounts>,
}

impl CoreEngine {
    /// On the machine's clock, randomness and accounts.
    #[must_use]
    pub fn system() -> Self {
        Self { host: Host::system(), accounts: Arc::new(SystemAccounts) }
    }

    /// A log in memory, for work on a vault that no log accompanies.
    fn silent_log(&self) -> Result<Arc<AuditLog>, Failure> {
        let log = AuditLog::open(MemorySink::new(), OnFull::Gap, &self.host);
        log.map(Arc::new).map_err(|error| Failure::new(Exit::Failure, error))
    }

    fn file_log(&self, path: &Path, on_full: config::OnFull) -> Result<Arc<AuditLog>, Failure> {
        let failed = |error: OpenFileError| {
            let (exit, hint) = match &error {
                OpenFileError::InUse => (Exit::Conflict, "another vaultd writes it: give each vault its own"),
                OpenFileError::NotOurs => {
                    (Exit::Forbidden, "move it away, or chown it to the daemon's user and chmod 0600")
                }
                _ => (Exit::Unavailable, "check that its directory exists and has room"),
            };
            Failure::new(exit, format_args!("{}: {error}", path.display())).hint(hint)
        };
        let sink = FileSink::open(path, FileOptions::default()).map_err(failed)?;
        let on_full = match on_full {
            config::OnFull::Gap => OnFull::Gap,
            config::OnFull::Deny => OnFull::Deny,
        };
        AuditLog::open(sink, on_full, &self.host).map(Arc::new).map_err(|error| Failure::io(path, &error))
    }

    fn open_vault(&self, vault: &Path, audit: &Arc<AuditLog>) -> Result<Vault<Sealed>, Failure> {
        let store = SqliteStore::open(vault).map_err(|error| store_failure(vault, &error))?;
        Vault::open(Arc::new(store), self.host.clone(), Arc::clone(audit)).map_err(|error| open_failure(vault, &error))
    }

    fn open_backup(&self, backup: &Path) -> Result<Vault<Sealed>, Failure> {
        let store = SqliteStore::open_backup(backup).map_err(|error| store_failure(backup, &error))?;
        let log = self.silent_log()?;
        Vault::open(Arc::new(store), self.host.clone(), log).map_err(|error| open_failure(backup, &error))
    }

    /// Everything of `init` after which a failure must leave nothing behind.
    fn make(&self, plan: &InitPlan, slots: &[(CoreUnlock, &str)]) -> Result<[u8; 16], Failure> {
        let store = SqliteStore::create(&plan.vault).map_err(|error| store_failure(&plan.vault, &error))?;
        let new = NewVault { slots, development: plan.development };
        // The log of a vault begins when it is first served.
        let made = Vault::create(Arc::new(store), self.host.clone(), self.silent_log()?, &new);
        let vault = made.map_err(|error| unseal_failure(&error))?;
        let id = vault.id();
        drop(vault);
        own(&plan.vault, plan.owner)?;
        Ok(id)
    }

    fn restore_to(&self, plan: &RestorePlan) -> Result<Restored, Failure> {
        let backup = SqliteStore::open_backup(&plan.backup).map_err(|error| store_failure(&plan.backup, &error))?;
        backup.copy_to(&plan.vault).map_err(|error| store_failure(&plan.vault, &error))?;
        drop(backup);
        let sealed = self.open_vault(&plan.vault, &self.silent_log()?)?;
        // Only looked at until it is proven, so that it is told where the backup
        // stood. What was interrupted in it is finished when it is first served.
        let vault = try_open(sealed, &core_unlocks(&plan.unlock)?).map_err(|error| unseal_failure(&error))?;
        let fault = |fault: Fault| fault_failure(&fault);
        let before = vault.stamp().map_err(fault)?;
        let problems = self.full_check(&vault)?;
        if !problems.1.is_empty() {
            let what = format!("the backup is damaged: {} records cannot be proven genuine", problems.1.len());
            return Err(Failure::new(Exit::Corrupt, what).hint("use another backup"));
        }
        let stamp = vault.begin_incarnation().map_err(fault)?;
        let restored = Restored {
            vault_id: hex::encode(&vault.id()),
            incarnation: hex::encode(&stamp.incarnation),
            sequence: before.sequence,
            records: problems.0,
        };
        drop(vault);
        own(&plan.vault, plan.owner)?;
        Ok(restored)
    }

    /// Records looked at, and what is wrong.
    fn full_check(&self, vault: &Vault<Open>) -> Result<(u64, Vec<String>), Failure> {
        let caller = Caller::new(own_user(), None).with_verbs(Verbs::NONE.with(Verb::Check));
        let report = vault.caller(&caller).check().map_err(|error| Failure::new(Exit::Failure, error))?;
        Ok((report.records, report.problems))
    }
}

impl Engine for CoreEngine {
    type Service = Served;

    fn init(&self, plan: InitPlan) -> Result<Initialised, Failure> {
        let first = match &plan.slot {
            NewSlotPlan::KeyFile(key) => (CoreUnlock::KeyFile(key_file(key)?), "key file"),
            NewSlotPlan::Credential(key) => (CoreUnlock::Credential(credential(key)?), "credential"),
            NewSlotPlan::Passphrase(text) => (CoreUnlock::Passphrase(SecretBytes::from(&text[..])), "passphrase"),
        };
        let mut slots = vec![first];
        let mut shown = None;
        if plan.recovery {
            let made = RecoveryKey::make(&self.host).map_err(|error| Failure::new(Exit::Unavailable, error))?;
            let text = String::from_utf8(made.to_text().into_vec());
            shown =
                Some(Zeroizing::new(text.map_err(|_| Failure::new(Exit::Failure, "the recovery key is not text"))?));
            slots.push((CoreUnlock::RecoveryKey(made), "recovery key"));
        }
        match self.make(&plan, &slots) {
            Ok(id) => Ok(Initialised { vault_id: hex::encode(&id), recovery_key: shown }),
            Err(failure) => {
                // A conflict is somebody else's file; everything else here is ours.
                if failure.exit() != Exit::Conflict {
                    remove_vault(&plan.vault);
                }
                Err(failure)
            }
        }
    }

    fn open(&self, plan: OpenPlan) -> Result<Served, Failure> {
        let store = SqliteStore::open(&plan.vault).map_err(|error| store_failure(&plan.vault, &error))?;
        // Under the vault's lock: whatever lies there is a dead daemon's.
        backups::clear_leftovers(&plan.vault);
        let audit = self.file_log(&plan.audit_path, plan.audit.on_full)?;
        let sealed = Vault::open(Arc::new(store), self.host.clone(), Arc::clone(&audit))
            .map_err(|error| open_failure(&plan.vault, &error))?;
        // Not proven yet; unsealing proves it.
        if sealed.claims_development() != plan.development {
            return Err(wrong_kind(sealed.claims_development()));
        }
        let slots = u32::try_from(sealed.slots().len()).unwrap_or(u32::MAX);
        let shared = Shared {
            state: RwLock::new(State::Sealed(sealed)),
            audit,
            callers: Callers::new(Arc::clone(&self.accounts)),
            policy: RwLock::new(plan.policy),
            backups: Mutex::new(Backups::default()),
            anchor: plan.anchor.map(AnchorFile::new),
            host: self.host.clone(),
            vault_file: plan.vault,
            development: plan.development,
            slots: AtomicU32::new(slots),
            hardening: plan.hardening,
            why_sealed: Mutex::default(),
            ending: AtomicBool::new(false),
            started: Instant::now(),
        };
        Served::start(shared, plan.key)
    }

    fn seed(&self, service: &Served, values: Vec<SeedValue>) -> Result<(), Failure> {
        for seed in values {
            let caller = Caller::new(User::Uid(seed.uid), service.shared.callers.login_of(seed.uid));
            let name = SecretName::parse(&seed.name).map_err(|error| Failure::new(Exit::Usage, error))?;
            let stored = match &*service.shared.read().map_err(|_| Failure::new(Exit::Sealed, "the vault is sealed"))? {
                State::Open(vault) => {
                    vault.caller(&caller).set(&App::personal(), &name, SecretBytes::from(&seed.value[..]), Some(0))
                }
                _ => return Err(Failure::new(Exit::Sealed, "the vault is sealed")),
            };
            match stored {
                // Set already: a seed is a beginning, not a state.
                Ok(_) | Err(Refusal::Conflict { .. }) => {}
                Err(error) => {
                    let what = format!("seed: {} of uid {}: {error}", seed.name, seed.uid);
                    return Err(Failure::new(Exit::Failure, what));
                }
            }
        }
        Ok(())
    }

    fn restore(&self, plan: RestorePlan) -> Result<Restored, Failure> {
        match self.restore_to(&plan) {
            Ok(restored) => Ok(restored),
            Err(failure) => {
                if failure.exit() != Exit::Conflict {
                    remove_vault(&plan.vault);
                }
                Err(failure)
            }
        }
    }

    fn verify(&self, plan: VerifyPlan) -> Result<Verified, Failure> {
        let sealed = self.open_backup(&plan.backup)?;
        let id = hex::encode(&sealed.id());
        match try_open(sealed, &core_unlocks(&plan.unlock)?) {
            Ok(vault) => {
                let (records, problems) = self.full_check(&vault)?;
                let stamp = vault.stamp().map_err(|fault| fault_failure(&fault))?;
                Ok(Verified { vault_id: id, sequence: stamp.sequence, records, problems })
            }
            Err(UnsealError::Rows(OpenFault::Damaged(damage))) => {
                let mut problems = vec![OpenFault::Damaged(damage.clone()).to_string()];
                problems.extend(damage.failing.iter().map(|key| format!("record {key} cannot be proven genuine")));
                Ok(Verified { vault_id: id, sequence: 0, records: damage.found, problems })
            }
            Err(error) => Err(unseal_failure(&error)),
        }
    }

    fn check(&self, plan: CheckPlan) -> Result<Checked, Failure> {
        let unlocks = core_unlocks(&plan.unlock)?;
        if plan.accept_damage {
            let audit = self.file_log(&plan.audit_path, config::OnFull::Gap)?;
            let sealed = self.open_vault(&plan.vault, &audit)?;
            return self.accept_damage(sealed, &unlocks);
        }
        let sealed = self.open_vault(&plan.vault, &self.silent_log()?)?;
        match try_open(sealed, &unlocks) {
            Ok(vault) => {
                let (records, mut problems) = self.full_check(&vault)?;
                problems.extend(vault.troubles());
                Ok(Checked { records, problems, given_up: 0 })
            }
            Err(UnsealError::Rows(OpenFault::Damaged(damage))) => {
                let mut problems = vec![OpenFault::Damaged(damage.clone()).to_string()];
                problems.extend(damage.failing.iter().map(|key| format!("record {key} cannot be proven genuine")));
                Ok(Checked { records: damage.found, problems, given_up: 0 })
            }
            Err(error) => Err(unseal_failure(&error)),
        }
    }
}

impl CoreEngine {
    fn accept_damage(&self, mut sealed: Vault<Sealed>, unlocks: &[CoreUnlock]) -> Result<Checked, Failure> {
        let mut refused = UnsealError::Slot(SlotError::WrongSecret);
        for unlock in unlocks {
            match sealed.accept_damage(unlock) {
                Ok((vault, damage)) => {
                    let mut problems = Vec::new();
                    if damage.state_lost {
                        problems.push("the state record was lost: nobody can say which rows are missing".to_owned());
                    } else if damage.expected != damage.found {
                        problems.push(format!("{} rows expected, {} found", damage.expected, damage.found));
                    }
                    if damage.slots_dropped > 0 {
                        problems.push(format!(
                            "{} key slots were dropped, as nobody can say whether they had been removed before: \
                             add new ones with `vaultctl slot add`",
                            damage.slots_dropped
                        ));
                    }
                    problems.extend(damage.failing.iter().map(|key| format!("record {key} was given up")));
                    let (records, still) = self.full_check(&vault)?;
                    problems.extend(still);
                    // What nothing refers to any more cannot be named, only counted.
                    let uncounted = damage.expected.saturating_sub(damage.found);
                    let given_up = (damage.failing.len() as u64).max(uncounted);
                    drop(vault.seal());
                    return Ok(Checked { records, problems, given_up });
                }
                Err((back, error)) => {
                    sealed = back;
                    refused = error;
                    if !super::served::is_wrong_secret(&refused) {
                        break;
                    }
                }
            }
        }
        Err(unseal_failure(&refused))
    }
}

/// What opens a vault unattended, read now.
pub(super) fn unlocks_of(source: &KeySource) -> Result<Vec<CoreUnlock>, Failure> {
    let key = match source {
        KeySource::File(path) => keyfile::read(path)?,
        KeySource::Credential(name) => keyfile::credential(name)?,
    };
    core_unlocks(&Unlock::Key(key))
}

/// 32 bytes may be a key file's or a credential's.
fn core_unlocks(unlock: &Unlock) -> Result<Vec<CoreUnlock>, Failure> {
    Ok(match unlock {
        Unlock::Key(key) => vec![CoreUnlock::KeyFile(key_file(key)?), CoreUnlock::Credential(credential(key)?)],
        Unlock::Passphrase(text) => vec![CoreUnlock::Passphrase(SecretBytes::from(&text[..]))],
        Unlock::Recovery(text) => {
            let key = RecoveryKey::parse(&SecretBytes::from(&text[..]));
            vec![CoreUnlock::RecoveryKey(key.map_err(|error| Failure::new(Exit::Usage, error))?)]
        }
    })
}

fn key_file(key: &Key) -> Result<KeyFile, Failure> {
    KeyFile::from_bytes(key.expose()).ok_or_else(|| Failure::new(Exit::Usage, "a key has 32 bytes"))
}

fn credential(key: &Key) -> Result<Credential, Failure> {
    Credential::from_bytes(key.expose()).ok_or_else(|| Failure::new(Exit::Usage, "a credential has 32 bytes"))
}

/// Opens to look only: what is looked at stays as it is.
fn try_open(sealed: Vault<Sealed>, unlocks: &[CoreUnlock]) -> Result<Vault<Open>, UnsealError> {
    let look = Expect { look_only: true, ..Expect::default() };
    super::operate::try_each(sealed, unlocks, look).map_err(|(_, error)| error)
}

fn own_user() -> User {
    User::Uid(rustix::process::geteuid().as_raw())
}

/// Gives the files of a new vault to the account the daemon will run as.
fn own(vault: &Path, owner: Option<Owner>) -> Result<(), Failure> {
    let Some(owner) = owner else { return Ok(()) };
    for path in files_of(vault) {
        match rustix::fs::chown(&path, Some(Uid::from_raw(owner.uid)), Some(Gid::from_raw(owner.gid))) {
            Ok(()) | Err(rustix::io::Errno::NOENT) => {}
            Err(errno) => return Err(Failure::io(&path, &errno.into())),
        }
    }
    Ok(())
}

/// After a failure half way: only files that the same call made.
fn remove_vault(vault: &Path) {
    for path in files_of(vault) {
        let _absent = std::fs::remove_file(path).is_err();
    }
}

fn files_of(vault: &Path) -> [PathBuf; 5] {
    ["", "-wal", "-shm", "-journal", ".lock"].map(|suffix| {
        let mut name = vault.as_os_str().to_owned();
        name.push(suffix);
        name.into()
    })
}
