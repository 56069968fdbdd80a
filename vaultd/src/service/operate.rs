//! What happens at the operators' desk, call by call.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use vault_core::access::{Access, Caller, OperatorError};
use vault_core::header::SlotId;
use vault_core::seal::credential::Credential;
use vault_core::seal::key_file::KeyFile;
use vault_core::seal::recovery::RecoveryKey;
use vault_core::store::Erasure;
use vault_core::{Expect, Open, Sealed, SlotError, SlotInfo, Unlock, UnsealError, Vault};
use vault_proto::Codec;
use vault_proto::latest::{NewSlot, RekeyReport, SecretBytes, UnlockSecret, WireError};
use vault_proto::v1::{Call, Reply, Request};

use super::anchor::AnchorFile;
use super::backups;
use super::dispatch::{parse_user, read};
use super::map::{self, invalid};
use super::served::is_wrong_secret;
use super::shared::{Shared, State};

/// What the desk remembers from one job to the next.
pub(super) struct Operator {
    failed_unseals: u32,
    /// No unseal is tried before.
    not_before: Option<Instant>,
}

impl Operator {
    pub(super) fn new() -> Self {
        Self { failed_unseals: 0, not_before: None }
    }

    pub(super) fn run(
        &mut self,
        shared: &Shared,
        caller: &Caller,
        connection: u64,
        codec: Codec,
        request: Request,
    ) -> Result<Reply, WireError> {
        let id = request.id;
        match request.call {
            Call::Unseal { secret } => self.unseal(shared, caller, id, secret),
            Call::Seal {} => {
                seal(shared, caller, id);
                Ok(Reply::Done {})
            }
            call => read(shared, |vault| {
                shared.with_batch(|batch| {
                    let access = vault.access(caller, id, batch);
                    operate(shared, vault, &access, connection, codec, call)
                })
            }),
        }
    }

    /// A failed try makes the next one wait, twice as long each time, from when it
    /// is known to have failed: how long a guess takes to look at is no part of it.
    fn unseal(&mut self, shared: &Shared, caller: &Caller, id: u64, secret: UnlockSecret) -> Result<Reply, WireError> {
        if let Some(wait) = self.not_before.and_then(|until| until.checked_duration_since(Instant::now())) {
            return Err(WireError::Busy { retry_after_ms: u64::try_from(wait.as_millis()).unwrap_or(u64::MAX) });
        }
        let tries = map::unlocks(secret)?;
        let (word, error) = match unseal(shared, &tries) {
            Ok(()) => {
                *self = Self::new();
                shared.record(caller, id, "unseal", "ok");
                return Ok(Reply::Done {});
            }
            // Nothing was opened by this secret, so nothing is said of it.
            Err(NotServed::Open) => return Ok(Reply::Done {}),
            Err(NotServed::Away) => return Err(WireError::Busy { retry_after_ms: 1_000 }),
            Err(NotServed::Sealed(error)) if is_wrong_secret(&error) => {
                self.failed_unseals += 1;
                let wait = BACK_OFF.saturating_mul(1 << self.failed_unseals.min(BACK_OFF_DOUBLINGS));
                self.not_before = Some(Instant::now() + wait);
                ("wrong_secret", map::unseal_error(error))
            }
            Err(NotServed::Sealed(error)) => ("refused", map::unseal_error(error)),
            Err(NotServed::Anchor(error)) => ("refused", WireError::Unavailable { reason: error.to_string() }),
        };
        shared.record(caller, id, "unseal", word);
        Err(error)
    }
}

/// Why a vault is not served.
pub(super) enum NotServed {
    /// Another try is under way, or the daemon is going down.
    Away,
    /// It is open already.
    Open,
    /// It stays sealed.
    Sealed(UnsealError),
    /// The anchor cannot be read.
    Anchor(std::io::Error),
}

/// Tries each secret until one opens the vault. The lock is not held while a
/// key is derived: *sealed* is answered meanwhile.
pub(super) fn unseal(shared: &Shared, tries: &[Unlock]) -> Result<(), NotServed> {
    let anchor = shared.anchor.as_ref().map_or(Ok(None), AnchorFile::read).map_err(NotServed::Anchor)?;
    let sealed = {
        let mut state = shared.state.write().unwrap_or_else(PoisonError::into_inner);
        match std::mem::replace(&mut *state, State::Away) {
            State::Sealed(vault) => vault,
            State::Away => return Err(NotServed::Away),
            open @ State::Open(_) => {
                *state = open;
                return Err(NotServed::Open);
            }
        }
    };
    let expect = Expect { anchor: anchor.as_deref(), development: Some(shared.development), ..Expect::default() };
    let (next, outcome) = match try_each(sealed, tries, expect) {
        Ok(vault) => {
            vault.set_quotas(shared.quotas());
            remember_slots(shared, &vault);
            write_anchor(shared, &vault);
            (State::Open(Box::new(vault)), Ok(()))
        }
        Err((sealed, error)) => (State::Sealed(sealed), Err(NotServed::Sealed(error))),
    };
    let mut state = shared.state.write().unwrap_or_else(PoisonError::into_inner);
    *state = match next {
        // The daemon was told to end while the key was derived.
        State::Open(vault) if shared.ending.load(Ordering::Acquire) => State::Sealed(vault.seal()),
        next => next,
    };
    outcome
}

