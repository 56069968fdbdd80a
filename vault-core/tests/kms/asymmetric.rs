//! Key pairs: signatures, RSA encryption, agreement.

use vault_core::kms::{
    KeySpec, KeyUsage, Message, NewDataKeyPair, NewSignature, Operation, ReEncrypt, SigningAlgorithm,
};

use super::grants::new;
use super::*;

pub(crate) const SIGNING: [KeySpec; 8] = [
    KeySpec::Ed25519,
    KeySpec::EccNistP256,
    KeySpec::EccNistP384,
    KeySpec::EccNistP521,
    KeySpec::EccSecgP256k1,
    KeySpec::Rsa2048,
    KeySpec::Rsa3072,
    KeySpec::Rsa4096,
];
pub(crate) const OAEP: [(EncryptionAlgorithm, usize); 2] =
    [(EncryptionAlgorithm::RsaesOaepSha1, 20), (EncryptionAlgorithm::RsaesOaepSha256, 32)];

pub(crate) fn make(kms: &Kms<'_>, spec: KeySpec, usage: KeyUsage) -> KeyRef {
    KeyRef::Id(kms.create_key(&NewKey { exportable: true, ..NewKey::new(spec, usage) }).unwrap().id)
}

#[test]
fn signatures_of_every_algorithm_of_messages_and_of_digests() {
    let (_machine, vault) = open();
    let alice = alice();
    let kms = vault.caller(&alice).kms();
    for spec in SIGNING {
        let (key, other) = (make(&kms, spec, KeyUsage::SignVerify), make(&kms, KeySpec::Ed25519, KeyUsage::SignVerify));
        for algorithm in spec.signing_algorithms() {
            let raw = |key, message| NewSignature { key, message: Message::Raw(message), algorithm: *algorithm };
            let signature = kms.sign(&raw(&key, b"message")).unwrap().signature;
            kms.verify(&raw(&key, b"message"), &signature).unwrap();
            let invalid = |request: &NewSignature<'_>, signature: &[u8]| {
                assert!(matches!(kms.verify(request, signature), Err(KmsError::InvalidSignature)), "{algorithm:?}");
            };
            invalid(&raw(&key, b"messagf"), &signature);
            invalid(&raw(&key, b"message"), &signature[1..]);
            invalid(&raw(&key, b"message"), b"");
            for at in [0, signature.len() / 2, signature.len() - 1] {
                let mut changed = signature.clone();
                changed[at] ^= 1;
                invalid(&raw(&key, b"message"), &changed);
            }
            let wrong = kms.verify(&raw(&other, b"message"), &signature);
            match spec {
                KeySpec::Ed25519 => assert!(matches!(wrong, Err(KmsError::InvalidSignature))),
                _ => assert!(matches!(wrong, Err(KmsError::WrongUsage { .. }))),
            }
            let Some(len) = algorithm.digest_len() else {
                let digest = NewSignature { key: &key, message: Message::Digest(&[1; 64]), algorithm: *algorithm };
                assert!(matches!(kms.sign(&digest), Err(KmsError::Unsupported { .. })));
                continue;
            };
            let hash = match len {
                32 => &aws_lc_rs::digest::SHA256,
                48 => &aws_lc_rs::digest::SHA384,
                _ => &aws_lc_rs::digest::SHA512,
            };
            let digest = aws_lc_rs::digest::digest(hash, b"message");
            let sevens = [7; 65];
            let of = |digest| NewSignature { key: &key, message: Message::Digest(digest), algorithm: *algorithm };
            // Either way of saying the same: each verifies the other's.
            kms.verify(&of(digest.as_ref()), &signature).unwrap();
            let signature = kms.sign(&of(digest.as_ref())).unwrap().signature;
            kms.verify(&raw(&key, b"message"), &signature).unwrap();
            invalid(&of(&sevens[..len]), &signature);
            for other in [0, 20, len - 1, len + 1] {
                assert!(matches!(kms.sign(&of(&sevens[..other])), Err(KmsError::Invalid { field: "digest", .. })));
            }
        }
    }
}

#[test]
fn an_algorithm_that_is_not_the_keys_is_refused() {
    let (_machine, vault) = open();
    let alice = alice();
    let kms = vault.caller(&alice).kms();
    let key = make(&kms, KeySpec::EccNistP256, KeyUsage::SignVerify);
    for algorithm in [SigningAlgorithm::EcdsaSha384, SigningAlgorithm::RsassaPssSha256, SigningAlgorithm::Ed25519Sha512]
    {
        let request = NewSignature { key: &key, message: Message::Raw(b""), algorithm };
        assert!(matches!(kms.sign(&request), Err(KmsError::WrongUsage { usage: KeyUsage::SignVerify })));
    }
    let agreement = make(&kms, KeySpec::EccNistP256, KeyUsage::KeyAgreement);
    let request =
        NewSignature { key: &agreement, message: Message::Raw(b""), algorithm: SigningAlgorithm::EcdsaSha256 };
    assert!(matches!(kms.sign(&request), Err(KmsError::WrongUsage { usage: KeyUsage::KeyAgreement })));
    assert!(matches!(kms.rotate_key(&key), Err(KmsError::Unsupported { .. })));
    assert!(matches!(kms.enable_key_rotation(&key, 90), Err(KmsError::Unsupported { .. })));
    for spec in [KeySpec::Ed25519, KeySpec::EccSecgP256k1, KeySpec::Rsa2048] {
        assert!(matches!(kms.create_key(&NewKey::new(spec, KeyUsage::KeyAgreement)), Err(KmsError::Invalid { .. })));
    }
}

