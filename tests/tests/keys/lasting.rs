//! What was encrypted stays readable: over a rotation, a restart, kill -9, a
//! backup and its restoration.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use vault_client::blocking::Client;
use vault_client::{ClientError, KeyState, NewKey};
use vault_tests::daemon::options;
use vault_tests::programs::run_vaultd;
use vault_tests::site::text;
use vault_tests::{Dir, Site, until};

const CONTEXT: &[(&str, &str)] = &[("tenant", "blue")];

#[test]
fn over_rotations_and_restarts() {
    let site = Site::new();
    let mut sealed = Vec::new();
    let mut key = String::new();
    for round in 1..=3_u32 {
        let daemon = site.serve();
        let keys = daemon.client().keys();
        if round == 1 {
            key = keys.create(NewKey::symmetric()).unwrap().id;
            keys.create_alias("alias/k", &key).unwrap();
        } else {
            assert_eq!(keys.rotate("alias/k").unwrap(), round);
        }
        sealed.push(keys.encrypt("alias/k", &round.to_le_bytes(), CONTEXT).unwrap());
        for (n, sealed) in (1_u32..).zip(&sealed) {
            assert_eq!(sealed.version, n);
            assert_eq!(keys.decrypt(&sealed.ciphertext, CONTEXT).unwrap().plaintext.expose(), n.to_le_bytes());
        }
        if round == 2 { daemon.kill() } else { assert_eq!(daemon.terminate(), 0) }
    }
    let daemon = site.serve();
    assert_eq!(daemon.client().keys().list_all().unwrap(), [key]);
    assert_eq!(daemon.client().check().unwrap().problems, Vec::<String>::new());
}

#[test]
fn over_a_backup_and_its_restoration() {
    let site = Site::new();
    let daemon = site.serve();
    let vault = daemon.client();
    let keys = vault.keys();
    let key = keys.create(NewKey { description: "orders".into(), ..NewKey::symmetric() }).unwrap().id;
    let sealed = keys.encrypt(&key, b"before", CONTEXT).unwrap().ciphertext;
    let info = vault.backup_begin(true).unwrap();
    let mut bytes = Vec::new();
    loop {
        let chunk = vault.backup_read(info.id, bytes.len() as u64).unwrap();
        if chunk.is_empty() {
            break;
        }
        bytes.extend_from_slice(&chunk);
    }
    vault.backup_end(info.id, true).unwrap();
    keys.rotate(&key).unwrap();
    let after = keys.encrypt(&key, b"after", CONTEXT).unwrap().ciphertext;
    drop(daemon);

    let kept = Dir::private();
    let backup = kept.file("backup");
    fs::write(&backup, bytes).unwrap();
    fs::set_permissions(&backup, fs::Permissions::from_mode(0o600)).unwrap();
    let restored = Site::empty();
    let (vault, key_file) = (restored.vault(), site.key());
    let arguments = ["restore", text(&backup), "--vault", text(&vault), "--key-file", text(&key_file)];
    assert!(run_vaultd(&arguments, b"").status.success());
    fs::copy(site.key(), restored.key()).unwrap();
    let daemon = restored.serve();
    let keys = daemon.client().keys();
    assert_eq!(keys.describe(&key).unwrap().description, "orders");
    assert_eq!(keys.decrypt(&sealed, CONTEXT).unwrap().plaintext.expose(), b"before");
    // The version of afterwards is not in the copy.
    let error = keys.decrypt(&after, CONTEXT).unwrap_err();
    assert_eq!(error.code(), "invalid_ciphertext");
}

/// Keys are made, rotated and disabled while the daemon is killed: what was
/// acknowledged is there.
#[test]
fn kills_lose_no_key_and_no_version_that_was_acknowledged() {
    let site = Site::new();
    // Each key with its version that was acknowledged last, and something under it.
    let mut known: Vec<(String, u32, Vec<u8>)> = Vec::new();
    for cycle in 0..12 {
        let daemon = site.serve();
        let keys = daemon.client().keys();
        for (key, version, sealed) in &known {
            let info = keys.describe(key).unwrap();
            assert!(info.current.unwrap().version >= *version, "cycle {cycle}");
            assert_eq!(keys.decrypt(sealed, CONTEXT).unwrap().plaintext.expose(), b"x", "cycle {cycle}");
        }
        let done = AtomicU64::new(0);
        std::thread::scope(|scope| {
            let writer = scope.spawn({
                let (socket, known, done) = (site.socket(), &mut known, &done);
                move || {
                    let keys = Client::connect(options(&socket)).unwrap().keys();
                    let work = || -> Result<(String, u32, Vec<u8>), ClientError> {
                        let key = keys.create(NewKey::symmetric())?.id;
                        keys.disable(&key)?;
                        assert_eq!(keys.describe(&key)?.state, KeyState::Disabled);
                        keys.enable(&key)?;
                        let version = keys.rotate(&key)?;
                        Ok((key.clone(), version, keys.encrypt(&key, b"x", CONTEXT)?.ciphertext))
                    };
                    while let Ok(one) = work() {
                        known.push(one);
                        done.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
            until("some keys", || (done.load(Ordering::Relaxed) > 1).then_some(()));
            std::thread::sleep(Duration::from_millis(3 * cycle));
            daemon.kill();
            writer.join().unwrap();
        });
    }
    let daemon = site.serve();
    let vault = daemon.client();
    let listed = vault.keys().list_all().unwrap();
    assert!(known.iter().all(|(key, ..)| listed.contains(key)), "{} of {}", listed.len(), known.len());
    assert_eq!(vault.check().unwrap().problems, Vec::<String>::new());
    assert_eq!(vault.audit_verify().unwrap().problems, Vec::<String>::new());
}
