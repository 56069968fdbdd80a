//! The daemon's memory after each thing that can be done with a value, whoever
//! does it and however it ends.

use std::fs;

use vault_client::blocking::Client;
use vault_client::{Call, Codec, ListQuery, NewSlot, SecretBytes, UnlockSecret};
use vault_tests::privileges::is_root;
use vault_tests::programs::{self, vaultctl};
use vault_tests::residue::Value;
use vault_tests::site::{Config, text};
use vault_tests::wire::Wire;
use vault_tests::{Daemon, Site, needs, until};

use super::{LARGE, SMALL};

#[test]
fn no_operation_leaves_a_value_in_the_daemons_memory() {
    needs!(is_root(), "needs root to read another process's memory");
    let site = Site::new();
    let limits = "first_frame_ms = 300\nwrite_deadline_ms = 300".into();
    let daemon = site.serve_with(&Config { limits, ..Config::default() });
    for codec in [Codec::Postcard, Codec::Json] {
        for len in [SMALL, LARGE] {
            let value = Value::new(len);
            let gone = |after: &str| value.assert_gone(daemon.pid(), &format!("{after}, {codec:?}"));
            let vault = daemon.client_in(codec);
            users_work(&vault, &value, gone);
            commands(&site, &value, gone);
            ended_badly(&daemon, codec, &value, gone);
            operators_work(&site, &vault, gone);
            // The value is there all the time, or nothing was proven.
            assert_eq!(vault.get("a").unwrap().expose(), value.bytes());
            last_things(&site, &vault, &value, gone);
        }
    }
}

fn users_work(vault: &Client, value: &Value, gone: impl Fn(&str)) {
    let first = vault.set("a", value.bytes()).unwrap();
    gone("set");
    vault.set("a", value.bytes()).unwrap();
    assert_eq!(vault.get("a").unwrap().expose(), value.bytes());
    gone("get");
    assert_eq!(vault.get_version("a", first).unwrap().expose(), value.bytes());
    gone("get of an older version");
    vault.history("a").unwrap();
    gone("history");
    vault.list_all(&ListQuery::new().deleted(true)).unwrap();
    gone("list");
    vault.set_if("a", value.bytes(), 1_000_000).unwrap_err();
    gone("a conflict");
    vault.set("Not A Name", value.bytes()).unwrap_err();
    vault.set(("billing", "a"), value.bytes()).unwrap_err();
    gone("a refusal");
    vault.delete("a").unwrap();
    vault.get("a").unwrap_err();
    gone("delete");
    vault.undelete("a").unwrap();
    gone("undelete");
}

