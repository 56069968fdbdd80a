//! The daemon's socket, with accounts: every call about keys.

use std::collections::{BTreeSet, HashMap};

use vault_client::blocking::Keys;
use vault_client::{Codec, KeyOrigin, KeySpec, KeyUsage, NewAccessKey, NewGrant, NewKey, PolicyStatement, SecretBytes};
use vault_proto::Dialect;
use vault_proto::latest::{
    AccessKeyCall, Call, EncryptionAlgorithm, GrantOperation, GrantPlace, KeyCall, KeyRequest, KeyTag, MacAlgorithm,
    Response, SigningAlgorithm, Wrapping,
};
use vault_tests::privileges::as_uid;
use vault_tests::wire::Wire;
use vault_tests::{Daemon, Site};

use super::{Asked, KeyDoor, OK, Things, Told, alias, filled};
use crate::world::{self, MANY, uid};

pub(crate) struct Socket {
    daemon: Daemon,
    _site: Site,
    wires: HashMap<usize, Wire>,
}

impl Socket {
    pub(crate) fn new() -> Self {
        let site = Site::new();
        Self { daemon: site.serve(), _site: site, wires: HashMap::new() }
    }

    /// And what the AWS door's clients sign with: listed and revoked by its user alone.
    pub(crate) fn access_keys_are_ones_own(&mut self) {
        let new = || NewAccessKey { user: None, description: "mine".into(), expires_at: None };
        let make = |user| as_uid(uid(user), || self.daemon.client().access_key_create(new()).unwrap().access_key_id);
        let ids: Vec<_> = (0..MANY).map(make).collect();
        for user in 0..MANY {
            let revoke = |id: &str| Call::AccessKey(AccessKeyCall::Revoke { id: id.to_owned() });
            let list = |user: String| Call::AccessKey(AccessKeyCall::List { user: Some(user) });
            let absent = self.tell(user, revoke("VLTK2222222222222222"));
            assert_eq!(absent.word, "NotFound { what: AccessKey }");
            let forbidden = self.tell(user, list(world::NOBODY.to_owned()));
            assert!(forbidden.word.starts_with("Forbidden"), "{forbidden:?}");
            for other in (0..MANY).filter(|other| *other != user) {
                assert_eq!(self.tell(user, revoke(&ids[other])), absent);
                assert_eq!(self.tell(user, list(format!("uid:{}", uid(other)))), forbidden);
            }
        }
        for (user, id) in ids.iter().enumerate() {
            let listed = as_uid(uid(user), || self.daemon.client().access_keys(None).unwrap());
            assert_eq!(listed.iter().map(|info| &info.id).collect::<Vec<_>>(), [id]);
        }
    }

    fn tell(&mut self, user: usize, call: Call) -> Told {
        let wire = self.wires.entry(user).or_insert_with(|| {
            let codec = if user.is_multiple_of(2) { Codec::Postcard } else { Codec::Json };
            as_uid(uid(user), || Wire::speaking(self.daemon.socket(), Dialect::newest(codec)))
        });
        let result = wire.ask_any(None, call);
        let word = result.as_ref().err().map_or_else(|| OK.to_owned(), |error| format!("{error:?}"));
        // A message has one form in this codec: equal here is equal as it was sent.
        let (answer, mut bytes) = (Response { id: 0, stamp: None, result }, Vec::new());
        Dialect::newest(Codec::Postcard).encode_response_frame(&answer, &mut bytes).unwrap();
        Told { word, bytes }
    }
}

impl KeyDoor for Socket {
    type Question = KeyRequest;

    fn furnish(&mut self, user: usize) -> Vec<Things> {
        as_uid(uid(user), || {
            let keys = self.daemon.client().keys();
            filled((0..7).map(|kind| make(&keys, user, kind)).collect())
        })
    }

    fn names(about: &Things) -> Vec<String> {
        vec![about.key.clone(), about.alias.clone()]
    }

