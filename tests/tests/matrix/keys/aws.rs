//! The door for clients of AWS: every operation that names a key, signed with an
//! access key of each user's own.

use std::collections::{BTreeSet, HashMap};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use vault_client::NewAccessKey;
use vault_client::blocking::Client;
use vault_tests::aws::{self, Signer};
use vault_tests::gateway::Http;
use vault_tests::privileges::as_uid;
use vault_tests::{Daemon, Site};
use vaultd::adapters::aws_kms::ops;

use super::{Asked, KeyDoor, OK, Things, Told, alias, filled, uuid};
use crate::world::{self, is_local, uid};

pub(crate) struct Aws {
    daemon: Daemon,
    _site: Site,
    connection: Http,
    signers: HashMap<usize, Signer>,
}

type Question = (&'static str, Value);

impl Aws {
    pub(crate) fn new() -> Self {
        let site = Site::new();
        let daemon = site.serve_with(&aws::config());
        let connection = Http::connect(aws::address(&daemon));
        Self { daemon, _site: site, connection, signers: HashMap::new() }
    }

    /// Whoever has an account makes it as themself, for the others an operator does.
    fn signer(&self, user: usize) -> Signer {
        let make = |client: Client, user| {
            client.access_key_create(NewAccessKey { user, description: String::new(), expires_at: None }).unwrap()
        };
        let made = match is_local(user) {
            true => as_uid(uid(user), || make(self.daemon.client(), None)),
            false => make(self.daemon.client(), Some(world::user(user))),
        };
        let secret = String::from_utf8(made.secret_access_key.expose().to_vec()).unwrap();
        Signer { address: aws::address(&self.daemon), id: made.access_key_id, secret }
    }

    fn done(&mut self, user: usize, operation: &'static str, body: Value) -> Value {
        let told = self.ask(user, (operation, body));
        assert_eq!(told.word, OK, "{operation}: {}", String::from_utf8_lossy(&told.bytes));
        let body = told.bytes.iter().position(|byte| *byte == b'{').unwrap();
        serde_json::from_slice(&told.bytes[body..]).unwrap()
    }

    fn make(&mut self, user: usize, kind: usize) -> Things {
        let (spec, usage) = match kind {
            1 => ("HMAC_256", "GENERATE_VERIFY_MAC"),
            2 => ("ECC_NIST_P256", "SIGN_VERIFY"),
            3 => ("ECC_NIST_P256", "KEY_AGREEMENT"),
            _ => ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"),
        };
        let (alias, waits, encrypts) = (alias(user, kind), kind == 4, [0, 5, 6].contains(&kind));
        let (origin, tags) =
            (if waits { "EXTERNAL" } else { "AWS_KMS" }, [json!({"TagKey": "team", "TagValue": alias})]);
        let new = json!({"KeySpec": spec, "KeyUsage": usage, "Origin": origin, "Description": alias, "Tags": tags});
        let key = self.done(user, "CreateKey", new)["KeyMetadata"]["KeyId"].as_str().unwrap().to_owned();
        self.done(user, "CreateAlias", json!({"AliasName": alias, "TargetKeyId": key}));
        let to = json!({"KeyId": key, "GranteePrincipal": "ext:grantee", "RetiringPrincipal": "ext:retiring",
            "Operations": ["DescribeKey"]});
        // None on one that waits for its material.
        let id = (!waits).then(|| self.done(user, "CreateGrant", to)["GrantId"].as_str().unwrap().to_owned());
        let grant = id.map_or([1; 32], |id| {
            std::array::from_fn(|byte| u8::from_str_radix(&id[2 * byte..2 * byte + 2], 16).unwrap())
        });
        let ciphertext = match encrypts {
            true => {
                let sealed = self.done(user, "Encrypt", json!({"KeyId": key, "Plaintext": "bWVzc2FnZQ=="}));
                STANDARD.decode(sealed["CiphertextBlob"].as_str().unwrap()).unwrap()
            }
            false => Vec::new(),
        };
        match kind {
            5 => drop(self.done(user, "DisableKey", json!({"KeyId": key}))),
            6 => drop(self.done(user, "ScheduleKeyDeletion", json!({"KeyId": key, "PendingWindowInDays": 7}))),
            _ => (),
        }
        Things { key, alias, grant, ciphertext }
    }
}

impl KeyDoor for Aws {
    type Question = Question;

    fn furnish(&mut self, user: usize) -> Vec<Things> {
        let signer = self.signer(user);
        self.signers.insert(user, signer);
        filled((0..7).map(|kind| self.make(user, kind)).collect())
    }

    fn names(about: &Things) -> Vec<String> {
        let arn = |name: &str| format!("arn:aws:kms:us-east-1:000000000000:{name}");
        let ids = [about.key.clone(), arn(&format!("key/{}", about.key))];
        ids.into_iter().chain([about.alias.clone(), arn(&about.alias)]).collect()
    }

    fn operations() -> BTreeSet<String> {
        let named = ops::names().filter(|name| !["CreateKey", "GenerateRandom", "ListKeys"].contains(name));
        named.map(str::to_owned).collect()
    }

    fn questions(own: &Things, about: &Things, name: &str, dry_run: bool) -> Vec<Asked<Question>> {
        let asked = |(word, operation, mut body): (&'static str, &'static str, Value)| {
            body["DryRun"] = json!(dry_run);
            let is_slow = operation == "GetParametersForImport";
            Asked { name: operation.to_owned(), word, is_slow, question: (operation, body) }
        };
        operations(own, about, name).into_iter().map(asked).collect()
    }

    fn ask(&mut self, user: usize, (operation, body): Question) -> Told {
        let answer = self.connection.ask(&self.signers[&user].request(operation, &body.to_string()));
        let word =
            if answer.status == 200 { OK.to_owned() } else { answer.json()["__type"].as_str().unwrap().to_owned() };
        let once = |line: &&str| !line.starts_with("date: ") && !line.starts_with("x-amzn-requestid: ");
        let head: String = answer.head.lines().filter(once).collect();
        Told { word, bytes: [head.as_bytes(), &answer.body].concat() }
    }

    fn shown(&mut self, user: usize, own: &[Things]) -> Vec<u8> {
        let mut asked = vec![
            ("ListKeys", json!({})),
            ("ListAliases", json!({})),
            ("ListRetirableGrants", json!({"RetiringPrincipal": world::user(user)})),
        ];
        for key in own.iter().map(|one| &one.key) {
            for operation in
                ["DescribeKey", "ListResourceTags", "ListGrants", "GetKeyRotationStatus", "ListKeyRotations"]
            {
                asked.push((operation, json!({"KeyId": key})));
            }
        }
        asked.into_iter().flat_map(|question| self.ask(user, question).bytes).collect()
    }
}

/// The table: every operation but `CreateKey` and `GenerateRandom`, which name no
/// key, and `ListKeys`, whose pages begin after an id whether there is such a key
/// or not.
fn operations(own: &Things, about: &Things, name: &str) -> Vec<(&'static str, &'static str, Value)> {
    let (id, alias, message, peer) = (&about.key, &about.alias, "bWVzc2FnZQ==", STANDARD.encode([0x30, 0x59]));
    let grant: String = about.grant.iter().map(|byte| format!("{byte:02x}")).collect();
    let token = STANDARD.encode([&[1][..], &uuid(id), &about.grant].concat());
    let (sealed, owns) = (STANDARD.encode(&about.ciphertext), STANDARD.encode(&own.ciphertext));
    let after = STANDARD.encode([&[4][..], &uuid(id), &1_u64.to_be_bytes()].concat());
    let wrap = ("RSAES_OAEP_SHA_256", "RSA_2048");
    let policy = json!({"Statement": {"Effect": "Allow", "Principal": {"AWS": "000000000000"}, "Action": "kms:*",
        "Resource": "*"}});
    let mut all = vec![
        (NOT_FOUND, "CreateAlias", json!({"AliasName": "alias/planted", "TargetKeyId": name})),
        (NOT_FOUND, "UpdateAlias", json!({"AliasName": own.alias, "TargetKeyId": name})),
        (NOT_FOUND, "UpdateAlias", json!({"AliasName": alias, "TargetKeyId": own.key})),
        (NOT_FOUND, "DeleteAlias", json!({"AliasName": alias})),
        (SEALED, "Decrypt", json!({"CiphertextBlob": sealed})),
        (SEALED, "ReEncrypt", json!({"CiphertextBlob": sealed, "DestinationKeyId": own.key})),
        (NOT_FOUND, "ReEncrypt", json!({"CiphertextBlob": owns, "DestinationKeyId": name})),
        (NOT_FOUND, "RetireGrant", json!({"GrantToken": token})),
        (OK, "ListRetirableGrants", json!({"RetiringPrincipal": world::NOBODY, "Marker": after})),
    ];
    for (operation, more) in [
        ("DescribeKey", json!({})),
        ("EnableKey", json!({})),
        ("DisableKey", json!({})),
        ("ScheduleKeyDeletion", json!({"PendingWindowInDays": 7})),
        ("CancelKeyDeletion", json!({})),
        ("UpdateKeyDescription", json!({"Description": "planted"})),
        ("TagResource", json!({"Tags": [{"TagKey": "planted", "TagValue": ""}]})),
        ("UntagResource", json!({"TagKeys": ["team"]})),
        ("ListResourceTags", json!({})),
        ("ListAliases", json!({})),
        ("Encrypt", json!({"Plaintext": message})),
        ("Decrypt", json!({"CiphertextBlob": sealed})),
        ("ReEncrypt", json!({"SourceKeyId": name, "CiphertextBlob": sealed, "DestinationKeyId": own.key})),
        ("GenerateDataKey", json!({"KeySpec": "AES_256"})),
        ("GenerateDataKeyWithoutPlaintext", json!({"KeySpec": "AES_256"})),
        ("GenerateDataKeyPair", json!({"KeyPairSpec": "ECC_NIST_P256"})),
        ("GenerateDataKeyPairWithoutPlaintext", json!({"KeyPairSpec": "ECC_NIST_P256"})),
        ("GenerateMac", json!({"Message": message, "MacAlgorithm": "HMAC_SHA_256"})),
        ("VerifyMac", json!({"Message": message, "MacAlgorithm": "HMAC_SHA_256", "Mac": message})),
        ("Sign", json!({"Message": message, "SigningAlgorithm": "ECDSA_SHA_256"})),
        ("Verify", json!({"Message": message, "SigningAlgorithm": "ECDSA_SHA_256", "Signature": message})),
        ("GetPublicKey", json!({})),
        ("DeriveSharedSecret", json!({"KeyAgreementAlgorithm": "ECDH", "PublicKey": peer})),
        ("EnableKeyRotation", json!({})),
        ("DisableKeyRotation", json!({})),
        ("GetKeyRotationStatus", json!({})),
        ("RotateKeyOnDemand", json!({})),
        ("ListKeyRotations", json!({})),
        ("GetKeyPolicy", json!({})),
        ("PutKeyPolicy", json!({"Policy": policy.to_string()})),
        ("ListKeyPolicies", json!({})),
        ("CreateGrant", json!({"GranteePrincipal": world::NOBODY, "Operations": ["DescribeKey"]})),
        ("ListGrants", json!({})),
        ("RevokeGrant", json!({"GrantId": grant})),
        ("RetireGrant", json!({"GrantId": grant})),
        ("GetParametersForImport", json!({"WrappingAlgorithm": wrap.0, "WrappingKeySpec": wrap.1})),
        (
            "ImportKeyMaterial",
            json!({"ImportToken": message, "EncryptedKeyMaterial": message,
            "ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}),
        ),
        ("DeleteImportedKeyMaterial", json!({})),
    ] {
        let mut body = more;
        if body.get("SourceKeyId").is_none() {
            body["KeyId"] = json!(name);
        }
        all.push((NOT_FOUND, operation, body));
    }
    all
}

const NOT_FOUND: &str = "NotFoundException";
/// Whoever may not open it, or nobody can.
const SEALED: &str = "InvalidCiphertextException";
