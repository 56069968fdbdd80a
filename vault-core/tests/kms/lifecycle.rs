//! States, rotation, deletion, and what happens by itself.

use vault_core::kms::{Alias, KeyState, MaterialSource, NewDataKey};
use vault_core::limits;

use super::support::{DAY_MS, operator};
use super::*;

/// The vault's minute by minute, over days.
fn days_pass(machine: &Machine, vault: &Vault<Open>, days: u64) {
    for _ in 0..days {
        machine.clock.set(machine.clock.now() + DAY_MS);
        vault.maintain();
    }
}

/// What each operation says in each state: E enabled, D disabled, P pending deletion.
#[test]
fn a_key_that_is_not_enabled_refuses_everything_it_should() {
    let (machine, vault) = open();
    let alice = alice();
    let kms = vault.caller(&alice).kms();
    let none = context(&[]);
    let words = |id: KeyId, ciphertext: &[u8]| {
        let key = &KeyRef::Id(id);
        let data_key = || NewDataKey { key, context: &none, len: 32 };
        let use_ = [
            word(kms.encrypt(&Encrypt { key, plaintext: b"x", context: &none, algorithm: SYMMETRIC })),
            word(decrypt(&kms, ciphertext, &none)),
            word(kms.generate_data_key(&data_key())),
            word(kms.generate_data_key_without_plaintext(&data_key())),
            word(kms.dry_run(true).rotate_key(key)),
            word(kms.dry_run(true).enable_key_rotation(key, 90)),
            word(kms.dry_run(true).disable_key_rotation(key)),
        ];
        let keep = [
            word(kms.update_key_description(key, "x")),
            word(kms.untag_key(key, &[])),
            word(kms.dry_run(true).create_alias(&Alias::parse("alias/x").unwrap(), &id)),
        ];
        let look = [word(kms.describe_key(key)), word(kms.key_rotation_status(key)), word(kms.census(key))];
        (use_, keep, look)
    };
    let all = |word: &str| [word; 7].map(str::to_owned);
    let three = |word: &str| [word; 3].map(str::to_owned);
    let id = symmetric(&kms);
    let ciphertext = encrypt(&kms, &id.into(), b"x", &none);

    kms.disable_key(&id.into()).unwrap();
    assert_eq!(words(id, &ciphertext), (all("Disabled"), ["ok", "ok", "DryRun"].map(str::to_owned), three("ok")));
    kms.schedule_key_deletion(&id.into(), 7).unwrap();
    assert_eq!(words(id, &ciphertext), (all("PendingDeletion"), three("PendingDeletion"), three("ok")));
    for refused in [kms.enable_key(&id.into()), kms.disable_key(&id.into())] {
        assert!(matches!(refused, Err(KmsError::PendingDeletion)));
    }
    kms.cancel_key_deletion(&id.into()).unwrap();
    assert_eq!(kms.describe_key(&id.into()).unwrap().state, KeyState::Disabled);
    kms.enable_key(&id.into()).unwrap();
    assert_eq!(decrypt(&kms, &ciphertext, &none).unwrap(), b"x");
    assert!(matches!(kms.cancel_key_deletion(&id.into()), Err(KmsError::NotPendingDeletion { .. })));
    let rows = vault_core::store::Store::scan(machine.memory(), &[], None, 1_000).unwrap();
    assert_eq!(rows.iter().filter(|(key, _)| key.kind() == 37).count(), 0, "nothing is due any more");
}

