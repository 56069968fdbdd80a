//! Keys, names and tags.

use std::collections::{BTreeMap, BTreeSet};

use vault_core::kms::{Alias, KeySpec, KeyState, KeyUsage, Origin, PolicyStatement};

use super::*;

fn alias(text: &str) -> Alias {
    Alias::parse(text).unwrap()
}

#[test]
fn a_new_key_is_what_was_asked_for() {
    let (machine, vault) = open();
    let alice = alice();
    let kms = vault.caller(&alice).kms();
    let tags = BTreeMap::from([("team".to_owned(), "shop".to_owned())]);
    let new = NewKey { description: "orders".into(), tags: tags.clone(), ..NewKey::symmetric() };
    let info = kms.create_key(&new).unwrap();
    assert_eq!((info.spec, info.usage), (KeySpec::SymmetricDefault, KeyUsage::EncryptDecrypt));
    assert_eq!(
        (info.origin, info.state, info.own, info.exportable),
        (Origin::Internal, KeyState::Enabled, true, false)
    );
    assert_eq!((info.made_ms, info.current.unwrap().0), (machine.clock.now(), 1));
    assert_eq!(&info.made_by, alice.user());
    assert_eq!(info.description, "orders");
    assert_eq!(kms.describe_key(&info.id.into()).unwrap(), info);
    assert_eq!(kms.list_key_tags(&info.id.into()).unwrap(), tags);
}

#[test]
fn pages_give_every_key_once_while_keys_come_and_go() {
    let (_machine, vault) = open();
    let (alice, bob) = (alice(), bob());
    let kms = vault.caller(&alice).kms();
    assert_eq!(kms.list_keys(None, 10).unwrap().items, []);
    let mine: BTreeSet<KeyId> = (0..23).map(|_| symmetric(&kms)).collect();
    symmetric(&vault.caller(&bob).kms());
    let mut seen = Vec::new();
    loop {
        let page = kms.list_keys(seen.last(), 5).unwrap();
        assert!(page.items.len() <= 5);
        seen.extend(page.items);
        if !page.more {
            break;
        }
    }
    assert_eq!(seen.len(), 23);
    assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), mine);
    assert_eq!(word(kms.list_keys(None, 0)), "Invalid");
    assert_eq!(word(kms.list_keys(None, 1_001)), "Invalid");
}

#[test]
fn an_alias_names_one_key_of_its_owner() {
    let (_machine, vault) = open();
    let (alice, bob) = (alice(), bob());
    let (kms, bobs) = (vault.caller(&alice).kms(), vault.caller(&bob).kms());
    let (one, two) = (symmetric(&kms), symmetric(&kms));
    let name = alias("alias/orders");
    kms.create_alias(&name, &one).unwrap();
    assert!(matches!(kms.create_alias(&name, &two), Err(KmsError::AlreadyExists { .. })));
    let by_name = KeyRef::Alias(name.clone());
    assert_eq!(kms.describe_key(&by_name).unwrap().id, one);
    let ciphertext = encrypt(&kms, &by_name, b"x", &context(&[]));
    kms.update_alias(&name, &two).unwrap();
    assert_eq!(kms.describe_key(&by_name).unwrap().id, two);
    assert_eq!(decrypt(&kms, &ciphertext, &context(&[])).unwrap(), b"x", "the ciphertext names the key itself");

    // Bob has names of his own, and none of Alice's.
    assert!(matches!(bobs.describe_key(&by_name), Err(KmsError::NotFound { what: "alias" })));
    assert!(matches!(bobs.create_alias(&name, &one), Err(KmsError::NotFound { what: "key" })));
    let his = symmetric(&bobs);
    bobs.create_alias(&name, &his).unwrap();
    assert_eq!(bobs.describe_key(&by_name).unwrap().id, his);
    assert!(matches!(bobs.update_alias(&name, &one), Err(KmsError::NotFound { .. })));

    // A key that cannot do what the last one did does not take over its name.
    let mac = kms.create_key(&NewKey::new(KeySpec::Hmac256, KeyUsage::Mac)).unwrap().id;
    assert!(matches!(kms.update_alias(&name, &mac), Err(KmsError::WrongUsage { .. })));

    kms.delete_alias(&name).unwrap();
    assert!(matches!(kms.describe_key(&by_name), Err(KmsError::NotFound { what: "alias" })));
    assert!(matches!(kms.delete_alias(&name), Err(KmsError::NotFound { what: "alias" })));
    assert!(matches!(kms.update_alias(&name, &one), Err(KmsError::NotFound { what: "alias" })));
    assert_eq!(kms.describe_key(&two.into()).unwrap().id, two, "the key stays");
}

