//! What is known about a secret, never its value.
//!
//! ```text
//! 1 or 2 | LP(name) | latest u64be | u16be n | n × version        oldest first
//! version = number u64be | state u8 | size class u32be | set at u64be | deleted at u64be | expires at u64be | LP(set by)
//! ```
//!
//! Record version 2 is written when a version is pending, 1 otherwise.
//!
//! Times in milliseconds since 1970; 0 = never. `latest` is the highest version
//! ever given: versions start at 1 and are never reused, so a compare-and-set
//! cannot be fooled by a secret that went and came back.

use crate::codec::{Malformed, Put, Reader};
use crate::limits;
use crate::names::{SecretName, User};

/// The state of a version.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum VersionState {
    /// Readable.
    Live = 1,
    /// Deleted, can be undeleted until retention ends.
    Deleted = 2,
    /// Gone for ever.
    Destroyed = 3,
    /// Stored to be tried: read only by whoever names it, until it is promoted.
    Pending = 4,
}

/// One version of a secret.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VersionInfo {
    /// From 1, never reused.
    pub version: u64,
    /// Its state.
    pub state: VersionState,
    /// What the value was padded to, in bytes.
    pub size_class: u32,
    /// When it was set.
    pub set_ms: u64,
    /// When it was deleted or destroyed; 0 = not.
    pub deleted_ms: u64,
    /// When it expires; 0 = never.
    pub expires_ms: u64,
    /// Who set it.
    pub set_by: User,
}

/// A metadata record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Metadata {
    pub(crate) name: SecretName,
    pub(crate) latest: u64,
    pub(crate) versions: Vec<VersionInfo>,
}

impl VersionInfo {
    pub(crate) fn is_expired(&self, now_ms: u64) -> bool {
        is_over(self.expires_ms, now_ms)
    }

    pub(crate) fn has_value(&self) -> bool {
        self.state != VersionState::Destroyed
    }

    /// Returns which one it is.
    pub(crate) fn destroy(&mut self, now_ms: u64) -> u64 {
        self.state = VersionState::Destroyed;
        self.deleted_ms = now_ms;
        self.version
    }
}

impl Metadata {
    pub(crate) fn new(name: SecretName) -> Self {
        Self { name, latest: 0, versions: Vec::new() }
    }

    /// The newest live version.
    pub(crate) fn current(&self) -> Option<&VersionInfo> {
        self.versions.iter().rev().find(|version| version.state == VersionState::Live)
    }

    /// The version that waits to be promoted.
    pub(crate) fn pending(&self) -> Option<&VersionInfo> {
        self.versions.iter().rev().find(|version| version.state == VersionState::Pending)
    }

    /// What a compare-and-set compares with: 0 = absent.
    pub(crate) fn current_version(&self) -> u64 {
        self.current().map_or(0, |version| version.version)
    }

    pub(crate) fn find(&self, version: u64) -> Option<&VersionInfo> {
        self.versions.iter().find(|known| known.version == version)
    }

    /// Does any version still have its value?
    pub(crate) fn has_values(&self) -> bool {
        self.versions.iter().any(VersionInfo::has_value)
    }

    /// One value is tried at a time: those before the newest give way. Returns
    /// the versions whose values go.
    pub(crate) fn replace_pending(&mut self, now_ms: u64) -> Vec<u64> {
        let newest = self.latest;
        let older = |version: &&mut VersionInfo| version.state == VersionState::Pending && version.version != newest;
        self.versions.iter_mut().filter(older).map(|version| version.destroy(now_ms)).collect()
    }

    /// Drops versions beyond those kept. One that waits to be promoted is beside
    /// them: it never costs the current one its place. Returns those dropped.
    pub(crate) fn prune(&mut self, keep: usize, now_ms: u64) -> Vec<u64> {
        let counts = |version: &VersionInfo| version.has_value() && version.state != VersionState::Pending;
        let valued = self.versions.iter().filter(|version| counts(version)).count();
        let excess = valued.saturating_sub(keep);
        let oldest = self.versions.iter_mut().filter(|version| counts(version)).take(excess);
        oldest.map(|version| version.destroy(now_ms)).collect()
    }

