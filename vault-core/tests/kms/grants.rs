//! What somebody may do with another's key.

use vault_core::kms::{GrantConstraint, GrantId, NewDataKey, NewGrant, Operation, Operations, Principal, ReEncrypt};
use vault_core::names::User;

use super::*;

fn principal(caller: &Caller) -> Principal {
    Principal { user: caller.user().clone(), login: caller.login().map(str::to_owned) }
}

pub(crate) fn new<'r>(key: &'r KeyRef, grantee: &Caller, operations: &[Operation]) -> NewGrant<'r> {
    NewGrant {
        key,
        grantee: principal(grantee),
        retiring: None,
        operations: operations.iter().copied().collect(),
        constraint: None,
        name: None,
    }
}

/// Every operation a symmetric key has against every single grant: what is
/// granted works, what is not is forbidden, and without any grant there is no key.
#[test]
fn the_matrix_of_operations_and_grants() {
    let (_machine, vault) = open();
    let (alice, bob) = (alice(), bob());
    let (kms, bobs) = (vault.caller(&alice).kms(), vault.caller(&bob).kms());
    let id = symmetric(&kms);
    let key = &KeyRef::Id(id);
    let his = &KeyRef::Id(symmetric(&bobs));
    let none = &context(&[]);
    let ciphertext = &encrypt(&kms, key, b"x", none)[..];
    let his_own = &encrypt(&bobs, his, b"x", none)[..];
    let data_key = || NewDataKey { key, context: none, len: 32 };
    let from = |key, ciphertext| {
        let source = Decrypt { key: None, ciphertext, context: none, algorithm: SYMMETRIC };
        ReEncrypt { source, key, context: none, algorithm: SYMMETRIC }
    };
    let try_all = || {
        [
            (
                Operation::Encrypt,
                word(bobs.encrypt(&Encrypt { key, plaintext: b"x", context: none, algorithm: SYMMETRIC })),
            ),
            (
                Operation::Decrypt,
                word(bobs.decrypt(&Decrypt { key: Some(key), ciphertext, context: none, algorithm: SYMMETRIC })),
            ),
            (Operation::GenerateDataKey, word(bobs.generate_data_key(&data_key()))),
            (Operation::GenerateDataKeyWithoutPlaintext, word(bobs.generate_data_key_without_plaintext(&data_key()))),
            (Operation::ReEncryptTo, word(bobs.re_encrypt(&from(key, his_own)))),
            (Operation::DescribeKey, word(bobs.describe_key(key))),
            (Operation::ReEncryptFrom, word(bobs.re_encrypt(&from(his, ciphertext)))),
        ]
    };
    for (operation, word) in try_all() {
        // From a ciphertext nobody learns that there is such a key.
        let expected = if operation == Operation::ReEncryptFrom { "InvalidCiphertext" } else { "NotFound" };
        assert_eq!(word, expected, "{operation:?} without any grant");
    }
    for (granted, _) in try_all() {
        let grant = kms.create_grant(&new(key, &bob, &[granted])).unwrap();
        for (operation, word) in try_all() {
            assert_eq!(word, if operation == granted { "ok" } else { "Forbidden" }, "{operation:?} by {granted:?}");
        }
        // What only owners may is forbidden to those who know the key.
        assert_eq!(word(bobs.disable_key(key)), "Forbidden");
        assert_eq!(word(bobs.list_grants(key, None, 10)), "Forbidden");
        kms.revoke_grant(key, &grant).unwrap();
        assert!(try_all().iter().all(|(_, word)| word != "ok" && word != "Forbidden"), "revoked stops at once");
    }
    assert_eq!(word(bobs.disable_key(key)), "NotFound");
}

#[test]
fn absent_and_forbidden_look_the_same() {
    let (_machine, vault) = open();
    let (alice, bob) = (alice(), bob());
    let (kms, bobs) = (vault.caller(&alice).kms(), vault.caller(&bob).kms());
    symmetric(&bobs);
    let hers = KeyRef::Id(symmetric(&kms));
    let nobodys = KeyRef::Id(KeyId::from_bytes([9; 16]));
    let say = |key: &KeyRef| {
        let KeyRef::Id(id) = key else { unreachable!() };
        let none = context(&[]);
        [
            bobs.describe_key(key).unwrap_err(),
            bobs.disable_key(key).unwrap_err(),
            bobs.schedule_key_deletion(key, 7).unwrap_err(),
            bobs.encrypt(&Encrypt { key, plaintext: b"", context: &none, algorithm: SYMMETRIC }).unwrap_err(),
            bobs.create_grant(&new(key, &bob, &[Operation::Decrypt])).unwrap_err(),
            bobs.retire_grant(id, &GrantId::from_bytes([1; 32])).unwrap_err(),
            bobs.list_key_tags(key).unwrap_err(),
            bobs.census(key).unwrap_err(),
            bobs.export_key(key).unwrap_err(),
        ]
        .map(|error| format!("{error:?}"))
    };
    assert_eq!(say(&hers), say(&nobodys));
}

