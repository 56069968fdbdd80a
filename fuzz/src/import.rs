//! Material that a caller brings: wrapped as it should be, half of it so, and not
//! at all.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use aws_lc_rs::key_wrap::{AES_256, AesKek, KeyWrapPadded};
use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey};
use vault_core::access::Kms;
use vault_core::envelope::CallerContext;
use vault_core::kms::{
    Decrypt, Encrypt, ImportParameters, KeyRef, KeySpec, KeyState, KeyUsage, KmsError, Message, NewKey, NewMac,
    NewMaterial, NewSignature, Origin, Wrapping,
};
use vault_core::store::memory::MemoryStore;
use vault_core::{Open, Vault};

use super::{Rows, caller, create, log};

/// A byte for the key, one for what is genuine about the rest, and the rest.
/// What is taken serves, now and after the vault was opened again; what is
/// refused is refused by a name, and leaves the vault as it was.
pub fn import(data: &[u8]) {
    let Some((&[pick, form], rest)) = data.split_first_chunk() else { return };
    let made = made();
    let case = &made.cases[usize::from(pick) % made.cases.len()];
    let token = case.parameters.token;
    let (token, wrapped) = match form % 4 {
        0 if rest.len() <= MATERIAL_MAX => (token, [&case.kek[..], &wrap(rest)].concat()),
        1 => (token, [&case.kek[..], rest].concat()),
        2 => (token, rest.to_vec()),
        _ => match rest.split_first_chunk::<32>() {
            Some((token, rest)) => (*token, [&case.kek[..], &wrap(rest)].concat()),
            None => return,
        },
    };
    let new = NewMaterial { key: &case.key, token: &token, wrapped: &wrapped, expires_ms: None };

    let mut held = VAULT.lock().unwrap_or_else(PoisonError::into_inner);
    let (store, vault) = held.take().unwrap_or_else(|| open(&made.rows));
    let caller = caller();
    match vault.caller(&caller).kms().import_key_material(&new) {
        Ok(()) => {
            assert!(token == case.parameters.token && form % 4 != 2, "nothing of it was genuine");
            case.serves(&vault.caller(&caller).kms());
            case.serves(&open(&store.rows()).1.caller(&caller).kms());
        }
        Err(refused) => {
            assert!(
                matches!(
                    refused,
                    KmsError::IncorrectMaterial { .. }
                        | KmsError::InvalidCiphertext
                        | KmsError::InvalidImportToken
                        | KmsError::TooLarge { .. }
                ),
                "{refused}"
            );
            assert!(store.rows() == made.rows, "a refused import was written");
            *held = Some((store, vault));
        }
    }
}

/// A key that waits for material.
struct Case {
    spec: KeySpec,
    usage: KeyUsage,
    key: KeyRef,
    parameters: ImportParameters,
    /// [`KEK`], wrapped to the key that was given out.
    kek: Vec<u8>,
}

impl Case {
    fn serves(&self, kms: &Kms<'_>) {
        let (key, message) = (&self.key, b"a message");
        assert_eq!(kms.describe_key(key).unwrap().state, KeyState::Enabled);
        let context = CallerContext::EMPTY;
        match self.usage {
            KeyUsage::EncryptDecrypt => {
                for &algorithm in self.spec.encryption_algorithms() {
                    let encrypt = Encrypt { key, plaintext: message, context, algorithm };
                    let ciphertext = &*kms.encrypt(&encrypt).unwrap().ciphertext;
                    let decrypt = Decrypt { key: Some(key), ciphertext, context, algorithm };
                    assert_eq!(kms.decrypt(&decrypt).unwrap().plaintext.expose(), message);
                }
            }
            KeyUsage::Mac => {
                let algorithm = self.spec.mac_algorithm().unwrap();
                let new = NewMac { key, message, algorithm };
                kms.verify_mac(&new, &kms.generate_mac(&new).unwrap().mac).unwrap();
            }
            KeyUsage::SignVerify => {
                for &algorithm in self.spec.signing_algorithms() {
                    let new = NewSignature { key, message: Message::Raw(message), algorithm };
                    kms.verify(&new, &kms.sign(&new).unwrap().signature).unwrap();
                }
            }
            KeyUsage::KeyAgreement => {
                let own = kms.public_key(key).unwrap().spki;
                assert!(!kms.derive_shared_secret(key, &own).unwrap().expose().is_empty());
            }
        }
    }
}

