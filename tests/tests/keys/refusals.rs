//! What is refused, with which word and exit code.

use vault_client::{
    ClientError, Codec, Decrypt, ErrorKind, GrantOperation, KeySpec, KeyState, KeyUsage, MacAlgorithm, Message,
    NewGrant, NewKey, PolicyStatement, SigningAlgorithm, Thing, WireError,
};
use vault_tests::Site;

use crate::refused;

const NOBODYS: &str = "01234567-89ab-4cde-8f01-23456789abcd";

#[test]
fn each_for_its_reason() {
    for codec in [Codec::Postcard, Codec::Json] {
        let site = Site::new();
        let daemon = site.serve();
        let keys = daemon.client_in(codec).keys();
        let key = keys.create(NewKey::symmetric()).unwrap().id;
        let other = keys.create(NewKey::symmetric()).unwrap().id;
        let sealed = keys.encrypt(&key, b"x", &[("a", "b")]).unwrap().ciphertext;

        let no_key = WireError::NotFound { what: Thing::Key };
        assert_eq!(refused(keys.describe(NOBODYS)), no_key);
        assert_eq!(refused(keys.describe("alias/none")), WireError::NotFound { what: Thing::Alias });
        assert_eq!(refused(keys.delete_alias("alias/none")), WireError::NotFound { what: Thing::Alias });
        assert_eq!(refused(keys.revoke_grant(&key, &[0; 32])), WireError::NotFound { what: Thing::Grant });
        assert!(matches!(refused(keys.describe("KEY")), WireError::Invalid { field, .. } if field == "key"));
        assert!(
            matches!(refused(keys.create_alias("alias/aws/x", &key)), WireError::Invalid { field, .. } if field == "alias")
        );
        assert!(matches!(refused(keys.list(None, 0)), WireError::Invalid { .. }));
        assert!(matches!(refused(keys.list(None, 1_001)), WireError::Invalid { .. }));

        // A wrong context, a changed bit, nonsense: one answer.
        let mut changed = sealed.clone();
        *changed.last_mut().unwrap() ^= 1;
        for (ciphertext, context) in
            [(&sealed[..], &[("a", "c")][..]), (&sealed, &[]), (&changed, &[("a", "b")]), (b"nonsense", &[])]
        {
            assert_eq!(refused(keys.decrypt(ciphertext, context)), WireError::InvalidCiphertext {});
        }
        let under = Decrypt::new(&sealed, &[("a", "b")]).under(&other);
        assert_eq!(refused(keys.decrypt_with(&under)), WireError::IncorrectKey {});
        let twice = refused(keys.encrypt(&key, b"x", &[("a", "b"), ("a", "c")]));
        assert!(matches!(twice, WireError::Invalid { field, .. } if field == "context"));
        let long = "v".repeat(16_384);
        assert_eq!(
            refused(keys.encrypt(&key, b"x", &[("a", &long)])),
            WireError::TooLarge { len: 16_385, max: 16_384 }
        );

        keys.create_alias("alias/a", &key).unwrap();
        assert_eq!(refused(keys.create_alias("alias/a", &other)), WireError::AlreadyExists { what: Thing::Alias });
        assert_eq!(refused(keys.cancel_deletion(&key)), WireError::KeyState { state: KeyState::Enabled });
        keys.disable(&key).unwrap();
        assert_eq!(refused(keys.encrypt(&key, b"x", &[])), WireError::KeyState { state: KeyState::Disabled });
        keys.schedule_deletion(&key, 30).unwrap();
        assert_eq!(refused(keys.enable(&key)), WireError::KeyState { state: KeyState::PendingDeletion });
        assert!(matches!(refused(keys.schedule_deletion(&other, 6)), WireError::Invalid { .. }));

        assert_eq!(refused(keys.export(&other)), WireError::Forbidden { needs: None });
        assert!(matches!(refused(keys.public_key(&other)), WireError::KeyCannot { .. }));
        let signed = keys.sign(&other, Message::Raw(b"x"), SigningAlgorithm::Ed25519Sha512);
        assert_eq!(refused(signed), WireError::WrongUsage { usage: KeyUsage::EncryptDecrypt });
        let deny = PolicyStatement { allows: false, ..PolicyStatement::OWNER };
        let put = keys.put_policy(&other, vec![PolicyStatement::OWNER, deny]);
        assert_eq!(refused(put), WireError::PolicyNotEnforced { statement: 1 });
        let nothing = keys.create_grant(NewGrant::new(&other, "ext:alice", vec![]));
        assert!(matches!(refused(nothing), WireError::Invalid { .. }));
        let foreign = keys.create_grant(NewGrant::new(&other, "ext:alice", vec![GrantOperation::Sign]));
        assert!(matches!(refused(foreign), WireError::Invalid { .. }));

        let mac = keys.create(NewKey::new(KeySpec::Hmac256, KeyUsage::Mac)).unwrap().id;
        assert_eq!(refused(keys.verify_mac(&mac, b"x", MacAlgorithm::HmacSha256, &[0; 32])), WireError::InvalidMac {});
        let pair = keys.create(NewKey::new(KeySpec::Ed25519, KeyUsage::SignVerify)).unwrap().id;
        let verified = keys.verify(&pair, Message::Raw(b"x"), SigningAlgorithm::Ed25519Sha512, &[0; 64]);
        let error = verified.as_ref().unwrap_err();
        assert_eq!((error.exit_code(), error.code(), error.kind()), (4, "invalid_signature", ErrorKind::NotGenuine));
        assert_eq!(refused(verified), WireError::InvalidSignature {});
        assert!(matches!(
            refused(keys.create(NewKey::new(KeySpec::Ed25519, KeyUsage::Mac))),
            WireError::Invalid { .. }
        ));
    }
}

