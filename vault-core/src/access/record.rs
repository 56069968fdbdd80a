//! Recording: what was asked, by whom, and how it ended; never a value, and a
//! name only as its keyed hash.

use std::cell::RefCell;

use super::{Access, Caller, Session};
use crate::audit::{AuditFull, AuditLog, Drafts, Event, Flushed, Who};
use crate::barrier::{Fault, Place};
use crate::names::App;
use crate::secrets::Refusal;
use crate::slots::SlotError;

/// Operations recorded but not yet flushed. One per drained batch of requests.
#[derive(Default)]
pub struct AuditBatch {
    drafts: RefCell<Drafts>,
}

impl AuditBatch {
    /// Nothing recorded yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Writes everything recorded so far with one write. On an error none of
    /// the batch's answers may go out.
    pub fn flush(&self, audit: &AuditLog) -> Result<Flushed, AuditFull> {
        audit.append(&mut self.drafts.borrow_mut())
    }

    /// Is there anything to flush?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.drafts.borrow().is_empty()
    }

    /// Records an event as part of this batch.
    pub fn record(&self, audit: &AuditLog, event: &Event<'_>) {
        audit.draft(&mut self.drafts.borrow_mut(), event);
    }
}

/// What an event says of a secret.
#[derive(Clone, Copy, Default)]
pub(super) struct About<'a> {
    pub(super) app: Option<&'a App>,
    pub(super) place: Option<Place>,
    pub(super) version: Option<u64>,
}

impl Access<'_> {
    /// Records one operation; outside a batch it is flushed at once, and its
    /// failure to be recorded becomes the operation's own.
    pub(super) fn record<T, E: Outcome + From<Refusal>>(
        &self,
        op: &'static str,
        about: About<'_>,
        result: Result<T, E>,
    ) -> Result<T, E> {
        self.record_or(op, about, result, Refusal::AuditFull)
    }

    /// The same, naming the refusal when it cannot be recorded.
    pub(super) fn record_or<T, E: Outcome + From<Refusal>>(
        &self,
        op: &'static str,
        about: About<'_>,
        result: Result<T, E>,
        unrecorded: Refusal,
    ) -> Result<T, E> {
        let audit = &self.vault.0.audit;
        let outcome = result.as_ref().map_or_else(Outcome::word, |_| "ok");
        let event = event(self.caller, self.request, op, outcome, about);
        match self.batch {
            Some(batch) => batch.record(audit, &event),
            None => {
                let own = AuditBatch::new();
                own.record(audit, &event);
                own.flush(audit).map_err(|AuditFull| E::from(unrecorded))?;
            }
        }
        result
    }
}

pub(super) fn event<'a>(
    caller: &'a Caller,
    request: u64,
    op: &'static str,
    outcome: &'static str,
    about: About<'a>,
) -> Event<'a> {
    let user = (*caller.session() != Session::Nobody).then_some(caller.user());
    Event {
        who: Who { uid: caller.uid, user, pid: caller.pid() },
        app: about.app,
        name: about.place.map(|place| place.index),
        version: about.version,
        request,
        ..Event::of(op, outcome)
    }
}

/// An error's word in the audit log.
pub(super) trait Outcome {
    fn word(&self) -> &'static str;
}

impl Outcome for Refusal {
    fn word(&self) -> &'static str {
        match self {
            Self::Missing { expired: false } => "missing",
            Self::Missing { expired: true } => "expired",
            Self::Forbidden { .. } => "forbidden",
            Self::Held { .. } => "held",
            Self::Conflict { .. } => "conflict",
            Self::TooLarge { .. } => "too_large",
            Self::OverQuota { .. } => "over_quota",
            Self::Invalid { .. } => "invalid",
            Self::NotDeclared => "not_declared",
            Self::NoSuchApp => "no_such_app",
            Self::Suspended => "suspended",
            Self::Orphans { .. } => "orphans",
            Self::BadToken => "bad_token",
            Self::StateRefused => "state_refused",
            Self::Webhook(_) => "webhook_refused",
            Self::AuditFull => "audit_full",
            Self::Fault(fault) => fault.word(),
        }
    }
}

impl Outcome for Fault {
    fn word(&self) -> &'static str {
        match self {
            Self::Corrupt { .. } => "corrupt",
            Self::DiskFull => "disk_full",
            Self::ReadOnly | Self::Stopped => "read_only",
            Self::Indeterminate => "indeterminate",
            Self::Unfinished(_) => "unfinished",
            Self::TooLarge { .. } => "too_large",
            Self::Entropy(_) | Self::Unavailable(_) => "unavailable",
            Self::Unsupported { .. } => "unsupported",
        }
    }
}

impl Outcome for SlotError {
    fn word(&self) -> &'static str {
        match self {
            Self::WrongSecret => "wrong_secret",
            Self::Fault(fault) => fault.word(),
            _ => "refused",
        }
    }
}
