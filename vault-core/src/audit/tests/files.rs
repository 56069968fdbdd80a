//! Real files.

use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use super::*;
use crate::audit::file::{FileOptions, FileSink, OpenFileError};

fn small() -> FileOptions {
    FileOptions { file_max: 4_096, files_kept: 3, reserve: 64 * 1024 }
}

fn open_files(path: &Path) -> AuditLog {
    AuditLog::open(FileSink::open(path, small()).unwrap(), OnFull::Gap, &host()).unwrap()
}

fn unlocked(path: &Path) -> AuditLog {
    let log = open_files(path);
    assert_eq!(log.unlock(key(), None).unwrap().alarms, []);
    log
}

fn dir() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("audit.log");
    (dir, path)
}

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn files_are_ours_alone() {
    let (dir, path) = dir();
    let log = unlocked(&path);
    reads(&log, 60);
    for name in names(dir.path()) {
        assert_eq!(std::fs::metadata(dir.path().join(&name)).unwrap().mode() & 0o7777, 0o600, "{name}");
    }
    assert_eq!(std::fs::metadata(dir.path().join("audit.log.reserve")).unwrap().blocks() * 512, 64 * 1024);
}

#[test]
fn rotation_keeps_so_many_and_continues_the_chain() {
    let (dir, path) = dir();
    let log = unlocked(&path);
    for _ in 0..30 {
        reads(&log, 10);
    }
    log.sync().unwrap();
    let expected = ["audit.log", "audit.log.1", "audit.log.2", "audit.log.3", "audit.log.reserve"];
    assert_eq!(names(dir.path()), expected);
    let report = log.verify().unwrap();
    assert!(report.holds(), "{report:?}");
    assert!(report.files == 4 && report.first > 1 && report.last > 300, "{report:?}");
    assert_eq!(report.verified, report.last - report.first + 1);
    let checkpoint = log.lock().unwrap();
    drop(log);
    let log = open_files(&path);
    assert_eq!(log.unlock(key(), Some(checkpoint)).unwrap().alarms, []);
    assert_eq!(log.state().degraded, []);
}

#[test]
fn a_crash_between_the_renames_is_no_harm() {
    let (dir, path) = dir();
    let log = unlocked(&path);
    reads(&log, 5);
    log.rotate().unwrap();
    reads(&log, 5);
    let checkpoint = log.sync().unwrap();
    drop(log);
    // FILE.1 and FILE have been moved, the new FILE not yet put in place.
    std::fs::rename(dir.path().join("audit.log.1"), dir.path().join("audit.log.2")).unwrap();
    std::fs::rename(&path, dir.path().join("audit.log.1")).unwrap();
    std::fs::write(dir.path().join("audit.log.new"), b"").unwrap();
    let log = open_files(&path);
    assert_eq!(log.unlock(key(), Some(checkpoint)).unwrap().alarms, []);
    log.rotate().unwrap();
    let report = log.verify().unwrap();
    assert!(report.holds(), "{report:?}");
    assert_eq!(report.first, 1);
    // A hole in the numbers: the next rotation fills it and drops nothing.
    std::fs::rename(dir.path().join("audit.log.3"), dir.path().join("kept")).unwrap();
    std::fs::rename(dir.path().join("audit.log.2"), dir.path().join("audit.log.3")).unwrap();
    std::fs::rename(dir.path().join("kept"), dir.path().join("oldest")).unwrap();
    log.rotate().unwrap();
    assert!(dir.path().join("audit.log.2").exists() && dir.path().join("audit.log.3").exists());
    assert!(log.verify().unwrap().holds());
}

#[test]
fn a_torn_last_line_is_set_aside_and_recorded() {
    let (dir, path) = dir();
    let log = unlocked(&path);
    reads(&log, 3);
    let checkpoint = log.sync().unwrap();
    reads(&log, 1);
    drop(log);
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() - 30]).unwrap();
    let log = open_files(&path);
    assert_eq!(log.unlock(key(), Some(checkpoint)).unwrap().alarms, []);
    let report = log.verify().unwrap();
    assert!(report.holds(), "{report:?}");
    let aside = std::fs::read(dir.path().join("audit.log.torn-1")).unwrap();
    assert!(aside.starts_with(b"{\"seq\":6,") && whole.ends_with(&[&aside[..], &whole[whole.len() - 30..]].concat()));
    let line = log.tail(2).unwrap().remove(0);
    assert_eq!((member(&line, "op"), member(&line, "detail")), ("audit.torn".to_owned(), aside.len().to_string()));
}

/// Cut at every byte of the last lines: a restart always continues, and alarms
/// exactly when a line at or before the checkpoint is gone.
#[test]
fn cut_at_every_byte() {
    let (dir, path) = dir();
    let log = unlocked(&path);
    reads(&log, 1);
    let checkpoint = log.sync().unwrap();
    let safe = std::fs::read(&path).unwrap().len();
    reads(&log, 1);
    drop(log);
    let whole = std::fs::read(&path).unwrap();
    for len in safe - 60..whole.len() {
        std::fs::write(&path, &whole[..len]).unwrap();
        let log = open_files(&path);
        let alarms = log.unlock(key(), Some(checkpoint)).unwrap().alarms;
        assert_eq!(alarms.is_empty(), len >= safe, "{len} {alarms:?}");
        assert!(log.verify().unwrap().holds(), "{len}");
        drop(log);
        // Torn bytes, and what an alarm left behind for a new file.
        for name in names(dir.path()).iter().filter(|name| *name != "audit.log") {
            std::fs::remove_file(dir.path().join(name)).unwrap();
        }
    }
}