struct Made {
    rows: Rows,
    cases: Vec<Case>,
}

fn made() -> &'static Made {
    static MADE: OnceLock<Made> = OnceLock::new();
    MADE.get_or_init(|| {
        let store = Arc::new(MemoryStore::new());
        let vault = create(store.clone());
        let caller = caller();
        let kms = vault.caller(&caller).kms();
        let cases = KINDS.iter().map(|&(spec, usage)| {
            let new = NewKey { origin: Origin::External, ..NewKey::new(spec, usage) };
            let key = KeyRef::Id(kms.create_key(&new).unwrap().id);
            let parameters = kms.parameters_for_import(&key, Wrapping::RsaAesKeyWrapSha256, KeySpec::Rsa2048).unwrap();
            let public = PublicEncryptingKey::from_der(&parameters.public).unwrap();
            let public = OaepPublicEncryptingKey::new(public).unwrap();
            let mut kek = vec![0; public.ciphertext_size()];
            public.encrypt(&OAEP_SHA256_MGF1SHA256, &KEK, &mut kek, None).unwrap();
            Case { spec, usage, key, parameters, kek }
        });
        let cases = cases.collect();
        Made { rows: store.rows(), cases }
    })
}

fn open(rows: &Rows) -> (Arc<MemoryStore>, Vault<Open>) {
    let store = Arc::new(MemoryStore::from_rows(rows.iter().cloned()));
    (store.clone(), super::open(store, log()))
}

/// RFC 5649, with padding.
fn wrap(material: &[u8]) -> Vec<u8> {
    let kek = AesKek::new(&AES_256, &KEK).unwrap();
    let mut out = vec![0; material.len().next_multiple_of(8) + 8];
    match kek.wrap_with_padding(material, &mut out) {
        Ok(wrapped) => wrapped.to_vec(),
        // Nothing can be wrapped only when there is nothing.
        Err(_) => out,
    }
}

/// Material of each kind, once wrapped and once on its own; a cut, a wrong token.
pub(super) fn seeds() -> Vec<Vec<u8>> {
    let vault = create(Arc::new(MemoryStore::new()));
    let caller = caller();
    let kms = vault.caller(&caller).kms();
    let mut seeds = Vec::new();
    for (pick, &(spec, usage)) in (0_u8..).zip(KINDS) {
        let key = kms.create_key(&NewKey { exportable: true, ..NewKey::new(spec, usage) }).unwrap().id.into();
        let material = kms.export_key(&key).unwrap();
        seeds.push([&[pick, 0], material.expose()].concat());
        if pick < 4 {
            seeds.push([&[pick, 1], &*wrap(material.expose())].concat());
            seeds.push([&[pick, 2], material.expose()].concat());
            seeds.push([&[pick, 3][..], &[7; 32], material.expose()].concat());
        }
    }
    seeds
}

static VAULT: Mutex<Option<(Arc<MemoryStore>, Vault<Open>)>> = Mutex::new(None);
const KEK: [u8; 32] = [0x5a; 32];
/// More is refused for its length, whatever it is.
const MATERIAL_MAX: usize = 8_192;
const KINDS: &[(KeySpec, KeyUsage)] = &[
    (KeySpec::SymmetricDefault, KeyUsage::EncryptDecrypt),
    (KeySpec::Hmac256, KeyUsage::Mac),
    (KeySpec::Ed25519, KeyUsage::SignVerify),
    (KeySpec::EccNistP256, KeyUsage::SignVerify),
    (KeySpec::EccNistP256, KeyUsage::KeyAgreement),
    (KeySpec::EccNistP384, KeyUsage::SignVerify),
    (KeySpec::EccNistP521, KeyUsage::KeyAgreement),
    (KeySpec::EccSecgP256k1, KeyUsage::SignVerify),
    (KeySpec::Hmac512, KeyUsage::Mac),
    (KeySpec::Rsa2048, KeyUsage::SignVerify),
    (KeySpec::Rsa2048, KeyUsage::EncryptDecrypt),
    (KeySpec::Rsa3072, KeyUsage::EncryptDecrypt),
];