#[test]
fn aliases_are_listed_in_pages_and_by_key() {
    let (_machine, vault) = open();
    let alice = alice();
    let kms = vault.caller(&alice).kms();
    let (one, two) = (symmetric(&kms), symmetric(&kms));
    for n in 0..9 {
        kms.create_alias(&alias(&format!("alias/{n}")), if n % 3 == 0 { &one } else { &two }).unwrap();
    }
    let mut seen: Vec<Alias> = Vec::new();
    loop {
        let page = kms.list_aliases(None, seen.last(), 4).unwrap();
        seen.extend(page.items.into_iter().map(|info| info.alias));
        if !page.more {
            break;
        }
    }
    seen.sort();
    assert_eq!(seen, (0..9).map(|n| alias(&format!("alias/{n}"))).collect::<Vec<_>>());
    let of_one = kms.list_aliases(Some(&one), None, 100).unwrap().items;
    assert_eq!(of_one.len(), 3);
    assert!(of_one.iter().all(|info| info.key == one));
}

#[test]
fn descriptions_and_tags_change_within_their_limits() {
    let (_machine, vault) = open();
    let alice = alice();
    let kms = vault.caller(&alice).kms();
    let key = KeyRef::Id(symmetric(&kms));
    kms.update_key_description(&key, &"ä".repeat(8_192)).unwrap();
    assert_eq!(kms.describe_key(&key).unwrap().description.chars().count(), 8_192);
    assert_eq!(word(kms.update_key_description(&key, &"a".repeat(8_193))), "TooLarge");
    let tags = |range: std::ops::Range<usize>| -> BTreeMap<String, String> {
        range.map(|n| (format!("t{n}"), "v".repeat(256))).collect()
    };
    kms.tag_key(&key, &tags(0..30)).unwrap();
    kms.tag_key(&key, &tags(20..50)).unwrap();
    assert_eq!(kms.list_key_tags(&key).unwrap(), tags(0..50));
    assert_eq!(word(kms.tag_key(&key, &tags(50..51))), "LimitExceeded");
    for (tag, value, expected) in [("", 1, "Invalid"), (&"n".repeat(129), 1, "TooLarge"), ("t1", 257, "TooLarge")] {
        let tags = BTreeMap::from([(tag.to_owned(), "v".repeat(value))]);
        assert_eq!(word(kms.tag_key(&symmetric(&kms).into(), &tags)), expected);
    }
    kms.untag_key(&key, &["t0".into(), "never there".into()]).unwrap();
    assert_eq!(kms.list_key_tags(&key).unwrap(), tags(1..50));
}

#[test]
fn material_leaves_only_keys_that_were_made_for_it() {
    let (_machine, vault) = open();
    let (alice, bob) = (alice(), bob());
    let kms = vault.caller(&alice).kms();
    let key = KeyRef::Id(symmetric(&kms));
    assert!(matches!(kms.export_key(&key), Err(KmsError::Forbidden)));
    let exportable = KeyRef::Id(kms.create_key(&NewKey { exportable: true, ..NewKey::symmetric() }).unwrap().id);
    let first = kms.export_key(&exportable).unwrap();
    assert_eq!(first.expose().len(), 32);
    kms.rotate_key(&exportable).unwrap();
    assert_ne!(kms.export_key(&exportable).unwrap().expose(), first.expose());
    assert!(matches!(vault.caller(&bob).kms().export_key(&exportable), Err(KmsError::NotFound { .. })));
    kms.disable_key(&exportable).unwrap();
    assert!(matches!(kms.export_key(&exportable), Err(KmsError::Disabled)));
}

