//! Every operation succeeds, in both codecs, as the blocking client asks it;
//! and over the asynchronous one by sample.

use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey};
use vault_client::blocking::{Client, Keys};
use vault_client::{
    Codec, Decrypt, EncryptionAlgorithm as Encryption, GrantConstraint, GrantOperation, KeyOrigin, KeySpec, KeyState,
    KeyTag, KeyUsage, MacAlgorithm, MaterialSource, Message, NewGrant, NewKey, PolicyStatement, ReEncrypt,
    SigningAlgorithm, Wrapping,
};
use vault_tests::Site;
use vault_tests::daemon::options;

const CODECS: [Codec; 2] = [Codec::Postcard, Codec::Json];
const CONTEXT: &[(&str, &str)] = &[("tenant", "blue"), ("purpose", "\"quoted\" \u{e4}")];

/// The same in each codec, against a vault of its own.
fn in_each(run: impl Fn(&Client, &Keys)) {
    for codec in CODECS {
        let site = Site::new();
        let daemon = site.serve();
        let client = daemon.client_in(codec);
        run(&client, &client.keys());
    }
}

#[test]
fn taking_care_of_keys() {
    in_each(|_, keys| {
        let tag = |name: &str, value: &str| KeyTag { name: name.into(), value: value.into() };
        let new = NewKey { description: "orders".into(), tags: vec![tag("team", "a")], ..NewKey::symmetric() };
        let key = keys.create(new).unwrap();
        assert_eq!(
            (key.spec, key.usage, key.origin),
            (KeySpec::SymmetricDefault, KeyUsage::EncryptDecrypt, KeyOrigin::Internal)
        );
        assert!(key.own && !key.exportable && key.current.unwrap().version == 1 && key.state == KeyState::Enabled);
        assert_eq!(keys.describe(&key.id).unwrap(), key);
        let other = keys.create(NewKey::symmetric()).unwrap();
        let mut all = [key.id.clone(), other.id.clone()];
        let mut listed = keys.list_all().unwrap();
        all.sort();
        listed.sort();
        assert_eq!(listed, all);
        let page = keys.list(None, 1).unwrap();
        assert!(page.more && page.items.len() == 1);
        assert!(!keys.list(Some(&page.items[0]), 1).unwrap().more);

        keys.disable(&key.id).unwrap();
        assert_eq!(keys.describe(&key.id).unwrap().state, KeyState::Disabled);
        keys.enable(&key.id).unwrap();
        keys.update_description(&key.id, "invoices").unwrap();
        keys.tag(&key.id, &[("team", "b"), ("tier", "1")]).unwrap();
        assert_eq!(keys.tags(&key.id).unwrap(), [tag("team", "b"), tag("tier", "1")]);
        keys.untag(&key.id, &["tier"]).unwrap();
        assert_eq!(keys.tags(&key.id).unwrap(), [tag("team", "b")]);
        assert_eq!(keys.describe(&key.id).unwrap().description, "invoices");

        keys.create_alias("alias/a", &key.id).unwrap();
        keys.create_alias("alias/b", &other.id).unwrap();
        assert_eq!(keys.describe("alias/a").unwrap().id, key.id);
        keys.update_alias("alias/a", &other.id).unwrap();
        assert_eq!(keys.describe("alias/a").unwrap().id, other.id);
        assert_eq!(keys.all_aliases(None).unwrap().len(), 2);
        assert_eq!(keys.all_aliases(Some(&key.id)).unwrap(), []);
        let first = keys.aliases(None, None, 1).unwrap();
        assert!(first.more);
        assert!(!keys.aliases(None, Some(&first.items[0].alias), 1).unwrap().more);
        keys.delete_alias("alias/a").unwrap();

        let at = keys.schedule_deletion(&key.id, 7).unwrap();
        let doomed = keys.describe(&key.id).unwrap();
        assert_eq!((doomed.state, doomed.deletion_at), (KeyState::PendingDeletion, Some(at)));
        keys.cancel_deletion(&key.id).unwrap();
        assert_eq!(keys.describe(&key.id).unwrap().state, KeyState::Disabled);

        assert_eq!(keys.policy(&other.id).unwrap(), [PolicyStatement::OWNER]);
        keys.put_policy(&other.id, vec![PolicyStatement::OWNER]).unwrap();
    });
}

