//! Where each kind of record lies and how it is sealed.

use crate::envelope::Kind;
use crate::keys::Keyring;
use crate::store::{Class, RecordKey};

/// The kinds of records in a scope. The system scope (id 0) is one as well.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum RecordKind {
    /// The scope's key under the scope-wrap key; version = key version.
    Wrap = 1,
    /// What is known about a secret.
    Metadata = 2,
    /// One version of a secret's value.
    Value = 3,
    /// When the scope's secrets were last read.
    LastRead = 4,
    /// A secret to be purged; version = when, in milliseconds.
    Tombstone = 5,
    /// What is left of a destroyed secret: its version numbers.
    Grave = 6,
    /// System scope: maps (user, app) to a scope.
    Directory = 16,
    /// System scope: the vault's own notes, such as the last backup.
    Note = 17,
    /// System scope: an app, what it declares and who may act as it.
    App = 18,
    /// System scope: a token that lets its holder act as an app.
    Token = 19,
    /// System scope: an authorization that was begun and not come back yet.
    Pending = 20,
    /// What is known about a KMS key.
    KmsKey = 32,
    /// System scope: maps a KMS key's id to its scope.
    KmsEntry = 33,
    /// One version of a KMS key's material; version = the material's.
    KmsMaterial = 34,
    /// A name for a KMS key.
    KmsAlias = 35,
    /// What somebody may do with another's KMS key; version = the grant's number.
    KmsGrant = 36,
    /// A KMS key that upkeep has to look at; version = when, in milliseconds.
    KmsDue = 37,
    /// The ephemeral key that imported material is wrapped to.
    KmsImport = 38,
    /// System scope: what signs a user's requests where the kernel vouches for nobody.
    AccessKey = 39,
}

impl RecordKind {
    /// Every one.
    pub(crate) const ALL: [Self; 19] = [
        Self::Wrap,
        Self::Metadata,
        Self::Value,
        Self::LastRead,
        Self::Tombstone,
        Self::Grave,
        Self::Directory,
        Self::Note,
        Self::App,
        Self::Token,
        Self::Pending,
        Self::KmsKey,
        Self::KmsEntry,
        Self::KmsMaterial,
        Self::KmsAlias,
        Self::KmsGrant,
        Self::KmsDue,
        Self::KmsImport,
        Self::AccessKey,
    ];
}

/// A record's place: also what its envelope is bound to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Place {
    pub(crate) scope: [u8; 16],
    pub(crate) kind: RecordKind,
    pub(crate) index: [u8; 16],
    pub(crate) version: u64,
}

impl Place {
    pub(crate) fn wrap(scope: [u8; 16], key_version: u32) -> Self {
        Self { scope, kind: RecordKind::Wrap, index: [0; 16], version: u64::from(key_version) }
    }

    pub(crate) fn key(&self) -> RecordKey {
        RecordKey::new(Class::Scope, &self.scope, self.kind as u8, &self.index, self.version)
    }

    /// One of the vault's own notes.
    pub(crate) fn note(keyring: &Keyring, name: &[u8]) -> Self {
        let index = keyring.name_index(&SYSTEM, name);
        Self { scope: SYSTEM, kind: RecordKind::Note, index, version: 0 }
    }

    /// A record of the system's own, by a name of its kind.
    pub(crate) fn system(keyring: &Keyring, kind: RecordKind, name: &[u8]) -> Self {
        let name = [&[kind as u8][..], name].concat();
        Self { scope: SYSTEM, kind, index: keyring.name_index(&SYSTEM, &name), version: 0 }
    }

    /// Back from a key, when its kind is one of ours.
    pub(crate) fn of(key: &RecordKey) -> Option<Self> {
        let kind = RecordKind::ALL.into_iter().find(|kind| *kind as u8 == key.kind())?;
        let ours = key.class() == Class::Scope;
        ours.then(|| Self { scope: key.scope(), kind, index: key.index(), version: key.version() })
    }

    /// The name in the envelope's context: record kind ‖ name index. The index
    /// and not the name, because a listing must open metadata to learn names.
    pub(crate) fn name(&self) -> [u8; 17] {
        let mut name = [self.kind as u8; 17];
        name[1..].copy_from_slice(&self.index);
        name
    }

    pub(crate) fn envelope(&self) -> Kind {
        match self.kind {
            RecordKind::Wrap => Kind::WrappedKey,
            // Key material is padded as a value is: the length would tell the algorithm.
            RecordKind::Value | RecordKind::KmsMaterial | RecordKind::KmsImport => Kind::Value,
            RecordKind::Metadata
            | RecordKind::LastRead
            | RecordKind::Grave
            | RecordKind::KmsKey
            | RecordKind::KmsAlias
            | RecordKind::KmsGrant => Kind::Metadata,
            RecordKind::Tombstone
            | RecordKind::Directory
            | RecordKind::Note
            | RecordKind::App
            | RecordKind::Token
            | RecordKind::Pending
            | RecordKind::AccessKey
            | RecordKind::KmsEntry
            | RecordKind::KmsDue => Kind::System,
        }
    }

    /// The prefix of every record of this kind in this scope.
    pub(crate) fn kind_prefix(scope: &[u8; 16], kind: RecordKind) -> [u8; 18] {
        let mut prefix = [kind as u8; 18];
        prefix[..17].copy_from_slice(&RecordKey::scope_prefix(scope));
        prefix
    }
}

/// The note that damage was accepted and what refers to the lost not yet set right.
pub(crate) const RECONCILING: &[u8] = b"reconciling";

/// The system scope.
pub(crate) const SYSTEM: [u8; 16] = [0; 16];
