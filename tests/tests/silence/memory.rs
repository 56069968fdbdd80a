//! The daemon's memory, after values, passphrases and keys went through it.

use std::fs;

use vault_client::blocking::Client;
use vault_client::{Call, Codec, SecretBytes, UnlockSecret};
use vault_tests::canary::Canary;
use vault_tests::privileges::is_root;
use vault_tests::residue::{Value, settled};
use vault_tests::site::text;
use vault_tests::{Site, needs};

use super::{LARGE, SMALL};

#[test]
fn a_value_is_gone_from_memory_a_second_after_the_reply() {
    needs!(is_root(), "needs root to read another process's memory");
    let site = Site::new();
    let daemon = site.serve();
    for codec in [Codec::Postcard, Codec::Json] {
        for len in [SMALL, LARGE] {
            let (value, vault) = (Value::new(len), daemon.client_in(codec));
            use_it_quietly(&vault, value.bytes());
            // The connection stays open: its buffers are part of the question.
            value.assert_gone(daemon.pid(), &format!("{codec:?}"));
        }
    }
}

fn use_it_quietly(vault: &Client, value: &[u8]) {
    for _ in 0..3 {
        vault.set("a", value).unwrap();
        assert_eq!(vault.get("a").unwrap().expose(), value);
    }
    let calls = (0..20).map(|_| Call::Get { app: None, name: "a".into(), version: None });
    assert!(vault.pipeline(calls.collect()).iter().all(Result::is_ok));
    let calls = (0..5).map(|n| Call::Set {
        app: None,
        name: format!("b{n}"),
        value: SecretBytes::new(value.to_vec()),
        if_version: None,
    });
    assert!(vault.pipeline(calls.collect()).iter().all(Result::is_ok));
}

#[test]
fn mistake_20_a_passphrase_is_gone_from_memory_after_it_has_opened() {
    needs!(is_root(), "needs root to read another process's memory");
    let site = Site::empty();
    let passphrase = Canary::new(64);
    assert!(site.init(&["--passphrase-stdin", "--no-recovery"], passphrase.bytes()).status.success());
    let daemon = site.serve_sealed();
    for codec in [Codec::Postcard, Codec::Json] {
        let vault = daemon.client_in(codec);
        vault.unseal(UnlockSecret::Passphrase(SecretBytes::new(passphrase.bytes().to_vec()))).unwrap();
        let found = settled(&passphrase, daemon.pid());
        assert!(found.is_empty(), "{codec:?}: {found:?}");
        vault.seal().unwrap();
    }
    passphrase.assert_in_no_file(site.dir().path());
}

#[test]
fn a_key_is_gone_from_memory_once_it_has_opened() {
    needs!(is_root(), "needs root to read another process's memory");
    let site = Site::empty();
    let made = site.init(&["--key-file", text(&site.key())], b"");
    let printed = String::from_utf8(made.stdout).unwrap();
    let recovery = printed.lines().find_map(|line| line.strip_prefix("  ")).unwrap();
    let key = fs::read(site.key()).unwrap();
    let (file, shown) = (Canary::of(&key), Canary::of(recovery.as_bytes()));
    // Read from the file at start.
    let daemon = site.serve();
    let gone = |what: &str| {
        for canary in [&file, &shown] {
            let found = settled(canary, daemon.pid());
            assert!(found.is_empty(), "{what}: {found:?}");
        }
    };
    gone("at start");
    for codec in [Codec::Postcard, Codec::Json] {
        let vault = daemon.client_in(codec);
        vault.set("a", b"x").unwrap();
        for secret in [UnlockSecret::KeyFile as fn(_) -> _, UnlockSecret::RecoveryKey] {
            vault.seal().unwrap();
            let bytes = if matches!(secret(SecretBytes::new(Vec::new())), UnlockSecret::KeyFile(_)) {
                key.clone()
            } else {
                recovery.as_bytes().to_vec()
            };
            vault.unseal(secret(SecretBytes::new(bytes))).unwrap();
            gone("sent by a client");
        }
        vault
            .slot_add(
                UnlockSecret::KeyFile(SecretBytes::new(key.clone())),
                vault_client::NewSlot::RecoveryKey {},
                "another",
            )
            .unwrap();
        vault
            .rekey_root(
                vec![
                    UnlockSecret::KeyFile(SecretBytes::new(key.clone())),
                    UnlockSecret::RecoveryKey(SecretBytes::new(recovery.as_bytes().to_vec())),
                ],
                true,
            )
            .unwrap();
        gone("to change slots");
    }
}