#[test]
fn rsa_encryption_up_to_its_longest_plaintext() {
    let (_machine, vault) = open();
    let alice = alice();
    let kms = vault.caller(&alice).kms();
    let none = context(&[]);
    for spec in [KeySpec::Rsa2048, KeySpec::Rsa3072, KeySpec::Rsa4096] {
        let key = make(&kms, spec, KeyUsage::EncryptDecrypt);
        for (algorithm, hash) in OAEP {
            let max = spec.modulus_len().unwrap() - 2 * hash - 2;
            for len in [0, 1, max] {
                let plaintext = vec![7; len];
                let request = Encrypt { key: &key, plaintext: &plaintext, context: &none, algorithm };
                let ciphertext = kms.encrypt(&request).unwrap().ciphertext;
                assert_eq!(ciphertext.len(), spec.modulus_len().unwrap());
                let with =
                    |key, ciphertext, algorithm| kms.decrypt(&Decrypt { key, ciphertext, context: &none, algorithm });
                assert_eq!(with(Some(&key), &ciphertext, algorithm).unwrap().plaintext.expose(), plaintext);
                let mut changed = ciphertext.clone();
                changed[9] ^= 1;
                assert!(matches!(with(Some(&key), &changed, algorithm), Err(KmsError::InvalidCiphertext)));
                assert!(matches!(with(Some(&key), &ciphertext[1..], algorithm), Err(KmsError::InvalidCiphertext)));
                assert!(matches!(with(None, &ciphertext, algorithm), Err(KmsError::Invalid { field: "key", .. })));
                let other = OAEP.into_iter().find(|(other, _)| *other != algorithm).unwrap().0;
                assert!(matches!(with(Some(&key), &ciphertext, other), Err(KmsError::InvalidCiphertext)));
            }
            let too_long = vec![7; max + 1];
            let refused = kms.encrypt(&Encrypt { key: &key, plaintext: &too_long, context: &none, algorithm });
            assert!(matches!(refused, Err(KmsError::TooLarge { max: said, .. }) if said == max));
        }
        let context = context(&[("a", "b")]);
        let algorithm = EncryptionAlgorithm::RsaesOaepSha256;
        let refused = kms.encrypt(&Encrypt { key: &key, plaintext: b"", context: &context, algorithm });
        assert!(matches!(refused, Err(KmsError::Invalid { field: "context", .. })), "it would not be authenticated");
    }
}

#[test]
fn re_encrypting_between_rsa_and_symmetric() {
    let (_machine, vault) = open();
    let alice = alice();
    let kms = vault.caller(&alice).kms();
    let none = &context(&[]);
    let rsa = make(&kms, KeySpec::Rsa2048, KeyUsage::EncryptDecrypt);
    let symmetric = KeyRef::Id(symmetric(&kms));
    let oaep = EncryptionAlgorithm::RsaesOaepSha256;
    let ciphertext = kms.encrypt(&Encrypt { key: &rsa, plaintext: b"x", context: none, algorithm: oaep }).unwrap();
    let source = Decrypt { key: Some(&rsa), ciphertext: &ciphertext.ciphertext, context: none, algorithm: oaep };
    let request = ReEncrypt { source, key: &symmetric, context: none, algorithm: SYMMETRIC };
    let there = kms.re_encrypt(&request).unwrap().sealed.ciphertext;
    assert_eq!(decrypt(&kms, &there, none).unwrap(), b"x");
    let source = Decrypt { key: None, ciphertext: &there, context: none, algorithm: SYMMETRIC };
    let back = kms.re_encrypt(&ReEncrypt { source, key: &rsa, context: none, algorithm: oaep }).unwrap();
    let ciphertext = &back.sealed.ciphertext;
    let opened = kms.decrypt(&Decrypt { key: Some(&rsa), ciphertext, context: none, algorithm: oaep }).unwrap();
    assert_eq!(opened.plaintext.expose(), b"x");
}