#[test]
fn a_dry_run_changes_nothing() {
    let site = Site::new();
    let daemon = site.serve();
    let vault = daemon.client();
    let (keys, trying) = (vault.keys(), vault.keys().dry_run(true));
    let key = keys.create(NewKey::symmetric()).unwrap().id;
    let before = vault.status().unwrap().sequence;
    assert_eq!(refused(trying.create(NewKey::symmetric())), WireError::DryRun {});
    assert_eq!(refused(trying.disable(&key)), WireError::DryRun {});
    assert_eq!(refused(trying.rotate(&key)), WireError::DryRun {});
    assert_eq!(refused(trying.encrypt(&key, b"x", &[])), WireError::DryRun {});
    assert_eq!(refused(trying.generate_data_key(&key, &[], 32)), WireError::DryRun {});
    // What would be refused is refused.
    assert_eq!(refused(trying.disable(NOBODYS)), WireError::NotFound { what: Thing::Key });
    assert_eq!(vault.status().unwrap().sequence, before);
    assert_eq!(keys.list_all().unwrap(), [key]);
}

#[test]
fn a_plaintext_over_the_limit_is_said_and_the_connection_goes_on() {
    let site = Site::new();
    let daemon = site.serve();
    let keys = daemon.client().keys();
    let key = keys.create(NewKey::symmetric()).unwrap().id;
    let max = 1 << 20;
    let over = vec![0; max + 1];
    let error = refused(keys.encrypt(&key, &over, &[]));
    assert_eq!(error, WireError::TooLarge { len: max as u64 + 1, max: max as u64 });
    assert!(keys.encrypt(&key, &over[1..], &[]).is_ok());
    // In JSON that is no frame: nothing was sent.
    let keys = daemon.client_in(Codec::Json).keys();
    let error = keys.encrypt(&key, &over[1..], &[]).unwrap_err();
    assert!(matches!(error, ClientError::Unsendable(_)), "{error}");
    assert!(keys.encrypt(&key, b"x", &[]).is_ok());
}

#[test]
fn a_sealed_vault_says_so_first() {
    let site = Site::new();
    let daemon = site.serve_sealed();
    let keys = daemon.client().keys();
    assert_eq!(refused(keys.describe("no key at all")), WireError::Sealed {});
    assert_eq!(refused(keys.create(NewKey::symmetric())), WireError::Sealed {});
    assert_eq!(refused(keys.create(NewKey::new(KeySpec::Rsa4096, KeyUsage::SignVerify))), WireError::Sealed {});
    assert_eq!(refused(keys.list_all()), WireError::Sealed {});
}
