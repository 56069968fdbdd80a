//! Writing: requests of any number of callers, each decided by itself,
//! committed together, answered when they are durable.

use std::sync::PoisonError;

use super::record::{About, AuditBatch, Outcome, event};
use super::resolve::{Resolved, resolve};
use super::{Access, Caller};
use crate::audit::AuditFull;
use crate::barrier::{Fault, Txn};
use crate::envelope;
use crate::keys::SecretBytes;
use crate::limits;
use crate::names::{App, SecretName};
use crate::policy::Action;
use crate::secrets::{self, Draft, NewValue, Quotas, Refusal, Target};
use crate::store::Erasure;
use crate::vault::{Open, Vault};

/// One caller's request to change one secret. Nothing of it changes once it is
/// made: a draft is of what it says.
#[derive(Debug)]
pub struct WriteRequest<C> {
    caller: C,
    request: u64,
    app: App,
    name: SecretName,
    write: Write,
    /// The change worked out: see [`Vault::draft`].
    draft: Option<Draft>,
}

impl<C> WriteRequest<C> {
    /// By whom, with the connection's request id for the audit log; of which app's
    /// secret; and what becomes of it. It is worked out when it is applied, unless
    /// [`Vault::draft`] does it before.
    pub fn new(caller: C, request: u64, app: App, name: SecretName, write: Write) -> Self {
        Self { caller, request, app, name, write, draft: None }
    }

    /// The connection's request id.
    pub fn id(&self) -> u64 {
        self.request
    }

    /// The app.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// The secret.
    pub fn name(&self) -> &SecretName {
        &self.name
    }

    /// The change.
    pub fn write(&self) -> &Write {
        &self.write
    }

    #[cfg(test)]
    pub(super) fn draft(&self) -> Option<&Draft> {
        self.draft.as_ref()
    }
}

/// A change.
#[derive(Debug)]
pub enum Write {
    /// Store a new version.
    Set {
        /// The value.
        value: SecretBytes,
        /// Only if this version is current; 0 = absent.
        if_version: Option<u64>,
    },
    /// Store a new version to be tried: the current one stays what it is.
    SetPending {
        /// The value.
        value: SecretBytes,
        /// Only if this version is current; 0 = absent.
        if_version: Option<u64>,
    },
    /// A version that was stored to be tried becomes the current one.
    Promote {
        /// Which.
        version: u64,
    },
    /// A version that was stored to be tried is erased.
    Reject {
        /// Which.
        version: u64,
    },
    /// Delete, recoverable within retention.
    Delete {
        /// Only if this version is current.
        if_version: Option<u64>,
    },
    /// Erase every version now.
    Destroy {
        /// Only if this version is current.
        if_version: Option<u64>,
    },
    /// Bring a deleted secret back.
    Undelete,
}

/// What a change did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Written {
    /// The version stored.
    Set {
        /// From 1.
        version: u64,
    },
    /// Deleted or destroyed.
    Deleted {
        /// There was something.
        was_set: bool,
        /// Did the erasure reach the files? Only asked for by a destroy.
        erasure: Erasure,
    },
    /// The version that is current again.
    Undeleted {
        /// From 1.
        version: u64,
    },
}

impl Access<'_> {
    /// Stores a new version.
    pub fn set(
        &self,
        app: &App,
        name: &SecretName,
        value: SecretBytes,
        if_version: Option<u64>,
    ) -> Result<u64, Refusal> {
        match self.write(app, name, Write::Set { value, if_version })? {
            Written::Set { version } | Written::Undeleted { version } => Ok(version),
            Written::Deleted { .. } => Ok(0),
        }
    }

    /// Deletes, recoverable within retention; true when there was something.
    pub fn delete(&self, app: &App, name: &SecretName) -> Result<bool, Refusal> {
        let written = self.write(app, name, Write::Delete { if_version: None })?;
        Ok(matches!(written, Written::Deleted { was_set: true, .. }))
    }

    /// One change by itself.
    pub fn write(&self, app: &App, name: &SecretName, write: Write) -> Result<Written, Refusal> {
        let own = AuditBatch::new();
        let (app, name) = (app.clone(), name.clone());
        let mut request = WriteRequest::new(self.caller, self.request, app, name, write);
        self.vault.draft(&mut request);
        let batch = self.batch.unwrap_or(&own);
        let mut results = self.vault.apply(std::slice::from_ref(&request), batch);
        // Done, and configured not to say so when it could not be recorded.
        own.flush(&self.vault.0.audit).map_err(|AuditFull| Refusal::Fault(Fault::Indeterminate))?;
        results.pop().unwrap_or(Err(Refusal::Fault(Fault::Stopped)))
    }
}