#[test]
fn a_deleted_key_takes_everything_with_it() {
    let (machine, vault) = open();
    let alice = alice();
    let kms = vault.caller(&alice).kms();
    let (id, other) = (symmetric(&kms), symmetric(&kms));
    let none = context(&[]);
    let ciphertext = encrypt(&kms, &id.into(), b"x", &none);
    kms.create_alias(&Alias::parse("alias/gone").unwrap(), &id).unwrap();
    kms.create_alias(&Alias::parse("alias/kept").unwrap(), &other).unwrap();
    for days in [0, 6, 31] {
        assert_eq!(word(kms.schedule_key_deletion(&id.into(), days)), "Invalid");
    }
    let start = machine.clock.now();
    assert_eq!(kms.schedule_key_deletion(&id.into(), 7).unwrap(), start + 7 * DAY_MS);
    assert_eq!(kms.describe_key(&id.into()).unwrap().deletion_ms, Some(start + 7 * DAY_MS));
    days_pass(&machine, &vault, 6);
    assert_eq!(kms.describe_key(&id.into()).unwrap().state, KeyState::PendingDeletion);
    days_pass(&machine, &vault, 1);
    assert!(matches!(kms.describe_key(&id.into()), Err(KmsError::NotFound { what: "key" })));
    assert!(matches!(kms.cancel_key_deletion(&id.into()), Err(KmsError::NotFound { .. })));
    assert!(matches!(decrypt(&kms, &ciphertext, &none), Err(KmsError::InvalidCiphertext)));
    let names: Vec<_> = kms.list_aliases(None, None, 10).unwrap().items.into_iter().map(|info| info.key).collect();
    assert_eq!(names, [other]);
    assert_eq!(kms.list_keys(None, 10).unwrap().items, [other]);
    assert!(audit(&machine).contains(r#""op":"kms.deleted","outcome":"ok""#));
    // Not a row of it is left: one key's worth of rows, and one alias.
    let left = vault_core::store::Store::scan(machine.memory(), &[], None, 1_000).unwrap();
    let kms_rows = left.iter().filter(|(key, _)| key.kind() >= 32).count();
    assert_eq!(kms_rows, 4, "key, entry, material, alias");
    assert_eq!(vault.caller(&operator()).check().unwrap().problems, [""; 0]);
}

/// More rows than one commit takes: 120 aliases and 26 versions.
#[test]
fn a_key_with_more_rows_than_a_commit_is_deleted_whole() {
    let (machine, vault) = open();
    let alice = alice();
    let kms = vault.caller(&alice).kms();
    let id = symmetric(&kms);
    for n in 0..120 {
        kms.create_alias(&Alias::parse(&format!("alias/{n}")).unwrap(), &id).unwrap();
    }
    for _ in 0..limits::KMS_ON_DEMAND_MAX {
        kms.rotate_key(&id.into()).unwrap();
    }
    kms.schedule_key_deletion(&id.into(), 7).unwrap();
    days_pass(&machine, &vault, 7);
    assert!(matches!(kms.describe_key(&id.into()), Err(KmsError::NotFound { .. })));
    let left = vault_core::store::Store::scan(machine.memory(), &[], None, 1_000).unwrap();
    assert_eq!(left.iter().filter(|(key, _)| key.kind() >= 32).count(), 0);
}

#[test]
fn a_clock_that_jumps_ahead_deletes_nothing_for_a_day() {
    let (machine, vault) = open();
    let alice = alice();
    let kms = vault.caller(&alice).kms();
    let id = symmetric(&kms);
    kms.schedule_key_deletion(&id.into(), 7).unwrap();
    vault.maintain();
    let before = machine.clock.now();
    machine.clock.set(before + 400 * DAY_MS);
    vault.maintain();
    assert_eq!(kms.describe_key(&id.into()).unwrap().state, KeyState::PendingDeletion);
    machine.clock.set(before);
    vault.maintain();
    kms.cancel_key_deletion(&id.into()).unwrap();
}

#[test]
fn rotation_on_demand_has_its_limit_and_old_versions_stay_readable() {
    let (_machine, vault) = open();
    let alice = alice();
    let kms = vault.caller(&alice).kms();
    let key = KeyRef::Id(symmetric(&kms));
    let none = context(&[]);
    let mut made = vec![encrypt(&kms, &key, b"1", &none)];
    for version in 2..=26 {
        assert_eq!(kms.rotate_key(&key).unwrap(), version);
        made.push(encrypt(&kms, &key, version.to_string().as_bytes(), &none));
    }
    assert!(matches!(kms.rotate_key(&key), Err(KmsError::LimitExceeded { max: 25, .. })));
    for (n, ciphertext) in made.iter().enumerate() {
        assert_eq!(decrypt(&kms, ciphertext, &none).unwrap(), (n + 1).to_string().into_bytes());
    }
    let page = kms.list_key_rotations(&key, None, 20).unwrap();
    assert!(page.more);
    let rest = kms.list_key_rotations(&key, page.items.last().map(|m| m.version), 20).unwrap();
    assert!(!rest.more);
    let all: Vec<_> = page.items.into_iter().chain(rest.items).collect();
    assert_eq!(all.len(), 26);
    assert_eq!(all[0].source, MaterialSource::Created);
    assert!(all[1..].iter().all(|material| material.source == MaterialSource::OnDemand));
    let ids: std::collections::BTreeSet<_> = all.iter().map(|material| material.id).collect();
    assert_eq!(ids.len(), 26, "each material its own");
}

#[test]
fn automatic_rotation_comes_with_its_period_and_only_to_enabled_keys() {
    let (machine, vault) = open();
    let alice = alice();
    let kms = vault.caller(&alice).kms();
    let key = KeyRef::Id(symmetric(&kms));
    for days in [89, 2_561] {
        assert_eq!(word(kms.enable_key_rotation(&key, days)), "Invalid");
    }
    kms.enable_key_rotation(&key, 90).unwrap();
    let status = kms.key_rotation_status(&key).unwrap();
    assert_eq!((status.period_days, status.next_ms), (Some(90), Some(machine.clock.now() + 90 * DAY_MS)));
    days_pass(&machine, &vault, 89);
    assert_eq!(kms.describe_key(&key).unwrap().current.unwrap().0, 1);
    days_pass(&machine, &vault, 1);
    assert_eq!(kms.describe_key(&key).unwrap().current.unwrap().0, 2);
    assert!(audit(&machine).contains(r#""op":"kms.rotated","outcome":"ok""#));
    let next_ms = kms.key_rotation_status(&key).unwrap().next_ms;
    assert_eq!(next_ms, Some(machine.clock.now() + 90 * DAY_MS), "a period from when it was done");
    kms.disable_key(&key).unwrap();
    days_pass(&machine, &vault, 95);
    assert_eq!(kms.list_key_rotations(&key, None, 10).unwrap().items.len(), 2, "disabled: not rotated");
    kms.enable_key(&key).unwrap();
    vault.maintain();
    let rotations = kms.list_key_rotations(&key, None, 10).unwrap().items;
    assert_eq!(rotations.last().map(|m| (m.version, m.source)), Some((3, MaterialSource::Automatic)), "made up for");
    assert_eq!(kms.key_rotation_status(&key).unwrap().on_demand, 0);
    kms.disable_key_rotation(&key).unwrap();
    assert_eq!(kms.key_rotation_status(&key).unwrap().period_days, None);
    days_pass(&machine, &vault, 200);
    assert_eq!(kms.list_key_rotations(&key, None, 10).unwrap().items.len(), 3);
}