#[test]
fn two_parties_derive_the_same_secret() {
    let (_machine, vault) = open();
    let (alice, bob) = (alice(), bob());
    let (hers, his) = (vault.caller(&alice).kms(), vault.caller(&bob).kms());
    for (spec, len) in [(KeySpec::EccNistP256, 32), (KeySpec::EccNistP384, 48), (KeySpec::EccNistP521, 66)] {
        let (one, other) = (make(&hers, spec, KeyUsage::KeyAgreement), make(&his, spec, KeyUsage::KeyAgreement));
        let (public_one, public_other) = (hers.public_key(&one).unwrap().spki, his.public_key(&other).unwrap().spki);
        let secret = hers.derive_shared_secret(&one, &public_other).unwrap();
        assert_eq!(secret.expose().len(), len);
        assert_eq!(secret.expose(), his.derive_shared_secret(&other, &public_one).unwrap().expose());
        for wrong in [&public_other[1..], b"", &[4; 65], &public_other[..public_other.len() - 1]] {
            let refused = hers.derive_shared_secret(&one, wrong);
            assert!(matches!(refused, Err(KmsError::Invalid { field: "public key", .. })), "{wrong:?}");
        }
        let elsewhere = if spec == KeySpec::EccNistP256 { KeySpec::EccNistP384 } else { KeySpec::EccNistP256 };
        let elsewhere = make(&hers, elsewhere, KeyUsage::KeyAgreement);
        let elsewhere = hers.public_key(&elsewhere).unwrap().spki;
        assert!(matches!(hers.derive_shared_secret(&one, &elsewhere), Err(KmsError::Invalid { .. })), "another curve");
    }
}

#[test]
fn public_keys_are_shown_of_pairs_only() {
    let (_machine, vault) = open();
    let alice = alice();
    let kms = vault.caller(&alice).kms();
    for spec in KeySpec::ALL {
        for usage in KeyUsage::ALL.into_iter().filter(|usage| spec.allows(*usage)) {
            if spec == KeySpec::Rsa4096 && usage == KeyUsage::EncryptDecrypt {
                continue;
            }
            let key = make(&kms, spec, usage);
            match kms.public_key(&key) {
                Ok(shown) => {
                    assert!(spec.is_asymmetric());
                    assert_eq!((shown.spec, shown.usage, shown.spki[0]), (spec, usage, 0x30));
                    assert_eq!(kms.public_key(&key).unwrap(), shown);
                }
                Err(error) => {
                    assert!(
                        matches!(error, KmsError::Unsupported { .. }) && !spec.is_asymmetric(),
                        "{spec:?}: {error}"
                    );
                }
            }
        }
    }
}

#[test]
fn data_key_pairs_with_and_without_their_private_half() {
    let (_machine, vault) = open();
    let alice = alice();
    let kms = vault.caller(&alice).kms();
    let key = KeyRef::Id(symmetric(&kms));
    let context = context(&[("device", "7")]);
    for spec in KeySpec::ALL.into_iter().filter(|spec| *spec != KeySpec::Rsa4096) {
        let request = NewDataKeyPair { key: &key, context: &context, spec };
        if !spec.is_asymmetric() {
            assert!(matches!(kms.generate_data_key_pair(&request), Err(KmsError::Invalid { field: "spec", .. })));
            continue;
        }
        let made = kms.generate_data_key_pair(&request).unwrap();
        assert_eq!(decrypt(&kms, &made.pair.sealed.ciphertext, &context).unwrap(), made.private.expose());
        let sealed = kms.generate_data_key_pair_without_plaintext(&request).unwrap();
        assert_ne!(sealed.public, made.pair.public);
        assert_eq!(decrypt(&kms, &sealed.sealed.ciphertext, &context).unwrap()[0], 0x30);
    }
    let rsa = make(&kms, KeySpec::Rsa2048, KeyUsage::EncryptDecrypt);
    let refused = kms.generate_data_key_pair(&NewDataKeyPair { key: &rsa, context: &context, spec: KeySpec::Ed25519 });
    assert!(matches!(refused, Err(KmsError::WrongUsage { .. })));
}

#[test]
fn pairs_survive_a_restart_and_can_be_granted() {
    let (machine, vault) = open();
    let (alice, bob) = (alice(), bob());
    let kms = vault.caller(&alice).kms();
    let mut made = Vec::new();
    for spec in [KeySpec::Ed25519, KeySpec::EccNistP521, KeySpec::Rsa2048] {
        let key = make(&kms, spec, KeyUsage::SignVerify);
        let algorithm = spec.signing_algorithms()[0];
        let signature =
            kms.sign(&NewSignature { key: &key, message: Message::Raw(b"m"), algorithm }).unwrap().signature;
        kms.create_grant(&new(&key, &bob, &[Operation::Verify])).unwrap();
        made.push((key, algorithm, signature));
    }
    drop(vault);
    let vault = machine.unseal(&key_file(1)).unwrap();
    let bobs = vault.caller(&bob).kms();
    for (key, algorithm, signature) in &made {
        let request = NewSignature { key, message: Message::Raw(b"m"), algorithm: *algorithm };
        bobs.verify(&request, signature).unwrap();
        assert!(matches!(bobs.sign(&request), Err(KmsError::Forbidden)));
        assert!(matches!(bobs.public_key(key), Err(KmsError::Forbidden)));
    }
}
