//! Envelope v1: the only ciphertext there is.
//!
//! ```text
//! prefix = "VLT1" | format 1 | suite 1 | kind 1 | flags 0 | key version u32be   (kind 3: | key UUID 16)
//! bytes  = prefix | N 24 | C 32 | ct | tag 16
//! prk    = HKDF-Extract(salt = N, ikm = K)
//! ek ‖ C = HKDF-Expand(prk, "vault/v1/env" ‖ SHA-256(ctx), 64)
//! ct     = XChaCha20-Poly1305(ek, N, aad = ctx, plaintext)
//! ```
//!
//! C commits to the key and to the context, so no ciphertext opens under two
//! keys or in two places. The context ([`Context`]) is never optional and the
//! suite is never chosen by the envelope: one suite is compiled in, the byte
//! only has to agree. Every failure to open is the one [`Refused`].

mod context;
mod padding;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod vectors;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::codec::{Malformed, Reader};
use crate::hazmat::{aead, hkdf};
use crate::host::{Entropy, EntropyError};
use crate::keys::{SecretBytes, Subkey};
use crate::limits;

pub use context::{CallerContext, CallerContextError, Context};

/// What an envelope holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Kind {
    /// A secret's value; padded.
    Value = 1,
    /// A key under another key.
    WrappedKey = 2,
    /// A message under a KMS key.
    KmsMessage = 3,
    /// Something on its way out of a vault.
    Export = 4,
    /// The state record.
    State = 5,
    /// What is known about a secret; padded.
    Metadata = 6,
    /// The vault's own bookkeeping.
    System = 7,
    /// The keyring.
    Keyring = 8,
}

/// An envelope taken apart; says what it claims to be and proves nothing.
#[derive(Clone, Copy, Debug)]
pub struct Parsed<'a> {
    /// What it holds.
    pub kind: Kind,
    /// The version of the key it is sealed under.
    pub key_version: u32,
    /// The KMS key, for [`Kind::KmsMessage`].
    pub kms_key: Option<[u8; 16]>,
    /// The commitment C.
    pub commitment: &'a [u8; 32],
    /// The Poly1305 tag.
    pub tag: &'a [u8; 16],
    prefix: &'a [u8],
    nonce: &'a [u8; 24],
    ciphertext: &'a [u8],
}

/// The envelope does not open here: wrong key, wrong place, or changed bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the record cannot be proven genuine")]
pub struct Refused;

/// Why nothing was sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// Over [`limits::PLAINTEXT_MAX`].
    #[error("the plaintext has {len} bytes, {max} are accepted")]
    TooLarge {
        /// Given.
        len: usize,
        /// Accepted.
        max: usize,
    },
    /// No randomness for the nonce.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
}

impl Kind {
    fn from_byte(byte: u8) -> Option<Self> {
        use Kind::{Export, Keyring, KmsMessage, Metadata, State, System, Value, WrappedKey};
        [Value, WrappedKey, KmsMessage, Export, State, Metadata, System, Keyring]
            .into_iter()
            .find(|kind| *kind as u8 == byte)
    }

    fn is_padded(self) -> bool {
        matches!(self, Self::Value | Self::Metadata)
    }
}

/// Takes an envelope apart, checking every length and fixed field.
pub fn parse(bytes: &[u8]) -> Result<Parsed<'_>, Malformed> {
    let mut reader = Reader::new(bytes);
    reader.literal(MAGIC, "the envelope magic VLT1")?;
    reader.literal(&[FORMAT], "envelope format 1")?;
    reader.literal(&[SUITE], "suite 1")?;
    let kind = Kind::from_byte(reader.u8("an envelope kind")?).ok_or(Malformed { expected: "an envelope kind" })?;
    reader.literal(&[0], "no flags")?;
    let key_version = reader.u32("a key version")?;
    let kms_key = match kind {
        Kind::KmsMessage => Some(reader.array::<16>("a key id")?),
        _ => None,
    };
    let (prefix, rest) = bytes.split_at(bytes.len() - reader.rest().len());
    let short = Malformed { expected: "a nonce, a commitment and a tag" };
    let (nonce, rest) = rest.split_first_chunk::<24>().ok_or(short)?;
    let (commitment, rest) = rest.split_first_chunk::<32>().ok_or(short)?;
    let (ciphertext, tag) = rest.split_last_chunk::<16>().ok_or(short)?;
    if ciphertext.len() > padding::padded_len(limits::PLAINTEXT_MAX) {
        return Err(Malformed { expected: "a ciphertext within limits" });
    }
    Ok(Parsed { kind, key_version, kms_key, commitment, tag, prefix, nonce, ciphertext })
}

