//! What is answered about keys.

use serde::{Deserialize, Serialize};

use super::super::{SecretBytes, bounded as text};
use super::{GrantInfo, KeyOrigin, KeySpec, KeyState, KeyUsage, MaterialSource, PolicyStatement, bounded};
use crate::v1::{bytes, hex};

/// The answers to each [`super::KeyCall`]. A call with nothing more to say is
/// answered with version 1's `Done`.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum KeyReply {
    /// To `create` and `describe`.
    Info(KeyInfo),
    /// To `list`.
    Keys {
        /// Their ids.
        #[serde(deserialize_with = "bounded::ids")]
        ids: Vec<String>,
        /// More follow after the last one.
        more: bool,
    },
    /// To `schedule_deletion`.
    Deletion {
        /// When; milliseconds since 1970, UTC.
        at: u64,
    },
    /// To `list_tags`.
    Tags {
        /// By name.
        #[serde(deserialize_with = "bounded::tags")]
        items: Vec<KeyTag>,
    },
    /// To `list_aliases`.
    Aliases {
        /// In an order of no meaning.
        #[serde(deserialize_with = "bounded::aliases")]
        items: Vec<AliasInfo>,
        /// More follow after the last one.
        more: bool,
    },
    /// To `encrypt` and `generate_data_key_without_plaintext`.
    Encrypted(Encrypted),
    /// To `decrypt`.
    Decrypted(Decrypted),
    /// To `re_encrypt`.
    ReEncrypted(ReEncrypted),
    /// To `generate_data_key`.
    DataKey {
        /// In clear: to be used and forgotten.
        plaintext: SecretBytes,
        /// To be kept beside what it encrypts.
        sealed: Encrypted,
    },
    /// To `generate_data_key_pair`.
    DataKeyPair {
        /// The private half in clear, PKCS#8: to be used and forgotten.
        private: SecretBytes,
        /// SubjectPublicKeyInfo, DER.
        #[serde(with = "bytes")]
        public: Vec<u8>,
        /// The private half under the key.
        sealed: Encrypted,
    },
    /// To `generate_data_key_pair_without_plaintext`.
    SealedDataKeyPair {
        /// SubjectPublicKeyInfo, DER.
        #[serde(with = "bytes")]
        public: Vec<u8>,
        /// The private half, PKCS#8, under the key.
        sealed: Encrypted,
    },
    /// To `generate_random`.
    Random {
        /// As many as were asked for.
        bytes: SecretBytes,
    },
    /// To `generate_mac`.
    Mac {
        /// The key's id.
        #[serde(deserialize_with = "text::word")]
        key: String,
        /// As long as the hash.
        mac: SecretBytes,
    },
    /// To `verify_mac` and `verify`: it is the message's.
    Verified {
        /// The key's id.
        #[serde(deserialize_with = "text::word")]
        key: String,
    },
    /// To `sign`.
    Signature {
        /// The key's id.
        #[serde(deserialize_with = "text::word")]
        key: String,
        /// The signature; ECDSA's in DER.
        #[serde(with = "bytes")]
        signature: Vec<u8>,
    },
    /// To `get_public_key`.
    PublicKey(PublicKey),
    /// To `derive_shared_secret`.
    SharedSecret {
        /// The raw x coordinate.
        secret: SecretBytes,
    },
    /// To `rotate`.
    Rotated {
        /// The version in use from now on.
        version: u32,
    },
    /// To `get_rotation_status`.
    RotationStatus(RotationStatus),
    /// To `list_rotations`.
    Rotations {
        /// Oldest first.
        #[serde(deserialize_with = "bounded::rotations")]
        items: Vec<KeyMaterialInfo>,
        /// More follow after the last one.
        more: bool,
    },
    /// To `get_parameters_for_import`.
    ImportParameters(ImportParameters),
    /// To `delete_imported_material`.
    MaterialDeleted {
        /// Readers held the old bytes past the deadline: erasure goes on later.
        erasure_pending: bool,
    },
    /// To `export`.
    Material {
        /// 32 bytes, an HMAC key, or PKCS#8.
        bytes: SecretBytes,
    },
    /// To `create_grant`.
    Granted {
        /// To revoke or retire it by.
        #[serde(with = "hex")]
        grant: [u8; 32],
    },
    /// To `list_grants` and `list_retirable_grants`.
    Grants {
        /// At most what was asked for; fewer when more would not fit a frame.
        #[serde(deserialize_with = "bounded::grants")]
        items: Vec<GrantInfo>,
        /// More follow after the last one.
        more: bool,
    },
    /// To `get_policy`.
    Policy {
        /// Each of its statements.
        #[serde(deserialize_with = "bounded::statements")]
        statements: Vec<PolicyStatement>,
    },
    /// To `census`.
    Census(KeyCensus),
}

