//! The AWS door behind its signature: an operation's name, a line break, and the
//! body of a request for it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};
use vault_core::access::Caller;
use vault_core::names::User;
use vault_core::store::memory::MemoryStore;
use vault_core::{Open, Vault};
use vaultd::accounts::Accounts;
use vaultd::adapters::aws_kms::error::ERRORS;
use vaultd::adapters::aws_kms::names::Site;
use vaultd::adapters::aws_kms::ops::{answer, names};
use vaultd::adapters::json;

use super::{caller, create};

/// Whatever is asked, the answer is JSON, under one of the names there are, and
/// no trouble of the vault's own; and the reader agrees with another one.
pub fn aws_json(data: &[u8]) {
    let end = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    let (operation, body) = (&data[..end], data.get(end + 1..).unwrap_or_default());
    read(body);
    let Ok(operation) = std::str::from_utf8(operation) else { return };
    // A second of making RSA keys finds nothing.
    if body.windows(4).any(|window| window == b"RSA_") && matches!(operation, "CreateKey" | "GenerateDataKeyPair") {
        return;
    }
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut fresh = made.take().filter(|made| made.asked < ASKED_MAX).unwrap_or_else(Made::new);
    fresh.asked += 1;
    fresh.ask(&caller(), operation, body);
    fresh.ask(&Caller::new(User::Uid(2_000), Some("eve".into())), operation, body);
    *made = Some(fresh);
}

/// What this reader takes another takes too, and for the same; what it refuses
/// is over its limits, has a name twice, or is refused by the other as well.
fn read(body: &[u8]) {
    let other = serde_json::from_slice::<Value>(body);
    match json::parse(body) {
        Ok(object) => assert_eq!(plain(&json::Value::Object(object)), other.unwrap()),
        Err(_) if body.len() < 64 => {
            let within = other.is_ok_and(|other| other.is_object());
            // The other reader keeps the last of two.
            let twice = body.iter().filter(|byte| **byte == b':').count() > 1;
            // It takes numbers up to what a float holds, this one leaves them as they are.
            assert!(!within || twice || body.iter().filter(|byte| **byte == b'[').count() >= 16);
        }
        Err(_) => {}
    }
}

fn plain(value: &json::Value<'_>) -> Value {
    match value {
        json::Value::Null => Value::Null,
        json::Value::Flag(flag) => json!(flag),
        json::Value::Number(written) => serde_json::from_str(written).unwrap(),
        json::Value::Text(text) => {
            let decoded = String::from_utf8(text.decode().to_vec()).unwrap();
            assert_eq!(decoded, text.to_str());
            Value::String(decoded)
        }
        json::Value::List(list) => list.iter().map(plain).collect(),
        json::Value::Object(object) => {
            Value::Object(object.iter().map(|(name, value)| (name.to_string(), plain(value))).collect())
        }
    }
}

/// A vault with one key of each kind, each under an alias of its own.
struct Made {
    vault: Vault<Open>,
    site: Site,
    /// What stands for what in an input: ids are not known before.
    words: BTreeMap<String, String>,
    asked: usize,
}

impl Made {
    fn new() -> Self {
        let site = Site { region: "us-east-1".into(), account: "111122223333".into(), accounts: Arc::new(Nobody) };
        let mut made = Self { vault: create(Arc::new(MemoryStore::new())), site, words: BTreeMap::new(), asked: 0 };
        let specs = [
            ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "AWS_KMS"),
            ("HMAC_256", "GENERATE_VERIFY_MAC", "AWS_KMS"),
            ("ECC_NIST_P256", "SIGN_VERIFY", "AWS_KMS"),
            ("ECC_NIST_P256", "KEY_AGREEMENT", "AWS_KMS"),
            ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "EXTERNAL"),
        ];
        for (n, (spec, usage, origin)) in specs.into_iter().enumerate() {
            let new = json!({ "KeySpec": spec, "KeyUsage": usage, "Origin": origin });
            let id = made.ask(&caller(), "CreateKey", new.to_string().as_bytes())["KeyMetadata"]["KeyId"].clone();
            let alias = json!({ "AliasName": format!("alias/k{n}"), "TargetKeyId": id });
            made.ask(&caller(), "CreateAlias", alias.to_string().as_bytes());
            made.words.insert(format!("KEY{n}"), id.as_str().unwrap().to_owned());
        }
        let encrypt = br#"{"KeyId":"alias/k0","Plaintext":"AA==","EncryptionContext":{"a":"b"}}"#;
        let blob = made.ask(&caller(), "Encrypt", encrypt)["CiphertextBlob"].as_str().unwrap().to_owned();
        made.words.insert("BLOB".into(), blob);
        made
    }

    fn ask(&self, caller: &Caller, operation: &str, body: &[u8]) -> Value {
        let body = match std::str::from_utf8(body) {
            Ok(text) => {
                let mut text = text.to_owned();
                for (word, meant) in &self.words {
                    text = text.replace(word, meant);
                }
                text.into_bytes()
            }
            Err(_) => body.to_vec(),
        };
        let answer = answer(&self.vault.caller(caller).kms(), &self.site, operation, &body);
        let told: Value = serde_json::from_slice(&answer.body).unwrap();
        assert!(told.is_object());
        match answer.error {
            None => assert_eq!(answer.status, 200),
            Some(error) => {
                assert_eq!((answer.status, told["__type"].as_str()), (400, Some(error)), "{told}");
                assert!(ERRORS.contains(&error));
            }
        }
        told
    }
}