/// Seals `plaintext` under a subkey that only this envelope has.
pub(crate) fn seal(
    key: &[u8; 32],
    kind: Kind,
    key_version: u32,
    context: &Context<'_>,
    plaintext: &[u8],
    entropy: &dyn Entropy,
) -> Result<Vec<u8>, SealError> {
    if plaintext.len() > limits::PLAINTEXT_MAX {
        return Err(SealError::TooLarge { len: plaintext.len(), max: limits::PLAINTEXT_MAX });
    }
    let mut nonce = [0; aead::NONCE_LEN];
    entropy.fill(&mut nonce)?;
    let prefix = prefix(kind, key_version);
    let ctx = context.encode(&prefix);
    let (encryption_key, commitment) = subkey(key, &nonce, &ctx);

    let body = if kind.is_padded() { padding::padded_len(plaintext.len()) } else { plaintext.len() };
    let mut bytes = Vec::with_capacity(prefix.len() + OVERHEAD + body);
    bytes.extend_from_slice(&prefix);
    bytes.extend_from_slice(&nonce);
    bytes.extend_from_slice(&commitment);
    let start = bytes.len();
    // The plaintext goes straight to where it is encrypted in place: there is
    // no second copy to erase.
    if kind.is_padded() {
        padding::pad_into(&mut bytes, plaintext);
    } else {
        bytes.extend_from_slice(plaintext);
    }
    let tag = aead::seal(encryption_key.expose(), &nonce, &ctx, &mut bytes[start..]);
    bytes.extend_from_slice(&tag);
    Ok(bytes)
}

/// Seals a message under a KMS key: kind 3, the key's id in the prefix. Scope,
/// name and version of the context stay empty, so that a key can change hands
/// and what it has sealed still opens.
pub(crate) fn seal_message(
    key: &[u8; 32],
    kms_key: &[u8; 16],
    key_version: u32,
    vault: &[u8; 16],
    caller: &CallerContext,
    message: &[u8],
    entropy: &dyn Entropy,
) -> Result<Vec<u8>, SealError> {
    let len = 1 + message.len();
    if len > limits::PLAINTEXT_MAX {
        return Err(SealError::TooLarge { len, max: limits::PLAINTEXT_MAX });
    }
    let mut nonce = [0; aead::NONCE_LEN];
    entropy.fill(&mut nonce)?;
    let mut bytes = Vec::with_capacity(12 + 16 + OVERHEAD + len);
    bytes.extend_from_slice(&prefix(Kind::KmsMessage, key_version));
    bytes.extend_from_slice(kms_key);
    let ctx = message_context(vault, caller).encode(&bytes);
    let (encryption_key, commitment) = subkey(key, &nonce, &ctx);
    bytes.extend_from_slice(&nonce);
    bytes.extend_from_slice(&commitment);
    let start = bytes.len();
    bytes.push(MESSAGE_RECORD_VERSION);
    bytes.extend_from_slice(message);
    let tag = aead::seal(encryption_key.expose(), &nonce, &ctx, &mut bytes[start..]);
    bytes.extend_from_slice(&tag);
    Ok(bytes)
}

/// Opens what [`seal_message`] made.
pub(crate) fn open_message(
    key: &[u8; 32],
    vault: &[u8; 16],
    caller: &CallerContext,
    bytes: &[u8],
) -> Result<SecretBytes, Refused> {
    let mut record = open(key, Kind::KmsMessage, &message_context(vault, caller), bytes)?;
    if record.expose().first() != Some(&MESSAGE_RECORD_VERSION) {
        return Err(Refused);
    }
    let len = record.expose().len();
    record.keep(1..len);
    Ok(record)
}

fn message_context<'a>(vault: &'a [u8; 16], caller: &'a CallerContext) -> Context<'a> {
    Context { vault, scope: &[0; 16], name: b"", version: 0, caller }
}