#[expect(clippy::result_large_err, reason = "a vault that stays sealed is handed back, not lost")]
pub(super) fn try_each(
    mut vault: Vault<Sealed>,
    tries: &[Unlock],
    expect: Expect<'_>,
) -> Result<Vault<Open>, (Vault<Sealed>, UnsealError)> {
    let mut error = UnsealError::Slot(SlotError::WrongSecret);
    for unlock in tries {
        match vault.unseal_if(unlock, expect) {
            Ok(open) => return Ok(open),
            Err((sealed, refused)) => {
                vault = sealed;
                // Only a secret that is simply wrong leads to the next.
                let wrong = is_wrong_secret(&refused);
                error = refused;
                if !wrong {
                    break;
                }
            }
        }
    }
    Err((vault, error))
}

/// Takes the vault from whoever reads it, once they are through, and seals it.
fn seal(shared: &Shared, caller: &Caller, id: u64) {
    shared.record(caller, id, "seal", "ok");
    // Recorded while there is a key to record with.
    let _in_audit_state = shared.flush_now();
    close(shared);
}

pub(super) fn close(shared: &Shared) {
    let mut state = shared.state.write().unwrap_or_else(PoisonError::into_inner);
    match std::mem::replace(&mut *state, State::Away) {
        State::Open(vault) => {
            vault.maintain();
            write_anchor(shared, &vault);
            *state = State::Sealed(vault.seal());
        }
        other => *state = other,
    }
}

/// An anchor that cannot be written is told, and tried again: it can only be
/// behind, never ahead.
pub(super) fn write_anchor(shared: &Shared, vault: &Vault<Open>) {
    if let Some(Err(error)) = shared.anchor.as_ref().map(|anchor| anchor.write(vault)) {
        tracing::warn!(%error, "the anchor is behind");
    }
}

fn operate(
    shared: &Shared,
    vault: &Vault<Open>,
    access: &Access<'_>,
    connection: u64,
    codec: Codec,
    call: Call,
) -> Result<Reply, WireError> {
    let failed = map::operator_error;
    match call {
        Call::SlotList {} => {
            let slots = access.slots().map_err(failed)?;
            Ok(Reply::Slots { slots: slots.into_iter().map(map::slot).collect() })
        }
        Call::SlotAdd { existing, new, label } => {
            let added = slot_add(shared, access, existing, new, &label);
            remember_slots(shared, vault);
            added
        }
        Call::SlotRemove { id } => {
            let id = SlotId::parse(&id).ok_or_else(|| invalid("id", "32 hex digits, as `slot ls` shows"))?;
            access.slot_remove(id).map_err(failed)?;
            remember_slots(shared, vault);
            Ok(Reply::Done {})
        }
        Call::RekeyRoot { keep, drop_slots } => {
            let rekeyed = rekey_root(access, keep, drop_slots);
            remember_slots(shared, vault);
            rekeyed
        }
        Call::RekeyScope { user } => {
            let (version, rewritten) = match user {
                Some(user) => access.rekey_user(&parse_user(&user)?),
                None => access.rekey_scope_wrap(),
            }
            .map_err(failed)?;
            Ok(Reply::Rekeyed(RekeyReport { version, rewritten, dropped_slots: Vec::new() }))
        }
        Call::UserList {} => {
            let users = access.users(&|uid| shared.callers.login_of(uid)).map_err(failed)?;
            Ok(Reply::Users { users: users.into_iter().map(map::user).collect() })
        }
        Call::UserConfirm { user } => {
            let user = parse_user(&user)?;
            let login = user.uid().and_then(|uid| shared.callers.login_now(uid));
            access.user_confirm(&user, login.as_deref()).map_err(failed)?;
            // Connections of that uid act under the name just confirmed.
            shared.callers.forget_all();
            Ok(Reply::Done {})
        }
        Call::UserMove { from, to } => {
            let (from, to) = (parse_user(&from)?, parse_user(&to)?);
            let login = to.uid().and_then(|uid| shared.callers.login_now(uid));
            let scopes = access.user_move(&from, &to, login.as_deref()).map_err(failed)?;
            Ok(Reply::UserChanged { scopes, erasure_pending: false })
        }
        Call::UserRemove { user } => {
            let (scopes, erasure) = access.user_remove(&parse_user(&user)?).map_err(failed)?;
            Ok(Reply::UserChanged { scopes, erasure_pending: erasure == Erasure::Pending })
        }
        Call::AuditTail { lines } => audit_tail(access, lines),
        Call::AuditVerify {} => {
            let report = access.audit_verify().map_err(failed)?;
            Ok(Reply::AuditVerified(map::audit_report(&report)))
        }
        Call::AuditRotate {} => access.audit_rotate().map_err(failed).map(|()| Reply::Done {}),
        Call::BackupBegin { verify } => {
            shared.backups().room()?;
            let made = backups::Made::new(access, &shared.vault_file, &shared.host, verify)?;
            Ok(Reply::BackupReady(shared.backups().keep(connection, made)))
        }
        Call::BackupRead { id, offset } => {
            let file = shared.backups().file(connection, id)?;
            Ok(Reply::BackupChunk { bytes: backups::read_piece(&file, offset, codec.backup_chunk())? })
        }
        Call::BackupEnd { id, kept } => {
            let verified = shared.backups().end(connection, id)?;
            if kept {
                access.backup_kept(verified).map_err(failed)?;
            }
            Ok(Reply::Done {})
        }
        Call::Check {} => Ok(Reply::Checked(map::check_report(access.check().map_err(failed)?))),
        // Answered elsewhere.
        Call::Status {}
        | Call::WhoAmI {}
        | Call::Set { .. }
        | Call::Get { .. }
        | Call::List { .. }
        | Call::Delete { .. }
        | Call::Undelete { .. }
        | Call::History { .. }
        | Call::Unseal { .. }
        | Call::Seal {} => Err(WireError::Unsupported { what: "this call at the operators' desk".to_owned() }),
    }
}

