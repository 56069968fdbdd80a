//! Material of one's own.

use aws_lc_rs::key_wrap::{AES_256, AesKek, KeyWrapPadded};
use aws_lc_rs::rsa::{
    OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepAlgorithm, OaepPublicEncryptingKey, PublicEncryptingKey,
};
use vault_core::kms::{ImportParameters, KeySpec, KeyState, KeyUsage, NewMaterial, Origin, Wrapping};

use super::support::{DAY_MS, operator};
use super::*;

fn external(kms: &Kms<'_>, spec: KeySpec, usage: KeyUsage) -> KeyRef {
    let info = kms.create_key(&NewKey { origin: Origin::External, ..NewKey::new(spec, usage) }).unwrap();
    assert_eq!((info.state, info.current), (KeyState::PendingImport, None));
    KeyRef::Id(info.id)
}

/// As whoever imports does it.
fn wrap(parameters: &ImportParameters, wrapping: Wrapping, material: &[u8]) -> Vec<u8> {
    let public = PublicEncryptingKey::from_der(&parameters.public).unwrap();
    let key = OaepPublicEncryptingKey::new(public).unwrap();
    let oaep = |hash: &'static OaepAlgorithm, plaintext: &[u8]| {
        let mut out = vec![0; key.ciphertext_size()];
        key.encrypt(hash, plaintext, &mut out, None).unwrap().to_vec()
    };
    let two_steps = |hash: &'static OaepAlgorithm| {
        let kek = [0x5a; 32];
        let mut out = vec![0; material.len() + 15];
        let wrapped = AesKek::new(&AES_256, &kek).unwrap().wrap_with_padding(material, &mut out).unwrap().to_vec();
        [oaep(hash, &kek), wrapped].concat()
    };
    match wrapping {
        Wrapping::RsaesOaepSha1 => oaep(&OAEP_SHA1_MGF1SHA1, material),
        Wrapping::RsaesOaepSha256 => oaep(&OAEP_SHA256_MGF1SHA256, material),
        Wrapping::RsaAesKeyWrapSha1 => two_steps(&OAEP_SHA1_MGF1SHA1),
        Wrapping::RsaAesKeyWrapSha256 => two_steps(&OAEP_SHA256_MGF1SHA256),
    }
}

const WRAPPINGS: [Wrapping; 4] =
    [Wrapping::RsaesOaepSha1, Wrapping::RsaesOaepSha256, Wrapping::RsaAesKeyWrapSha1, Wrapping::RsaAesKeyWrapSha256];

fn import(
    kms: &Kms<'_>,
    key: &KeyRef,
    parameters: &ImportParameters,
    wrapped: &[u8],
    expires_ms: Option<u64>,
) -> Result<(), KmsError> {
    kms.import_key_material(&NewMaterial { key, token: &parameters.token, wrapped, expires_ms })
}

#[test]
fn every_wrapping_brings_the_material_in() {
    let (_machine, vault) = open();
    let alice = alice();
    let kms = vault.caller(&alice).kms();
    let none = context(&[]);
    for (n, wrapping) in WRAPPINGS.into_iter().enumerate() {
        let key = external(&kms, KeySpec::SymmetricDefault, KeyUsage::EncryptDecrypt);
        let request = Encrypt { key: &key, plaintext: b"x", context: &none, algorithm: SYMMETRIC };
        assert!(matches!(kms.encrypt(&request), Err(KmsError::PendingImport)));
        let spec = [KeySpec::Rsa2048, KeySpec::Rsa3072][n % 2];
        let parameters = kms.parameters_for_import(&key, wrapping, spec).unwrap();
        import(&kms, &key, &parameters, &wrap(&parameters, wrapping, &[n as u8; 32]), None).unwrap();
        assert_eq!(kms.describe_key(&key).unwrap().state, KeyState::Enabled);
        let ciphertext = encrypt(&kms, &key, b"payload", &none);
        assert_eq!(decrypt(&kms, &ciphertext, &none).unwrap(), b"payload");
        assert!(matches!(kms.rotate_key(&key), Err(KmsError::Unsupported { .. })));
    }
}

