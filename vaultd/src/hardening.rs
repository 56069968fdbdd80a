//! What the daemon takes from itself before it touches a key.
//!
//! Against other processes of the same user, a crash report or swap: no core
//! dump, no ptrace by non-root, no new privileges, memory that stays in memory.
//! It raises the price; root on the host can read any memory. Nothing here is
//! fatal, because a container may forbid it: each step says whether it took
//! effect, in the log and in `status`.

use rustix::mm::MlockAllFlags;
use rustix::process::{DumpableBehavior, Resource, Rlimit};
use rustix::thread::CapabilitySet;

/// What to leave alone for a child that `vaultd dev -- CMD` runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Children {
    /// None will be started.
    None,
    /// The user's own command inherits limits and flags: it must still be able
    /// to run sudo and to leave a core dump if it asks for one.
    UserCommand,
}

/// One step and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What was tried.
    pub what: &'static str,
    /// None when it took effect, else why not.
    pub failed: Option<String>,
}

/// What was done, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    steps: Vec<Step>,
    previous_umask: u32,
}

impl Report {
    /// One line a step: `no core dumps: yes`, `memory locked: no (…)`.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let line = |step: &Step| match &step.failed {
            None => format!("{}: yes", step.what),
            Some(why) => format!("{}: no ({why})", step.what),
        };
        self.steps.iter().map(line).collect()
    }

    /// The steps.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The umask there was before.
    #[must_use]
    pub fn previous_umask(&self) -> u32 {
        self.previous_umask
    }

    fn note(&mut self, what: &'static str, result: Result<(), String>) {
        self.steps.push(Step { what, failed: result.err() });
    }
}

/// Applies everything that the kernel allows. Call before any thread is started:
/// no-new-privileges and the capability question are per thread.
pub fn apply(children: Children) -> Report {
    let previous_umask = rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077)).as_raw_mode();
    let mut report = Report { steps: Vec::new(), previous_umask };
    report.note("private files (umask 077)", Ok(()));
    report.note("no core dumps", no_core_dumps(children));
    report.note(
        "not dumpable",
        rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(|errno| errno.to_string()),
    );
    if children == Children::None {
        report.note("no new privileges", rustix::thread::set_no_new_privs(true).map_err(|errno| errno.to_string()));
    }
    report.note("memory locked", lock_memory());
    report.note("all descriptors usable", raise_descriptors());
    report
}

/// How many descriptors this process may have open.
#[must_use]
pub fn descriptor_limit() -> u64 {
    rustix::process::getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}

fn no_core_dumps(children: Children) -> Result<(), String> {
    let now = rustix::process::getrlimit(Resource::Core);
    let maximum = if children == Children::None { Some(0) } else { now.maximum };
    rustix::process::setrlimit(Resource::Core, Rlimit { current: Some(0), maximum }).map_err(|errno| errno.to_string())
}

/// Locks what is and will be touched. Under a finite limit this is not tried:
/// it would succeed now and make Argon2's 64 MiB fail later.
fn lock_memory() -> Result<(), String> {
    let unlimited = rustix::process::getrlimit(Resource::Memlock).current.is_none();
    let capable = rustix::thread::capabilities(None).is_ok_and(|sets| sets.effective.contains(CapabilitySet::IPC_LOCK));
    if !unlimited && !capable {
        return Err("needs LimitMEMLOCK=infinity or CAP_IPC_LOCK".to_owned());
    }
    // ONFAULT: only pages that are used count, so a large reserved buffer stays free of charge.
    let flags = MlockAllFlags::CURRENT | MlockAllFlags::FUTURE | MlockAllFlags::ONFAULT;
    rustix::mm::mlockall(flags).map_err(|errno| errno.to_string())
}

fn raise_descriptors() -> Result<(), String> {
    let now = rustix::process::getrlimit(Resource::Nofile);
    if now.current == now.maximum {
        return Ok(());
    }
    rustix::process::setrlimit(Resource::Nofile, Rlimit { current: now.maximum, maximum: now.maximum })
        .map_err(|errno| errno.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Flags of a process cannot be taken back, so this looks at a child: the
    /// test binary itself, told to run only the ignored test below.
    fn in_child(test: &str) -> String {
        let own = std::env::current_exe().unwrap();
        let out = std::process::Command::new(own)
            .args([test, "--exact", "--ignored", "--nocapture", "--test-threads=1"])
            .output()
            .unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap()
    }

    #[test]
    fn every_step_shows_in_the_kernels_own_account() {
        let out = in_child("hardening::tests::child_applies_all");
        assert!(out.contains("private files (umask 077): yes"), "{out}");
        assert!(out.contains("status NoNewPrivs:\t1"), "{out}");
        assert!(out.contains("status Umask:\t0077"), "{out}");
        assert!(out.contains("core Some(0) Some(0)"), "{out}");
        assert!(out.contains("dumpable NotDumpable"), "{out}");
        assert!(out.contains("nofile equal"), "{out}");
    }

    #[test]
    #[ignore = "run in a process of its own by the test above"]
    fn child_applies_all() {
        for line in apply(Children::None).lines() {
            println!("{line}");
        }
        let status = std::fs::read_to_string("/proc/thread-self/status").unwrap();
        for line in status.lines().filter(|line| line.starts_with("NoNewPrivs") || line.starts_with("Umask")) {
            println!("status {line}");
        }
        let core = rustix::process::getrlimit(Resource::Core);
        println!("core {:?} {:?}", core.current, core.maximum);
        println!("dumpable {:?}", rustix::process::dumpable_behavior().unwrap());
        let nofile = rustix::process::getrlimit(Resource::Nofile);
        println!("nofile {}", if nofile.current == nofile.maximum { "equal" } else { "lower" });
    }

    #[test]
    fn a_users_command_keeps_its_privileges() {
        let out = in_child("hardening::tests::child_keeps_privileges");
        assert!(out.contains("status NoNewPrivs:\t0"), "{out}");
    }

    #[test]
    #[ignore = "run in a process of its own by the test above"]
    fn child_keeps_privileges() {
        let report = apply(Children::UserCommand);
        assert!(report.steps().iter().all(|step| step.what != "no new privileges"));
        let status = std::fs::read_to_string("/proc/thread-self/status").unwrap();
        for line in status.lines().filter(|line| line.starts_with("NoNewPrivs")) {
            println!("status {line}");
        }
    }
}
