//! What keys handle is nowhere but where it was asked for: plaintexts, messages,
//! data keys, exported material.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use vault_client::{
    Codec, Decrypt, KeyOrigin, KeySpec, KeyUsage, MacAlgorithm, Message, NewKey, ReEncrypt, SigningAlgorithm,
};
use vault_tests::canary::Canary;
use vault_tests::privileges::is_root;
use vault_tests::residue::{Value, settled};
use vault_tests::{Daemon, Site, needs};

const CONTEXT: &[(&str, &str)] = &[("tenant", "blue")];

#[test]
fn no_plaintext_and_no_message_stays_in_the_daemon_or_in_a_file() {
    needs!(is_root(), "needs root to read another process's memory");
    let site = Site::new();
    let daemon = site.serve();
    let mut values = Vec::new();
    for codec in [Codec::Postcard, Codec::Json] {
        for len in [64, 60_000] {
            let value = Value::new(len);
            let keys = daemon.client_in(codec).keys();
            let gone = |after: &str| value.assert_gone(daemon.pid(), &format!("{after}, {codec:?}, {len}"));
            let key = keys.create(NewKey::symmetric()).unwrap().id;
            let sealed = keys.encrypt(&key, value.bytes(), CONTEXT).unwrap().ciphertext;
            gone("encrypt");
            assert_eq!(keys.decrypt(&sealed, CONTEXT).unwrap().plaintext.expose(), value.bytes());
            gone("decrypt");
            keys.decrypt(&sealed, &[]).unwrap_err();
            gone("decrypt, refused");
            keys.re_encrypt(&ReEncrypt::new(Decrypt::new(&sealed, CONTEXT), &key)).unwrap();
            gone("re-encrypt");
            keys.encrypt("alias/none", value.bytes(), CONTEXT).unwrap_err();
            gone("encrypt, refused");
            keys.clone().dry_run(true).encrypt(&key, value.bytes(), CONTEXT).unwrap_err();
            gone("encrypt, tried");
            let mac = keys.create(NewKey::new(KeySpec::Hmac256, KeyUsage::Mac)).unwrap().id;
            keys.generate_mac(&mac, value.bytes(), MacAlgorithm::HmacSha256).unwrap();
            keys.verify_mac(&mac, value.bytes(), MacAlgorithm::HmacSha256, b"no").unwrap_err();
            gone("MACs");
            for (spec, algorithm) in [
                (KeySpec::Ed25519, SigningAlgorithm::Ed25519Sha512),
                (KeySpec::Rsa2048, SigningAlgorithm::RsassaPkcs1Sha256),
            ] {
                let pair = keys.create(NewKey::new(spec, KeyUsage::SignVerify)).unwrap().id;
                let signed = keys.sign(&pair, Message::Raw(value.bytes()), algorithm).unwrap();
                gone(&format!("a signature, {spec:?}"));
                keys.verify(&pair, Message::Raw(value.bytes()), algorithm, &signed.signature).unwrap();
                gone(&format!("its verification, {spec:?}"));
            }
            values.push(value);
        }
    }
    drop(daemon);
    for value in &values {
        value.forms().into_iter().for_each(|form| form.assert_in_no_file(site.data()));
    }
}

#[test]
fn no_key_that_was_handed_out_stays_in_the_daemon() {
    needs!(is_root(), "needs root to read another process's memory");
    let site = Site::new();
    let daemon = site.serve();
    for codec in [Codec::Postcard, Codec::Json] {
        let keys = daemon.client_in(codec).keys();
        let key = keys.create(NewKey::symmetric()).unwrap().id;
        let data = keys.generate_data_key(&key, CONTEXT, 64).unwrap();
        gone(&daemon, "data key", data.plaintext.expose());
        let pair = keys.generate_data_key_pair(&key, CONTEXT, KeySpec::EccNistP256).unwrap();
        // PKCS#8 begins with what is the same in all of them.
        gone(&daemon, "data key pair", &pair.private.expose()[36..68]);
        gone(&daemon, "random bytes", keys.generate_random(64).unwrap().expose());
        let agree = || keys.create(NewKey::new(KeySpec::EccNistP256, KeyUsage::KeyAgreement)).unwrap().id;
        let (ours, theirs) = (agree(), keys.public_key(&agree()).unwrap().spki);
        gone(&daemon, "shared secret", keys.derive_shared_secret(&ours, &theirs).unwrap().expose());
    }
}