#[test]
fn using_symmetric_keys() {
    in_each(|_, keys| {
        let key = keys.create(NewKey::symmetric()).unwrap().id;
        keys.create_alias("alias/orders", &key).unwrap();
        let sealed = keys.encrypt("alias/orders", b"4111 1111", CONTEXT).unwrap();
        assert_eq!((sealed.key.as_str(), sealed.version), (key.as_str(), 1));
        let opened = keys.decrypt(&sealed.ciphertext, CONTEXT).unwrap();
        assert_eq!(
            (opened.plaintext.expose(), opened.key.as_str(), opened.version),
            (&b"4111 1111"[..], key.as_str(), 1)
        );
        let reversed: Vec<_> = CONTEXT.iter().rev().copied().collect();
        assert!(keys.decrypt_with(&Decrypt::new(&sealed.ciphertext, &reversed).under("alias/orders")).is_ok());

        assert_eq!(keys.rotate(&key).unwrap(), 2);
        let source = Decrypt::new(&sealed.ciphertext, CONTEXT);
        let moved = keys.re_encrypt(&ReEncrypt { context: &[("a", "b")], ..ReEncrypt::new(source, &key) }).unwrap();
        assert_eq!((moved.source_version, moved.sealed.version), (1, 2));
        assert_eq!(keys.decrypt(&moved.sealed.ciphertext, &[("a", "b")]).unwrap().plaintext.expose(), b"4111 1111");

        let data = keys.generate_data_key(&key, CONTEXT, 32).unwrap();
        assert_eq!(data.plaintext.expose().len(), 32);
        assert_eq!(keys.decrypt(&data.sealed.ciphertext, CONTEXT).unwrap().plaintext, data.plaintext);
        let unseen = keys.generate_data_key_without_plaintext(&key, &[], 1_024).unwrap();
        assert_eq!(keys.decrypt(&unseen.ciphertext, &[]).unwrap().plaintext.expose().len(), 1_024);
        let random = keys.generate_random(1_024).unwrap();
        assert!(random.expose().len() == 1_024 && random != keys.generate_random(1_024).unwrap());

        let census = keys.census(&key).unwrap();
        assert_eq!((census.versions.len(), census.aliases, census.grants), (2, 1, 0));
        assert!(census.versions[0].stored && census.versions[0].opened == 3 && census.versions[1].current);

        keys.enable_rotation(&key, 90).unwrap();
        let status = keys.rotation_status(&key).unwrap();
        assert!(status.period_days == Some(90) && status.next_at.is_some() && status.on_demand == 1);
        keys.disable_rotation(&key).unwrap();
        assert_eq!(keys.rotation_status(&key).unwrap().period_days, None);
        let rotations = keys.rotations(&key, Some(1), 10).unwrap();
        assert_eq!((rotations.items.len(), rotations.items[0].source), (1, MaterialSource::OnDemand));

        let exportable = keys.create(NewKey { exportable: true, ..NewKey::symmetric() }).unwrap();
        assert_eq!(keys.export(&exportable.id).unwrap().expose().len(), 32);
    });
}

#[test]
fn the_longest_plaintext() {
    for (codec, len) in [(Codec::Postcard, 1 << 20), (Codec::Json, (1 << 20) / 4 * 3)] {
        let site = Site::new();
        let daemon = site.serve();
        let keys = daemon.client_in(codec).keys();
        let key = keys.create(NewKey::symmetric()).unwrap().id;
        let (long, pairs) =
            (vec![0xa5; len], ["v".repeat(4_000), "w".repeat(4_000), "x".repeat(4_000), "y".repeat(4_000)]);
        let context: Vec<_> = ["a", "b", "c", "d"].into_iter().zip(pairs.iter().map(String::as_str)).collect();
        let sealed = keys.encrypt(&key, &long, &context).unwrap();
        let moved = keys.re_encrypt(&ReEncrypt::new(Decrypt::new(&sealed.ciphertext, &context), &key)).unwrap();
        let opened = keys.decrypt(&moved.sealed.ciphertext, &context).unwrap();
        assert!(opened.plaintext.expose() == long, "{codec:?}");
    }
}

