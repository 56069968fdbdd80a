//! What may be asked of keys.

use serde::{Deserialize, Serialize};

use super::super::{SecretBytes, bounded as text};
use super::{
    ContextPair, EncryptionAlgorithm, GrantConstraint, GrantOperation, GrantPlace, KeyOrigin, KeySpec, KeyTag,
    KeyUsage, MacAlgorithm, PolicyStatement, SigningAlgorithm, Wrapping, bounded,
};
use crate::v1::{bytes, hex};

/// A call about keys, done or only tried.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyRequest {
    /// Decide and try, do nothing: what would have succeeded is answered with
    /// the error `DryRun`.
    pub dry_run: bool,
    /// What is asked.
    pub operation: KeyCall,
}

/// Operations on keys. A `key` is an id, `8-4-4-4-12` lower-case hex digits, or
/// an alias of the caller's own, `alias/…`. A `context` is what is authenticated
/// with a ciphertext and has to be given again.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum KeyCall {
    /// Makes a key of the caller's own. Answers `Info`.
    Create {
        /// What it is made of.
        spec: KeySpec,
        /// What it is for.
        usage: KeyUsage,
        /// Made in the vault, or imported afterwards.
        origin: KeyOrigin,
        /// May its material be handed out? Never changes.
        exportable: bool,
        /// For people, at most 8,192 characters.
        #[serde(deserialize_with = "bounded::description")]
        description: String,
        /// For programs.
        #[serde(deserialize_with = "bounded::tags")]
        tags: Vec<KeyTag>,
    },
    /// What is known about a key. Answers `Info`.
    Describe {
        /// The key.
        #[serde(deserialize_with = "text::word")]
        key: String,
    },
    /// The caller's own keys, in an order of no meaning. Answers `Keys`.
    List {
        /// After this id.
        #[serde(default, deserialize_with = "text::option_word")]
        after: Option<String>,
        /// At most this many, 1 to 1,000.
        limit: u32,
    },
    /// Lets a disabled key be used again. Answers `Done`.
    Enable {
        /// The key.
        #[serde(deserialize_with = "text::word")]
        key: String,
    },
    /// Lets nobody use a key until it is enabled. Answers `Done`.
    Disable {
        /// The key.
        #[serde(deserialize_with = "text::word")]
        key: String,
    },
    /// Announces a key's deletion. Answers `Deletion`.
    ScheduleDeletion {
        /// The key.
        #[serde(deserialize_with = "text::word")]
        key: String,
        /// 7 to 30.
        days: u32,
    },
    /// Keeps a key from its deletion; it comes back disabled. Answers `Done`.
    CancelDeletion {
        /// The key.
        #[serde(deserialize_with = "text::word")]
        key: String,
    },
    /// Replaces a key's description. Answers `Done`.
    UpdateDescription {
        /// The key.
        #[serde(deserialize_with = "text::word")]
        key: String,
        /// For people, at most 8,192 characters.
        #[serde(deserialize_with = "bounded::description")]
        description: String,
    },
    /// Adds tags, replacing those of the same name. Answers `Done`.
    Tag {
        /// The key.
        #[serde(deserialize_with = "text::word")]
        key: String,
        /// The tags.
        #[serde(deserialize_with = "bounded::tags")]
        tags: Vec<KeyTag>,
    },
    /// Removes tags. Answers `Done`.
    Untag {
        /// The key.
        #[serde(deserialize_with = "text::word")]
        key: String,
        /// Their names.
        #[serde(deserialize_with = "bounded::tag_names")]
        names: Vec<String>,
    },
    /// A key's tags. Answers `Tags`.
    ListTags {
        /// The key.
        #[serde(deserialize_with = "text::word")]
        key: String,
    },
    /// Names a key of the caller's own. Answers `Done`.
    CreateAlias {
        /// `alias/…`.
        #[serde(deserialize_with = "text::word")]
        alias: String,
        /// The key's id.
        #[serde(deserialize_with = "text::word")]
        key: String,
    },
    /// Points an alias to another key of the same kind. Answers `Done`.
    UpdateAlias {
        /// The alias.
        #[serde(deserialize_with = "text::word")]
        alias: String,
        /// The key's id.
        #[serde(deserialize_with = "text::word")]
        key: String,
    },
    /// Takes a name away; the key stays. Answers `Done`.
    DeleteAlias {
        /// The alias.
        #[serde(deserialize_with = "text::word")]
        alias: String,
    },
    /// The caller's aliases, in an order of no meaning. Answers `Aliases`.
    ListAliases {
        /// Of the key with this id only.
        #[serde(default, deserialize_with = "text::option_word")]
        key: Option<String>,
        /// After this alias.
        #[serde(default, deserialize_with = "text::option_word")]
        after: Option<String>,
        /// At most this many, 1 to 1,000.
        limit: u32,
    },
    /// Encrypts under the current version of a key. Answers `Encrypted`.
    Encrypt {
        /// The key.
        #[serde(deserialize_with = "text::word")]
        key: String,
        /// At most 1 MiB; with JSON what fits the frame.
        plaintext: SecretBytes,
        /// What is authenticated with it.
        #[serde(deserialize_with = "bounded::context")]
        context: Vec<ContextPair>,
        /// How.
        algorithm: EncryptionAlgorithm,
    },
    /// Decrypts with the version that the ciphertext names. Answers `Decrypted`.
    Decrypt {
        /// The key it must be; needed for RSA.
        #[serde(default, deserialize_with = "text::option_word")]
        key: Option<String>,
        /// As `Encrypted` said it.
        #[serde(with = "bytes")]
        ciphertext: Vec<u8>,
        /// As when it was encrypted.
        #[serde(deserialize_with = "bounded::context")]
        context: Vec<ContextPair>,
        /// How.
        algorithm: EncryptionAlgorithm,
    },
    /// Moves a ciphertext to another key, version or context. Answers
    /// `ReEncrypted`.
    ReEncrypt {
        /// The key it must be under; needed for RSA.
        #[serde(default, deserialize_with = "text::option_word")]
        source_key: Option<String>,
        /// What there is.
        #[serde(with = "bytes")]
        ciphertext: Vec<u8>,
        /// As when it was encrypted.
        #[serde(deserialize_with = "bounded::context")]
        source_context: Vec<ContextPair>,
        /// How it was encrypted.
        source_algorithm: EncryptionAlgorithm,
        /// The new key; the same one brings it to the newest version.
        #[serde(deserialize_with = "text::word")]
        key: String,
        /// The new context.
        #[serde(deserialize_with = "bounded::context")]
        context: Vec<ContextPair>,
        /// The new way.
        algorithm: EncryptionAlgorithm,
    },
    /// Makes a data key, in clear and sealed. Answers `DataKey`.
    GenerateDataKey {
        /// The symmetric key to seal it under.
        #[serde(deserialize_with = "text::word")]
        key: String,
        /// What is authenticated with it.
        #[serde(deserialize_with = "bounded::context")]
        context: Vec<ContextPair>,
        /// Its length in bytes, 1 to 1,024.
        len: u32,
    },
    /// Makes a data key, sealed alone. Answers `Encrypted`.
    GenerateDataKeyWithoutPlaintext {
        /// The symmetric key to seal it under.
        #[serde(deserialize_with = "text::word")]
        key: String,
        /// What is authenticated with it.
        #[serde(deserialize_with = "bounded::context")]
        context: Vec<ContextPair>,
        /// Its length in bytes, 1 to 1,024.
        len: u32,
    },
    /// Makes a data key pair, its private half in clear and sealed. Answers
    /// `DataKeyPair`.
    GenerateDataKeyPair {
        /// The symmetric key to seal it under.
        #[serde(deserialize_with = "text::word")]
        key: String,
        /// What is authenticated with it.
        #[serde(deserialize_with = "bounded::context")]
        context: Vec<ContextPair>,
        /// Of which kind: an asymmetric one.
        spec: KeySpec,
    },
    /// Makes a data key pair, its private half sealed alone. Answers
    /// `SealedDataKeyPair`.
    GenerateDataKeyPairWithoutPlaintext {
        /// The symmetric key to seal it under.
        #[serde(deserialize_with = "text::word")]
        key: String,
        /// What is authenticated with it.
        #[serde(deserialize_with = "bounded::context")]
        context: Vec<ContextPair>,
        /// Of which kind: an asymmetric one.
        spec: KeySpec,
    },
    /// Random bytes. Answers `Random`.
    GenerateRandom {
        /// How many, 1 to 1,024.
        len: u32,
    },
    /// Makes a message's MAC. Answers `Mac`.
    GenerateMac {
        /// The HMAC key.
        #[serde(deserialize_with = "text::word")]
        key: String,
        /// At most 1 MiB; with JSON what fits the frame.
        message: SecretBytes,
        /// How.
        algorithm: MacAlgorithm,
    },
    /// Verifies a message's MAC. Answers `Verified`, or the error `InvalidMac`.
    VerifyMac {
        /// The HMAC key.
        #[serde(deserialize_with = "text::word")]
        key: String,
        /// The message.
        message: SecretBytes,
        /// How.
        algorithm: MacAlgorithm,
        /// The MAC.
        mac: SecretBytes,
    },
    /// Signs a message or its digest. Answers `Signature`.
    Sign {
        /// The key.
        #[serde(deserialize_with = "text::word")]
        key: String,
        /// At most 1 MiB; with JSON what fits the frame.
        message: SecretBytes,
        /// It is the digest, by the algorithm's hash.
        digest: bool,
        /// How.
        algorithm: SigningAlgorithm,
    },
    /// Verifies a signature. Answers `Verified`, or the error
    /// `InvalidSignature`.
    Verify {
        /// The key.
        #[serde(deserialize_with = "text::word")]
        key: String,
        /// The message.
        message: SecretBytes,
        /// It is the digest, by the algorithm's hash.
        digest: bool,
        /// How.
        algorithm: SigningAlgorithm,
        /// The signature.
        #[serde(with = "bytes")]
        signature: Vec<u8>,
    },
    /// The public half of a key. Answers `PublicKey`.
    GetPublicKey {
        /// The key.
        #[serde(deserialize_with = "text::word")]
        key: String,
    },
    /// The secret shared with the holder of a public key, raw. Answers
    /// `SharedSecret`.
    DeriveSharedSecret {
        /// The key.
        #[serde(deserialize_with = "text::word")]
        key: String,
        /// The other's public key: a DER SubjectPublicKeyInfo of the same curve.
        #[serde(with = "bytes")]
        peer: Vec<u8>,
    },
    /// Gives a symmetric key new material now. Answers `Rotated`.
    Rotate {
        /// The key.
        #[serde(deserialize_with = "text::word")]
        key: String,
    },
    /// Rotates a key every so many days from now on. Answers `Done`.
    EnableRotation {
        /// The key.
        #[serde(deserialize_with = "text::word")]
        key: String,
        /// 90 to 2,560.
        days: u32,
    },
    /// No automatic rotation any more. Answers `Done`.
    DisableRotation {
        /// The key.
        #[serde(deserialize_with = "text::word")]
        key: String,
    },
    /// How a key is rotated. Answers `RotationStatus`.
    GetRotationStatus {
        /// The key.
        #[serde(deserialize_with = "text::word")]
        key: String,
    },
    /// Versions of a key's material, oldest first. Answers `Rotations`.
    ListRotations {
        /// The key.
        #[serde(deserialize_with = "text::word")]
        key: String,
        /// After this version.
        after: Option<u32>,
        /// At most this many, 1 to 1,000.
        limit: u32,
    },
    /// What an import needs. Answers `ImportParameters`.
    GetParametersForImport {
        /// The key, of external origin.
        #[serde(deserialize_with = "text::word")]
        key: String,
        /// How the material will be wrapped.
        wrapping: Wrapping,
        /// Of the key to wrap it to: RSA of any size.
        spec: KeySpec,
    },
    /// Imports a key's material, or the same again. Answers `Done`.
    ImportMaterial {
        /// The key.
        #[serde(deserialize_with = "text::word")]
        key: String,
        /// Of the latest parameters.
        #[serde(with = "hex")]
        token: [u8; 32],
        /// The wrapped material.
        #[serde(with = "bytes")]
        wrapped: Vec<u8>,
        /// Milliseconds since 1970, UTC; none = never.
        expires_at: Option<u64>,
    },
    /// Deletes imported material. Answers `MaterialDeleted`.
    DeleteImportedMaterial {
        /// The key.
        #[serde(deserialize_with = "text::word")]
        key: String,
    },
    /// Hands out the material of a key that was made exportable. Answers
    /// `Material`.
    Export {
        /// The key.
        #[serde(deserialize_with = "text::word")]
        key: String,
    },
    /// Lets somebody do something with a key. Answers `Granted`.
    CreateGrant {
        /// The key.
        #[serde(deserialize_with = "text::word")]
        key: String,
        /// Who may: `uid:N` or `ext:ID`.
        #[serde(deserialize_with = "text::word")]
        grantee: String,
        /// Who may end it, beside the key's owner.
        #[serde(default, deserialize_with = "text::option_word")]
        retiring: Option<String>,
        /// What; at least one.
        #[serde(deserialize_with = "bounded::operations")]
        operations: Vec<GrantOperation>,
        /// Under which contexts; of symmetric keys only.
        constraint: Option<GrantConstraint>,
        /// For people; the same grant under the same name is made once.
        #[serde(default, deserialize_with = "text::option_word")]
        name: Option<String>,
    },
    /// The grants on one of the caller's keys, oldest first. Answers `Grants`.
    ListGrants {
        /// The key.
        #[serde(deserialize_with = "text::word")]
        key: String,
        /// After the grant of this number.
        after: Option<u64>,
        /// At most this many, 1 to 1,000.
        limit: u32,
    },
    /// The grants that the caller is named to retire, in an order of no meaning.
    /// Answers `Grants`.
    ListRetirableGrants {
        /// After this grant.
        after_grant: Option<GrantPlace>,
        /// At most this many, 1 to 1,000.
        limit: u32,
    },
    /// Takes a grant on one of the caller's keys back. Answers `Done`.
    RevokeGrant {
        /// The key.
        #[serde(deserialize_with = "text::word")]
        key: String,
        /// The grant.
        #[serde(with = "hex")]
        grant: [u8; 32],
    },
    /// Gives a grant up. Answers `Done`.
    RetireGrant {
        /// The key's id.
        #[serde(deserialize_with = "text::word")]
        key: String,
        /// The grant.
        #[serde(with = "hex")]
        grant: [u8; 32],
    },
    /// The key's policy, which is every key's. Answers `Policy`.
    GetPolicy {
        /// The key.
        #[serde(deserialize_with = "text::word")]
        key: String,
    },
    /// Accepts the policy that every key has; refuses every other. Answers
    /// `Done`.
    PutPolicy {
        /// The key.
        #[serde(deserialize_with = "text::word")]
        key: String,
        /// The policy.
        #[serde(deserialize_with = "bounded::statements")]
        statements: Vec<PolicyStatement>,
    },
    /// What is there of each version of a key, and what used it since the vault
    /// was opened. Answers `Census`.
    Census {
        /// The key.
        #[serde(deserialize_with = "text::word")]
        key: String,
    },
}
