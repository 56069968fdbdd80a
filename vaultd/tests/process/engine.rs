//! An engine that keeps its vaults as files of one word and tells what it is
//! asked on standard error.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::PathBuf;

use vault_proto::{Dialect, frame};
use vaultd::config::{KeySource, Policy};
use vaultd::exit::{Exit, Failure};
use vaultd::keyfile;
use vaultd::listener::Peer;
use vaultd::service::{
    Batch, ByKey, ByToken, CheckPlan, Checked, Engine, Handled, InitPlan, Initialised, NewSlotPlan, OpenPlan,
    RestorePlan, Restored, Room, SeedValue, Service, Unlock, VaultLock, Verified, VerifyPlan, Withhold,
};

pub struct Toy;

pub struct Served {
    key: Option<KeySource>,
    lock: PathBuf,
}

fn tell(event: std::fmt::Arguments<'_>) {
    let _ = writeln!(std::io::stderr(), "event: {event}");
}

fn opened_by(unlock: &Unlock) -> &'static str {
    match unlock {
        Unlock::Key(_) => "key",
        Unlock::Passphrase(_) => "passphrase",
        Unlock::Recovery(_) => "recovery",
    }
}

impl Engine for Toy {
    type Service = Served;

    fn init(&self, plan: InitPlan) -> Result<Initialised, Failure> {
        let slot = match &plan.slot {
            NewSlotPlan::KeyFile(_) => "key-file",
            NewSlotPlan::Credential(_) => "credential",
            NewSlotPlan::Passphrase(_) => "passphrase",
        };
        tell(format_args!("init {slot} recovery={} owner={:?}", plan.recovery, plan.owner.map(|owner| owner.uid)));
        if plan.vault.ends_with("fails") {
            return Err(Failure::new(Exit::ReadOnly, "disk full").hint("make room"));
        }
        fs::write(&plan.vault, if plan.development { "development" } else { "production" }).unwrap();
        let recovery_key = plan.recovery.then(|| "RECO-VERY".to_owned().into());
        Ok(Initialised { vault_id: "00".repeat(16), recovery_key })
    }

    fn open(&self, plan: OpenPlan) -> Result<Served, Failure> {
        let kind = fs::read_to_string(&plan.vault).map_err(|error| Failure::io(&plan.vault, &error))?;
        if (kind == "development") != plan.development {
            return Err(Failure::new(Exit::Forbidden, "a development vault").hint("use vaultd dev"));
        }
        let lock = plan.vault.with_extension("lock");
        if OpenOptions::new().write(true).create_new(true).open(&lock).is_err() {
            return Err(Failure::new(Exit::Conflict, "another daemon holds the vault"));
        }
        for line in &plan.hardening {
            tell(format_args!("hardening {line}"));
        }
        Ok(Served { key: plan.key, lock })
    }

    fn seed(&self, _: &Served, values: Vec<SeedValue>) -> Result<(), Failure> {
        for value in values {
            tell(format_args!("seed uid:{} {} {} bytes", value.uid, value.name, value.value.len()));
        }
        Ok(())
    }

    fn restore(&self, plan: RestorePlan) -> Result<Restored, Failure> {
        tell(format_args!("restore by {} owner={:?}", opened_by(&plan.unlock), plan.owner.map(|owner| owner.uid)));
        fs::copy(&plan.backup, &plan.vault).map_err(|error| Failure::io(&plan.backup, &error))?;
        Ok(Restored { vault_id: "00".repeat(16), incarnation: "11".repeat(16), sequence: 7, records: 3 })
    }

    fn verify(&self, plan: VerifyPlan) -> Result<Verified, Failure> {
        tell(format_args!("verify by {}", opened_by(&plan.unlock)));
        let damaged = fs::read_to_string(&plan.backup).map_err(|error| Failure::io(&plan.backup, &error))? != "whole";
        let problems = if damaged { vec!["a record does not open".to_owned()] } else { vec![] };
        Ok(Verified { vault_id: "00".repeat(16), sequence: 7, records: 3, problems })
    }

    fn check(&self, plan: CheckPlan) -> Result<Checked, Failure> {
        tell(format_args!("check by {} audit={}", opened_by(&plan.unlock), plan.audit_path.display()));
        let problems = vec!["a record is missing".to_owned()];
        Ok(Checked { records: 3, problems, given_up: u64::from(plan.accept_damage) })
    }
}

impl VaultLock for Served {}

/// One that never served gives its lock back, too.
impl Drop for Served {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.lock);
    }
}

impl ByToken for Served {}

impl ByKey for Served {}

impl Service for Served {
    fn handle(&self, _: &Peer, _: Dialect, request: &[u8], _: &mut Room, out: &mut Vec<u8>) -> Handled {
        let begun = frame::begin(out);
        out.extend_from_slice(request);
        begun.finish(out).unwrap();
        Handled::Replied
    }

    fn refuse_busy(&self, _: &Peer, _: Dialect, _: &[u8], _: &mut Vec<u8>) {}

    fn batch(&self) -> Batch {
        Batch::default()
    }

    fn flush(&self, _batch: Batch) -> Result<(), Withhold> {
        Ok(())
    }

    fn closed(&self, _: &Peer) {}

    fn auto_unseal(&self) -> Result<bool, Failure> {
        let unsealed = match &self.key {
            None => false,
            Some(KeySource::File(path)) => keyfile::read(path).map(|_| true)?,
            Some(KeySource::Credential(name)) => keyfile::credential(name).map(|_| true)?,
        };
        tell(format_args!("auto_unseal {unsealed}"));
        Ok(unsealed)
    }

    fn reload(&self, policy: &Policy) {
        tell(format_args!("reload max_connections_per_uid={}", policy.limits.max_connections_per_uid));
    }

    fn reopen_audit(&self) -> Result<(), Failure> {
        tell(format_args!("reopen_audit"));
        Ok(())
    }

    fn shut_down(&self) -> Result<(), Failure> {
        // Not only when it is dropped: the thread that unseals may still hold it when the process ends.
        let _ = fs::remove_file(&self.lock);
        tell(format_args!("shut_down"));
        Ok(())
    }
}