/// A key, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyInfo {
    /// Its id.
    #[serde(deserialize_with = "text::word")]
    pub id: String,
    /// `uid:N` or `ext:ID`.
    #[serde(deserialize_with = "text::word")]
    pub made_by: String,
    /// Milliseconds since 1970, UTC.
    pub made_at: u64,
    /// It belongs to whoever asks; else a grant shows it.
    pub own: bool,
    /// What it is made of.
    pub spec: KeySpec,
    /// What it is for.
    pub usage: KeyUsage,
    /// Where its material comes from.
    pub origin: KeyOrigin,
    /// Its state.
    pub state: KeyState,
    /// May its material be handed out?
    pub exportable: bool,
    /// For people.
    #[serde(deserialize_with = "bounded::description")]
    pub description: String,
    /// The version in use; none while it waits for material.
    pub current: Option<KeyVersion>,
    /// When it will be deleted; milliseconds since 1970, UTC.
    pub deletion_at: Option<u64>,
    /// When imported material expires; milliseconds since 1970, UTC.
    pub expires_at: Option<u64>,
}

/// One version of a key's material by number and id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyVersion {
    /// From 1.
    pub version: u32,
    /// Tells one material from another and nothing of either.
    #[serde(with = "hex")]
    pub material: [u8; 32],
}

/// A tag on a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyTag {
    /// Its name, 1 to 128 characters.
    #[serde(deserialize_with = "bounded::tag_name")]
    pub name: String,
    /// Its value, at most 256 characters.
    #[serde(deserialize_with = "bounded::tag_value")]
    pub value: String,
}

/// An alias and the key it names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AliasInfo {
    /// `alias/…`.
    #[serde(deserialize_with = "text::word")]
    pub alias: String,
    /// The key's id.
    #[serde(deserialize_with = "text::word")]
    pub key: String,
    /// Milliseconds since 1970, UTC.
    pub made_at: u64,
    /// When it was last pointed to a key; milliseconds since 1970, UTC.
    pub updated_at: u64,
}

/// Something that was encrypted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Encrypted {
    /// The key's id.
    #[serde(deserialize_with = "text::word")]
    pub key: String,
    /// The version of its material.
    pub version: u32,
    /// What to keep.
    #[serde(with = "bytes")]
    pub ciphertext: Vec<u8>,
}

/// Something that was decrypted.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decrypted {
    /// The key's id.
    #[serde(deserialize_with = "text::word")]
    pub key: String,
    /// The version of its material.
    pub version: u32,
    /// What was encrypted.
    pub plaintext: SecretBytes,
}

/// A ciphertext that was moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReEncrypted {
    /// The id of the key it was under.
    #[serde(deserialize_with = "text::word")]
    pub source_key: String,
    /// The version it was under.
    pub source_version: u32,
    /// What it is now.
    pub sealed: Encrypted,
}

/// A public key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublicKey {
    /// The key's id.
    #[serde(deserialize_with = "text::word")]
    pub key: String,
    /// What it is made of.
    pub spec: KeySpec,
    /// What it is for.
    pub usage: KeyUsage,
    /// SubjectPublicKeyInfo, DER.
    #[serde(with = "bytes")]
    pub spki: Vec<u8>,
}

/// How a key is rotated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RotationStatus {
    /// The period, while automatic rotation is on.
    pub period_days: Option<u32>,
    /// When the next one is due; milliseconds since 1970, UTC.
    pub next_at: Option<u64>,
    /// How many rotations were asked for so far.
    pub on_demand: u8,
}

/// One version of a key's material.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyMaterialInfo {
    /// From 1, never reused.
    pub version: u32,
    /// Tells one material from another and nothing of either.
    #[serde(with = "hex")]
    pub material: [u8; 32],
    /// How it came to be.
    pub source: MaterialSource,
    /// The material is no longer there: deleted, expired or lost.
    pub gone: bool,
    /// When it was made or imported; milliseconds since 1970, UTC.
    pub made_at: u64,
    /// When it went; milliseconds since 1970, UTC.
    pub gone_at: Option<u64>,
    /// When it expires; milliseconds since 1970, UTC.
    pub expires_at: Option<u64>,
}

/// What an import needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportParameters {
    /// The key's id.
    #[serde(deserialize_with = "text::word")]
    pub key: String,
    /// To be given back with the material.
    #[serde(with = "hex")]
    pub token: [u8; 32],
    /// What to wrap it to: SubjectPublicKeyInfo, DER.
    #[serde(with = "bytes")]
    pub public: Vec<u8>,
    /// Milliseconds since 1970, UTC.
    pub valid_until: u64,
}

/// A key's rows and versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyCensus {
    /// Oldest first.
    #[serde(deserialize_with = "bounded::census")]
    pub versions: Vec<VersionCensus>,
    /// Aliases that name the key.
    pub aliases: u64,
    /// Grants on it.
    pub grants: u64,
    /// Parameters for an import are out.
    pub import_pending: bool,
}

/// One version of a key, and how often it was used since the vault was opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VersionCensus {
    /// What is known about it.
    pub info: KeyMaterialInfo,
    /// Its material is stored.
    pub stored: bool,
    /// New ciphertexts are made with it.
    pub current: bool,
    /// Encrypted, signed, authenticated or derived with it.
    pub made: u64,
    /// Decrypted or verified with it.
    pub opened: u64,
    /// When last; milliseconds since 1970, UTC.
    pub last_used_at: Option<u64>,
}