#[test]
fn exported_material_stays_where_keys_are_and_nowhere_else() {
    let site = Site::new();
    let daemon = site.serve();
    let keys = daemon.client().keys();
    let key = keys.create(NewKey { exportable: true, origin: KeyOrigin::Internal, ..NewKey::symmetric() }).unwrap().id;
    keys.encrypt(&key, b"x", &[]).unwrap();
    let material = keys.export(&key).unwrap();
    daemon.terminate();
    for form in forms(material.expose()) {
        form.assert_in_no_file(site.data());
    }
}

#[test]
fn no_key_stays_in_the_daemon_when_it_is_sealed() {
    needs!(is_root(), "needs root to read another process's memory");
    let site = Site::new();
    let daemon = site.serve();
    let vault = daemon.client();
    let keys = vault.keys();
    let make = |spec, usage| keys.create(NewKey { exportable: true, ..NewKey::new(spec, usage) }).unwrap().id;
    let symmetric = make(KeySpec::SymmetricDefault, KeyUsage::EncryptDecrypt);
    let mac = make(KeySpec::Hmac512, KeyUsage::Mac);
    let pairs = [
        (KeySpec::Ed25519, SigningAlgorithm::Ed25519Sha512),
        (KeySpec::EccNistP256, SigningAlgorithm::EcdsaSha256),
        (KeySpec::Rsa2048, SigningAlgorithm::RsassaPssSha256),
    ]
    .map(|(spec, algorithm)| (make(spec, KeyUsage::SignVerify), algorithm));
    for _ in 0..3 {
        let sealed = keys.encrypt(&symmetric, b"x", CONTEXT).unwrap().ciphertext;
        keys.decrypt(&sealed, CONTEXT).unwrap();
        keys.generate_mac(&mac, b"x", MacAlgorithm::HmacSha512).unwrap();
        for (pair, algorithm) in &pairs {
            keys.sign(pair, Message::Raw(b"x"), *algorithm).unwrap();
        }
    }
    let export = |key: &str| keys.export(key).unwrap();
    // PKCS#8 begins with what is the same in all keys, and with the public half of RSA's.
    let private = [(16, 48), (36, 68), (310, 540)];
    let mut secrets = [export(&symmetric).expose(), export(&mac).expose()].concat();
    for ((pair, _), (from, to)) in pairs.iter().zip(private) {
        let mut secret = export(pair).expose()[from..to].to_vec();
        secrets.extend_from_slice(&secret);
        // As numbers lie in memory: the lowest byte first.
        secret.reverse();
        secrets.extend_from_slice(&secret);
    }
    // One search for the pieces of all.
    let canary = Canary::of(&secrets);
    let open: usize = canary.search_memory(daemon.pid()).iter().map(|(_, found)| found.fragments).sum();
    assert!(open > secrets.len() / 4, "or the search would prove nothing: {open}");
    vault.seal().unwrap();
    let found = settled(&canary, daemon.pid());
    assert!(found.is_empty(), "{found:?}");
}

/// None of the forms of it is left, a second later.
fn gone(daemon: &Daemon, what: &str, secret: &[u8]) {
    for form in forms(secret) {
        let found = settled(&form, daemon.pid());
        assert!(found.is_empty(), "{what}: {found:?}");
    }
}

/// As it is, and as it stands in JSON.
fn forms(secret: &[u8]) -> [Canary; 2] {
    [Canary::of(secret), Canary::of(STANDARD.encode(secret).as_bytes())]
}
