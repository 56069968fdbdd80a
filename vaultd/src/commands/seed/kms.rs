//! Keys and access keys of a seed, in AWS's words.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;
use vault_core::NewAccessKey;
use vault_core::access::Caller;
use vault_core::keys::SecretBytes;
use vault_core::names::User;

use crate::accounts::Accounts;
use crate::adapters::aws_kms::names::Site;
use crate::adapters::aws_kms::ops;
use crate::exit::{Exit, Failure};
use crate::service::Service;

/// `[kms]`, as written.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct KmsFile {
    keys: Vec<KeyFile>,
    access_keys: Vec<AccessKeyFile>,
}

/// `[[kms.keys]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyFile {
    aliases: Vec<String>,
    #[serde(default = "own")]
    user: String,
    #[serde(default)]
    spec: Option<String>,
    #[serde(default)]
    usage: Option<String>,
    #[serde(default)]
    description: String,
    #[serde(default)]
    tags: BTreeMap<String, String>,
}

/// `[[kms.access_keys]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AccessKeyFile {
    #[serde(default = "own")]
    user: String,
    id: String,
    secret: String,
}

/// A key that shall be there.
#[derive(Debug)]
struct SeedKey {
    uid: u32,
    aliases: Vec<String>,
    /// The body of `CreateKey`.
    body: Vec<u8>,
}

/// An access key that shall be there.
#[derive(Debug)]
pub struct SeedAccessKey {
    /// Whose.
    pub uid: u32,
    /// Its id.
    pub id: String,
    /// Its secret.
    pub secret: SecretBytes,
}

/// Keys and access keys of a seed.
#[derive(Debug, Default)]
pub struct SeedKms {
    keys: Vec<SeedKey>,
    /// In the order of the file.
    pub access_keys: Vec<SeedAccessKey>,
}

impl SeedKms {
    /// `uid_of` knows how users are named.
    pub(super) fn of(file: KmsFile, uid_of: impl Fn(&str) -> Result<u32, String>) -> Result<Self, String> {
        let mut seed = Self::default();
        for KeyFile { aliases, user, spec, usage, description, tags } in file.keys {
            if aliases.is_empty() {
                return Err("a key needs at least one alias: it is how the seed knows that it is there".to_owned());
            }
            let tags: Vec<_> = tags.iter().map(|(name, value)| json!({"TagKey": name, "TagValue": value})).collect();
            let mut body = json!({"Description": description, "Tags": tags});
            for (member, value) in [("KeySpec", spec), ("KeyUsage", usage)] {
                if let Some(value) = value {
                    body[member] = value.into();
                }
            }
            seed.keys.push(SeedKey { uid: uid_of(&user)?, aliases, body: body.to_string().into_bytes() });
        }
        for AccessKeyFile { user, id, secret } in file.access_keys {
            let uid = uid_of(&user)?;
            if seed.access_keys.iter().any(|known| known.id == id) {
                return Err(format!("access key {id:?} is there twice"));
            }
            seed.access_keys.push(SeedAccessKey { uid, id, secret: SecretBytes::new(secret.into_bytes()) });
        }
        Ok(seed)
    }

    /// Makes what is not there yet. A seed is a beginning, not a state: a key whose first alias is there stays as it is.
    pub fn plant(self, service: &impl Service, site: &Site, accounts: &dyn Accounts) -> Result<Self, Failure> {
        let caller = |uid: u32| Caller::new(User::Uid(uid), accounts.login_of(uid));
        for SeedKey { uid, aliases, body } in &self.keys {
            let caller = caller(*uid);
            let ask = |operation: &str, body: &[u8]| ask(service, &caller, *uid, site, operation, body);
            let there = |alias: &String| ask("DescribeKey", json!({ "KeyId": alias }).to_string().as_bytes());
            let known = match aliases.first().map_or(Ok(None), there)? {
                Some(known) => known,
                None => ask("CreateKey", body)?.ok_or_else(|| failure(*uid, "CreateKey", "nothing was made"))?,
            };
            let target = known.get("KeyMetadata").and_then(|metadata| metadata.get("KeyId"));
            for alias in aliases {
                if there(alias)?.is_none() {
                    let body = json!({ "AliasName": alias, "TargetKeyId": target }).to_string();
                    ask("CreateAlias", body.as_bytes())?;
                }
            }
        }
        for SeedAccessKey { uid, id, secret } in &self.access_keys {
            let given = Some((id.clone(), SecretBytes::from(secret.expose())));
            let new = NewAccessKey { description: format!("seed {id}"), given, ..NewAccessKey::default() };
            let made = service.make_access_key(&caller(*uid), new);
            made.map_err(|error| failure(*uid, "access key", &format!("{id}: {error:?}")))?;
        }
        Ok(self)
    }
}

/// An answer; none for what is not there.
fn ask(
    service: &impl Service,
    caller: &Caller,
    uid: u32,
    site: &Site,
    operation: &str,
    body: &[u8],
) -> Result<Option<serde_json::Value>, Failure> {
    let answered = service.with_keys(caller, |kms| ops::answer(&kms, site, operation, body));
    let answer = answered.map_err(|error| failure(uid, operation, &format!("{error:?}")))?;
    let said: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    match answer.error {
        None => Ok(Some(said)),
        Some("NotFoundException") => Ok(None),
        Some(error) => {
            let message = said.get("message").and_then(serde_json::Value::as_str).unwrap_or(error);
            Err(failure(uid, operation, message))
        }
    }
}

fn failure(uid: u32, what: &str, why: &str) -> Failure {
    Failure::new(Exit::Usage, format_args!("seed: {what} of uid {uid}: {why}"))
}

fn own() -> String {
    "self".to_owned()
}
