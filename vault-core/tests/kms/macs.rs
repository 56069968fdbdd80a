//! MACs.

use vault_core::kms::{KeySpec, KeyUsage, MacAlgorithm, NewMac};
use vault_core::limits;

use super::*;

const SPECS: [(KeySpec, MacAlgorithm); 4] = [
    (KeySpec::Hmac224, MacAlgorithm::HmacSha224),
    (KeySpec::Hmac256, MacAlgorithm::HmacSha256),
    (KeySpec::Hmac384, MacAlgorithm::HmacSha384),
    (KeySpec::Hmac512, MacAlgorithm::HmacSha512),
];

#[test]
fn macs_of_every_algorithm() {
    let (_machine, vault) = open();
    let alice = alice();
    let kms = vault.caller(&alice).kms();
    for (spec, algorithm) in SPECS {
        let key = &KeyRef::Id(kms.create_key(&NewKey::new(spec, KeyUsage::Mac)).unwrap().id);
        let request = |message| NewMac { key, message, algorithm };
        let mac = kms.generate_mac(&request(b"message")).unwrap().mac;
        assert_eq!(mac.len(), algorithm.output_len());
        kms.verify_mac(&request(b"message"), &mac).unwrap();
        assert!(matches!(kms.verify_mac(&request(b"messagf"), &mac), Err(KmsError::InvalidMac)));
        for at in 0..mac.len() {
            let mut changed = mac.clone();
            changed[at] ^= 1;
            assert!(matches!(kms.verify_mac(&request(b"message"), &changed), Err(KmsError::InvalidMac)), "{at}");
        }
        for len in 0..mac.len() {
            assert!(matches!(kms.verify_mac(&request(b"message"), &mac[..len]), Err(KmsError::InvalidMac)), "{len}");
        }
        for (_, other) in SPECS.into_iter().filter(|(_, other)| *other != algorithm) {
            let refused = kms.generate_mac(&NewMac { key, message: b"message", algorithm: other });
            assert!(matches!(refused, Err(KmsError::WrongUsage { .. })), "{spec:?} {other:?}");
        }
        assert!(matches!(kms.rotate_key(key), Err(KmsError::Unsupported { .. })));
    }
}

#[test]
fn a_message_has_its_limit() {
    let (_machine, vault) = open();
    let alice = alice();
    let kms = vault.caller(&alice).kms();
    let key = &KeyRef::Id(kms.create_key(&NewKey::new(KeySpec::Hmac512, KeyUsage::Mac)).unwrap().id);
    let long = vec![7; limits::KMS_MESSAGE_MAX + 1];
    let request = |message| NewMac { key, message, algorithm: MacAlgorithm::HmacSha512 };
    kms.generate_mac(&request(&long[1..])).unwrap();
    assert!(matches!(kms.generate_mac(&request(&long)), Err(KmsError::TooLarge { .. })));
}