#[test]
fn a_policy_that_would_not_be_enforced_is_refused() {
    let (_machine, vault) = open();
    let alice = alice();
    let kms = vault.caller(&alice).kms();
    let key = KeyRef::Id(symmetric(&kms));
    assert_eq!(kms.key_policy(&key).unwrap(), [PolicyStatement::OWNER]);
    kms.put_key_policy(&key, &[PolicyStatement::OWNER]).unwrap();
    let owner = PolicyStatement::OWNER;
    for other in [
        PolicyStatement { allows: false, ..owner },
        PolicyStatement { owner: false, ..owner },
        PolicyStatement { every_operation: false, ..owner },
        PolicyStatement { conditional: true, ..owner },
    ] {
        let refused = kms.put_key_policy(&key, &[owner, other]);
        assert!(matches!(refused, Err(KmsError::PolicyNotEnforced { statement: 1 })), "{other:?}");
    }
    assert_eq!(word(kms.put_key_policy(&key, &[])), "PolicyNotEnforced");
}

#[test]
fn the_census_tells_what_uses_which_version() {
    let (machine, vault) = open();
    let alice = alice();
    let kms = vault.caller(&alice).kms();
    let id = symmetric(&kms);
    let key = KeyRef::Id(id);
    let none = context(&[]);
    kms.create_alias(&alias("alias/a"), &id).unwrap();
    let old = encrypt(&kms, &key, b"x", &none);
    kms.rotate_key(&key).unwrap();
    encrypt(&kms, &key, b"x", &none);
    encrypt(&kms, &key, b"x", &none);
    machine.clock.set(machine.clock.now() + 1_000);
    decrypt(&kms, &old, &none).unwrap();
    let census = kms.census(&key).unwrap();
    assert_eq!((census.aliases, census.grants, census.import_pending), (1, 0, false));
    let seen: Vec<_> = census.versions.iter().map(|v| (v.material.version, v.stored, v.current, v.uses)).collect();
    let start = machine.clock.now() - 1_000;
    let uses = |made, opened, last_ms| vault_core::kms::Uses { made, opened, last_ms };
    assert_eq!(seen, [(1, true, false, uses(1, 1, start + 1_000)), (2, true, true, uses(2, 0, start))]);
}

#[test]
fn every_operation_is_recorded_by_its_name_and_nothing_of_what_it_was_about() {
    let (machine, vault) = open();
    let alice = alice();
    let kms = vault.caller(&alice).kms();
    let id = symmetric(&kms);
    let canary = "canary-in-the-coal-mine";
    let context = context(&[("tenant", canary)]);
    let ciphertext = encrypt(&kms, &id.into(), canary.as_bytes(), &context);
    decrypt(&kms, &ciphertext, &context).unwrap();
    decrypt(&kms, &ciphertext[1..], &context).unwrap_err();
    kms.update_key_description(&id.into(), canary).unwrap();
    let lines = audit(&machine);
    for expected in [
        r#""op":"kms.create_key","outcome":"ok","uid":1000"#,
        r#""op":"kms.encrypt","outcome":"ok""#,
        r#""op":"kms.decrypt","outcome":"ok""#,
        r#""op":"kms.decrypt","outcome":"invalid_ciphertext""#,
        r#""op":"kms.update_key_description","outcome":"ok""#,
    ] {
        assert!(lines.contains(expected), "{expected} in {lines}");
    }
    assert!(!lines.contains(canary) && !lines.contains(&id.to_string()));
    let named = vault.caller(&support::operator()).audit_tail(10).unwrap();
    assert!(named.iter().any(|line| line.name.as_deref() == Some(&id.to_string()[..])), "an operator can tell which");
}