#[test]
fn a_constraint_holds_the_grant_to_its_contexts() {
    let (_machine, vault) = open();
    let (alice, bob) = (alice(), bob());
    let (kms, bobs) = (vault.caller(&alice).kms(), vault.caller(&bob).kms());
    let key = KeyRef::Id(symmetric(&kms));
    let (blue, red) = (context(&[("tenant", "blue"), ("n", "1")]), context(&[("tenant", "red"), ("n", "1")]));
    let only_blue = GrantConstraint::Subset(context(&[("tenant", "blue")]));
    let operations = [Operation::Encrypt, Operation::Decrypt];
    kms.create_grant(&NewGrant { constraint: Some(only_blue), ..new(&key, &bob, &operations) }).unwrap();
    let ciphertext = encrypt(&bobs, &key, b"x", &blue);
    assert_eq!(decrypt(&bobs, &ciphertext, &blue).unwrap(), b"x");
    let hers = encrypt(&kms, &key, b"x", &red);
    assert!(matches!(decrypt(&bobs, &hers, &red), Err(KmsError::Forbidden)));
    assert!(matches!(decrypt(&bobs, &hers, &blue), Err(KmsError::InvalidCiphertext)));
    let exactly = GrantConstraint::Equals(red.clone());
    kms.create_grant(&NewGrant { constraint: Some(exactly), ..new(&key, &bob, &[Operation::Decrypt]) }).unwrap();
    assert_eq!(decrypt(&bobs, &hers, &red).unwrap(), b"x", "grants add up");
}

#[test]
fn a_grant_is_passed_on_no_wider_than_it_is() {
    let (_machine, vault) = open();
    let (alice, bob, carol) = (alice(), bob(), user(1_002));
    let (kms, bobs) = (vault.caller(&alice).kms(), vault.caller(&bob).kms());
    let key = KeyRef::Id(symmetric(&kms));
    let blue = context(&[("tenant", "blue")]);
    let constraint = Some(GrantConstraint::Subset(blue.clone()));
    let operations = [Operation::Decrypt, Operation::CreateGrant];
    kms.create_grant(&NewGrant { constraint: constraint.clone(), ..new(&key, &bob, &operations) }).unwrap();
    let pass = |operations: &[Operation], constraint| {
        word(bobs.create_grant(&NewGrant { constraint, ..new(&key, &carol, operations) }))
    };
    assert_eq!(pass(&[Operation::Decrypt], None), "Forbidden");
    assert_eq!(pass(&[Operation::Encrypt], constraint.clone()), "Forbidden");
    assert_eq!(pass(&[Operation::Decrypt, Operation::Encrypt], constraint.clone()), "Forbidden");
    assert_eq!(pass(&[Operation::Decrypt], Some(GrantConstraint::Subset(context(&[("n", "1")])))), "Forbidden");
    assert_eq!(pass(&[Operation::Decrypt], constraint), "ok");
    let narrower = context(&[("tenant", "blue"), ("n", "1")]);
    assert_eq!(pass(&[Operation::Decrypt], Some(GrantConstraint::Equals(narrower.clone()))), "ok");
    let ciphertext = encrypt(&kms, &key, b"x", &narrower);
    assert_eq!(decrypt(&vault.caller(&carol).kms(), &ciphertext, &narrower).unwrap(), b"x");
    // Carol was not given the right to pass on what she has.
    let again = new(&key, &carol, &[Operation::Decrypt]);
    assert!(matches!(vault.caller(&carol).kms().create_grant(&again), Err(KmsError::Forbidden)));
}

#[test]
fn who_may_end_a_grant() {
    let (_machine, vault) = open();
    let (alice, bob, carol, dave) = (alice(), bob(), user(1_002), user(1_003));
    let kms = vault.caller(&alice).kms();
    let id = symmetric(&kms);
    let key = KeyRef::Id(id);
    let grant = |operations: &[Operation]| {
        kms.create_grant(&NewGrant { retiring: Some(principal(&carol)), ..new(&key, &bob, operations) }).unwrap()
    };
    let retire = |caller: &Caller, grant: &GrantId| word(vault.caller(caller).kms().retire_grant(&id, grant));
    let one = grant(&[Operation::Decrypt]);
    assert_eq!(retire(&dave, &one), "NotFound");
    assert_eq!(retire(&bob, &one), "Forbidden", "the grantee, unless the grant says so");
    assert_eq!(retire(&carol, &one), "ok");
    assert_eq!(retire(&carol, &one), "NotFound");
    let two = grant(&[Operation::Decrypt, Operation::RetireGrant]);
    assert_eq!(retire(&bob, &two), "ok");
    let three = grant(&[Operation::Decrypt]);
    assert_eq!(retire(&alice, &three), "ok");
    let four = grant(&[Operation::Decrypt]);
    assert_eq!(word(vault.caller(&carol).kms().revoke_grant(&key, &four)), "NotFound");
    kms.revoke_grant(&key, &four).unwrap();
    assert!(matches!(kms.revoke_grant(&key, &four), Err(KmsError::NotFound { what: "grant" })));
}