#[test]
fn using_macs_and_pairs() {
    in_each(|_, keys| {
        let mac_key = keys.create(NewKey::new(KeySpec::Hmac256, KeyUsage::Mac)).unwrap().id;
        let mac = keys.generate_mac(&mac_key, b"message", MacAlgorithm::HmacSha256).unwrap();
        assert_eq!((mac.key.as_str(), mac.mac.expose().len()), (mac_key.as_str(), 32));
        let verified = keys.verify_mac(&mac_key, b"message", MacAlgorithm::HmacSha256, mac.mac.expose());
        assert_eq!(verified.unwrap(), mac_key);

        for (spec, algorithm) in [
            (KeySpec::Ed25519, SigningAlgorithm::Ed25519Sha512),
            (KeySpec::EccNistP256, SigningAlgorithm::EcdsaSha256),
            (KeySpec::Rsa2048, SigningAlgorithm::RsassaPssSha256),
        ] {
            let key = keys.create(NewKey::new(spec, KeyUsage::SignVerify)).unwrap().id;
            let signed = keys.sign(&key, Message::Raw(b"message"), algorithm).unwrap();
            assert_eq!(signed.key, key);
            let verified = keys.verify(&key, Message::Raw(b"message"), algorithm, &signed.signature);
            assert_eq!(verified.unwrap(), key, "{spec:?}");
            assert_eq!(keys.public_key(&key).unwrap().spec, spec);
        }

        let agree = || keys.create(NewKey::new(KeySpec::EccNistP256, KeyUsage::KeyAgreement)).unwrap().id;
        let (ours, theirs) = (agree(), agree());
        let spki = |key: &str| keys.public_key(key).unwrap().spki;
        let shared = keys.derive_shared_secret(&ours, &spki(&theirs)).unwrap();
        assert_eq!(shared, keys.derive_shared_secret(&theirs, &spki(&ours)).unwrap());
        assert_eq!(shared.expose().len(), 32);

        let rsa = keys.create(NewKey::new(KeySpec::Rsa2048, KeyUsage::EncryptDecrypt)).unwrap().id;
        let sealed = keys.encrypt_with(&rsa, b"short", Encryption::RsaesOaepSha256).unwrap();
        let what = Decrypt { algorithm: Encryption::RsaesOaepSha256, ..Decrypt::new(&sealed.ciphertext, &[]) };
        assert_eq!(keys.decrypt_with(&what.under(&rsa)).unwrap().plaintext.expose(), b"short");

        let key = keys.create(NewKey::symmetric()).unwrap().id;
        for spec in [KeySpec::EccNistP256, KeySpec::Rsa2048] {
            let pair = keys.generate_data_key_pair(&key, CONTEXT, spec).unwrap();
            assert!(!pair.public.is_empty());
            assert_eq!(keys.decrypt(&pair.sealed.ciphertext, CONTEXT).unwrap().plaintext, pair.private);
            let unseen = keys.generate_data_key_pair_without_plaintext(&key, CONTEXT, spec).unwrap();
            assert!(keys.decrypt(&unseen.sealed.ciphertext, CONTEXT).is_ok() && unseen.public != pair.public);
        }
    });
}

#[test]
fn importing_material() {
    in_each(|_, keys| {
        let new = NewKey { origin: KeyOrigin::External, exportable: true, ..NewKey::symmetric() };
        let key = keys.create(new).unwrap();
        assert!(key.state == KeyState::PendingImport && key.current.is_none());
        let parameters = keys.parameters_for_import(&key.id, Wrapping::RsaesOaepSha256, KeySpec::Rsa2048).unwrap();
        assert_eq!(parameters.key, key.id);
        let wrapped = wrap(&parameters.public, &[7; 32]);
        let expires_at = Some(parameters.valid_until + 1_000_000_000);
        keys.import_material(&key.id, &parameters.token, &wrapped, expires_at).unwrap();
        let there = keys.describe(&key.id).unwrap();
        assert_eq!((there.state, there.expires_at), (KeyState::Enabled, expires_at));
        assert_eq!(keys.export(&key.id).unwrap().expose(), [7; 32]);
        let sealed = keys.encrypt(&key.id, b"x", &[]).unwrap();
        assert!(!keys.delete_imported_material(&key.id).unwrap());
        assert_eq!(keys.describe(&key.id).unwrap().state, KeyState::PendingImport);
        keys.import_material(&key.id, &parameters.token, &wrapped, None).unwrap();
        assert_eq!(keys.decrypt(&sealed.ciphertext, &[]).unwrap().plaintext.expose(), b"x");
    });
}

