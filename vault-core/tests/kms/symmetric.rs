//! Encrypting with the default key.

use vault_core::kms::{KeySpec, KeyState, KeyUsage, NewDataKey, ReEncrypt};
use vault_core::limits;

use super::*;

#[test]
fn what_is_encrypted_comes_back_whatever_its_length() {
    let (_machine, vault) = open();
    let alice = alice();
    let kms = vault.caller(&alice).kms();
    let key = KeyRef::Id(symmetric(&kms));
    let none = context(&[]);
    for len in [0, 1, 32, 4_096, 65_537, limits::KMS_PLAINTEXT_MAX] {
        let plaintext: Vec<u8> = (0..len).map(|n| n as u8).collect();
        let ciphertext = encrypt(&kms, &key, &plaintext, &none);
        assert_eq!(ciphertext.len(), len + 101, "prefix 28, nonce 24, commitment 32, record version 1, tag 16");
        assert_eq!(decrypt(&kms, &ciphertext, &none).unwrap(), plaintext);
    }
    let too_long = vec![0; limits::KMS_PLAINTEXT_MAX + 1];
    let request = Encrypt { key: &key, plaintext: &too_long, context: &none, algorithm: SYMMETRIC };
    let refused = kms.encrypt(&request);
    assert!(matches!(refused, Err(KmsError::TooLarge { len, max, .. }) if len == max + 1));
}

#[test]
fn a_ciphertext_names_its_key_and_version() {
    let (_machine, vault) = open();
    let alice = alice();
    let kms = vault.caller(&alice).kms();
    let id = symmetric(&kms);
    let key = KeyRef::Id(id);
    let none = context(&[]);
    let first = encrypt(&kms, &key, b"one", &none);
    assert_eq!(kms.rotate_key(&key).unwrap(), 2);
    let second = encrypt(&kms, &key, b"two", &none);
    for (ciphertext, version, plaintext) in [(&first, 1, b"one"), (&second, 2, b"two")] {
        assert_eq!(&ciphertext[..8], b"VLT1\x01\x01\x03\x00");
        assert_eq!(ciphertext[8..12], u32::to_be_bytes(version));
        assert_eq!(&ciphertext[12..28], id.as_bytes());
        let opened = kms.decrypt(&Decrypt { key: None, ciphertext, context: &none, algorithm: SYMMETRIC }).unwrap();
        assert_eq!((opened.key, opened.version, opened.plaintext.expose()), (id, version, &plaintext[..]));
    }
}

/// One error for a wrong context, key, version or bit, wherever the bit is.
#[test]
fn every_changed_byte_and_every_truncation_is_one_error() {
    let (_machine, vault) = open();
    let alice = alice();
    let kms = vault.caller(&alice).kms();
    let key = KeyRef::Id(symmetric(&kms));
    let none = context(&[]);
    kms.rotate_key(&key).unwrap();
    let ciphertext = encrypt(&kms, &key, b"payload", &none);
    for at in 0..ciphertext.len() {
        for bit in 0..8 {
            let mut changed = ciphertext.clone();
            changed[at] ^= 1 << bit;
            let opened = decrypt(&kms, &changed, &none);
            assert!(matches!(opened, Err(KmsError::InvalidCiphertext)), "byte {at} bit {bit}: {opened:?}");
        }
    }
    for len in 0..ciphertext.len() {
        assert!(matches!(decrypt(&kms, &ciphertext[..len], &none), Err(KmsError::InvalidCiphertext)), "{len}");
    }
    let longer = [&ciphertext[..], &[0]].concat();
    assert!(matches!(decrypt(&kms, &longer, &none), Err(KmsError::InvalidCiphertext)));
    assert!(matches!(decrypt(&kms, b"", &none), Err(KmsError::InvalidCiphertext)));
}

#[test]
fn naming_another_key_is_told_apart() {
    let (_machine, vault) = open();
    let alice = alice();
    let kms = vault.caller(&alice).kms();
    let (one, other) = (KeyRef::Id(symmetric(&kms)), KeyRef::Id(symmetric(&kms)));
    let none = context(&[]);
    let ciphertext = &encrypt(&kms, &one, b"payload", &none)[..];
    let with = |key| kms.decrypt(&Decrypt { key: Some(key), ciphertext, context: &none, algorithm: SYMMETRIC });
    assert_eq!(with(&one).unwrap().plaintext.expose(), b"payload");
    assert!(matches!(with(&other), Err(KmsError::IncorrectKey)));
    let nobody = KeyRef::Id(KeyId::from_bytes([9; 16]));
    assert!(matches!(with(&nobody), Err(KmsError::NotFound { what: "key" })));
    // The id put over another's ciphertext is a forgery, not a wrong name.
    let mut forged = ciphertext.to_vec();
    let KeyRef::Id(id) = &other else { unreachable!() };
    forged[12..28].copy_from_slice(id.as_bytes());
    assert!(matches!(decrypt(&kms, &forged, &none), Err(KmsError::InvalidCiphertext)));
}

#[test]
fn no_ciphertext_is_made_twice() {
    let (_machine, vault) = open();
    let alice = alice();
    let kms = vault.caller(&alice).kms();
    let key = KeyRef::Id(symmetric(&kms));
    let none = context(&[]);
    assert_ne!(encrypt(&kms, &key, b"same", &none), encrypt(&kms, &key, b"same", &none));
}