/// `vaultctl`, with the value on its way through.
fn commands(site: &Site, value: &Value, gone: impl Fn(&str)) {
    let ctl = |args: &[&str], input: &[u8]| {
        let mut command = programs::command(vaultctl());
        command.args(args).env("VAULTD_SOCKET", site.socket()).env_remove("HOME");
        let output = programs::run(command, input);
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    assert_eq!(ctl(&["get", "a"], b""), value.bytes());
    gone("vaultctl get");
    // Shown, it is masked: the command had it.
    assert_eq!(ctl(&["run", "--only", "a", "--", "sh", "-c", "printf %s \"$A\""], b""), b"***");
    gone("vaultctl run");
    let env = site.dir().write("env", format!("IMPORTED={}\nANOTHER='{}'\n", value.text(), value.text()));
    ctl(&["import", text(&env)], b"");
    fs::remove_file(env).unwrap();
    assert_eq!(ctl(&["get", "another"], b""), value.bytes());
    gone("vaultctl import");
    ctl(&["set", "imported"], value.bytes());
    gone("vaultctl set");
}

/// Connections that end in the middle of something.
fn ended_badly(daemon: &Daemon, codec: Codec, value: &Value, gone: impl Fn(&str)) {
    let bytes = || SecretBytes::new(value.bytes().to_vec());
    let set =
        |wire: &mut Wire| wire.encode(Call::Set { app: None, name: "b".into(), value: bytes(), if_version: None });
    let connect = || Wire::connect(daemon.socket(), codec);
    // The last byte never comes: it is cut off.
    let mut wire = connect();
    let frame = set(&mut wire);
    wire.send(&frame[..frame.len() - 1]);
    assert!(wire.is_closed());
    gone("most of a frame");
    // Or it hangs up itself.
    let mut wire = connect();
    let frame = set(&mut wire);
    wire.send(&frame[..frame.len() / 2]);
    drop(wire);
    gone("half a frame");
    // It does not wait for what it asked for.
    let mut wire = connect();
    let mut frames = set(&mut wire);
    frames.extend(wire.encode(Call::Get { app: None, name: "a".into(), version: None }));
    wire.send(&frames);
    drop(wire);
    gone("a set and a get whose answers nobody waits for");
    // No message at all, with the value in it.
    let mut wire = connect();
    wire.frame(&[b"\xff", value.bytes()].concat());
    assert!(wire.response().is_some() && wire.is_closed());
    gone("a message that is none");
    // It asks and asks and never reads.
    let mut wire = connect();
    let gets = 0..ANSWERS / value.bytes().len();
    let frames: Vec<u8> =
        gets.flat_map(|_| wire.encode(Call::Get { app: None, name: "a".into(), version: None })).collect();
    let cut_off = || daemon.log().matches("the answers were not read in time").count();
    let before = cut_off();
    wire.send(&frames);
    until("it is cut off", || (cut_off() > before).then_some(()));
    gone("answers that nobody read");
}

fn operators_work(site: &Site, vault: &Client, gone: impl Fn(&str)) {
    let key = || UnlockSecret::KeyFile(SecretBytes::new(fs::read(site.key()).unwrap()));
    let copy = vault.backup_begin(true).unwrap();
    let mut offset = 0;
    loop {
        match vault.backup_read(copy.id, offset).unwrap().len() as u64 {
            0 => break,
            read => offset += read,
        }
    }
    gone("backup, while the copy is there");
    vault.backup_end(copy.id, true).unwrap();
    gone("backup");
    vault.rekey_scope(Some("uid:0")).unwrap();
    gone("a new scope key");
    vault.rekey_scope(None).unwrap();
    gone("a new scope-wrap key");
    let added = vault.slot_add(key(), NewSlot::RecoveryKey {}, "more").unwrap();
    vault.slot_remove(&added.slot.id).unwrap();
    vault.rekey_root(vec![key()], false).unwrap();
    gone("a new root key");
    assert_eq!(vault.check().unwrap().problems, Vec::<String>::new());
    gone("check");
    vault.audit_rotate().unwrap();
    vault.audit_verify().unwrap();
    vault.audit_tail(100).unwrap();
    gone("audit");
}

/// What ends a value, or the vault.
fn last_things(site: &Site, vault: &Client, value: &Value, gone: impl Fn(&str)) {
    vault.seal().unwrap();
    gone("seal");
    vault.unseal(UnlockSecret::KeyFile(SecretBytes::new(fs::read(site.key()).unwrap()))).unwrap();
    gone("unseal");
    assert_eq!(vault.get("a").unwrap().expose(), value.bytes());
    for other in [b"1", b"2", b"3"] {
        vault.set("imported", other).unwrap();
    }
    gone("a version that is not kept any longer");
    for name in ["a", "another", "imported", "b"] {
        vault.destroy(name).unwrap();
        vault.get(name).unwrap_err();
    }
    gone("destroy");
    vault.set("a", value.bytes()).unwrap();
    vault.user_remove("uid:0").unwrap();
    gone("a user's removal");
    vault.set("a", value.bytes()).unwrap();
    vault.seal().unwrap();
    gone("seal, at once after a set");
    vault.unseal(UnlockSecret::KeyFile(SecretBytes::new(fs::read(site.key()).unwrap()))).unwrap();
}

/// More than a socket holds.
const ANSWERS: usize = 8 << 20;
