//! What is known about a key, never its material.
//!
//! ```text
//! 1 | key id 16 | made at u64be | LP(made by) | usage u8 | spec u8 | origin u8 | exportable u8 | state u8
//!   | LP(description) | u16be n × (LP(tag) LP(value)), sorted by tag
//!   | current u32be | latest u32be | on demand u8 | rotation days u32be | next rotation u64be
//!   | deletion u64be | grants given u64be | import until u64be | u16be n × material
//! material = version u32be | id 32 | how u8 | gone u8 | made at u64be | gone at u64be | expires at u64be
//! ```
//!
//! Times in milliseconds since 1970; 0 = never. State 5 is a key whose rows are
//! being cleared away: nobody sees it any more.

use std::collections::BTreeMap;

use super::id::KeyId;
use super::spec::{KeySpec, KeyUsage, Origin};
use super::state::KeyState;
use crate::codec::{Malformed, Put, Reader};
use crate::limits;
use crate::names::User;

/// How a material version came to be.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum MaterialSource {
    /// With the key.
    Created = 1,
    /// By a rotation that somebody asked for.
    OnDemand = 2,
    /// By the automatic rotation.
    Automatic = 3,
    /// Imported.
    Imported = 4,
}

/// One version of a key's material.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MaterialInfo {
    /// From 1, never reused.
    pub version: u32,
    /// Tells one material from another and nothing of either.
    pub id: [u8; 32],
    /// How it came to be.
    pub source: MaterialSource,
    /// The material is no longer there: deleted, expired or lost.
    pub gone: bool,
    /// When it was made or imported.
    pub made_ms: u64,
    /// When it went; 0 = not.
    pub gone_ms: u64,
    /// When it expires; 0 = never.
    pub expires_ms: u64,
}

/// A key record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct KeyRecord {
    pub(crate) id: KeyId,
    pub(crate) made_ms: u64,
    pub(crate) made_by: User,
    pub(crate) usage: KeyUsage,
    pub(crate) spec: KeySpec,
    pub(crate) origin: Origin,
    pub(crate) exportable: bool,
    /// None = its rows are being cleared away.
    pub(crate) state: Option<KeyState>,
    pub(crate) description: String,
    pub(crate) tags: BTreeMap<String, String>,
    /// The version new ciphertexts are made with.
    pub(crate) current: u32,
    /// The highest version ever given.
    pub(crate) latest: u32,
    pub(crate) on_demand: u8,
    /// The period of automatic rotation; 0 = off.
    pub(crate) rotation_days: u32,
    pub(crate) next_rotation_ms: u64,
    pub(crate) deletion_ms: u64,
    pub(crate) grants_given: u64,
    pub(crate) import_until_ms: u64,
    pub(crate) materials: Vec<MaterialInfo>,
}

impl KeyRecord {
    /// A version of the material that is there.
    pub(crate) fn material(&self, version: u32) -> Option<&MaterialInfo> {
        self.materials.iter().find(|material| material.version == version && !material.gone)
    }

    /// The current material, if it is there and has not expired.
    pub(crate) fn usable(&self, now_ms: u64) -> Option<&MaterialInfo> {
        self.material(self.current).filter(|material| !material.is_expired(now_ms))
    }