#[test]
fn grants_are_listed_by_key_and_by_who_retires_them() {
    let (_machine, vault) = open();
    let (alice, bob, carol) = (alice(), bob(), user(1_002));
    let kms = vault.caller(&alice).kms();
    let keys = [symmetric(&kms), symmetric(&kms), symmetric(&vault.caller(&bob).kms())];
    let mut expected = Vec::new();
    for (n, id) in keys.iter().enumerate() {
        let owner = if n < 2 { &alice } else { &bob };
        for m in 0..4 {
            let key = KeyRef::Id(*id);
            let retiring = Some(principal(if m % 2 == 0 { &carol } else { &alice }));
            let grant = NewGrant { retiring, ..new(&key, &carol, &[Operation::DescribeKey]) };
            let grant = vault.caller(owner).kms().create_grant(&grant).unwrap();
            if m % 2 == 0 {
                expected.push(grant);
            }
        }
    }
    let page = kms.list_grants(&keys[0].into(), None, 3).unwrap();
    assert!(page.more);
    let rest = kms.list_grants(&keys[0].into(), page.items.last().map(|grant| grant.number), 3).unwrap();
    assert_eq!((page.items.len(), rest.items.len(), rest.more), (3, 1, false));
    assert_eq!(page.items[0].grantee, principal(&carol));
    let mut seen: Vec<(KeyId, u64, GrantId)> = Vec::new();
    loop {
        let after = seen.last().map(|(key, number, _)| (key, *number));
        let page = vault.caller(&carol).kms().list_retirable_grants(after, 4).unwrap();
        seen.extend(page.items.iter().map(|grant| (grant.key, grant.number, grant.id)));
        if !page.more {
            break;
        }
    }
    // Where to go on says nothing of the key that is named there: another's, or nobody's.
    let nobodys = KeyId::from_bytes([0; 16]);
    for id in [keys[0], keys[2], nobodys] {
        let page = vault.caller(&user(1_003)).kms().list_retirable_grants(Some((&id, 1)), 4).unwrap();
        assert_eq!((page.items, page.more), (Vec::new(), false));
    }
    let all = vault.caller(&carol).kms().list_retirable_grants(Some((&nobodys, 1)), 100).unwrap();
    assert_eq!((all.items.len(), all.more), (expected.len(), false));
    let mut seen: Vec<_> = seen.into_iter().map(|(_, _, id)| id).collect();
    seen.sort();
    expected.sort();
    assert_eq!(seen, expected);
}

#[test]
fn what_is_no_grant_is_refused() {
    let (_machine, vault) = open();
    let (alice, bob) = (alice(), bob());
    let kms = vault.caller(&alice).kms();
    let key = KeyRef::Id(symmetric(&kms));
    assert_eq!(word(kms.create_grant(&new(&key, &bob, &[]))), "Invalid");
    assert_eq!(word(kms.create_grant(&new(&key, &bob, &[Operation::Sign]))), "Invalid", "not what the key does");
    let named = |name: &str| NewGrant { name: Some(name.into()), ..new(&key, &bob, &[Operation::Decrypt]) };
    assert_eq!(word(kms.create_grant(&named(""))), "Invalid");
    assert_eq!(word(kms.create_grant(&named(&"n".repeat(257)))), "Invalid");
    let first = kms.create_grant(&named("batch")).unwrap();
    assert_eq!(kms.create_grant(&named("batch")).unwrap(), first, "asked for again: the one there is");
    let wider = NewGrant { operations: Operations::NONE.with(Operation::Encrypt), ..named("batch") };
    assert_ne!(kms.create_grant(&wider).unwrap(), first);
    kms.disable_key(&key).unwrap();
    assert!(matches!(kms.create_grant(&named("later")), Err(KmsError::Disabled)));
    kms.revoke_grant(&key, &first).unwrap();
}

/// A uid is given to another person: the grant was not for them.
#[test]
fn another_login_name_has_no_grant() {
    let (_machine, vault) = open();
    let (alice, bob) = (alice(), bob());
    let kms = vault.caller(&alice).kms();
    let key = KeyRef::Id(symmetric(&kms));
    kms.create_grant(&new(&key, &bob, &[Operation::DescribeKey])).unwrap();
    assert_eq!(word(vault.caller(&bob).kms().describe_key(&key)), "ok");
    let mallory = Caller::new(bob.user().clone(), Some("mallory".into()));
    assert_eq!(word(vault.caller(&mallory).kms().describe_key(&key)), "NotFound");
    let external = Caller::new(User::parse("ext:bob").unwrap(), bob.login().map(str::to_owned));
    assert_eq!(word(vault.caller(&external).kms().describe_key(&key)), "NotFound");
}