/// Opens an envelope of the expected kind in the expected place.
///
/// # Errors
/// One error for every cause, and nothing of the plaintext left anywhere.
pub(crate) fn open(key: &[u8; 32], kind: Kind, context: &Context<'_>, bytes: &[u8]) -> Result<SecretBytes, Refused> {
    open_first(key, kind, context, bytes).map(|(plaintext, _)| plaintext)
}

/// [`open`], and what [`open_again`] needs.
pub(crate) fn open_first(
    key: &[u8; 32],
    kind: Kind,
    context: &Context<'_>,
    bytes: &[u8],
) -> Result<(SecretBytes, Subkey), Refused> {
    let parsed = parse_as(kind, bytes)?;
    let ctx = context.encode(parsed.prefix);
    let (encryption_key, commitment) = subkey(key, parsed.nonce, &ctx);
    if !bool::from(commitment.ct_eq(parsed.commitment)) {
        return Err(Refused);
    }
    let plaintext =
        decrypt(&parsed, |buffer| aead::open(encryption_key.expose(), parsed.nonce, &ctx, buffer, parsed.tag))?;
    let again = Subkey::fill_with(|prepared| {
        aead::prepare_into(encryption_key.expose(), parsed.nonce, prepared);
        Ok::<_, std::convert::Infallible>(())
    });
    match again {
        Ok(again) => Ok((plaintext, again)),
        Err(never) => match never {},
    }
}

/// Opens the very bytes that [`open_first`] has opened, in the same place, with
/// the key it gave. Their commitment was compared then, and that key derives
/// from what it commits to: from the scope's key, the nonce and the context
/// together. The context is authenticated again.
pub(crate) fn open_again(
    subkey: &Subkey,
    kind: Kind,
    context: &Context<'_>,
    bytes: &[u8],
) -> Result<SecretBytes, Refused> {
    let parsed = parse_as(kind, bytes)?;
    let ctx = context.encode(parsed.prefix);
    decrypt(&parsed, |buffer| aead::open_prepared(subkey.expose(), parsed.nonce, &ctx, buffer, parsed.tag))
}

fn parse_as(kind: Kind, bytes: &[u8]) -> Result<Parsed<'_>, Refused> {
    parse(bytes).ok().filter(|parsed| parsed.kind == kind).ok_or(Refused)
}

fn decrypt(parsed: &Parsed<'_>, open: impl FnOnce(&mut [u8]) -> bool) -> Result<SecretBytes, Refused> {
    let mut plaintext = Zeroizing::new(parsed.ciphertext.to_vec());
    if !open(&mut plaintext) {
        return Err(Refused);
    }
    let mut plaintext = SecretBytes::new(std::mem::take(&mut *plaintext));
    if parsed.kind.is_padded() {
        let range = padding::unpad(plaintext.expose()).ok_or(Refused)?;
        plaintext.keep_before_zeros(range);
    }
    Ok(plaintext)
}

/// What a padded plaintext of this length occupies: its size class.
#[must_use]
pub fn size_class(record_len: usize) -> usize {
    padding::padded_len(record_len)
}

fn prefix(kind: Kind, key_version: u32) -> [u8; 12] {
    let mut prefix = [0; 12];
    prefix[..4].copy_from_slice(MAGIC);
    prefix[4] = FORMAT;
    prefix[5] = SUITE;
    prefix[6] = kind as u8;
    prefix[8..].copy_from_slice(&key_version.to_be_bytes());
    prefix
}

fn subkey(key: &[u8; 32], nonce: &[u8; 24], ctx: &[u8]) -> (Subkey, [u8; 32]) {
    let mut okm = Zeroizing::new([0; 64]);
    hkdf::derive(nonce, key, &[LABEL, &Sha256::digest(ctx)], &mut okm);
    let (key, rest) = okm.split_at(32);
    let filled = Subkey::fill_with(|bytes| {
        bytes.copy_from_slice(key);
        Ok::<_, std::convert::Infallible>(())
    });
    let encryption_key = match filled {
        Ok(key) => key,
        Err(never) => match never {},
    };
    let mut commitment = [0; 32];
    commitment.copy_from_slice(rest);
    (encryption_key, commitment)
}

const MAGIC: &[u8; 4] = b"VLT1";
const FORMAT: u8 = 1;
const SUITE: u8 = 1;
const LABEL: &[u8] = b"vault/v1/env";
const MESSAGE_RECORD_VERSION: u8 = 1;
/// Nonce, commitment and tag.
const OVERHEAD: usize = 24 + 32 + 16;