    /// The next time at which upkeep has something to do about this key.
    pub(crate) fn due_ms(&self) -> Option<u64> {
        let Some(state) = self.state else { return Some(0) };
        if state == KeyState::PendingDeletion {
            return Some(self.deletion_ms);
        }
        let rotation = (self.rotation_days != 0 && state == KeyState::Enabled).then_some(self.next_rotation_ms);
        let import = (self.import_until_ms != 0).then_some(self.import_until_ms);
        let expiring = self.materials.iter().filter(|material| !material.gone && material.expires_ms != 0);
        expiring.map(|material| material.expires_ms).chain(rotation).chain(import).min()
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![RECORD_VERSION];
        bytes.extend_from_slice(self.id.as_bytes());
        bytes.put_u64(self.made_ms);
        bytes.put_lp(self.made_by.to_string().as_bytes());
        bytes.extend_from_slice(&[self.usage as u8, self.spec as u8, self.origin as u8, u8::from(self.exportable)]);
        bytes.push(self.state.map_or(CLEARED, |state| state as u8));
        bytes.put_lp(self.description.as_bytes());
        bytes.put_u16(count(self.tags.len()));
        for (tag, value) in &self.tags {
            bytes.put_lp(tag.as_bytes());
            bytes.put_lp(value.as_bytes());
        }
        bytes.put_u32(self.current);
        bytes.put_u32(self.latest);
        bytes.push(self.on_demand);
        bytes.put_u32(self.rotation_days);
        for number in [self.next_rotation_ms, self.deletion_ms, self.grants_given, self.import_until_ms] {
            bytes.put_u64(number);
        }
        bytes.put_u16(count(self.materials.len()));
        for material in &self.materials {
            bytes.put_u32(material.version);
            bytes.extend_from_slice(&material.id);
            bytes.extend_from_slice(&[material.source as u8, u8::from(material.gone)]);
            bytes.put_u64(material.made_ms);
            bytes.put_u64(material.gone_ms);
            bytes.put_u64(material.expires_ms);
        }
        bytes
    }

    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        reader.literal(&[RECORD_VERSION], "key record version 1")?;
        let id = KeyId::from_bytes(reader.array("a key id")?);
        let made_ms = reader.u64("a time")?;
        let made_by = reader.text(limits::EXT_ID_MAX + 8, "a user")?;
        let made_by = User::parse(made_by).map_err(|rule| Malformed { expected: rule.expected })?;
        let usage = byte(&mut reader, KeyUsage::from_byte, "a key usage")?;
        let spec = byte(&mut reader, KeySpec::from_byte, "a key spec")?;
        let origin = byte(&mut reader, Origin::from_byte, "an origin")?;
        let exportable = flag(&mut reader)?;
        let state = byte(
            &mut reader,
            |byte| if byte == CLEARED { Some(None) } else { KeyState::from_byte(byte).map(Some) },
            "a key state",
        )?;
        let description = reader.text(TEXT_BYTES * limits::KMS_DESCRIPTION_MAX, "a description")?.to_owned();
        let tags = parse_tags(&mut reader)?;
        let current = reader.u32("a version")?;
        let latest = reader.u32("a version")?;
        let on_demand = reader.u8("a count")?;
        let rotation_days = reader.u32("a number of days")?;
        let next_rotation_ms = reader.u64("a time")?;
        let deletion_ms = reader.u64("a time")?;
        let grants_given = reader.u64("a count")?;
        let import_until_ms = reader.u64("a time")?;
        let count = usize::from(reader.u16("a material count")?);
        if count > limits::KMS_MATERIALS_MAX {
            return Err(Malformed { expected: "a material count within limits" });
        }
        let materials = (0..count).map(|_| parse_material(&mut reader)).collect::<Result<Vec<_>, _>>()?;
        reader.end()?;
        let rising = materials.windows(2).all(|pair| pair[0].version < pair[1].version);
        if !rising || materials.last().is_some_and(|last| last.version > latest) || current > latest {
            return Err(Malformed { expected: "versions in rising order" });
        }
        if !spec.allows(usage) {
            return Err(Malformed { expected: "a spec that allows the usage" });
        }
        Ok(Self {
            id,
            made_ms,
            made_by,
            usage,
            spec,
            origin,
            exportable,
            state,
            description,
            tags,
            current,
            latest,
            on_demand,
            rotation_days,
            next_rotation_ms,
            deletion_ms,
            grants_given,
            import_until_ms,
            materials,
        })
    }
}

impl MaterialInfo {
    pub(crate) fn is_expired(&self, now_ms: u64) -> bool {
        self.expires_ms != 0 && self.expires_ms <= now_ms
    }

    pub(crate) fn lose(&mut self, now_ms: u64) {
        self.gone = true;
        self.gone_ms = now_ms;
    }
}

fn parse_tags(reader: &mut Reader<'_>) -> Result<BTreeMap<String, String>, Malformed> {
    let count = usize::from(reader.u16("a tag count")?);
    if count > limits::KMS_TAGS_MAX {
        return Err(Malformed { expected: "a tag count within limits" });
    }
    let mut tags = BTreeMap::new();
    for _ in 0..count {
        let tag = reader.text(TEXT_BYTES * limits::KMS_TAG_NAME_MAX, "a tag")?.to_owned();
        let value = reader.text(TEXT_BYTES * limits::KMS_TAG_VALUE_MAX, "a tag's value")?.to_owned();
        if tags.last_key_value().is_some_and(|(last, _)| *last >= tag) {
            return Err(Malformed { expected: "tags in order, each once" });
        }
        tags.insert(tag, value);
    }
    Ok(tags)
}

fn parse_material(reader: &mut Reader<'_>) -> Result<MaterialInfo, Malformed> {
    Ok(MaterialInfo {
        version: reader.u32("a version")?,
        id: reader.array("a material id")?,
        source: byte(reader, MaterialSource::from_byte, "a source")?,
        gone: flag(reader)?,
        made_ms: reader.u64("a time")?,
        gone_ms: reader.u64("a time")?,
        expires_ms: reader.u64("a time")?,
    })
}