struct Nobody;

impl Accounts for Nobody {
    fn uid_of(&self, login: &str) -> Option<u32> {
        (login == "eve").then_some(2_000)
    }

    fn primary_gid_of(&self, _: &str) -> Option<u32> {
        None
    }

    fn login_of(&self, uid: u32) -> Option<String> {
        (uid == 2_000).then(|| "eve".into())
    }

    fn gid_of(&self, _: &str) -> Option<u32> {
        None
    }

    fn gids_of(&self, _: u32) -> Vec<u32> {
        Vec::new()
    }
}

/// A request for each operation that has all it may have.
pub(super) fn seeds() -> Vec<Vec<u8>> {
    let everything = concat!(
        r#"{"KeyId":"KEY0","Description":"\u00e4\ud83d\ude00","Policy":null,"Tags":[{"TagKey":"a","TagValue":"b"}],"#,
        r#""TagKeys":["a"],"Plaintext":"AA==","CiphertextBlob":"BLOB","EncryptionContext":{"a":"b"},"#,
        r#""SourceEncryptionContext":{"a":"b"},"DestinationKeyId":"alias/k0","NumberOfBytes":16,"Limit":1,"#,
        r#""KeyPairSpec":"ECC_NIST_P256","PendingWindowInDays":7,"RotationPeriodInDays":90,"PolicyName":"default","#,
        r#""AliasName":"alias/new","TargetKeyId":"arn:aws:kms:us-east-1:111122223333:key/KEY0","#,
        r#""GranteePrincipal":"arn:aws:iam::111122223333:user/eve","RetiringPrincipal":"uid:2000","Operations":["Decrypt"],"#,
        r#""Constraints":{"EncryptionContextSubset":{"a":"b"}},"GrantId":"00","DryRun":false}"#,
    );
    let special = [
        ("GenerateMac", r#"{"KeyId":"alias/k1","Message":"AA==","MacAlgorithm":"HMAC_SHA_256"}"#),
        ("VerifyMac", r#"{"KeyId":"alias/k1","Message":"AA==","MacAlgorithm":"HMAC_SHA_256","Mac":"AA=="}"#),
        ("Sign", r#"{"KeyId":"alias/k2","Message":"AA==","SigningAlgorithm":"ECDSA_SHA_256","MessageType":"RAW"}"#),
        ("Verify", r#"{"KeyId":"alias/k2","Message":"AA==","SigningAlgorithm":"ECDSA_SHA_256","Signature":"MAA="}"#),
        ("GetPublicKey", r#"{"KeyId":"alias/k2"}"#),
        ("DeriveSharedSecret", r#"{"KeyId":"alias/k3","KeyAgreementAlgorithm":"ECDH","PublicKey":"MAA="}"#),
        ("GenerateDataKey", r#"{"KeyId":"alias/k0","KeySpec":"AES_256","EncryptionContext":{}}"#),
        ("GenerateDataKeyWithoutPlaintext", r#"{"KeyId":"alias/k0","KeySpec":"AES_128"}"#),
        ("RetireGrant", r#"{"GrantToken":"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="}"#),
        (
            "ImportKeyMaterial",
            r#"{"KeyId":"KEY4","ImportToken":"AA==","EncryptedKeyMaterial":"AA==","ValidTo":1.8e9,"ExpirationModel":"KEY_MATERIAL_EXPIRES"}"#,
        ),
        ("DeleteImportedKeyMaterial", r#"{"KeyId":"KEY4"}"#),
        (
            "ListKeyRotations",
            r#"{"KeyId":"KEY0","IncludeKeyMaterial":"ALL_KEY_MATERIAL","Limit":1000,"Marker":"BQAAAAE="}"#,
        ),
        ("ListAliases", r#"{"Marker":"AmFsaWFzL2sw"}"#),
        (
            "PutKeyPolicy",
            r#"{"KeyId":"KEY0","Policy":"{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"111122223333\"},\"Action\":\"kms:*\",\"Resource\":[\"*\"]}}"}"#,
        ),
    ];
    let body = |name: &str| special.iter().find(|(special, _)| *special == name).map_or(everything, |(_, body)| body);
    names().map(|name| format!("{name}\n{}", body(name)).into_bytes()).collect()
}

static MADE: Mutex<Option<Made>> = Mutex::new(None);
/// Inputs before the vault is made anew: it fills up.
const ASKED_MAX: usize = 256;