#[test]
fn reopen_goes_on_in_a_new_file() {
    let (dir, path) = dir();
    let log = unlocked(&path);
    reads(&log, 2);
    log.reopen().unwrap();
    assert_eq!(names(dir.path()).len(), 2, "not moved: nothing happens");
    std::fs::rename(&path, dir.path().join("moved-by-logrotate")).unwrap();
    reads(&log, 1);
    log.reopen().unwrap();
    reads(&log, 1);
    let moved = std::fs::read_to_string(dir.path().join("moved-by-logrotate")).unwrap();
    assert_eq!(moved.lines().count(), 5);
    let lines = log.tail(10).unwrap();
    assert_eq!(lines.len(), 2);
    assert_eq!((member(&lines[0], "op"), member(&lines[0], "seq")), ("audit.reopen".to_owned(), "6".to_owned()));
    let report = log.verify().unwrap();
    assert!(report.holds() && report.first == 6, "{report:?}");
    log.sync().unwrap();
}

#[test]
fn a_file_deleted_under_us_is_noticed() {
    let (_dir, path) = dir();
    let log = unlocked(&path);
    reads(&log, 2);
    std::fs::remove_file(&path).unwrap();
    log.maintain();
    let line = log.tail(1).unwrap().remove(0);
    assert_eq!((member(&line, "op"), member(&line, "outcome")), ("audit.reopen".to_owned(), "moved".to_owned()));
    assert!(path.exists());
}

#[test]
fn a_second_writer_is_refused() {
    let (_dir, path) = dir();
    let log = unlocked(&path);
    assert!(matches!(FileSink::open(&path, small()), Err(OpenFileError::InUse)));
    drop(log);
    assert!(FileSink::open(&path, small()).is_ok());
}

#[test]
fn what_is_not_ours_alone_is_refused() {
    let (dir, path) = dir();
    let refused = |path: &Path| matches!(FileSink::open(path, small()), Err(OpenFileError::NotOurs));
    std::fs::write(dir.path().join("target"), b"").unwrap();
    symlink(dir.path().join("target"), &path).unwrap();
    assert!(refused(&path));
    std::fs::remove_file(&path).unwrap();

    std::fs::write(&path, b"").unwrap();
    for mode in [0o640, 0o604, 0o660, 0o610] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        assert!(refused(&path), "{mode:o}");
    }
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::hard_link(&path, dir.path().join("second")).unwrap();
    assert!(refused(&path));
    assert!(refused(dir.path()));
    assert!(refused(Path::new("/dev/null")));
    assert!(matches!(FileSink::open(&dir.path().join("no/log"), small()), Err(OpenFileError::Io(_))));
}

/// Runs the test below on a file system of 1 MiB, in a mount namespace of its own.
#[test]
fn a_really_full_disk() {
    use std::process::Command;
    let tried = Command::new("unshare").args(["-rm", "sh", "-c", "mount -t tmpfs none /tmp"]).status();
    if !tried.is_ok_and(|status| status.success()) {
        println!("skipped: this machine lets us mount nothing");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let script = r#"mount -t tmpfs -o size=1m,mode=0700 none "$VAULT_TEST_DIR" && exec "$0" "$@""#;
    let output = Command::new("unshare")
        .args(["-rm", "sh", "-c", script])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "audit::tests::files::on_a_really_full_disk", "--ignored", "--nocapture"])
        .env("VAULT_TEST_DIR", dir.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let failed = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("1 passed"), "{said}\n{failed}");
}

/// The reserve carries the log on; then it waits; then, with room again, nothing
/// is lost and the reserve comes back.
#[test]
#[ignore = "run by the test above, on a small disk"]
fn on_a_really_full_disk() {
    let Some(mounted) = std::env::var_os("VAULT_TEST_DIR") else { return };
    let mounted = Path::new(&mounted);
    let path = mounted.join("audit.log");
    // One file: rotation would make room by itself.
    let options = FileOptions { reserve: 64 * 1024, ..FileOptions::default() };
    let log = AuditLog::open(FileSink::open(&path, options).unwrap(), OnFull::Gap, &host()).unwrap();
    log.unlock(key(), None).unwrap();
    let ballast = mounted.join("ballast");
    assert!(std::fs::write(&ballast, vec![1; 1 << 20]).is_err());

    let mut written = 0;
    let user = User::Uid(1);
    let mut held = || {
        let held = log.record(&Event { who: Who { user: Some(&user), ..Who::default() }, ..Event::of("get", "ok") });
        written += 1;
        held.unwrap() == Flushed::Held
    };
    while log.state().degraded.is_empty() {
        assert!(!held() && log.writes_allowed());
    }
    assert!(log.state().degraded.contains(&Degraded::ReserveInUse));
    // Nobody else gets what the reserve freed, but for the eighth that is not claimed.
    let greedy = mounted.join("greedy");
    assert!(std::fs::write(&greedy, vec![1; 64 * 1024]).is_err());
    assert!(std::fs::metadata(&greedy).unwrap().len() <= 3 * 4_096);
    let on_the_reserve = (0..2_000).take_while(|_| !held()).count();
    assert!((300..2_000).contains(&on_the_reserve), "{on_the_reserve}");
    assert!(!log.writes_allowed());
    for _ in 0..10 {
        assert!(held());
    }
    std::fs::remove_file(&ballast).unwrap();
    log.maintain();
    log.maintain();
    assert_eq!(log.state().degraded, []);
    assert!(mounted.join("audit.log.reserve").exists());
    let report = log.verify().unwrap();
    assert!(report.holds(), "{report:?}");
    assert_eq!(report.lost, 0);
}
