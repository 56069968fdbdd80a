//! Many at once, and little room.

use std::sync::atomic::{AtomicBool, Ordering};

use vault_core::kms::Alias;
use vault_core::{Fault, Quotas};

use super::support::{DAY_MS, operator};
use super::*;

/// Readers go on while the key is rotated and every record is sealed again
/// under another key: never an error, never another's plaintext.
#[test]
fn encrypting_while_keys_are_replaced() {
    let (_machine, vault) = open();
    let alice = alice();
    let key = KeyRef::Id(symmetric(&vault.caller(&alice).kms()));
    let none = context(&[]);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..3_u8)
            .map(|worker| {
                let (vault, alice, key, none, done) = (&vault, &alice, &key, &none, &done);
                scope.spawn(move || {
                    let kms = vault.caller(alice).kms();
                    let mut rounds = 0_u32;
                    while !done.load(Ordering::SeqCst) || rounds < 50 {
                        let plaintext = [&[worker][..], &rounds.to_be_bytes()].concat();
                        let ciphertext = encrypt(&kms, key, &plaintext, none);
                        assert_eq!(decrypt(&kms, &ciphertext, none).unwrap(), plaintext);
                        rounds += 1;
                    }
                })
            })
            .collect();
        for _ in 0..25 {
            vault.caller(&alice).kms().rotate_key(&key).unwrap();
            vault.caller(&operator()).rekey_user(alice.user()).unwrap();
        }
        done.store(true, Ordering::SeqCst);
        workers.into_iter().for_each(|worker| worker.join().unwrap());
    });
}

/// A key that is deleted under its readers says one of two things, and never
/// that the vault is damaged.
#[test]
fn decrypting_while_the_key_is_deleted() {
    for _ in 0..20 {
        let (machine, vault) = open();
        let alice = alice();
        let kms = vault.caller(&alice).kms();
        let id = symmetric(&kms);
        let none = context(&[]);
        let ciphertext = encrypt(&kms, &id.into(), b"x", &none);
        kms.schedule_key_deletion(&id.into(), 7).unwrap();
        (0..6).for_each(|_| {
            machine.clock.set(machine.clock.now() + DAY_MS);
            vault.maintain();
        });
        std::thread::scope(|scope| {
            let reader = scope.spawn(|| {
                loop {
                    match word(decrypt(&vault.caller(&alice).kms(), &ciphertext, &none)).as_str() {
                        "PendingDeletion" => {}
                        "InvalidCiphertext" => break,
                        other => panic!("{other}"),
                    }
                }
            });
            machine.clock.set(machine.clock.now() + DAY_MS);
            vault.maintain();
            reader.join().unwrap();
        });
    }
}

#[test]
fn a_user_s_keys_count_against_what_the_user_may_occupy() {
    let (_machine, vault) = open();
    let (alice, bob) = (alice(), bob());
    let (kms, bobs) = (vault.caller(&alice).kms(), vault.caller(&bob).kms());
    let key = KeyRef::Id(symmetric(&kms));
    let none = context(&[]);
    let ciphertext = encrypt(&kms, &key, b"x", &none);
    let before = vault.stamp().unwrap();
    vault.set_quotas(Quotas { bytes: 10, ..Quotas::default() });
    let full = "OverQuota";
    let KeyRef::Id(id) = &key else { unreachable!() };
    assert_eq!(word(kms.create_key(&NewKey::symmetric())), full);
    assert_eq!(word(kms.rotate_key(&key)), full);
    assert_eq!(word(kms.create_alias(&Alias::parse("alias/a").unwrap(), id)), full);
    assert_eq!(word(kms.update_key_description(&key, &"d".repeat(5_000))), full);
    assert_eq!(word(bobs.create_key(&NewKey::symmetric())), full, "the first of a user too");
    assert_eq!(vault.stamp().unwrap(), before, "nothing of it was written");
    // What is there goes on, and can be taken away.
    assert_eq!(decrypt(&kms, &ciphertext, &none).unwrap(), b"x");
    encrypt(&kms, &key, b"x", &none);
    kms.disable_key(&key).unwrap();
    kms.schedule_key_deletion(&key, 7).unwrap();
}

#[test]
fn on_a_disk_that_is_nearly_full_nothing_is_added() {
    let machine = Machine::on_file();
    let vault = machine.create(key_file(1));
    let alice = alice();
    let kms = vault.caller(&alice).kms();
    let key = KeyRef::Id(symmetric(&kms));
    vault.set_quotas(Quotas { free_disk: u64::MAX, ..Quotas::default() });
    assert!(matches!(kms.create_key(&NewKey::symmetric()), Err(KmsError::Fault(Fault::DiskFull))));
    assert!(matches!(kms.rotate_key(&key), Err(KmsError::Fault(Fault::DiskFull))));
    encrypt(&kms, &key, b"x", &context(&[]));
    kms.disable_key(&key).unwrap();
}