impl Vault<Open> {
    /// Works a set out beforehand, on the calling thread: what there is of the
    /// secret is opened, what it becomes is sealed. [`Vault::apply`], whose callers
    /// wait for each other and for the disk, then sees that it still holds, and does
    /// the work itself when it does not. Changes nothing that is stored or recorded.
    pub fn draft<C: std::borrow::Borrow<Caller>>(&self, request: &mut WriteRequest<C>) {
        // Who may not, or what cannot be, is told when it is applied.
        request.draft = draft(&self.0, request).ok().flatten();
    }

    /// Applies requests in order, in as few commits as fit, and returns once
    /// they are durable: one result each. A request that is refused leaves the
    /// others standing.
    pub fn apply<C: std::borrow::Borrow<Caller>>(
        &self,
        requests: &[WriteRequest<C>],
        batch: &AuditBatch,
    ) -> Vec<Result<Written, Refusal>> {
        let mut results = Vec::with_capacity(requests.len());
        let gate = self.gate();
        while results.len() < requests.len() {
            let from = results.len();
            let done = match &gate {
                Gate::Closed => vec![Err(Refusal::AuditFull)],
                Gate::Open { quotas, disk_low } => self.commit_some(&requests[from..], quotas, *disk_low),
            };
            results.extend(done);
        }
        let destroyed = |(request, result): (&WriteRequest<C>, &Result<Written, Refusal>)| {
            matches!(request.write, Write::Destroy { .. })
                && matches!(result, Ok(Written::Deleted { was_set: true, .. }))
        };
        if requests.iter().zip(&results).any(destroyed) {
            let reached = self.0.barrier.erase();
            for (request, result) in requests.iter().zip(&mut results) {
                if let (Write::Destroy { .. }, Ok(Written::Deleted { erasure, .. })) = (&request.write, result) {
                    *erasure = reached;
                }
            }
        }
        for (request, result) in requests.iter().zip(&results) {
            self.record_write(request, result, batch);
        }
        results
    }

    pub(super) fn gate(&self) -> Gate {
        if !self.0.audit.writes_allowed() {
            return Gate::Closed;
        }
        let quotas = *self.0.quotas.read().unwrap_or_else(PoisonError::into_inner);
        let disk_low = self.0.barrier.store().free_bytes().is_some_and(|free| free < quotas.free_disk);
        Gate::Open { quotas, disk_low }
    }

    /// One commit with as many requests as fit, at least one.
    fn commit_some<C: std::borrow::Borrow<Caller>>(
        &self,
        requests: &[WriteRequest<C>],
        quotas: &Quotas,
        disk_low: bool,
    ) -> Vec<Result<Written, Refusal>> {
        let mut txn = match self.0.barrier.begin() {
            Ok(txn) => txn,
            Err(fault) => return requests.iter().map(|_| Err(fault.again().into())).collect(),
        };
        let mut results = Vec::new();
        for request in requests {
            if !results.is_empty() && !txn.has_room(ops(&request.app), request.write.room()) {
                break;
            }
            let refused = disk_low && matches!(request.write, Write::Set { .. } | Write::SetPending { .. });
            let result = match refused {
                true => Err(Fault::DiskFull.into()),
                false => txn.request(|txn| run(&self.0, txn, request, quotas)),
            };
            results.push(result);
        }
        if let Err(fault) = txn.commit() {
            // Who lost against another of this commit lost against nothing.
            let undone =
                |result: &&mut Result<Written, Refusal>| matches!(result, Ok(_) | Err(Refusal::Conflict { .. }));
            results.iter_mut().filter(undone).for_each(|result| *result = Err(fault.again().into()));
        }
        results
    }

    fn record_write<C: std::borrow::Borrow<Caller>>(
        &self,
        request: &WriteRequest<C>,
        result: &Result<Written, Refusal>,
        batch: &AuditBatch,
    ) {
        let Open { barrier, shelf, audit, .. } = &self.0;
        let caller = request.caller.borrow();
        let version = match result {
            Ok(Written::Set { version } | Written::Undeleted { version }) => Some(*version),
            _ => None,
        };
        // Without a scope there is no keyed hash of the name, and nothing stored.
        let resolved = resolve(&self.0, caller, &request.app, &request.name, Action::Look);
        let place = resolved.ok().and_then(|resolved| {
            let target = Target { account: &resolved.account, app: &request.app, name: &request.name };
            shelf.locate(barrier, target).ok().flatten()
        });
        let about = About { app: Some(&request.app), place, version };
        let outcome = result.as_ref().map_or_else(Outcome::word, |_| "ok");
        batch.record(audit, &event(caller, request.request, request.write.word(), outcome, about));
    }
}

