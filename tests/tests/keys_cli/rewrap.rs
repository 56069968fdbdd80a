//! Rotation, and bringing files to where it has led.

use std::fs;

use serde_json::Value;

use crate::{Desk, HEADER, plaintext};

#[test]
fn old_files_open_after_a_rotation_and_can_be_brought_along() {
    let desk = Desk::new();
    let plain = plaintext(200_000);
    let sealed = desk.encrypted(&plain);
    let before = fs::read(&sealed).unwrap();
    assert_eq!(desk.ctl.json(&["key", "rotate", "k"])["version"], 2);
    desk.ctl.ok(&["key", "decrypt", "--force", &sealed], b"");
    assert_eq!(desk.read("f"), plain);

    let moved = desk.ctl.json(&["key", "rewrap", &sealed]);
    assert_eq!((&moved["source_version"], &moved["version"]), (&1.into(), &2.into()));
    let after = fs::read(&sealed).unwrap();
    assert!(after[HEADER..] == before[HEADER..] && after[..512] == before[..512] && after != before);
    let said = desk.ctl.json(&["key", "decrypt", "--force", &sealed]);
    assert_eq!(said["version"], 2);
    assert_eq!(desk.read("f"), plain);
    let status = desk.ctl.json(&["key", "rotation", "status", "k"]);
    assert_eq!((status["versions"].as_array().unwrap().len(), &status["on_demand"]), (2, &1.into()));
}

#[test]
fn to_another_key_and_another_context() {
    let desk = Desk::new();
    let other = String::from_utf8(desk.ctl.ok(&["key", "create", "--alias", "other"], b"")).unwrap();
    let file = desk.file("f", b"text");
    let sealed = format!("{file}.vlt");
    desk.ctl.ok(&["key", "encrypt", "--key", "k", "--context", "tenant=blue", &file], b"");
    // Without the context nothing is moved and nothing changes.
    let before = fs::read(&sealed).unwrap();
    assert_eq!(desk.ctl.exit(&["key", "rewrap", &sealed, "--key", "other"], b""), 4);
    assert_eq!(fs::read(&sealed).unwrap(), before);

    let args = ["key", "rewrap", &sealed, "--key", "other", "--context", "tenant=blue", "--new-context", "tenant=red"];
    assert_eq!(desk.ctl.json(&args)["key"], other.trim());
    desk.ctl.ok(&["key", "disable", "k"], b"");
    assert_eq!(desk.ctl.exit(&["key", "decrypt", "--force", &sealed, "--context", "tenant=blue"], b""), 4);
    desk.ctl.ok(&["key", "decrypt", "--force", &sealed, "--context", "tenant=red"], b"");
    assert_eq!(desk.read("f"), b"text");
}

#[test]
fn several_and_the_first_that_fails() {
    let desk = Desk::new();
    let names = ["a", "b", "c"].map(|name| {
        let file = desk.file(name, name.as_bytes());
        desk.ctl.ok(&["key", "encrypt", "--key", "k", &file], b"");
        file + ".vlt"
    });
    desk.file("b.vlt", b"no longer one");
    let output = desk.ctl.run(&["key", "rewrap", "--json", &names[0], &names[1], &names[2]], b"");
    assert_eq!(output.status.code(), Some(1));
    let lines: Vec<Value> =
        String::from_utf8(output.stdout).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(lines.len(), 1, "one is done, then it stops");
    assert_eq!(lines[0]["file"], names[0]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("b.vlt"));
}