    fn operations() -> BTreeSet<String> {
        // An unknown one is answered with a list of those that are known.
        let listed = serde_json::from_str::<KeyCall>(r#""?""#).unwrap_err().to_string();
        let known = listed.split('`').skip(3).step_by(2).map(str::to_owned);
        known.filter(|name| !["create", "generate_random", "list"].contains(&name.as_str())).collect()
    }

    fn questions(own: &Things, about: &Things, name: &str, dry_run: bool) -> Vec<Asked<KeyRequest>> {
        let asked = |(word, operation): (&'static str, KeyCall)| {
            // As JSON spells it: an object of one member.
            let value = serde_json::to_value(&operation).unwrap();
            let name = value.as_object().unwrap().keys().next().unwrap().clone();
            let is_slow = matches!(operation, KeyCall::GetParametersForImport { .. });
            Asked { name, word, is_slow, question: KeyRequest { dry_run, operation } }
        };
        calls(own, about, name).into_iter().map(asked).collect()
    }

    fn ask(&mut self, user: usize, question: KeyRequest) -> Told {
        self.tell(user, Call::Key(question))
    }

    fn shown(&mut self, user: usize, own: &[Things]) -> Vec<u8> {
        let (limit, after, after_grant) = (1_000, None, None);
        let mut calls = vec![
            KeyCall::List { after: None, limit },
            KeyCall::ListAliases { key: None, after, limit },
            KeyCall::ListRetirableGrants { after_grant, limit },
        ];
        for key in own.iter().map(|one| &one.key) {
            let key = || key.clone();
            calls.extend([
                KeyCall::Describe { key: key() },
                KeyCall::ListTags { key: key() },
                KeyCall::ListGrants { key: key(), after: None, limit },
                KeyCall::GetRotationStatus { key: key() },
                KeyCall::ListRotations { key: key(), after: None, limit },
                KeyCall::Census { key: key() },
            ]);
        }
        let asked = calls.into_iter().map(|operation| KeyRequest { dry_run: false, operation });
        asked.flat_map(|question| self.ask(user, question).bytes).collect()
    }
}

fn make(keys: &Keys, user: usize, kind: usize) -> Things {
    let new = match kind {
        0 => NewKey { exportable: true, ..NewKey::symmetric() },
        1 => NewKey::new(KeySpec::Hmac256, KeyUsage::Mac),
        2 => NewKey::new(KeySpec::EccNistP256, KeyUsage::SignVerify),
        3 => NewKey::new(KeySpec::EccNistP256, KeyUsage::KeyAgreement),
        4 => NewKey { origin: KeyOrigin::External, ..NewKey::symmetric() },
        _ => NewKey::symmetric(),
    };
    let (alias, waits, encrypts) = (alias(user, kind), kind == 4, [0, 5, 6].contains(&kind));
    let tags = vec![KeyTag { name: "team".into(), value: alias.clone() }];
    let key = keys.create(NewKey { description: alias.clone(), tags, ..new }).unwrap().id;
    keys.create_alias(&alias, &key).unwrap();
    let to = NewGrant::new(&key, "ext:grantee", vec![GrantOperation::DescribeKey]);
    let grant = NewGrant { retiring: Some("ext:retiring".into()), ..to };
    // None on one that waits for its material.
    let grant = if waits { [1; 32] } else { keys.create_grant(grant).unwrap() };
    let ciphertext = if encrypts { keys.encrypt(&key, b"message", &[]).unwrap().ciphertext } else { Vec::new() };
    match kind {
        5 => keys.disable(&key).unwrap(),
        6 => drop(keys.schedule_deletion(&key, 7).unwrap()),
        _ => (),
    }
    Things { key, alias, grant, ciphertext }
}

/// The table: all calls but `create` and `generate_random`, which name no key,
/// and `list`, whose pages begin after an id whether there is such a key or not.
fn calls(own: &Things, about: &Things, name: &str) -> Vec<(&'static str, KeyCall)> {
    let unknown = if name.starts_with("alias/") { NO_ALIAS } else { NO_KEY };
    let (key, id, alias) = (|| name.to_owned(), || about.key.clone(), || about.alias.clone());
    let (own_key, own_alias) = (|| own.key.clone(), || own.alias.clone());
    let (context, message) = (Vec::new, || SecretBytes::new(b"message".to_vec()));
    let (ciphertext, own_ciphertext) = (|| about.ciphertext.clone(), || own.ciphertext.clone());
    let (algorithm, ecdsa, hmac) =
        (EncryptionAlgorithm::SymmetricDefault, SigningAlgorithm::EcdsaSha256, MacAlgorithm::HmacSha256);
    let (days, len, limit, digest, spec) = (365, 32, 100, false, KeySpec::EccNistP256);
    let tags = vec![KeyTag { name: "planted".into(), value: String::new() }];
    let moved = |source_key, ciphertext, key| {
        let (source_context, source_algorithm, context) = (context(), algorithm, context());
        KeyCall::ReEncrypt { source_key, ciphertext, source_context, source_algorithm, key, context, algorithm }
    };
    let opened = |key| KeyCall::Decrypt { key, ciphertext: ciphertext(), context: context(), algorithm };
    let by_name = vec![
        KeyCall::Describe { key: key() },
        KeyCall::Enable { key: key() },
        KeyCall::Disable { key: key() },
        KeyCall::ScheduleDeletion { key: key(), days: 7 },
        KeyCall::CancelDeletion { key: key() },
        KeyCall::UpdateDescription { key: key(), description: "planted".into() },
        KeyCall::Tag { key: key(), tags },
        KeyCall::Untag { key: key(), names: vec!["team".into()] },
        KeyCall::ListTags { key: key() },
        KeyCall::Encrypt { key: key(), plaintext: message(), context: context(), algorithm },
        opened(Some(key())),
        moved(Some(key()), ciphertext(), own_key()),
        moved(None, own_ciphertext(), key()),
        KeyCall::GenerateDataKey { key: key(), context: context(), len },
        KeyCall::GenerateDataKeyWithoutPlaintext { key: key(), context: context(), len },
        KeyCall::GenerateDataKeyPair { key: key(), context: context(), spec },
        KeyCall::GenerateDataKeyPairWithoutPlaintext { key: key(), context: context(), spec },
        KeyCall::GenerateMac { key: key(), message: message(), algorithm: hmac },
        KeyCall::VerifyMac { key: key(), message: message(), algorithm: hmac, mac: message() },
        KeyCall::Sign { key: key(), message: message(), digest, algorithm: ecdsa },
        KeyCall::Verify { key: key(), message: message(), digest, algorithm: ecdsa, signature: vec![0x30, 0x06] },
        KeyCall::GetPublicKey { key: key() },
        KeyCall::DeriveSharedSecret { key: key(), peer: vec![0x30, 0x59] },
        KeyCall::Rotate { key: key() },
        KeyCall::EnableRotation { key: key(), days },
        KeyCall::DisableRotation { key: key() },
        KeyCall::GetRotationStatus { key: key() },
        KeyCall::ListRotations { key: key(), after: None, limit },
        KeyCall::GetParametersForImport { key: key(), wrapping: Wrapping::RsaesOaepSha256, spec: KeySpec::Rsa2048 },
        KeyCall::ImportMaterial { key: key(), token: [9; 32], wrapped: vec![1], expires_at: None },
        KeyCall::DeleteImportedMaterial { key: key() },
        KeyCall::Export { key: key() },
        KeyCall::CreateGrant {
            key: key(),
            grantee: world::NOBODY.into(),
            retiring: None,
            operations: vec![GrantOperation::DescribeKey],
            constraint: None,
            name: None,
        },
        KeyCall::ListGrants { key: key(), after: None, limit },
        KeyCall::RevokeGrant { key: key(), grant: about.grant },
        KeyCall::GetPolicy { key: key() },
        KeyCall::PutPolicy { key: key(), statements: vec![PolicyStatement::OWNER] },
        KeyCall::Census { key: key() },
    ];
    let by_id = [
        (NO_KEY, KeyCall::CreateAlias { alias: "alias/planted".into(), key: id() }),
        (NO_KEY, KeyCall::UpdateAlias { alias: own_alias(), key: id() }),
        (NO_ALIAS, KeyCall::UpdateAlias { alias: alias(), key: own_key() }),
        (NO_ALIAS, KeyCall::DeleteAlias { alias: alias() }),
        (NO_KEY, KeyCall::ListAliases { key: Some(id()), after: None, limit }),
        (NO_KEY, KeyCall::RetireGrant { key: id(), grant: about.grant }),
        (SEALED, opened(None)),
        (SEALED, moved(None, ciphertext(), own_key())),
        (OK, KeyCall::ListRetirableGrants { after_grant: Some(GrantPlace { key: id(), number: 1 }), limit }),
    ];
    by_name.into_iter().map(|call| (unknown, call)).chain(by_id).collect()
}

const NO_KEY: &str = "NotFound { what: Key }";
const NO_ALIAS: &str = "NotFound { what: Alias }";
/// Whoever may not open it, or nobody can.
const SEALED: &str = "InvalidCiphertext";
