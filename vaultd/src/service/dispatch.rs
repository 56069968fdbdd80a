//! From a decoded call to its answer: what can be answered at once is, the rest
//! goes to the writer or to the operators' desk.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use vault_core::access::{Caller, Write, WriteRequest};
use vault_core::hex;
use vault_core::names::{App, SecretName, User};
use vault_core::{Vault, Verb, VersionState};
use vault_proto::latest::{self, Reply, StatusInfo, VaultReply, WireError};
use vault_proto::v1::{self, Call};

use super::map::{self, invalid};
use super::shared::{Shared, State};
use super::{acting, apps};

/// What is to be done with a call.
pub(super) enum Course {
    /// Answered.
    Answer(Result<Reply, WireError>),
    /// For the writer.
    Write(WriteRequest<Arc<Caller>>),
    /// For the thread that reads much.
    Later(LongRead),
    /// For the keys' thread.
    Keys(LongRead),
    /// For the thread that makes RSA keys.
    KeyPairs(LongRead),
    /// For the operators' desk, which this verb opens.
    Desk(Verb, v1::Request),
}

/// Work that may take long.
pub(super) type LongRead = Box<dyn FnOnce(&Shared) -> Result<Reply, WireError> + Send>;

/// The course of any call.
pub(super) fn course(shared: &Shared, connection: u64, caller: &Arc<Caller>, request: latest::Request) -> Course {
    match request {
        latest::Request { id, acting: None, call: latest::Call::Vault(call) } => vault(shared, caller, id, call),
        latest::Request { id, acting: None, call } => apps::course(shared, connection, caller, id, call),
        latest::Request { id, acting: Some(acting), call } => {
            acting::course(shared, connection, caller, id, &acting, call)
        }
    }
}

/// The course of a call of version 1.
pub(super) fn vault(shared: &Shared, caller: &Arc<Caller>, id: u64, call: Call) -> Course {
    match call {
        Call::Status {} => answer(Ok(VaultReply::Status(status(shared, caller)))),
        Call::WhoAmI {} => answer(who_am_i(shared, caller, id)),
        Call::Get { app, name, version } => answer(sealed_first(shared, named(app, &name)).and_then(|(app, name)| {
            read(shared, |vault| {
                shared.with_batch(|batch| {
                    let got = vault.access(caller, id, batch).get(&app, &name, version);
                    got.map(|value| VaultReply::Value(map::value(value)))
                        .map_err(|refusal| map::about(refusal, &app, &name))
                })
            })
        })),
        Call::History { app, name } => answer(sealed_first(shared, named(app, &name)).and_then(|(app, name)| {
            read(shared, |vault| {
                shared.with_batch(|batch| {
                    let versions = vault.access(caller, id, batch).history(&app, &name);
                    let versions = versions.map_err(|refusal| map::about(refusal, &app, &name))?;
                    let shown = versions.into_iter().filter(|known| known.state != VersionState::Pending);
                    Ok(VaultReply::History { versions: shown.map(map::version).collect() })
                })
            })
        })),
        Call::List { app, user, after, limit, deleted } => {
            // A sealed vault answers before it looks at a name.
            let listing = read(shared, |_| Listing::parse(app, user, after, limit, deleted));
            match listing {
                Ok(listing) => {
                    let caller = Arc::clone(caller);
                    Course::Later(Box::new(move |shared| listing.run(shared, &caller, id).map(Reply::Vault)))
                }
                Err(error) => Course::Answer(Err(error)),
            }
        }
        Call::Set { app, name, value, if_version } => {
            let write = Write::Set { value: map::core_bytes(value), if_version };
            queue(shared, caller, id, app, &name, write)
        }
        Call::Delete { app, name, destroy: false, if_version } => {
            queue(shared, caller, id, app, &name, Write::Delete { if_version })
        }
        Call::Delete { app, name, destroy: true, if_version } => {
            queue(shared, caller, id, app, &name, Write::Destroy { if_version })
        }
        Call::Undelete { app, name } => queue(shared, caller, id, app, &name, Write::Undelete),
        call => Course::Desk(verb(&call), v1::Request { id, call }),
    }
}

fn answer(result: Result<VaultReply, WireError>) -> Course {
    Course::Answer(result.map(Reply::Vault))
}

/// The verb an operator's call needs.
fn verb(call: &Call) -> Verb {
    match call {
        Call::Unseal { .. } => Verb::Unseal,
        Call::Seal {} => Verb::Seal,
        Call::SlotList {} | Call::SlotAdd { .. } | Call::SlotRemove { .. } => Verb::Slots,
        Call::RekeyRoot { .. } | Call::RekeyScope { .. } => Verb::Rekey,
        Call::UserList {} | Call::UserConfirm { .. } | Call::UserMove { .. } | Call::UserRemove { .. } => Verb::Users,
        Call::AuditTail { .. } | Call::AuditVerify {} | Call::AuditRotate {} => Verb::Audit,
        Call::BackupBegin { .. } | Call::BackupRead { .. } | Call::BackupEnd { .. } => Verb::Backup,
        Call::Check {} => Verb::Check,
        // Not an operator's call; `course` has taken these.
        Call::Status {}
        | Call::WhoAmI {}
        | Call::Set { .. }
        | Call::Get { .. }
        | Call::List { .. }
        | Call::Delete { .. }
        | Call::Undelete { .. }
        | Call::History { .. } => Verb::Check,
    }
}

/// Runs on an open vault.
pub(super) fn read<T>(
    shared: &Shared,
    run: impl FnOnce(&Vault<vault_core::Open>) -> Result<T, WireError>,
) -> Result<T, WireError> {
    match &*shared.read()? {
        State::Open(vault) => run(vault),
        State::Sealed(_) | State::Away => Err(WireError::Sealed {}),
    }
}

