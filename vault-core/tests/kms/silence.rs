//! What is secret is in no `Debug`, no error and no audit line.

use vault_core::kms::{
    KeySpec, KeyUsage, MacAlgorithm, Message, NewDataKey, NewDataKeyPair, NewMac, NewSignature, SigningAlgorithm,
};

use super::*;

const CANARY: &[u8] = b"CANARY-5cf1";

fn is_silent(text: &str) {
    assert!(!text.contains("CANARY"), "{text}");
    let numbers = |digits: fn(&u8) -> String| CANARY.iter().map(digits).collect::<Vec<_>>();
    assert!(!text.contains(&numbers(|byte| byte.to_string()).join(", ")), "{text}");
    assert!(!text.to_lowercase().contains(&numbers(|byte| format!("{byte:02x}")).concat()), "{text}");
}

#[test]
fn requests_answers_and_errors_show_nothing() {
    let (machine, vault) = open();
    let alice = alice();
    let kms = vault.caller(&alice).kms();
    let (key, none) = (KeyRef::Id(symmetric(&kms)), context(&[]));
    let request = Encrypt { key: &key, plaintext: CANARY, context: &none, algorithm: SYMMETRIC };
    is_silent(&format!("{request:?}"));
    let sealed = kms.encrypt(&request).unwrap();
    is_silent(&format!("{sealed:?}"));
    let ciphertext = &sealed.ciphertext;
    let opened = kms.decrypt(&Decrypt { key: None, ciphertext, context: &none, algorithm: SYMMETRIC }).unwrap();
    assert_eq!(opened.plaintext.expose(), CANARY);
    is_silent(&format!("{opened:?}"));
    let mac_key = kms.create_key(&NewKey::new(KeySpec::Hmac256, KeyUsage::Mac)).unwrap().id.into();
    let request = NewMac { key: &mac_key, message: CANARY, algorithm: MacAlgorithm::HmacSha256 };
    is_silent(&format!("{request:?}"));
    let mac = kms.generate_mac(&request).unwrap();
    assert!(!format!("{mac:?}").contains(&format!("{:?}", &mac.mac[..4]).replace(['[', ']'], "")));
    is_silent(&format!("{:?}", kms.verify_mac(&request, CANARY)));
    let pair = kms.create_key(&NewKey::new(KeySpec::Ed25519, KeyUsage::SignVerify)).unwrap().id.into();
    let algorithm = SigningAlgorithm::Ed25519Sha512;
    let request = NewSignature { key: &pair, message: Message::Raw(CANARY), algorithm };
    is_silent(&format!("{request:?}"));
    kms.sign(&request).unwrap();
    is_silent(&format!("{:?}", kms.sign(&NewSignature { message: Message::Digest(CANARY), ..request })));
    is_silent(&audit(&machine));
}

#[test]
fn keys_in_clear_are_redacted() {
    let (_machine, vault) = open();
    let alice = alice();
    let kms = vault.caller(&alice).kms();
    let (key, context) = (KeyRef::Id(symmetric(&kms)), context(&[]));
    let made = kms.generate_data_key(&NewDataKey { key: &key, context: &context, len: 32 }).unwrap();
    let shown = format!("{made:?}");
    assert!(shown.contains("SecretBytes(..)"));
    assert!(!shown.contains(&format!("{:?}", &made.plaintext.expose()[..4]).replace(['[', ']'], "")));
    let request = NewDataKeyPair { key: &key, context: &context, spec: KeySpec::EccNistP256 };
    let made = kms.generate_data_key_pair(&request).unwrap();
    assert!(format!("{made:?}").starts_with("DataKeyPair { private: SecretBytes(..)"));
    assert_eq!(format!("{:?}", kms.generate_random(16).unwrap()), "SecretBytes(..)");
}
