//! Files of every length, through names and pipes, in little memory.

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use vault_tests::until;

use crate::{CHUNK, Desk, HEADER, plaintext};

#[test]
fn every_length_comes_back() {
    let desk = Desk::new();
    for len in [0, 1, 65_536, 65_537, 200_000] {
        let (plain, name) = (plaintext(len), format!("f{len}"));
        let file = desk.file(&name, &plain);
        let said = desk.ctl.json(&["key", "encrypt", "--key", "alias/k", &file]);
        assert_eq!((&said["bytes"], &said["version"]), (&len.into(), &1.into()));
        let sealed = format!("{file}.vlt");
        assert_eq!(said["file"], sealed);
        let metadata = fs::metadata(&sealed).unwrap();
        assert_eq!(metadata.len() as usize, HEADER + len + 16 * len.div_ceil(65_536).max(1));
        assert_eq!(metadata.mode() & 0o777, 0o600);
        fs::remove_file(&file).unwrap();
        let said = desk.ctl.json(&["key", "decrypt", &sealed]);
        assert_eq!((&said["file"], &said["bytes"]), (&file.as_str().into(), &len.into()));
        assert_eq!(desk.read(&name), plain);
    }
}

#[test]
fn through_pipes() {
    let desk = Desk::new();
    let plain = plaintext(300_000);
    let file = desk.file("plain", &plain);
    let pipe = |args: &[&str], from: &str, to: &str| {
        let mut command = desk.ctl.command(args);
        command.stdin(File::open(from).unwrap()).stdout(File::create(desk.path(to)).unwrap());
        assert!(command.status().unwrap().success());
    };
    pipe(&["key", "encrypt", "--key", "k"], &file, "sealed");
    pipe(&["key", "decrypt"], &format!("{}", desk.path("sealed").display()), "opened");
    assert_eq!(desk.read("opened"), plain);
    assert!(!desk.read("sealed").windows(64).any(|bytes| bytes == &plain[..64]));
    // A name on one side, a pipe on the other.
    let sealed = desk.path("sealed").to_str().unwrap().to_owned();
    assert!(desk.ctl.ok(&["key", "decrypt", &sealed, "-o", "-"], b"") == plain);
    // A name that does not end in .vlt does not say where it goes.
    assert_eq!(desk.ctl.exit(&["key", "decrypt", &sealed], b""), 2);
}

#[test]
fn a_large_file_in_little_memory() {
    let desk = Desk::new();
    let chunk = plaintext(1 << 20);
    let path = desk.path("large");
    let mut file = File::create(&path).unwrap();
    for number in 0..100_u32 {
        file.write_all(&number.to_be_bytes()).unwrap();
        file.write_all(&chunk[4..]).unwrap();
    }
    drop(file);
    let path = path.to_str().unwrap();
    let up = most_memory(desk.ctl.command(&["key", "encrypt", "--key", "k", path]));
    let down = most_memory(desk.ctl.command(&["key", "decrypt", &format!("{path}.vlt"), "-o", &format!("{path}2")]));
    println!("100 MiB: {up} KiB to encrypt, {down} KiB to decrypt");
    assert!(up < 32 << 10 && down < 32 << 10, "{up} and {down} KiB");
    assert!(fs::read(path).unwrap() == desk.read("large2"));
}

/// Runs it to its end; the most memory it had, in KiB.
fn most_memory(mut command: Command) -> u64 {
    let mut child = command.spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0;
    loop {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let peak = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak = peak.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
        most = most.max(peak.unwrap_or(0));
        if let Some(ended) = child.try_wait().unwrap() {
            assert!(ended.success());
            assert!(most > 0, "never looked at");
            return most;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn what_is_there_is_kept() {
    let desk = Desk::new();
    let file = desk.file("f", b"text");
    desk.file("f.vlt", b"precious");
    let (code, error) = desk.ctl.fails(&["key", "encrypt", "--key", "k", &file], b"");
    assert_eq!((code, &error["code"]), (6, &"exists".into()));
    assert_eq!(desk.read("f.vlt"), b"precious");
    desk.ctl.ok(&["key", "encrypt", "--key", "k", "--force", &file], b"");
    assert_eq!(desk.ctl.exit(&["key", "decrypt", &format!("{file}.vlt")], b""), 6);
    desk.ctl.ok(&["key", "decrypt", "--force", &format!("{file}.vlt")], b"");
    assert_eq!(desk.read("f"), b"text");
    // A device is no file, whatever is said.
    assert_eq!(desk.ctl.exit(&["key", "encrypt", "--key", "k", &file, "-o", "/dev/null", "--force"], b""), 2);
    assert_eq!(desk.names(), ["f", "f.vlt"]);
}

#[test]
fn an_interrupted_one_leaves_nothing() {
    let desk = Desk::new();
    let out = desk.path("out").to_str().unwrap().to_owned();
    let mut command = desk.ctl.command(&["key", "encrypt", "--key", "k", "-o", &out]);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(&plaintext(2 * CHUNK)).unwrap();
    until("it has begun to write", || {
        fs::metadata(desk.path("out.partial")).is_ok_and(|found| found.len() > HEADER as u64).then_some(())
    });
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(desk.names().is_empty());
}

#[test]
fn nothing_to_read_and_nothing_that_was_encrypted() {
    let desk = Desk::new();
    assert_eq!(desk.ctl.exit(&["key", "encrypt", "--key", "k", "/nonexistent"], b""), 1);
    assert_eq!(desk.ctl.exit(&["key", "encrypt", "--key", "k", desk.dir.path().to_str().unwrap()], b""), 1);
    assert_eq!(desk.ctl.exit(&["key", "encrypt", "--key", "nobodys"], b"text"), 3);
    let (code, error) = desk.ctl.fails(&["key", "decrypt"], b"just text");
    assert_eq!((code, &error["code"]), (1, &"not_encrypted".into()));
    let other = desk.file("other.vlt", b"");
    assert_eq!(desk.ctl.fails(&["key", "decrypt", &other], b"").1["code"], "not_encrypted");
    assert_eq!(desk.names(), ["other.vlt"]);
}