#[test]
fn mac_keys_and_pairs_can_be_imported_too() {
    let (_machine, vault) = open();
    let alice = alice();
    let kms = vault.caller(&alice).kms();
    for (spec, usage) in [
        (KeySpec::Hmac512, KeyUsage::Mac),
        (KeySpec::EccNistP256, KeyUsage::SignVerify),
        (KeySpec::Ed25519, KeyUsage::SignVerify),
        (KeySpec::Rsa2048, KeyUsage::SignVerify),
        (KeySpec::Rsa2048, KeyUsage::EncryptDecrypt),
    ] {
        let original = kms.create_key(&NewKey { exportable: true, ..NewKey::new(spec, usage) }).unwrap().id.into();
        let material = kms.export_key(&original).unwrap();
        let key = external(&kms, spec, usage);
        let wrapping = Wrapping::RsaAesKeyWrapSha256;
        let parameters = kms.parameters_for_import(&key, wrapping, KeySpec::Rsa2048).unwrap();
        import(&kms, &key, &parameters, &wrap(&parameters, wrapping, material.expose()), None).unwrap();
        if spec.is_asymmetric() {
            assert_eq!(kms.public_key(&key).unwrap().spki, kms.public_key(&original).unwrap().spki);
        }
        // Of another kind, and cut short.
        for wrong in [&[7; 33][..], &material.expose()[1..]] {
            let key = external(&kms, spec, usage);
            let parameters = kms.parameters_for_import(&key, wrapping, KeySpec::Rsa2048).unwrap();
            let refused = import(&kms, &key, &parameters, &wrap(&parameters, wrapping, wrong), None);
            let refused = if spec == KeySpec::Hmac512 && wrong.len() >= 64 { continue } else { refused };
            assert!(matches!(refused, Err(KmsError::IncorrectMaterial { .. })), "{spec:?} {refused:?}");
            assert_eq!(kms.describe_key(&key).unwrap().state, KeyState::PendingImport);
        }
    }
}

#[test]
fn only_the_latest_token_of_the_key_and_only_for_a_day() {
    let (machine, vault) = open();
    let alice = alice();
    let kms = vault.caller(&alice).kms();
    let (key, other) = (
        external(&kms, KeySpec::SymmetricDefault, KeyUsage::EncryptDecrypt),
        external(&kms, KeySpec::SymmetricDefault, KeyUsage::EncryptDecrypt),
    );
    let wrapping = Wrapping::RsaesOaepSha256;
    let get = |key| kms.parameters_for_import(key, wrapping, KeySpec::Rsa2048).unwrap();
    let (first, latest, others) = (get(&key), get(&key), get(&other));
    let with =
        |parameters: &ImportParameters| import(&kms, &key, parameters, &wrap(parameters, wrapping, &[1; 32]), None);
    assert!(matches!(with(&first), Err(KmsError::InvalidImportToken)));
    assert!(matches!(with(&others), Err(KmsError::InvalidImportToken)));
    let swapped = ImportParameters { token: latest.token, ..first };
    assert!(matches!(with(&swapped), Err(KmsError::InvalidCiphertext)), "wrapped to a pair that is gone");
    assert!(matches!(import(&kms, &key, &latest, b"", None), Err(KmsError::InvalidCiphertext)));
    assert_eq!(word(import(&kms, &key, &latest, &[0; 10_000], None)), "TooLarge");
    machine.clock.set(latest.valid_until_ms);
    assert!(matches!(with(&latest), Err(KmsError::ExpiredImportToken)));
    assert!(!kms.census(&key).unwrap().import_pending);
    vault.maintain();
    assert!(matches!(with(&latest), Err(KmsError::InvalidImportToken)), "the pair is gone");
    let internal = KeyRef::Id(symmetric(&kms));
    let refused = kms.parameters_for_import(&internal, wrapping, KeySpec::Rsa2048);
    assert!(matches!(refused, Err(KmsError::Unsupported { .. })));
    assert_eq!(word(kms.parameters_for_import(&key, wrapping, KeySpec::Ed25519)), "Invalid");
}