pub(super) enum Gate {
    /// Nothing may change that cannot be recorded.
    Closed,
    Open {
        quotas: Quotas,
        disk_low: bool,
    },
}

impl Write {
    fn word(&self) -> &'static str {
        match self {
            Self::Set { .. } => "set",
            Self::SetPending { .. } => "set_pending",
            Self::Promote { .. } => "promote",
            Self::Reject { .. } => "reject",
            Self::Delete { .. } => "delete",
            Self::Destroy { .. } => "destroy",
            Self::Undelete => "undelete",
        }
    }

    fn is_pending(&self) -> bool {
        matches!(self, Self::SetPending { .. })
    }

    /// Bytes this may add to a commit: value, metadata, directory, wrap.
    fn room(&self) -> usize {
        let value = match self {
            Self::Set { value, .. } | Self::SetPending { value, .. } => {
                envelope::size_class(value.expose().len().min(limits::VALUE_MAX) + 1)
            }
            _ => 0,
        };
        value + METADATA_ROOM
    }
}

fn draft<C: std::borrow::Borrow<Caller>>(open: &Open, request: &WriteRequest<C>) -> Result<Option<Draft>, Refusal> {
    let caller = request.caller.borrow();
    let (Write::Set { value, if_version } | Write::SetPending { value, if_version }) = &request.write else {
        return Ok(None);
    };
    let new = NewValue { value, if_version: *if_version, pending: request.write.is_pending(), by: caller.user() };
    let Resolved { account, rules, .. } = resolve(open, caller, &request.app, &request.name, Action::Set)?;
    let target = Target { account: &account, app: &request.app, name: &request.name };
    secrets::draft(&open.barrier, &open.shelf, &open.recents, target, &new, rules)
}

fn run<C: std::borrow::Borrow<Caller>>(
    open: &Open,
    txn: &mut Txn<'_>,
    request: &WriteRequest<C>,
    quotas: &Quotas,
) -> Result<Written, Refusal> {
    let caller = request.caller.borrow();
    let action = match request.write {
        Write::Set { .. } | Write::SetPending { .. } => Action::Set,
        Write::Promote { .. } | Write::Reject { .. } => Action::Promote,
        Write::Delete { .. } | Write::Destroy { .. } | Write::Undelete => Action::Delete,
    };
    // What an app declares changes by other commits only, and none runs beside this one.
    let Resolved { account, rules, .. } = resolve(open, caller, &request.app, &request.name, action)?;
    let target = Target { account: &account, app: &request.app, name: &request.name };
    if let Some(draft) = &request.draft
        && let Some(version) = draft.adopt(txn, &open.shelf, target, &rules, quotas)?
    {
        return Ok(Written::Set { version });
    }
    let erasure = Erasure::Done;
    Ok(match &request.write {
        Write::Set { value, if_version } | Write::SetPending { value, if_version } => {
            let pending = request.write.is_pending();
            let new = NewValue { value, if_version: *if_version, pending, by: caller.user() };
            Written::Set { version: secrets::set(txn, target, new, &rules, quotas)? }
        }
        Write::Promote { version } => Written::Set { version: secrets::promote(txn, target, *version, &rules)? },
        Write::Reject { version } => Written::Deleted { was_set: secrets::reject(txn, target, *version)?, erasure },
        Write::Delete { if_version } => {
            Written::Deleted { was_set: secrets::delete(txn, target, *if_version)?, erasure }
        }
        Write::Destroy { if_version } => {
            Written::Deleted { was_set: secrets::destroy(txn, target, *if_version)?, erasure }
        }
        Write::Undelete => Written::Undeleted { version: secrets::undelete(txn, target)? },
    })
}

/// Directory, wrap, grave, metadata, value, tombstone and pruned values: more
/// where a declaration may keep more.
fn ops(app: &App) -> usize {
    let keep = if app.is_personal() { limits::KEEP_VERSIONS } else { limits::KEEP_VERSIONS_MAX + 1 };
    6 + 2 * keep
}

/// Metadata of a long history, directory record and wrap, in their envelopes.
const METADATA_ROOM: usize = 32 * 1024;
