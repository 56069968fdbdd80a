//! An operator's work: each operation decided by its own verb, and recorded.
//! None of them returns a value.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::path::Path;
use std::sync::PoisonError;

use super::Access;
use super::record::{About, Outcome};
use crate::access_keys;
use crate::audit::{Report, VerifyError};
use crate::barrier::{Fault, OpenFault, Place, RecordKind};
use crate::header::SlotId;
use crate::hex;
use crate::names::{App, User};
use crate::notes;
use crate::policy::{Verb, permit};
use crate::rekey;
use crate::secrets::{Refusal, scan_directory};
use crate::slots::{self, SlotError, SlotInfo, Unlock};
use crate::store::{Erasure, Store, StoreError};
use crate::users::{self, UserInfo};
use crate::vault::Open;

/// Why an operator's operation was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OperatorError {
    /// Not allowed, or not possible.
    #[error(transparent)]
    Refusal(#[from] Refusal),
    /// A key slot.
    #[error(transparent)]
    Slot(#[from] SlotError),
    /// The audit log's files.
    #[error("the audit log's files cannot be read or moved")]
    Audit(#[from] io::Error),
    /// The audit log cannot be verified.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// A copy, or the file itself, is not whole.
    #[error("the file is not whole: {0}")]
    Copy(#[from] OpenFault),
}

impl From<Fault> for OperatorError {
    fn from(fault: Fault) -> Self {
        Self::Refusal(fault.into())
    }
}

impl Outcome for OperatorError {
    fn word(&self) -> &'static str {
        match self {
            Self::Refusal(refusal) => refusal.word(),
            Self::Slot(error) => error.word(),
            Self::Audit(_) | Self::Verify(_) => "audit_unreadable",
            Self::Copy(_) => "corrupt",
        }
    }
}

/// Opens a copy for verification.
pub type Reopen<'r, S> = &'r dyn Fn(&Path) -> Result<S, StoreError>;

/// An audit line with the name behind its keyed hash, when it is still known.
/// The name is redacted in `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct NamedLine {
    /// As it stands in the file.
    pub line: String,
    /// The secret's name.
    pub name: Option<String>,
}

impl fmt::Debug for NamedLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name.as_ref().map(|_| format_args!(".."));
        f.debug_struct("NamedLine").field("line", &self.line).field("name", &name).finish()
    }
}

/// What a full check found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CheckReport {
    /// Records looked at.
    pub records: u64,
    /// What is wrong, in words; empty when all is well.
    pub problems: Vec<String>,
}