#[test]
fn granting() {
    in_each(|client, keys| {
        let me = client.whoami().unwrap();
        let key = keys.create(NewKey::symmetric()).unwrap().id;
        let pair = |key: &str, value: &str| vault_client::ContextPair { key: key.into(), value: value.into() };
        let new = NewGrant {
            retiring: Some(me.user.clone()),
            constraint: Some(GrantConstraint::Subset(vec![pair("tenant", "blue"), pair("a", "b")])),
            name: Some("batch".into()),
            ..NewGrant::new(&key, "ext:alice", vec![GrantOperation::Decrypt, GrantOperation::RetireGrant])
        };
        let id = keys.create_grant(new.clone()).unwrap();
        assert_eq!(keys.create_grant(new).unwrap(), id, "the same under its name");
        let granted = keys.all_grants(&key).unwrap();
        assert_eq!((granted.len(), granted[0].id, granted[0].grantee.user.as_str()), (1, id, "ext:alice"));
        assert_eq!(granted[0].operations, [GrantOperation::Decrypt, GrantOperation::RetireGrant]);
        assert_eq!(granted[0].retiring.as_ref().unwrap().login, me.login);
        // In the one order a context has.
        let subset = GrantConstraint::Subset(vec![pair("a", "b"), pair("tenant", "blue")]);
        assert_eq!(granted[0].constraint, Some(subset));
        assert_eq!(keys.retirable_grants(None, 10).unwrap().items, granted);
        assert_eq!(keys.retirable_grants(granted.first(), 10).unwrap().items, []);
        keys.retire_grant(&key, &id).unwrap();
        let id = keys.create_grant(NewGrant::new(&key, "ext:bob", vec![GrantOperation::Encrypt])).unwrap();
        keys.revoke_grant(&key, &id).unwrap();
        assert_eq!(keys.all_grants(&key).unwrap(), []);
    });
}

/// Each grant may hold 16 KiB of context, so a full page would be many frames.
#[test]
fn a_page_of_grants_is_what_fits_a_frame() {
    in_each(|_, keys| {
        let key = keys.create(NewKey::symmetric()).unwrap().id;
        for n in 0..100 {
            let value = format!("{n}{}", "\u{1}".repeat(16_000));
            let pairs = vec![vault_client::ContextPair { key: "k".into(), value }];
            let new = NewGrant::new(&key, "ext:alice", vec![GrantOperation::Decrypt]);
            keys.create_grant(NewGrant { constraint: Some(GrantConstraint::Equals(pairs)), ..new }).unwrap();
        }
        let page = keys.grants(&key, None, 1_000).unwrap();
        assert!(page.more && page.items.len() >= 5, "{}", page.items.len());
        let numbers: Vec<_> = keys.all_grants(&key).unwrap().iter().map(|grant| grant.number).collect();
        assert_eq!(numbers, (1..=100).collect::<Vec<_>>());
    });
}

#[test]
fn the_asynchronous_client_does_the_same() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for codec in CODECS {
        let site = Site::new();
        let daemon = site.serve();
        runtime.block_on(async {
            let client = vault_client::Client::connect(options(daemon.socket()).codec(codec)).await.unwrap();
            let keys = client.keys();
            let key = keys.create(NewKey::symmetric()).await.unwrap().id;
            let sealed = keys.encrypt(&key, b"x", CONTEXT).await.unwrap();
            // One after the other on one connection, and one that takes long beside them.
            let pair = keys.generate_data_key_pair(&key, &[], KeySpec::Rsa2048);
            let (opened, pair) = tokio::join!(keys.decrypt(&sealed.ciphertext, CONTEXT), pair);
            assert_eq!(opened.unwrap().plaintext.expose(), b"x");
            assert!(!pair.unwrap().public.is_empty());
            assert_eq!(keys.list_all().await.unwrap(), [key]);
        });
    }
}

fn wrap(public: &[u8], material: &[u8]) -> Vec<u8> {
    let key = OaepPublicEncryptingKey::new(PublicEncryptingKey::from_der(public).unwrap()).unwrap();
    let mut wrapped = vec![0; key.ciphertext_size()];
    key.encrypt(&OAEP_SHA256_MGF1SHA256, material, &mut wrapped, None).unwrap().to_vec()
}
