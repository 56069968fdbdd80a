//! A life of keys: made, named, used, rotated, granted, given up, deleted on their date; and what can be read of them.

use std::collections::BTreeMap;

use vault_core::envelope::CallerContext;
use vault_core::keys::SecretBytes;
use vault_core::kms::{
    Alias, Decrypt, Encrypt, EncryptionAlgorithm, Grant, KeyId, KeyInfo, KeyRef, KeySpec, KeyUsage, KmsError,
    MacAlgorithm, MaterialInfo, NewGrant, NewKey, NewMac, Operation, Principal,
};
use vault_core::names::User;
use vault_core::{Open, Refusal, Vault};

use super::{Step, Trouble, live, open_at, set, told};
use crate::support::{DAY_MS, START_MS, app, name, operator, user};

/// What is done to keys, one after the other. The first key is symmetric, the second makes MACs.
pub const KEY_STEPS: &[(&str, Step)] = &[
    ("make a key", |_, vault| make(vault, &NewKey { exportable: true, ..NewKey::symmetric() })),
    ("name it", |_, vault| {
        let key = of_spec(vault, KeySpec::SymmetricDefault)?;
        told(live(vault)?.caller(&user(1)).kms().create_alias(&alias(), &key))
    }),
    ("keep what it encrypted", |_, vault| keep_ciphertext(vault)),
    ("rotate it", |_, vault| {
        told(live(vault)?.caller(&user(1)).kms().rotate_key(&of_spec(vault, KeySpec::SymmetricDefault)?.into()))
    }),
    ("make a MAC key", |_, vault| make(vault, &NewKey::new(KeySpec::Hmac256, KeyUsage::Mac))),
    ("tag it", |_, vault| {
        let tags = BTreeMap::from([("team".to_owned(), "blue".to_owned())]);
        told(live(vault)?.caller(&user(1)).kms().tag_key(&of_spec(vault, KeySpec::Hmac256)?.into(), &tags))
    }),
    ("grant", |_, vault| {
        told(live(vault)?.caller(&user(1)).kms().create_grant(&NewGrant {
            key: &of_spec(vault, KeySpec::Hmac256)?.into(),
            grantee: Principal { user: User::Uid(2), login: Some("u2".to_owned()) },
            retiring: None,
            operations: [Operation::GenerateMac].into_iter().collect(),
            constraint: None,
            name: None,
        }))
    }),
    ("replace the owner's key", |_, vault| told(live(vault)?.caller(&operator()).rekey_user(user(1).user()))),
    ("disable", |_, vault| {
        told(live(vault)?.caller(&user(1)).kms().disable_key(&of_spec(vault, KeySpec::SymmetricDefault)?.into()))
    }),
    ("enable", |_, vault| {
        told(live(vault)?.caller(&user(1)).kms().enable_key(&of_spec(vault, KeySpec::SymmetricDefault)?.into()))
    }),
    ("schedule a deletion", |_, vault| {
        told(live(vault)?.caller(&user(1)).kms().schedule_key_deletion(&of_spec(vault, KeySpec::Hmac256)?.into(), 7))
    }),
    ("cancel it", |_, vault| {
        told(live(vault)?.caller(&user(1)).kms().cancel_key_deletion(&of_spec(vault, KeySpec::Hmac256)?.into()))
    }),
    ("schedule it again", |_, vault| {
        told(live(vault)?.caller(&user(1)).kms().schedule_key_deletion(&of_spec(vault, KeySpec::Hmac256)?.into(), 7))
    }),
    // A clock that jumped holds everything for a day.
    ("open eight days on", |machine, vault| {
        drop(vault.take().map(Vault::seal));
        let vault = vault.insert(open_at(&machine.disk.path(), START_MS + 8 * DAY_MS)?);
        vault.maintain();
        Ok(())
    }),
    ("open when it is due", |machine, vault| {
        for hours in [23, 23 + 23] {
            drop(vault.take().map(Vault::seal));
            let vault = vault.insert(open_at(&machine.disk.path(), START_MS + 8 * DAY_MS + hours * DAY_MS / 24)?);
            vault.maintain();
        }
        // Upkeep has nobody to tell that it failed, and comes again.
        of_spec(vault, KeySpec::Hmac256).map_or(Ok(()), |_| Err("it is not deleted yet".to_owned()))
    }),
    ("set for the last time", |_, vault| set(vault, 2, "e", 64)),
];

