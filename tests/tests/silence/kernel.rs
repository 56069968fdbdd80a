//! What the kernel could write to a disk: core dumps and swap.

use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, ExitStatus};

use rustix::process::Signal;
use vault_tests::privileges::{as_uid, is_root, setpriv};
use vault_tests::programs::{self, vaultd};
use vault_tests::site::{Config, text};
use vault_tests::{Daemon, Process, Site, needs};

/// The command where dumps are allowed, in a directory that can take them.
fn may_dump(directory: &Path, command: &Command) -> Command {
    let mut inside = programs::command(Path::new("/bin/sh"));
    inside.args(["-c", "ulimit -c unlimited 2>/dev/null; exec \"$0\" \"$@\""]);
    inside.arg(command.get_program()).args(command.get_args()).current_dir(directory);
    inside
}

/// Dies as a crash would end it.
fn crashed(mut daemon: Daemon) -> ExitStatus {
    daemon.signal(Signal::ABORT);
    daemon.ends()
}

fn dumps_in(directory: &Path) -> Vec<String> {
    let names = fs::read_dir(directory).unwrap().flatten().map(|one| one.file_name().to_string_lossy().into_owned());
    names.filter(|name| name.starts_with("core")).collect()
}

#[test]
fn a_daemon_that_crashes_leaves_no_core_dump_whatever_is_allowed() {
    let site = Site::new();
    let place = site.dir().directory("cwd", 0o777);
    // What this machine does with another program that crashes there.
    let mut sleep = Command::new("/bin/sleep");
    sleep.arg("60");
    let other = Daemon::spawn(may_dump(&place, &sleep), &site.socket(), &site.dir().file("other"));
    let limit = vault_tests::until("it has become the other", || {
        let name = fs::read_to_string(format!("/proc/{}/comm", other.pid())).unwrap();
        (name.trim() == "sleep").then(|| Process::new(other.pid()).field("limits", "Max core file size"))
    });
    let other = crashed(other);
    println!("another program, limit {limit:?}: dumped {}, {:?}", other.core_dumped(), dumps_in(&place));
    for dump in dumps_in(&place) {
        fs::remove_file(place.join(dump)).unwrap();
    }

    let daemon = site.spawn(may_dump(&place, &site.command(&site.unsealing(&Config::default())))).open();
    // The hard limit, too: nothing raises it again.
    let limit = Process::new(daemon.pid()).field("limits", "Max core file size");
    assert_eq!(limit.split_whitespace().collect::<Vec<_>>(), ["0", "0", "bytes"]);
    daemon.client().set("a", b"x").unwrap();
    let ended = crashed(daemon);
    assert_eq!((ended.signal(), ended.core_dumped()), (Some(6), false));
    assert_eq!(dumps_in(&place), Vec::<String>::new());
}

/// A daemon, and whether it says that its memory is locked: as the kernel does.
fn served(site: &Site, command: Command) -> (Daemon, bool) {
    let daemon = site.spawn(command).open();
    let process = Process::new(daemon.pid());
    let told = daemon.client().status().unwrap().hardening;
    let locked = told.iter().any(|line| line == "memory locked: yes");
    let (lock, swap) = (process.kib("VmLck"), process.kib("VmSwap"));
    println!("locked: {locked}; VmLck {lock} KiB, VmSwap {swap} KiB, VmRSS {} KiB", process.rss_kib());
    assert_eq!(locked, lock > 0, "{told:?}");
    if locked {
        assert_eq!(swap, 0, "what is locked is not swapped");
    }
    (daemon, locked)
}

#[test]
fn a_daemons_memory_is_closed_to_its_own_user_and_to_swap() {
    needs!(is_root(), "needs root to start a daemon as somebody else");
    let site = Site::empty();
    let made = site.init(&["--key-file", text(&site.key()), "--owner", "daemon", "--no-recovery"], b"");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let program = programs::copy_for_everybody(vaultd(), site.dir().path());
    let config = site.configure(&site.unsealing(&Config::default()));
    for path in [site.data(), &config, site.socket().parent().unwrap()] {
        chown(path, Some(DAEMON), Some(DAEMON)).unwrap();
    }
    let mut command = setpriv(DAEMON, &program);
    command.arg("serve").arg("--config").arg(&config);
    let mut limited = programs::command(Path::new("/bin/sh"));
    limited.args(["-c", "ulimit -l 64; exec \"$0\" \"$@\""]).arg(command.get_program()).args(command.get_args());
    let (daemon, locked) = served(&site, limited);
    assert!(!locked, "under a finite limit it is not tried");

    // The kernel gives the entries of what may not be dumped to root.
    let entry = |pid: u32| fs::metadata(format!("/proc/{pid}/environ")).unwrap().uid();
    let mut sleep = setpriv(DAEMON, Path::new("/bin/sleep"));
    let mut other = sleep.arg("60").spawn().unwrap();
    vault_tests::until("another program's belongs to its user", || (entry(other.id()) == DAEMON).then_some(()));
    other.kill().unwrap();
    other.wait().unwrap();
    assert!(Process::new(daemon.pid()).field("status", "Uid:").starts_with(&DAEMON.to_string()));
    assert_eq!(entry(daemon.pid()), 0, "it may be dumped, and read by its own user");
    let memory = format!("/proc/{}/mem", daemon.pid());
    as_uid(DAEMON, || File::open(&memory).unwrap_err());
    assert_eq!(daemon.terminate(), 0);

    // Ours, which may lock without a limit unless a container forbids it.
    let site = Site::new();
    served(&site, site.command(&site.unsealing(&Config::default())));
}

/// An account that every system has.
const DAEMON: u32 = 1;