    /// Forgets the oldest destroyed versions beyond the history limit.
    pub(crate) fn trim(&mut self) {
        while self.versions.len() > limits::HISTORY_MAX {
            let Some(oldest) = self.versions.iter().position(|version| !version.has_value()) else { return };
            self.versions.remove(oldest);
        }
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![if self.pending().is_some() { WITH_PENDING } else { RECORD_VERSION }];
        bytes.put_lp(self.name.as_str().as_bytes());
        bytes.put_u64(self.latest);
        bytes.put_u16(u16::try_from(self.versions.len()).unwrap_or(u16::MAX));
        for version in &self.versions {
            bytes.put_u64(version.version);
            bytes.push(version.state as u8);
            bytes.put_u32(version.size_class);
            bytes.put_u64(version.set_ms);
            bytes.put_u64(version.deleted_ms);
            bytes.put_u64(version.expires_ms);
            bytes.put_lp(version.set_by.to_string().as_bytes());
        }
        bytes
    }

    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        let with_pending = match reader.u8("a metadata record version")? {
            RECORD_VERSION => false,
            WITH_PENDING => true,
            _ => return Err(Malformed { expected: "metadata record version 1 or 2" }),
        };
        let name = reader.text(limits::NAME_MAX + 1 + limits::INSTANCE_MAX, "a name")?;
        let name = SecretName::parse(name).map_err(|rule| Malformed { expected: rule.expected })?;
        let latest = reader.u64("a version")?;
        let count = usize::from(reader.u16("a version count")?);
        if count > VERSIONS_MAX {
            return Err(Malformed { expected: "a version count within limits" });
        }
        let versions = (0..count).map(|_| parse_version(&mut reader)).collect::<Result<Vec<_>, _>>()?;
        reader.end()?;
        if versions.iter().any(|version| version.state == VersionState::Pending) != with_pending {
            return Err(Malformed { expected: "a pending version in record version 2, and only there" });
        }
        let rising = versions.windows(2).all(|pair| pair[0].version < pair[1].version);
        if !rising || versions.last().is_some_and(|last| last.version > latest) {
            return Err(Malformed { expected: "versions in rising order" });
        }
        Ok(Self { name, latest, versions })
    }
}

/// Has a time come that 0 stands for never?
pub(super) fn is_over(expires_ms: u64, now_ms: u64) -> bool {
    expires_ms != 0 && expires_ms <= now_ms
}

fn parse_version(reader: &mut Reader<'_>) -> Result<VersionInfo, Malformed> {
    let version = reader.u64("a version")?;
    let state = match reader.u8("a version state")? {
        1 => VersionState::Live,
        2 => VersionState::Deleted,
        3 => VersionState::Destroyed,
        4 => VersionState::Pending,
        _ => return Err(Malformed { expected: "a version state" }),
    };
    let size_class = reader.u32("a size class")?;
    let set_ms = reader.u64("a time")?;
    let deleted_ms = reader.u64("a time")?;
    let expires_ms = reader.u64("a time")?;
    let set_by = reader.text(limits::EXT_ID_MAX + 8, "a user")?;
    let set_by = User::parse_stored(set_by).map_err(|rule| Malformed { expected: rule.expected })?;
    Ok(VersionInfo { version, state, size_class, set_ms, deleted_ms, expires_ms, set_by })
}

const RECORD_VERSION: u8 = 1;
const WITH_PENDING: u8 = 2;
/// More than any record holds: those written before [`limits::HISTORY_MAX`] was 16
/// remember up to 64.
const VERSIONS_MAX: usize = 128;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn version(number: u64, state: VersionState) -> VersionInfo {
        let set_by = User::Uid(7);
        VersionInfo { version: number, state, size_class: 256, set_ms: 1, deleted_ms: 0, expires_ms: 0, set_by }
    }

    #[test]
    fn round_trips_and_refuses_truncation() {
        let mut metadata = Metadata::new(SecretName::parse("api_key").unwrap());
        metadata.latest = 3;
        metadata.versions = vec![version(1, VersionState::Destroyed), version(3, VersionState::Live)];
        for state in [VersionState::Live, VersionState::Deleted, VersionState::Pending] {
            metadata.versions[1].state = state;
            let bytes = metadata.encode();
            assert_eq!(bytes[0], if state == VersionState::Pending { 2 } else { 1 });
            assert_eq!(Metadata::parse(&bytes).as_ref(), Ok(&metadata));
            assert!((0..bytes.len()).all(|len| Metadata::parse(&bytes[..len]).is_err()));
        }
    }

    /// As written while 64 versions were remembered.
    #[test]
    fn a_longer_history_of_before_is_read_and_then_shortened() {
        let mut metadata = Metadata::new(SecretName::parse("a").unwrap());
        let states = |count| {
            (1..=count)
                .map(move |n| version(n, if n + 2 > count { VersionState::Live } else { VersionState::Destroyed }))
        };
        for count in [64, 66, 128] {
            (metadata.latest, metadata.versions) = (count, states(count).collect());
            let mut read = Metadata::parse(&metadata.encode()).unwrap();
            assert_eq!(read, metadata);
            read.trim();
            assert_eq!(read.versions, metadata.versions[count as usize - limits::HISTORY_MAX..]);
        }
        (metadata.latest, metadata.versions) = (129, states(129).collect());
        assert!(Metadata::parse(&metadata.encode()).is_err());
    }

    #[test]
    fn history_is_trimmed_from_the_oldest_destroyed() {
        let mut metadata = Metadata::new(SecretName::parse("a").unwrap());
        metadata.versions = (1..=100).map(|n| version(n, VersionState::Destroyed)).collect();
        metadata.versions[0].state = VersionState::Deleted;
        metadata.trim();
        assert_eq!(metadata.versions.len(), limits::HISTORY_MAX);
        assert_eq!(metadata.versions[0].version, 1, "a version with a value stays");
    }

    proptest! {
        #[test]
        fn any_bytes_parse_canonically_or_not_at_all(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(metadata) = Metadata::parse(&bytes) {
                prop_assert_eq!(metadata.encode(), bytes);
            }
        }
    }
}