/// A sealed vault says so, whatever else is wrong with a call.
pub(super) fn sealed_first<T>(shared: &Shared, parsed: Result<T, WireError>) -> Result<T, WireError> {
    parsed.or_else(|error| read(shared, |_| Err(error)))
}

pub(super) fn queue(
    shared: &Shared,
    caller: &Arc<Caller>,
    id: u64,
    app: Option<String>,
    name: &str,
    write: Write,
) -> Course {
    // A sealed vault says so, whatever else is wrong.
    let drafted = read(shared, |vault| {
        let (app, name) = named(app, name)?;
        let mut request = WriteRequest::new(Arc::clone(caller), id, app, name, write);
        // On this thread, while the writer is busy with others.
        vault.draft(&mut request);
        Ok(request)
    });
    match drafted {
        Ok(request) => Course::Write(request),
        Err(error) => Course::Answer(Err(error)),
    }
}

/// A listing decodes every record of a scope, which may be thousands: it goes to
/// a thread of its own, so that it never keeps a read waiting.
struct Listing {
    app: Option<App>,
    user: Option<User>,
    after: Option<(App, SecretName)>,
    limit: usize,
    deleted: bool,
}

impl Listing {
    fn parse(
        app: Option<String>,
        user: Option<String>,
        after: Option<(String, String)>,
        limit: u32,
        deleted: bool,
    ) -> Result<Self, WireError> {
        if !(1..=vault_proto::limits::LIST_MAX).contains(&limit) {
            return Err(invalid("limit", "1 to 1,000"));
        }
        let app = app.as_deref().map(parse_app).transpose()?;
        let user = user.as_deref().map(parse_user).transpose()?;
        let after = match after {
            Some((app, name)) => Some((parse_app(&app)?, parse_name(&name)?)),
            None => None,
        };
        Ok(Self { app, user, after, limit: limit as usize, deleted })
    }

    fn run(&self, shared: &Shared, caller: &Caller, id: u64) -> Result<VaultReply, WireError> {
        read(shared, |vault| {
            shared.with_batch(|batch| {
                let access = vault.access(caller, id, batch);
                let (app, user, after) = (self.app.as_ref(), self.user.as_ref(), self.after.as_ref());
                let listed = access.list(app, user, after, self.limit, self.deleted);
                let (infos, more) = listed.map_err(|refusal| map::in_app(refusal, app))?;
                Ok(VaultReply::List { secrets: infos.into_iter().map(map::secret).collect(), more })
            })
        })
    }
}

fn who_am_i(shared: &Shared, caller: &Caller, id: u64) -> Result<VaultReply, WireError> {
    let held = read(shared, |vault| {
        shared.with_batch(|batch| vault.access(caller, id, batch).is_held().map_err(map::refusal))
    });
    let mut operator: Vec<String> = caller.verbs().iter().map(|verb| verb.as_str().to_owned()).collect();
    operator.sort();
    Ok(VaultReply::WhoAmI {
        user: caller.user().to_string(),
        login: caller.login().map(str::to_owned),
        operator,
        // Sealed: nobody can tell yet.
        held: held.unwrap_or(false),
    })
}

fn status(shared: &Shared, caller: &Caller) -> StatusInfo {
    let operator = caller.verbs() != vault_core::Verbs::NONE;
    let audit = shared.audit.state();
    let audit_says: Vec<String> = audit.degraded.iter().map(map::degraded).collect();
    let mut info = StatusInfo {
        version: crate::VERSION.to_owned(),
        sealed: true,
        degraded: audit_says.clone(),
        read_only: !shared.audit.writes_allowed(),
        development: shared.development,
        vault_id: None,
        epoch: None,
        sequence: None,
        slots: shared.slots.load(Ordering::Relaxed),
        last_backup_at: None,
        last_backup_verified: None,
        uptime_s: shared.started.elapsed().as_secs(),
        hardening: if operator { shared.hardening.clone() } else { Vec::new() },
    };
    if let Ok(State::Open(vault)) = shared.read().as_deref() {
        info.sealed = false;
        info.read_only |= vault.is_read_only();
        let troubles = vault.troubles();
        info.degraded.extend(troubles.into_iter().filter(|trouble| !audit_says.contains(trouble)));
        if vault.is_disk_low() {
            info.degraded.push("free disk space is below min_free_disk_bytes: sets are refused".to_owned());
        }
        if let Ok(stamp) = vault.stamp() {
            (info.epoch, info.sequence) = (Some(stamp.epoch), Some(stamp.sequence));
        }
        match vault.last_backup() {
            Ok(last) => {
                info.last_backup_at = last.map(|last| last.at_ms);
                info.last_backup_verified = last.map(|last| last.verified);
            }
            Err(fault) => info.degraded.push(fault.to_string()),
        }
        info.vault_id = operator.then(|| hex::encode(&vault.id()));
    } else if let Some(why) = &*shared.why_sealed.lock().unwrap_or_else(PoisonError::into_inner) {
        info.degraded.push(why.clone());
    }
    info
}

pub(super) fn named(app: Option<String>, name: &str) -> Result<(App, SecretName), WireError> {
    let app = app.as_deref().map_or_else(|| Ok(App::personal()), parse_app)?;
    Ok((app, parse_name(name)?))
}

pub(super) fn parse_app(text: &str) -> Result<App, WireError> {
    App::parse(text).map_err(|rule| invalid(rule.field, rule.expected))
}

pub(super) fn parse_name(text: &str) -> Result<SecretName, WireError> {
    SecretName::parse(text).map_err(|rule| invalid(rule.field, rule.expected))
}

pub(super) fn parse_user(text: &str) -> Result<User, WireError> {
    User::parse(text).map_err(|rule| invalid(rule.field, rule.expected))
}
