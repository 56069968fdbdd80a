//! Whose keys they are: another's are not there, until they are granted; an
//! app's session has none. Needs root, which alone can be several users.

use vault_client::blocking::Keys;
use vault_client::{
    ActsFor, ContextPair, Decrypt, GrantConstraint, GrantOperation, KeySpec, KeyUsage, NewApp, NewGrant, NewKey,
    NewToken, ReEncrypt, Role, Thing, WireError,
};
use vault_tests::privileges::{as_uid, is_root};
use vault_tests::{Daemon, Site, needs};

use crate::refused;

fn as_user<T: Send>(daemon: &Daemon, uid: u32, run: impl FnOnce(&Keys) -> T + Send) -> T {
    as_uid(uid, || run(&daemon.try_client().unwrap().keys()))
}

#[test]
fn anothers_key_is_no_key() {
    needs!(is_root(), "needs root");
    let site = Site::new();
    let daemon = site.serve();
    let (key, sealed, grant) = as_user(&daemon, 1001, |keys| {
        let key = keys.create(NewKey { exportable: true, ..NewKey::symmetric() }).unwrap().id;
        keys.create_alias("alias/mine", &key).unwrap();
        let sealed = keys.encrypt(&key, b"secret", &[]).unwrap().ciphertext;
        let grant = keys.create_grant(NewGrant::new(&key, "ext:x", vec![GrantOperation::Encrypt])).unwrap();
        (key, sealed, grant)
    });
    let absent = "01234567-89ab-4cde-8f01-23456789abcd";
    // Another user, and root, which is an operator: for both it is what does not exist.
    for uid in [1002, 0] {
        as_user(&daemon, uid, |keys| {
            let no_key = WireError::NotFound { what: Thing::Key };
            let no_alias = WireError::NotFound { what: Thing::Alias };
            for alias in ["alias/mine", "alias/nobodys"] {
                assert_eq!(refused(keys.describe(alias)), no_alias);
                assert_eq!(refused(keys.encrypt(alias, b"x", &[])), no_alias);
                assert_eq!(refused(keys.delete_alias(alias)), no_alias);
            }
            for key in [key.as_str(), absent] {
                assert_eq!(refused(keys.describe(key)), no_key);
                assert_eq!(refused(keys.encrypt(key, b"x", &[])), no_key);
                assert_eq!(refused(keys.disable(key)), no_key);
                assert_eq!(refused(keys.schedule_deletion(key, 7)), no_key);
                assert_eq!(refused(keys.export(key)), no_key);
                assert_eq!(refused(keys.grants(key, None, 10)), no_key);
                assert_eq!(refused(keys.revoke_grant(key, &grant)), no_key);
                assert_eq!(refused(keys.census(key)), no_key);
                assert_eq!(refused(keys.rotate(key)), no_key);
            }
            assert_eq!(refused(keys.retire_grant(&key, &grant)), no_key);
            assert_eq!(refused(keys.decrypt(&sealed, &[])), WireError::InvalidCiphertext {});
            assert_eq!(keys.list_all().unwrap(), Vec::<String>::new());
            assert_eq!(keys.all_aliases(None).unwrap(), []);
        });
    }
}

#[test]
fn a_grant_lets_somebody_do_that_and_no_more_until_it_is_taken_back() {
    needs!(is_root(), "needs root");
    let site = Site::new();
    let daemon = site.serve();
    let blue = &[("tenant", "blue")][..];
    let (key, sealed, grant) = as_user(&daemon, 1001, |keys| {
        let key = keys.create(NewKey::symmetric()).unwrap().id;
        let pair = ContextPair { key: "tenant".into(), value: "blue".into() };
        let operations = vec![GrantOperation::Decrypt, GrantOperation::DescribeKey, GrantOperation::RetireGrant];
        let new = NewGrant {
            constraint: Some(GrantConstraint::Subset(vec![pair])),
            ..NewGrant::new(&key, "uid:1002", operations)
        };
        let grant = keys.create_grant(new).unwrap();
        (key.clone(), keys.encrypt(&key, b"secret", blue).unwrap().ciphertext, grant)
    });
    as_user(&daemon, 1002, |keys| {
        assert!(!keys.describe(&key).unwrap().own);
        assert_eq!(keys.decrypt(&sealed, blue).unwrap().plaintext.expose(), b"secret");
        assert_eq!(refused(keys.encrypt(&key, b"x", blue)), WireError::Forbidden { needs: None });
        assert_eq!(refused(keys.disable(&key)), WireError::Forbidden { needs: None });
        // Into a key of one's own only what may be taken out of the other.
        let own = keys.create(NewKey::symmetric()).unwrap().id;
        let moved = keys.re_encrypt(&ReEncrypt::new(Decrypt::new(&sealed, blue), &own));
        assert!(matches!(refused(moved), WireError::Forbidden { .. } | WireError::InvalidCiphertext {}));
        keys.retire_grant(&key, &grant).unwrap();
        assert_eq!(refused(keys.describe(&key)), WireError::NotFound { what: Thing::Key });
        assert_eq!(refused(keys.decrypt(&sealed, blue)), WireError::InvalidCiphertext {});
    });
}

#[test]
fn a_grant_holds_on_to_the_login_name_of_its_day() {
    needs!(is_root(), "needs root");
    let site = Site::new();
    let daemon = site.serve();
    as_user(&daemon, 1001, |keys| {
        let key = keys.create(NewKey::symmetric()).unwrap().id;
        let to_root = NewGrant::new(&key, "uid:0", vec![GrantOperation::DescribeKey]);
        keys.create_grant(NewGrant { retiring: Some("ext:alice".into()), ..to_root }).unwrap();
        let granted = keys.all_grants(&key).unwrap();
        assert_eq!(granted[0].grantee.login.as_deref(), Some("root"));
        assert_eq!(granted[0].retiring.as_ref().unwrap().login, None);
        assert_eq!(granted[0].made_by, "uid:1001");
    });
}

#[test]
fn who_acts_as_an_app_has_no_keys() {
    let site = Site::new();
    let daemon = site.serve();
    let vault = daemon.client();
    let own = vault.keys().create(NewKey::symmetric()).unwrap().id;
    vault.app_add(NewApp::new("billing", vec![])).unwrap();
    let user = vault.whoami().unwrap().user;
    let new = NewToken {
        app: "billing".into(),
        role: Role::Extension,
        acts_for: ActsFor::Fixed(user),
        expires_after_s: None,
        label: String::new(),
    };
    let acting = vault.presenting(vault.token_create(new).unwrap().token).acting("billing", None);
    let keys = acting.keys();
    let forbidden = WireError::Forbidden { needs: None };
    assert_eq!(refused(keys.describe(&own)), forbidden);
    assert_eq!(refused(keys.encrypt(&own, b"x", &[])), forbidden);
    assert_eq!(refused(keys.create(NewKey::symmetric())), forbidden);
    assert_eq!(refused(keys.create(NewKey::new(KeySpec::EccNistP256, KeyUsage::SignVerify))), forbidden);
    assert_eq!(refused(keys.list_all()), forbidden);
    assert_eq!(refused(keys.generate_random(16)), forbidden);
}