impl MaterialSource {
    fn from_byte(byte: u8) -> Option<Self> {
        [Self::Created, Self::OnDemand, Self::Automatic, Self::Imported]
            .into_iter()
            .find(|source| *source as u8 == byte)
    }
}

fn byte<T>(reader: &mut Reader<'_>, known: impl Fn(u8) -> Option<T>, expected: &'static str) -> Result<T, Malformed> {
    known(reader.u8(expected)?).ok_or(Malformed { expected })
}

fn flag(reader: &mut Reader<'_>) -> Result<bool, Malformed> {
    byte(reader, |byte| [false, true].get(usize::from(byte)).copied(), "a flag")
}

/// Counts written here are bounded far below by `limits`.
fn count(len: usize) -> u16 {
    u16::try_from(len).unwrap_or(u16::MAX)
}

const RECORD_VERSION: u8 = 1;
/// The state of a key whose rows are being cleared away.
const CLEARED: u8 = 5;
/// Bytes a character may take.
const TEXT_BYTES: usize = 4;

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    pub(in crate::kms) fn sample() -> KeyRecord {
        let material = |version, gone| MaterialInfo {
            version,
            id: [version as u8; 32],
            source: MaterialSource::Created,
            gone,
            made_ms: 5,
            gone_ms: 0,
            expires_ms: 0,
        };
        KeyRecord {
            id: KeyId::from_bytes([7; 16]),
            made_ms: 5,
            made_by: User::Uid(7),
            usage: KeyUsage::EncryptDecrypt,
            spec: KeySpec::SymmetricDefault,
            origin: Origin::Internal,
            exportable: false,
            state: Some(KeyState::Enabled),
            description: "orders".into(),
            tags: BTreeMap::from([("a".into(), "1".into()), ("b".into(), String::new())]),
            current: 2,
            latest: 3,
            on_demand: 1,
            rotation_days: 0,
            next_rotation_ms: 0,
            deletion_ms: 0,
            grants_given: 2,
            import_until_ms: 0,
            materials: vec![material(1, true), material(2, false)],
        }
    }

    #[test]
    fn round_trips_and_refuses_truncation() {
        for state in KeyState::ALL.map(Some).into_iter().chain([None]) {
            let record = KeyRecord { state, ..sample() };
            let bytes = record.encode();
            assert_eq!(KeyRecord::parse(&bytes), Ok(record));
            assert!((0..bytes.len()).all(|len| KeyRecord::parse(&bytes[..len]).is_err()));
        }
    }

    #[test]
    fn the_longest_record_fits_into_a_row() {
        let long = |n: usize| "\u{10348}".repeat(n);
        let mut record = sample();
        record.description = long(limits::KMS_DESCRIPTION_MAX);
        let tag = |n: usize| format!("{n:02}{}", long(limits::KMS_TAG_NAME_MAX - 2));
        record.tags = (0..limits::KMS_TAGS_MAX).map(|n| (tag(n), long(limits::KMS_TAG_VALUE_MAX))).collect();
        let material = record.materials[1].clone();
        let versions = 1..=limits::KMS_MATERIALS_MAX as u32;
        record.materials = versions.map(|version| MaterialInfo { version, ..material.clone() }).collect();
        record.latest = u32::MAX;
        let bytes = record.encode();
        assert_eq!(KeyRecord::parse(&bytes), Ok(record));
        assert!(crate::envelope::size_class(bytes.len()) + 84 <= limits::RECORD_MAX);
    }

    #[test]
    fn what_is_due_first_is_due() {
        let mut record = sample();
        assert_eq!(record.due_ms(), None);
        record.rotation_days = 90;
        record.next_rotation_ms = 50;
        record.materials[1].expires_ms = 40;
        assert_eq!(record.due_ms(), Some(40));
        record.materials[1].gone = true;
        assert_eq!(record.due_ms(), Some(50));
        record.state = Some(KeyState::Disabled);
        assert_eq!(record.due_ms(), None, "a disabled key is not rotated");
        record.state = Some(KeyState::PendingDeletion);
        record.deletion_ms = 99;
        assert_eq!(record.due_ms(), Some(99));
    }

    proptest! {
        #[test]
        fn any_change_parses_canonically_or_not_at_all(at: prop::sample::Index, to: u8) {
            let mut bytes = sample().encode();
            let at = at.index(bytes.len());
            bytes[at] = to;
            if let Ok(record) = KeyRecord::parse(&bytes) {
                prop_assert_eq!(record.encode(), bytes);
            }
        }
    }
}