fn slot_add(
    shared: &Shared,
    access: &Access<'_>,
    existing: UnlockSecret,
    new: NewSlot,
    label: &str,
) -> Result<Reply, WireError> {
    let key = "32 bytes";
    let mut shown = None;
    let new = match new {
        NewSlot::Passphrase(text) => Unlock::Passphrase(map::core_bytes(text)),
        NewSlot::KeyFile(bytes) => {
            Unlock::KeyFile(KeyFile::from_bytes(bytes.expose()).ok_or_else(|| invalid("key file", key))?)
        }
        NewSlot::Credential(bytes) => {
            Unlock::Credential(Credential::from_bytes(bytes.expose()).ok_or_else(|| invalid("credential", key))?)
        }
        NewSlot::RecoveryKey {} => {
            let made = RecoveryKey::make(&shared.host)
                .map_err(|error| WireError::Unavailable { reason: error.to_string() })?;
            shown = Some(SecretBytes::new(made.to_text().into_vec()));
            Unlock::RecoveryKey(made)
        }
    };
    let existing = map::unlocks(existing)?;
    let added = first_right(&existing, |unlock| access.slot_add(unlock, &new, label)).map_err(map::operator_error)?;
    Ok(Reply::SlotAdded { slot: map::slot(added), recovery_key: shown })
}

fn rekey_root(access: &Access<'_>, keep: Vec<UnlockSecret>, drop_slots: bool) -> Result<Reply, WireError> {
    if keep.is_empty() || keep.len() > vault_proto::limits::SLOTS_MAX {
        return Err(invalid("keep", "the secrets of 1 to 16 slots"));
    }
    let unlocks = keep.into_iter().map(map::unlocks).collect::<Result<Vec<_>, _>>()?;
    let (version, dropped) = access.rekey_root(&unlocks, drop_slots).map_err(map::operator_error)?;
    let dropped_slots = dropped.into_iter().map(map::slot).collect();
    Ok(Reply::Rekeyed(RekeyReport { version, rewritten: 0, dropped_slots }))
}

/// The newest lines that fit one answer, oldest first.
fn audit_tail(access: &Access<'_>, lines: u32) -> Result<Reply, WireError> {
    if !(1..=vault_proto::limits::AUDIT_TAIL_MAX).contains(&lines) {
        return Err(invalid("lines", "1 to 1,000"));
    }
    let named = access.audit_tail(lines as usize).map_err(map::operator_error)?;
    let mut room = vault_proto::limits::FRAME_MAX / 2;
    let mut kept: Vec<_> = named
        .into_iter()
        .rev()
        .take_while(|line| {
            let needs = line.line.len() * 2 + 256;
            let fits = room >= needs;
            room = room.saturating_sub(needs);
            fits
        })
        .map(map::audit_line)
        .collect();
    kept.reverse();
    Ok(Reply::AuditTail { lines: kept })
}

/// Tries each secret in turn; only a wrong one leads to the next.
fn first_right<T>(
    tries: &[Unlock],
    mut run: impl FnMut(&Unlock) -> Result<T, OperatorError>,
) -> Result<T, OperatorError> {
    let mut outcome = Err(OperatorError::Slot(SlotError::WrongSecret));
    for unlock in tries {
        outcome = run(unlock);
        if !matches!(outcome, Err(OperatorError::Slot(SlotError::WrongSecret))) {
            break;
        }
    }
    outcome
}

fn remember_slots(shared: &Shared, vault: &Vault<Open>) {
    let count = vault.slots().map_or(0, |slots: Vec<SlotInfo>| slots.len());
    shared.slots.store(u32::try_from(count).unwrap_or(u32::MAX), Ordering::Relaxed);
}

/// After the first failure.
const BACK_OFF: Duration = Duration::from_millis(250);
/// At most 250 ms × 2⁷ = 32 s.
const BACK_OFF_DOUBLINGS: u32 = 7;