#[test]
fn re_encrypting_changes_key_version_and_context_and_shows_nothing() {
    let (_machine, vault) = open();
    let alice = alice();
    let kms = vault.caller(&alice).kms();
    let (old, new) = (symmetric(&kms), symmetric(&kms));
    let (before, after) = (context(&[("v", "1")]), context(&[("v", "2")]));
    let ciphertext = &encrypt(&kms, &KeyRef::Id(old), b"payload", &before)[..];
    kms.rotate_key(&KeyRef::Id(old)).unwrap();
    let re_encrypt = |key: KeyId, with: &CallerContext| {
        let source = Decrypt { key: None, ciphertext, context: with, algorithm: SYMMETRIC };
        kms.re_encrypt(&ReEncrypt { source, key: &KeyRef::Id(key), context: &after, algorithm: SYMMETRIC })
    };
    let moved = re_encrypt(new, &before).unwrap();
    assert_eq!((moved.source, moved.source_version, moved.sealed.key, moved.sealed.version), (old, 1, new, 1));
    assert!(!format!("{moved:?}").contains("payload"));
    assert_eq!(decrypt(&kms, &moved.sealed.ciphertext, &after).unwrap(), b"payload");
    let renewed = re_encrypt(old, &before).unwrap();
    assert_eq!((renewed.source_version, renewed.sealed.version), (1, 2), "the same key: its newest version");
    assert!(matches!(re_encrypt(new, &after), Err(KmsError::InvalidCiphertext)));
}

#[test]
fn data_keys_with_and_without_their_plaintext() {
    let (_machine, vault) = open();
    let alice = alice();
    let kms = vault.caller(&alice).kms();
    let key = KeyRef::Id(symmetric(&kms));
    let context = context(&[("file", "a")]);
    for len in [1, 16, 32, 1_024] {
        let request = NewDataKey { key: &key, context: &context, len };
        let made = kms.generate_data_key(&request).unwrap();
        assert_eq!(made.plaintext.expose().len(), len);
        assert_eq!(decrypt(&kms, &made.sealed.ciphertext, &context).unwrap(), made.plaintext.expose());
        let sealed = kms.generate_data_key_without_plaintext(&request).unwrap();
        let opened = decrypt(&kms, &sealed.ciphertext, &context).unwrap();
        assert_eq!(opened.len(), len);
        assert!(len < 16 || opened != made.plaintext.expose(), "each is its own");
    }
    for (len, expected) in [(0, "Invalid"), (1_025, "TooLarge")] {
        assert_eq!(word(kms.generate_data_key(&NewDataKey { key: &key, context: &context, len })), expected);
        assert_eq!(word(kms.generate_random(len)), expected);
    }
    assert_ne!(kms.generate_random(32).unwrap().expose(), kms.generate_random(32).unwrap().expose());
}

#[test]
fn a_key_does_what_it_is_for_and_nothing_else() {
    let (_machine, vault) = open();
    let alice = alice();
    let kms = vault.caller(&alice).kms();
    let mac = kms.create_key(&NewKey::new(KeySpec::Hmac256, KeyUsage::Mac)).unwrap().id;
    let none = context(&[]);
    let request = Encrypt { key: &mac.into(), plaintext: b"x", context: &none, algorithm: SYMMETRIC };
    assert!(matches!(kms.encrypt(&request), Err(KmsError::WrongUsage { usage: KeyUsage::Mac })));
    let refused = kms.create_key(&NewKey::new(KeySpec::SymmetricDefault, KeyUsage::SignVerify));
    assert!(matches!(refused, Err(KmsError::Invalid { field: "usage", .. })));
    let other = EncryptionAlgorithm::RsaesOaepSha256;
    let key = KeyRef::Id(symmetric(&kms));
    let request = Encrypt { key: &key, plaintext: b"x", context: &none, algorithm: other };
    assert!(matches!(kms.encrypt(&request), Err(KmsError::WrongUsage { .. })));
    // A message of a symmetric key, its id replaced by that of a MAC key.
    let mut forged = encrypt(&kms, &key, b"x", &none);
    forged[12..28].copy_from_slice(mac.as_bytes());
    assert!(matches!(decrypt(&kms, &forged, &none), Err(KmsError::InvalidCiphertext)));
}

#[test]
fn a_dry_run_says_what_would_be_and_does_nothing() {
    let (_machine, vault) = open();
    let alice = alice();
    let kms = vault.caller(&alice).kms();
    let key = KeyRef::Id(symmetric(&kms));
    let dry = kms.dry_run(true);
    let none = context(&[]);
    let request = Encrypt { key: &key, plaintext: b"x", context: &none, algorithm: SYMMETRIC };
    assert!(matches!(dry.encrypt(&request), Err(KmsError::DryRun)));
    // Last of all: what is wrong is told first.
    assert!(matches!(decrypt(&dry, b"nonsense", &none), Err(KmsError::InvalidCiphertext)));
    let sequence = vault.stamp().unwrap().sequence;
    assert!(matches!(dry.disable_key(&key), Err(KmsError::DryRun)));
    assert!(matches!(dry.create_key(&NewKey::symmetric()), Err(KmsError::DryRun)));
    assert_eq!(vault.stamp().unwrap().sequence, sequence, "nothing was written");
    assert_eq!(kms.describe_key(&key).unwrap().state, KeyState::Enabled);
    assert_eq!(kms.list_keys(None, 10).unwrap().items.len(), 1);
    kms.disable_key(&key).unwrap();
    assert!(matches!(dry.encrypt(&request), Err(KmsError::Disabled)));
}