#[test]
fn material_expires_at_once_and_comes_back_only_as_the_same() {
    let (machine, vault) = open();
    let alice = alice();
    let kms = vault.caller(&alice).kms();
    let none = context(&[]);
    let key = external(&kms, KeySpec::SymmetricDefault, KeyUsage::EncryptDecrypt);
    let wrapping = Wrapping::RsaesOaepSha256;
    let bring = |byte: u8, expires_ms| {
        let parameters = kms.parameters_for_import(&key, wrapping, KeySpec::Rsa2048).unwrap();
        import(&kms, &key, &parameters, &wrap(&parameters, wrapping, &[byte; 32]), expires_ms)
    };
    let now = machine.clock.now();
    assert_eq!(word(bring(1, Some(now))), "Invalid");
    let soon = now + DAY_MS / 2;
    bring(1, Some(soon)).unwrap();
    assert_eq!(kms.describe_key(&key).unwrap().expires_ms, Some(soon));
    let ciphertext = encrypt(&kms, &key, b"payload", &none);
    machine.clock.set(soon);
    // Before upkeep has come by.
    assert!(matches!(decrypt(&kms, &ciphertext, &none), Err(KmsError::InvalidCiphertext)));
    let request = Encrypt { key: &key, plaintext: b"x", context: &none, algorithm: SYMMETRIC };
    assert!(matches!(kms.encrypt(&request), Err(KmsError::PendingImport)));
    assert_eq!(kms.describe_key(&key).unwrap().state, KeyState::PendingImport);
    vault.maintain();
    assert_eq!(kms.describe_key(&key).unwrap().state, KeyState::PendingImport);
    assert!(audit(&machine).contains(r#""op":"kms.expired","outcome":"ok""#));
    assert!(!kms.census(&key).unwrap().versions[0].stored, "out of the file");
    assert!(matches!(bring(2, None), Err(KmsError::IncorrectMaterial { .. })));
    bring(1, None).unwrap();
    assert_eq!(decrypt(&kms, &ciphertext, &none).unwrap(), b"payload");
    assert_eq!(kms.list_key_rotations(&key, None, 10).unwrap().items.len(), 1);
}

#[test]
fn imported_material_is_deleted_now_and_the_key_waits_for_it() {
    let (machine, vault) = open();
    let alice = alice();
    let kms = vault.caller(&alice).kms();
    let none = context(&[]);
    let key = external(&kms, KeySpec::SymmetricDefault, KeyUsage::EncryptDecrypt);
    let wrapping = Wrapping::RsaesOaepSha1;
    let bring = || {
        let parameters = kms.parameters_for_import(&key, wrapping, KeySpec::Rsa2048)?;
        import(&kms, &key, &parameters, &wrap(&parameters, wrapping, &[1; 32]), None)
    };
    bring().unwrap();
    let ciphertext = encrypt(&kms, &key, b"payload", &none);
    kms.disable_key(&key).unwrap();
    bring().unwrap();
    assert_eq!(kms.describe_key(&key).unwrap().state, KeyState::Disabled, "importing again does not enable");
    kms.delete_imported_key_material(&key).unwrap();
    kms.delete_imported_key_material(&key).unwrap();
    assert_eq!(kms.describe_key(&key).unwrap().state, KeyState::PendingImport);
    assert!(matches!(kms.enable_key(&key), Err(KmsError::PendingImport)));
    kms.schedule_key_deletion(&key, 7).unwrap();
    assert!(matches!(bring(), Err(KmsError::PendingDeletion)));
    kms.cancel_key_deletion(&key).unwrap();
    assert_eq!(kms.describe_key(&key).unwrap().state, KeyState::PendingImport, "there is nothing to go back to");
    bring().unwrap();
    assert_eq!(decrypt(&kms, &ciphertext, &none).unwrap(), b"payload");
    let internal = KeyRef::Id(symmetric(&kms));
    assert!(matches!(kms.delete_imported_key_material(&internal), Err(KmsError::Unsupported { .. })));
    drop(vault);
    let vault = machine.unseal(&key_file(1)).unwrap();
    assert_eq!(decrypt(&vault.caller(&alice).kms(), &ciphertext, &none).unwrap(), b"payload");
    assert_eq!(vault.caller(&operator()).check().unwrap().problems, [""; 0]);
}
