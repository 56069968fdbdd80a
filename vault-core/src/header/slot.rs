//! A key slot in the header: one way to unseal.

use std::fmt;

use crate::codec::{Malformed, Put, Reader, lp_prefix};
use crate::envelope::{self, CallerContext, Context, Kind, Refused, SealError};
use crate::hex;
use crate::host::Entropy;
use crate::keys::{KeyVersion, RootKey, SecretBytes, SlotKey};
use crate::limits;
use crate::names::is_label;

/// Names a slot for ever.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SlotId(pub [u8; 16]);

/// What opens a slot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum SlotKind {
    /// A passphrase, through Argon2id.
    Passphrase = 1,
    /// 32 random bytes in a file.
    KeyFile = 2,
    /// 256 bits on paper.
    RecoveryKey = 3,
    /// 32 random bytes handed over by systemd.
    Credential = 4,
}

/// A key slot.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Slot {
    /// Its id.
    pub id: SlotId,
    /// Its kind.
    pub kind: SlotKind,
    /// For people; printable ASCII, in clear.
    pub label: String,
    /// KDF parameters of a passphrase slot, else empty.
    pub params: Vec<u8>,
    /// The root key under this slot's key.
    pub wrap: Vec<u8>,
}

impl fmt::Display for SlotId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0))
    }
}

impl SlotId {
    /// From 32 lower-case hex digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        hex::decode(text.as_bytes()).map(Self)
    }
}

impl fmt::Display for SlotKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Passphrase => "passphrase",
            Self::KeyFile => "key-file",
            Self::RecoveryKey => "recovery-key",
            Self::Credential => "credential",
        })
    }
}

impl Slot {
    /// Wraps the root key; the result is checked by a fresh unwrap before it is
    /// handed out.
    pub(crate) fn seal(
        mut self,
        key: &SlotKey,
        vault: &[u8; 16],
        root: &RootKey,
        root_version: KeyVersion,
        entropy: &dyn Entropy,
    ) -> Result<Self, SealError> {
        let plain = SecretBytes::new([&[RECORD_VERSION][..], root.expose()].concat());
        let name = self.place_name();
        let context = context(vault, &name, root_version);
        self.wrap =
            envelope::seal(key.expose(), Kind::WrappedKey, SLOT_KEY_VERSION, &context, plain.expose(), entropy)?;
        Ok(self)
    }

    /// Unwraps the root key.
    pub(crate) fn open(&self, key: &SlotKey, vault: &[u8; 16], root_version: KeyVersion) -> Result<RootKey, Refused> {
        let name = self.place_name();
        let context = context(vault, &name, root_version);
        let plain = envelope::open(key.expose(), Kind::WrappedKey, &context, &self.wrap)?;
        let root = plain.expose().strip_prefix(&[RECORD_VERSION]).ok_or(Refused)?;
        RootKey::fill_with(|out| <&[u8; 32]>::try_from(root).map(|root| out.copy_from_slice(root)).map_err(|_| Refused))
    }

    pub(super) fn parse(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let id = SlotId(reader.array("a slot id")?);
        let kind = match reader.u8("a slot kind")? {
            1 => SlotKind::Passphrase,
            2 => SlotKind::KeyFile,
            3 => SlotKind::RecoveryKey,
            4 => SlotKind::Credential,
            _ => return Err(Malformed { expected: "a slot kind" }),
        };
        let label = reader.text(limits::LABEL_MAX, "a slot label")?.to_owned();
        if !is_label(&label) {
            return Err(Malformed { expected: "a printable slot label" });
        }
        let params = reader.lp(PARAMS_MAX, "KDF parameters")?.to_vec();
        let wrap = reader.lp(WRAP_MAX, "a wrapped root key")?.to_vec();
        Ok(Self { id, kind, label, params, wrap })
    }

    pub(super) fn encode(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&self.id.0);
        bytes.push(self.kind as u8);
        bytes.put_lp(self.label.as_bytes());
        bytes.put_lp(&self.params);
        bytes.put_lp(&self.wrap);
    }

    /// Slot id, kind and KDF parameters are bound into the wrap; epoch and
    /// generation are not, so that other slots may change.
    fn place_name(&self) -> Vec<u8> {
        [&b"slot"[..], &self.id.0, &[self.kind as u8], &lp_prefix(&self.params), &self.params].concat()
    }
}

fn context<'a>(vault: &'a [u8; 16], name: &'a [u8], root_version: KeyVersion) -> Context<'a> {
    Context { vault, scope: &[0; 16], name, version: u64::from(root_version), caller: CallerContext::EMPTY }
}

const RECORD_VERSION: u8 = 1;
/// A slot's key never changes: a new secret is a new slot.
const SLOT_KEY_VERSION: KeyVersion = 1;
const PARAMS_MAX: usize = 64;
const WRAP_MAX: usize = 256;
