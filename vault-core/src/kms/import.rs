//! Bringing material of one's own. It arrives wrapped to an RSA key that is
//! made for it, kept sealed for a day, and never leaves.
//!
//! ```text
//! 1 | token 32 | wrapping u8 | modulus length u16be | valid until u64be | LP(PKCS#8)
//! ```

use std::fmt;

use subtle::ConstantTimeEq;

use super::KmsError;
use super::create::add_version;
use super::desk::{Desk, Found};
use super::id::{KeyId, KeyRef};
use super::material::{self, Material};
use super::places::{import_place, material_place};
use super::record::{KeyRecord, MaterialSource};
use super::save::save;
use super::spec::{KeySpec, Origin};
use super::state::{Needs, Transition};
use crate::barrier::{Fault, Txn};
use crate::codec::{Malformed, Put, Reader};
use crate::hazmat::aes_kwp;
use crate::hazmat::oaep::{OaepHash, OaepKey};
use crate::host::Host;
use crate::keys::SecretBytes;
use crate::limits;

/// How material is wrapped for an import.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Wrapping {
    /// RSAES-OAEP with SHA-1: short material.
    RsaesOaepSha1 = 1,
    /// RSAES-OAEP with SHA-256: short material.
    RsaesOaepSha256 = 2,
    /// An AES-256 key under RSAES-OAEP with SHA-1, then the material under it
    /// (RFC 5649): for RSA keys.
    RsaAesKeyWrapSha1 = 3,
    /// The same with SHA-256.
    RsaAesKeyWrapSha256 = 4,
}

/// What an import needs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ImportParameters {
    /// The key.
    pub key: KeyId,
    /// To be given back with the material.
    pub token: [u8; 32],
    /// What to wrap it to: SubjectPublicKeyInfo, DER.
    pub public: Vec<u8>,
    /// Until when.
    pub valid_until_ms: u64,
}

/// Material to import.
pub struct NewMaterial<'r> {
    /// The key.
    pub key: &'r KeyRef,
    /// Of the latest parameters.
    pub token: &'r [u8],
    /// The wrapped material.
    pub wrapped: &'r [u8],
    /// When it expires; none = never.
    pub expires_ms: Option<u64>,
}

impl fmt::Debug for NewMaterial<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewMaterial")
            .field("key", &self.key)
            .field("expires_ms", &self.expires_ms)
            .finish_non_exhaustive()
    }
}

/// The pair that material is wrapped to, made before the writer is asked for.
pub(crate) struct PreparedImport {
    wrapping: Wrapping,
    modulus_len: usize,
    pair: SecretBytes,
    public: Vec<u8>,
    token: [u8; 32],
}

struct ImportRecord {
    token: [u8; 32],
    wrapping: Wrapping,
    modulus_len: usize,
    valid_until_ms: u64,
    pair: SecretBytes,
}

/// `spec` is that of the wrapping key: RSA of any size.
pub(crate) fn prepare_import(host: &Host, wrapping: Wrapping, spec: KeySpec) -> Result<PreparedImport, KmsError> {
    let modulus_len = spec.modulus_len().ok_or(KmsError::Invalid { field: "spec", expected: "RSA" })?;
    let pair = material::make(spec, &*host.entropy)?;
    let public = OaepKey::from_pkcs8(modulus_len, pair.expose()).map_err(Fault::from)?.public_key();
    Ok(PreparedImport { wrapping, modulus_len, pair, public, token: host.random()? })
}

/// Replaces the parameters given out before.
pub(crate) fn import_parameters(
    desk: &Desk<'_>,
    txn: &mut Txn<'_>,
    key: &KeyRef,
    prepared: PreparedImport,
) -> Result<ImportParameters, KmsError> {
    let found = external(desk, key)?;
    let PreparedImport { wrapping, modulus_len, pair, public, token } = prepared;
    let valid_until_ms = txn.now_ms().saturating_add(limits::KMS_IMPORT_MS);
    let import = ImportRecord { token, wrapping, modulus_len, valid_until_ms, pair };
    txn.write(&import_place(&found.place), import.encode().expose())?;
    let record = KeyRecord { import_until_ms: valid_until_ms, ..KeyRecord::clone(&found.record) };
    save(txn, &found.place, Some(&found.record), &record)?;
    Ok(ImportParameters { key: record.id, token, public, valid_until_ms })
}

/// The first import decides: later ones bring the same material again, with
/// another expiry or after it was deleted.
pub(crate) fn import_material(desk: &Desk<'_>, txn: &mut Txn<'_>, new: &NewMaterial<'_>) -> Result<(), KmsError> {
    let found = external(desk, new.key)?;
    let now_ms = txn.now_ms();
    if new.expires_ms.is_some_and(|at| at <= now_ms) {
        return Err(KmsError::Invalid { field: "expiry", expected: "a time to come" });
    }
    let import = txn.read(&import_place(&found.place))?.ok_or(KmsError::InvalidImportToken)?;
    let import = ImportRecord::parse(import.expose()).map_err(|_| Fault::Corrupt { what: "an import record" })?;
    if !bool::from(import.token[..].ct_eq(new.token)) {
        return Err(KmsError::InvalidImportToken);
    }
    if import.valid_until_ms <= now_ms {
        return Err(KmsError::ExpiredImportToken);
    }
    let raw = import.unwrap(new.wrapped)?;
    let mut record = KeyRecord::clone(&found.record);
    Material::parse(record.spec, record.usage, raw.expose())
        .map_err(|Malformed { expected }| KmsError::IncorrectMaterial { expected })?;
    let expires_ms = new.expires_ms.unwrap_or(0);
    let id = txn.keyring().material_id(record.id.as_bytes(), raw.expose());
    match record.materials.last_mut() {
        None => add_version(txn, &found.place, &mut record, &raw, MaterialSource::Imported, expires_ms)?,
        Some(before) if before.id != id => {
            return Err(KmsError::IncorrectMaterial { expected: "the material that was imported before" });
        }
        Some(before) => {
            (before.gone, before.gone_ms, before.made_ms, before.expires_ms) = (false, 0, now_ms, expires_ms);
            txn.write(&material_place(&found.place, before.version), material::record(raw.expose()).expose())?;
        }
    }
    record.state = Some(found.state.after(Transition::Import)?);
    save(txn, &found.place, Some(&found.record), &record)?;
    desk.note(&found.place, Some(record.current));
    Ok(())
}

