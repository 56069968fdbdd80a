//! What is asked, when it is more than an argument or two.

use std::fmt;

use vault_proto::latest::{
    ContextPair, EncryptionAlgorithm, GrantConstraint, GrantOperation, KeyOrigin, KeySpec, KeyTag, KeyUsage,
};

/// A key to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewKey {
    /// What it is made of.
    pub spec: KeySpec,
    /// What it is for.
    pub usage: KeyUsage,
    /// Made in the vault, or imported afterwards.
    pub origin: KeyOrigin,
    /// May its material be handed out? Never changes.
    pub exportable: bool,
    /// For people.
    pub description: String,
    /// For programs.
    pub tags: Vec<KeyTag>,
}

impl NewKey {
    /// Made in the vault, not exportable, without description and tags.
    #[must_use]
    pub fn new(spec: KeySpec, usage: KeyUsage) -> Self {
        let (origin, description) = (KeyOrigin::Internal, String::new());
        Self { spec, usage, origin, exportable: false, description, tags: Vec::new() }
    }

    /// The symmetric default, to encrypt with.
    #[must_use]
    pub fn symmetric() -> Self {
        Self::new(KeySpec::SymmetricDefault, KeyUsage::EncryptDecrypt)
    }
}

/// A ciphertext, and what is needed to open it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decrypt<'a> {
    /// The key it must be under; needed for RSA.
    pub key: Option<&'a str>,
    /// What there is.
    pub ciphertext: &'a [u8],
    /// As when it was encrypted.
    pub context: &'a [(&'a str, &'a str)],
    /// How.
    pub algorithm: EncryptionAlgorithm,
}

impl<'a> Decrypt<'a> {
    /// An envelope, which names its key itself.
    #[must_use]
    pub fn new(ciphertext: &'a [u8], context: &'a [(&'a str, &'a str)]) -> Self {
        Self { key: None, ciphertext, context, algorithm: EncryptionAlgorithm::SymmetricDefault }
    }

    /// Only if it is under that key.
    #[must_use]
    pub fn under(self, key: &'a str) -> Self {
        Self { key: Some(key), ..self }
    }
}

/// A ciphertext, and where it is to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReEncrypt<'a> {
    /// What there is.
    pub source: Decrypt<'a>,
    /// The new key; the same one brings it to the newest version.
    pub key: &'a str,
    /// The new context.
    pub context: &'a [(&'a str, &'a str)],
    /// The new way.
    pub algorithm: EncryptionAlgorithm,
}

impl<'a> ReEncrypt<'a> {
    /// Under another symmetric key, with the context it has.
    #[must_use]
    pub fn new(source: Decrypt<'a>, key: &'a str) -> Self {
        let context = source.context;
        Self { source, key, context, algorithm: EncryptionAlgorithm::SymmetricDefault }
    }
}

/// What is signed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Message<'a> {
    /// The message.
    Raw(&'a [u8]),
    /// Its digest, by the algorithm's hash.
    Digest(&'a [u8]),
}

impl Message<'_> {
    pub(crate) fn parts(&self) -> (&[u8], bool) {
        match self {
            Self::Raw(message) => (message, false),
            Self::Digest(digest) => (digest, true),
        }
    }
}

impl fmt::Debug for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Raw(message) => write!(f, "Raw({} bytes)", message.len()),
            Self::Digest(digest) => write!(f, "Digest({} bytes)", digest.len()),
        }
    }
}

/// A grant to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewGrant {
    /// The key.
    pub key: String,
    /// Who may: `uid:N` or `ext:ID`.
    pub grantee: String,
    /// Who may end it, beside the key's owner.
    pub retiring: Option<String>,
    /// What; at least one.
    pub operations: Vec<GrantOperation>,
    /// Under which contexts; of symmetric keys only.
    pub constraint: Option<GrantConstraint>,
    /// For people; the same grant under the same name is made once.
    pub name: Option<String>,
}

impl NewGrant {
    /// Under any context, ended by the key's owner only.
    #[must_use]
    pub fn new(key: &str, grantee: &str, operations: Vec<GrantOperation>) -> Self {
        let (key, grantee) = (key.to_owned(), grantee.to_owned());
        Self { key, grantee, retiring: None, operations, constraint: None, name: None }
    }
}

/// An access key to be made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NewAccessKey {
    /// Whose: `uid:N` or `ext:ID`; none = the caller's own. For an operator.
    pub user: Option<String>,
    /// For people.
    pub description: String,
    /// Milliseconds since 1970, UTC; none = until it is revoked.
    pub expires_at: Option<u64>,
}

/// An encryption context as the wire says it.
pub(crate) fn pairs(context: &[(&str, &str)]) -> Vec<ContextPair> {
    context.iter().map(|(key, value)| ContextPair { key: (*key).to_owned(), value: (*value).to_owned() }).collect()
}