impl Access<'_> {
    /// The key slots.
    pub fn slots(&self) -> Result<Vec<SlotInfo>, OperatorError> {
        self.operate(Verb::Slots, "slot.list", |open| Ok(slots::list(&open.barrier)?))
    }

    /// Adds a key slot; needs an existing slot's secret.
    pub fn slot_add(&self, existing: &Unlock, new: &Unlock, label: &str) -> Result<SlotInfo, OperatorError> {
        self.change(Verb::Slots, "slot.add", |open| Ok(slots::add(&open.barrier, existing, new, label, open.work)?))
    }

    /// Removes a key slot; the last one stays.
    pub fn slot_remove(&self, id: SlotId) -> Result<(), OperatorError> {
        self.change(Verb::Slots, "slot.remove", |open| Ok(slots::remove(&open.barrier, id)?))
    }

    /// Replaces the root key. Only slots opened by `keep` survive; each of its
    /// members is one secret in its possible readings. Returns the
    /// new version and the slots dropped.
    pub fn rekey_root(&self, keep: &[Vec<Unlock>], drop_slots: bool) -> Result<(u32, Vec<SlotInfo>), OperatorError> {
        self.change(Verb::Rekey, "rekey.root", |open| {
            Ok(slots::replace_root(&open.barrier, keep, drop_slots, open.work)?)
        })
    }

    /// Replaces the scope-wrap key. Returns the new version and the scopes re-wrapped.
    pub fn rekey_scope_wrap(&self) -> Result<(u32, u64), OperatorError> {
        self.change(Verb::Rekey, "rekey.scope_wrap", |open| Ok(rekey::replace_scope_wrap(&open.barrier)?))
    }

    /// Replaces the keys of a user's scopes. Returns the highest new version and
    /// the records sealed again.
    pub fn rekey_user(&self, user: &User) -> Result<(u32, u64), OperatorError> {
        self.change(Verb::Rekey, "rekey.scope", |open| {
            let theirs = scan_directory(&open.barrier)?.into_iter().filter(|(_, entry)| entry.user == *user);
            let done = rekey::replace_scope_keys(&open.barrier, theirs.map(|(_, entry)| entry.scope))?;
            Ok(done.ok_or(Refusal::Missing { expired: false })?)
        })
    }

    /// Every user that has a scope; `login_of` gives today's login names.
    pub fn users(&self, login_of: &dyn Fn(u32) -> Option<String>) -> Result<Vec<UserInfo>, OperatorError> {
        self.operate(Verb::Users, "user.list", |open| Ok(users::overview(&open.barrier, login_of)?))
    }

    /// Releases a held user.
    pub fn user_confirm(&self, user: &User, login: Option<&str>) -> Result<u64, OperatorError> {
        self.change(Verb::Users, "user.confirm", |open| {
            let scopes = users::confirm(&open.barrier, user, login);
            let apps = crate::apps::confirm(&open.barrier, &open.shelf, user, login)?;
            match scopes {
                // Somebody who only owns apps, or acts as one.
                Err(Refusal::Missing { .. }) if apps > 0 => Ok(0),
                scopes => Ok(scopes?),
            }
        })
    }

    /// Gives one user's scopes to another, whose login name is `login`. Never to
    /// the operator who asks: that would be reading them.
    pub fn user_move(&self, from: &User, to: &User, login: Option<&str>) -> Result<u64, OperatorError> {
        self.change(Verb::Users, "user.move", |open| {
            if to == self.caller.user() {
                return Err(Refusal::Forbidden { needs: Some("another operator than the new owner") }.into());
            }
            // They signed as somebody who is not there any more.
            access_keys::forget(&open.barrier, &open.shelf, from)?;
            Ok(users::rename(&open.barrier, from, to, login)?)
        })
    }

    /// Shreds everything a user has.
    pub fn user_remove(&self, user: &User) -> Result<(u64, Erasure), OperatorError> {
        self.change(Verb::Users, "user.remove", |open| {
            if crate::apps::owned(&open.barrier, &open.shelf, user)? {
                let expected = "a user who owns no app: `vaultctl app owner` or `app rm` first";
                return Err(Refusal::Invalid { field: "user", expected }.into());
            }
            access_keys::forget(&open.barrier, &open.shelf, user)?;
            Ok(users::shred(&open.barrier, user)?)
        })
    }

    /// The last audit lines, oldest first.
    pub fn audit_tail(&self, count: usize) -> Result<Vec<NamedLine>, OperatorError> {
        self.operate(Verb::Audit, "audit.tail", |open| {
            let lines = open.audit.tail(count)?;
            let names = names_by_hash(open)?;
            let named = |line: String| {
                let name = hash_in(&line).and_then(|hash| names.get(hash)).cloned();
                NamedLine { line, name }
            };
            Ok(lines.into_iter().map(named).collect())
        })
    }

    /// Verifies the audit chain over every kept file.
    pub fn audit_verify(&self) -> Result<Report, OperatorError> {
        self.operate(Verb::Audit, "audit.verify", |open| Ok(open.audit.verify()?))
    }

    /// Starts a new audit file; the chain goes on in it.
    pub fn audit_rotate(&self) -> Result<(), OperatorError> {
        self.operate(Verb::Audit, "audit.rotate", |open| Ok(open.audit.rotate()?))
    }

    /// Opens every record in its place, from the file and not from the cache;
    /// header copies, state record and what does not belong there included.
    pub fn check(&self) -> Result<CheckReport, OperatorError> {
        self.operate(Verb::Check, "check", |open| {
            open.barrier.forget_cached();
            let failing = [open.barrier.failing()?, open.barrier.failing_outside()?].concat();
            let problems = failing.iter().map(|key| format!("record {key:?} cannot be proven genuine")).collect();
            Ok(CheckReport { records: open.barrier.count()?, problems })
        })
    }

    /// Writes a consistent copy to a new file at `path`. `reopen` opens it for
    /// verification; the copy is checked in full under the vault's own keys.
    pub fn backup<S: Store>(&self, path: &Path, reopen: Option<Reopen<'_, S>>) -> Result<u64, OperatorError> {
        self.operate(Verb::Backup, "backup", |open| {
            self.vault.copy_to(path)?;
            match reopen {
                Some(reopen) => Ok(open.barrier.verify_copy(&reopen(path).map_err(Fault::from)?)?),
                None => Ok(open.barrier.stamp()?.sequence),
            }
        })
    }

    /// Notes that a backup was kept.
    pub fn backup_kept(&self, verified: bool) -> Result<(), OperatorError> {
        self.operate(Verb::Backup, "backup.kept", |open| Ok(notes::note_backup(&open.barrier, verified)?))
    }

    /// Decides and records an operation that changes nothing in the vault.
    pub(super) fn operate<T>(
        &self,
        verb: Verb,
        op: &'static str,
        run: impl FnOnce(&Open) -> Result<T, OperatorError>,
    ) -> Result<T, OperatorError> {
        let permitted = permit(self.caller.verbs(), verb).map_err(OperatorError::from);
        let result = permitted.and_then(|()| run(&self.vault.0));
        self.record(op, About::default(), result)
    }

    /// The same for one that does: not while it could not be recorded, and one
    /// at a time.
    fn change<T>(
        &self,
        verb: Verb,
        op: &'static str,
        run: impl FnOnce(&Open) -> Result<T, OperatorError>,
    ) -> Result<T, OperatorError> {
        // Whoever may not waits for nobody, and is told so before anything else.
        if let Err(refusal) = permit(self.caller.verbs(), verb) {
            return self.record(op, About::default(), Err(refusal.into()));
        }
        self.alone(op, None, |open| {
            let done = run(open);
            // Keys of users that are gone, or sealed again, leave memory now.
            open.kms.sweep(&open.barrier)?;
            done
        })
    }

    /// A change that looks first and writes in several commits: one at a time,
    /// and none that could not be recorded.
    pub(super) fn alone<T, E: Outcome + From<Refusal>>(
        &self,
        op: &'static str,
        app: Option<&App>,
        run: impl FnOnce(&Open) -> Result<T, E>,
    ) -> Result<T, E> {
        let open = &self.vault.0;
        // A panic in one of them leaves no state here that the next could misread.
        let guard = open.structure.lock().unwrap_or_else(PoisonError::into_inner);
        let result = if open.audit.writes_allowed() { run(open) } else { Err(Refusal::AuditFull.into()) };
        drop(guard);
        let unrecorded = if result.is_ok() { Refusal::Fault(Fault::Indeterminate) } else { Refusal::AuditFull };
        self.record_or(op, About { app, ..About::default() }, result, unrecorded)
    }
}

/// Names of every secret that still has metadata or a grave, and ids of every
/// key, by keyed hash in hex.
fn names_by_hash(open: &Open) -> Result<HashMap<String, String>, Fault> {
    let mut names = HashMap::new();
    for scope in open.barrier.scopes()? {
        for kind in [RecordKind::Metadata, RecordKind::Grave] {
            for place in open.barrier.keys(&Place::kind_prefix(&scope, kind))?.iter().filter_map(Place::of) {
                if let Some(metadata) = open.shelf.metadata(&open.barrier, &place)? {
                    names.insert(in_hex(&place), metadata.name.to_string());
                }
            }
        }
        for place in open.barrier.keys(&Place::kind_prefix(&scope, RecordKind::KmsKey))?.iter().filter_map(Place::of) {
            if let Some(record) = open.kms.record(&open.barrier, &place)? {
                names.insert(in_hex(&place), record.id.to_string());
            }
        }
    }
    Ok(names)
}

fn in_hex(place: &Place) -> String {
    hex::encode(&place.index)
}

/// The `name` member of an audit line, as the log itself writes it.
fn hash_in(line: &str) -> Option<&str> {
    line.split_once(r#""name":""#)?.1.get(..32)
}