/// The key stays and waits for the material to be imported again. No error when
/// there is none.
pub(crate) fn delete_material(desk: &Desk<'_>, txn: &mut Txn<'_>, key: &KeyRef) -> Result<(), KmsError> {
    let found = external(desk, key)?;
    let mut record = KeyRecord::clone(&found.record);
    let now_ms = txn.now_ms();
    for material in record.materials.iter_mut().filter(|material| !material.gone) {
        material.lose(now_ms);
        txn.delete(material_place(&found.place, material.version).key())?;
    }
    record.state = Some(found.state.after(Transition::LoseMaterial)?);
    Ok(save(txn, &found.place, Some(&found.record), &record)?)
}

fn external(desk: &Desk<'_>, key: &KeyRef) -> Result<Found, KmsError> {
    let found = desk.own(key, Needs::Kept)?;
    if found.record.origin != Origin::External {
        return Err(KmsError::Unsupported { what: "take material: theirs was made here" });
    }
    Ok(found)
}

impl Wrapping {
    fn from_byte(byte: u8) -> Option<Self> {
        [Self::RsaesOaepSha1, Self::RsaesOaepSha256, Self::RsaAesKeyWrapSha1, Self::RsaAesKeyWrapSha256]
            .into_iter()
            .find(|wrapping| *wrapping as u8 == byte)
    }

    fn hash(self) -> OaepHash {
        match self {
            Self::RsaesOaepSha1 | Self::RsaAesKeyWrapSha1 => OaepHash::Sha1,
            Self::RsaesOaepSha256 | Self::RsaAesKeyWrapSha256 => OaepHash::Sha256,
        }
    }
}

impl ImportRecord {
    fn unwrap(&self, wrapped: &[u8]) -> Result<SecretBytes, KmsError> {
        let len = wrapped.len();
        let max = self.modulus_len + limits::KMS_MATERIAL_MAX;
        if len > max {
            return Err(KmsError::TooLarge { what: "wrapped material", len, max });
        }
        let key = OaepKey::from_pkcs8(self.modulus_len, self.pair.expose()).map_err(Fault::from)?;
        let hash = self.wrapping.hash();
        let opened = match self.wrapping {
            Wrapping::RsaesOaepSha1 | Wrapping::RsaesOaepSha256 => key.decrypt(hash, wrapped),
            Wrapping::RsaAesKeyWrapSha1 | Wrapping::RsaAesKeyWrapSha256 => {
                let (kek, rest) = wrapped.split_at_checked(self.modulus_len).ok_or(KmsError::InvalidCiphertext)?;
                key.decrypt(hash, kek).and_then(|kek| aes_kwp::unwrap(kek.expose(), rest))
            }
        };
        opened.map_err(|_| KmsError::InvalidCiphertext)
    }

    fn encode(&self) -> SecretBytes {
        let mut bytes = Vec::with_capacity(64 + self.pair.expose().len());
        bytes.push(RECORD_VERSION);
        bytes.extend_from_slice(&self.token);
        bytes.push(self.wrapping as u8);
        bytes.put_u16(u16::try_from(self.modulus_len).unwrap_or(u16::MAX));
        bytes.put_u64(self.valid_until_ms);
        bytes.put_lp(self.pair.expose());
        SecretBytes::new(bytes)
    }

    fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        reader.literal(&[RECORD_VERSION], "import record version 1")?;
        let token = reader.array("a token")?;
        let wrapping = reader.u8("a wrapping")?;
        let wrapping = Wrapping::from_byte(wrapping).ok_or(Malformed { expected: "a wrapping" })?;
        let modulus_len = usize::from(reader.u16("a modulus length")?);
        let valid_until_ms = reader.u64("a time")?;
        let pair = SecretBytes::from(reader.lp(limits::KMS_MATERIAL_MAX, "a key pair")?);
        reader.end()?;
        Ok(Self { token, wrapping, modulus_len, valid_until_ms, pair })
    }
}

const RECORD_VERSION: u8 = 1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_record_round_trips_and_refuses_truncation() {
        let pair = SecretBytes::from(&[5; 300][..]);
        let record = ImportRecord {
            token: [1; 32],
            wrapping: Wrapping::RsaAesKeyWrapSha256,
            modulus_len: 512,
            valid_until_ms: 7,
            pair,
        };
        let bytes = record.encode();
        let back = ImportRecord::parse(bytes.expose()).unwrap();
        assert_eq!(back.encode().expose(), bytes.expose());
        assert_eq!(
            (back.token, back.wrapping, back.modulus_len, back.valid_until_ms),
            ([1; 32], record.wrapping, 512, 7)
        );
        assert!((0..bytes.expose().len()).all(|len| ImportRecord::parse(&bytes.expose()[..len]).is_err()));
    }
}