/// What can be read of a key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeySeen {
    info: KeyInfo,
    tags: BTreeMap<String, String>,
    versions: Vec<MaterialInfo>,
    grants: Vec<Grant>,
    /// What only the right material gives: itself, or a MAC.
    shows: Option<Vec<u8>>,
}

/// Every key, every name, and what the kept ciphertext holds.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Keys {
    keys: BTreeMap<KeyId, KeySeen>,
    names: Vec<(String, KeyId)>,
    kept: Option<Vec<u8>>,
}

/// Reads everything about the first user's keys, or says what does not read.
pub fn keys(vault: &Vault<Open>) -> Result<Keys, Trouble> {
    let owner = user(1);
    let kms = vault.caller(&owner).kms();
    let mut keys = BTreeMap::new();
    for id in kms.list_keys(None, MANY)?.items {
        let key = KeyRef::Id(id);
        let info = kms.describe_key(&key)?;
        let shows = match info.spec {
            KeySpec::SymmetricDefault => kms.export_key(&key).map(|bytes| bytes.expose().to_vec()),
            _ => kms.generate_mac(&NewMac { key: &key, message: b"m", algorithm: MAC }).map(|made| made.mac),
        };
        let seen = KeySeen {
            info,
            tags: kms.list_key_tags(&key)?,
            versions: kms.list_key_rotations(&key, None, MANY)?.items,
            grants: kms.list_grants(&key, None, MANY)?.items,
            shows: in_use(shows)?,
        };
        keys.insert(id, seen);
    }
    let names = kms.list_aliases(None, None, MANY)?.items;
    let names = names.into_iter().map(|info| (info.alias.to_string(), info.key)).collect();
    let kept = match vault.caller(&owner).get(&app(), &name("kept"), None) {
        Ok(ciphertext) => {
            let (ciphertext, context) = (ciphertext.bytes.expose(), &CallerContext::default());
            in_use(kms.decrypt(&Decrypt { key: None, ciphertext, context, algorithm: SYMMETRIC }))?
                .map(|opened| opened.plaintext.expose().to_vec())
        }
        Err(Refusal::Missing { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    Ok(Keys { keys, names, kept })
}

/// A key that is disabled or about to go shows nothing.
fn in_use<T>(shown: Result<T, KmsError>) -> Result<Option<T>, Trouble> {
    match shown {
        Ok(shown) => Ok(Some(shown)),
        Err(KmsError::Disabled | KmsError::PendingDeletion) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn make(vault: &Option<Vault<Open>>, new: &NewKey) -> Result<(), String> {
    told(live(vault)?.caller(&user(1)).kms().create_key(new))
}

/// The key of this spec: there is one of each.
fn of_spec(vault: &Option<Vault<Open>>, spec: KeySpec) -> Result<KeyId, String> {
    let owner = user(1);
    let kms = live(vault)?.caller(&owner).kms();
    for id in kms.list_keys(None, MANY).map_err(|error| error.to_string())?.items {
        if kms.describe_key(&id.into()).map_err(|error| error.to_string())?.spec == spec {
            return Ok(id);
        }
    }
    Err("there is no such key".to_owned())
}

fn alias() -> Alias {
    Alias::parse("alias/first").unwrap()
}

fn keep_ciphertext(vault: &Option<Vault<Open>>) -> Result<(), String> {
    let key = of_spec(vault, KeySpec::SymmetricDefault)?.into();
    let context = &CallerContext::default();
    let sealed = live(vault)?.caller(&user(1)).kms().encrypt(&Encrypt {
        key: &key,
        plaintext: b"kept",
        context,
        algorithm: SYMMETRIC,
    });
    let sealed = SecretBytes::from(&sealed.map_err(|error| error.to_string())?.ciphertext[..]);
    told(live(vault)?.caller(&user(1)).set(&app(), &name("kept"), sealed, None))
}

const MANY: usize = 100;
const MAC: MacAlgorithm = MacAlgorithm::HmacSha256;
const SYMMETRIC: EncryptionAlgorithm = EncryptionAlgorithm::SymmetricDefault;
