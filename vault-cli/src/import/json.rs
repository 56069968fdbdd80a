//! One JSON object of strings.
//!
//! Limit: a string with escapes passes through the parser's scratch buffer,
//! which is not erased. The file itself lay on a disk until now.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer as _, Error, MapAccess, Visitor};
use zeroize::Zeroizing;

use super::{Entry, ImportError, Place};

/// Every entry in order. The parser's own words would repeat what is there, so
/// only the place is kept.
pub(crate) fn parse(bytes: &[u8]) -> Result<Vec<Entry>, ImportError> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let place = |error: serde_json::Error| ImportError::Json { line: error.line(), column: error.column() };
    let entries = reader.deserialize_map(Pairs).map_err(place)?;
    reader.end().map_err(place)?;
    Ok(entries)
}

struct Pairs;

impl<'de> Visitor<'de> for Pairs {
    type Value = Vec<Entry>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of strings")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Vec<Entry>, A::Error> {
        let mut entries: Vec<Entry> = Vec::new();
        while let Some((key, Text(value))) = map.next_entry::<String, Text>()? {
            if entries.iter().any(|entry| entry.key == key) {
                return Err(A::Error::custom("a key twice"));
            }
            if entries.len() > super::ENTRIES_MAX {
                break;
            }
            entries.push(Entry { place: Place::Entry(entries.len() + 1), key, value });
        }
        while map.next_entry::<serde::de::IgnoredAny, serde::de::IgnoredAny>()?.is_some() {}
        Ok(entries)
    }
}

struct Text(Zeroizing<Vec<u8>>);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(|text| Self(Zeroizing::new(text.into_bytes())))
    }
}
