//! Storing a new version.

use vault_manifest::Spec;

use super::directory::{make_scope, scope_of};
use super::metadata::{Metadata, VersionInfo, VersionState};
use super::shelf::{grave_place, metadata_place, value_place};
use super::{Quotas, Refusal, Target};
use crate::barrier::{Fault, Place, Txn, Usage};
use crate::envelope;
use crate::keys::SecretBytes;
use crate::limits::{self, DAY_MS};
use crate::names::User;

/// How a value is kept: what its spec says, or what holds for everything else.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Rules {
    /// Longest value, in bytes.
    pub(crate) max_bytes: usize,
    /// Versions kept readable.
    pub(crate) keep: usize,
    /// A value is served for so long.
    pub(crate) life_ms: Option<u64>,
}

impl Rules {
    /// For names that nothing declares.
    pub(crate) const OPEN: Self = Self { max_bytes: limits::VALUE_MAX, keep: limits::KEEP_VERSIONS, life_ms: None };

    pub(crate) fn of(spec: &Spec) -> Self {
        Self {
            max_bytes: (spec.max_bytes as usize).min(limits::VALUE_MAX),
            keep: usize::from(spec.keep_versions),
            life_ms: spec.expires_after_days.map(|days| u64::from(days) * DAY_MS),
        }
    }
}

/// A value to be stored.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewValue<'a> {
    pub(crate) value: &'a SecretBytes,
    /// Only if this version is current.
    pub(crate) if_version: Option<u64>,
    /// To be tried first: the current version stays what it is.
    pub(crate) pending: bool,
    /// Who stores it.
    pub(crate) by: &'a User,
}

impl NewValue<'_> {
    /// Whatever is stored under the name.
    pub(super) fn check(&self, rules: &Rules) -> Result<(), Refusal> {
        let len = self.value.expose().len();
        if len > rules.max_bytes {
            return Err(Refusal::TooLarge { len, max: rules.max_bytes });
        }
        if len == 0 {
            return Err(Refusal::Invalid { field: "value", expected: "1 to 65,536 bytes; `rm` removes a secret" });
        }
        Ok(())
    }
}

/// What a set leaves of a secret: worked out from what there was, and not yet written.
pub(super) struct Next {
    pub(super) metadata: Metadata,
    pub(super) value: SecretBytes,
    /// Versions whose values go.
    pub(super) gone: Vec<u64>,
}

impl Next {
    /// Of a value that was checked.
    pub(super) fn after(
        mut metadata: Metadata,
        new: &NewValue<'_>,
        rules: &Rules,
        now_ms: u64,
    ) -> Result<Self, Refusal> {
        let current = metadata.current_version();
        if new.if_version.is_some_and(|wanted| wanted != current) {
            return Err(Refusal::Conflict { current });
        }
        let value = SecretBytes::new([&[VALUE_RECORD_VERSION][..], new.value.expose()].concat());
        metadata.latest += 1;
        metadata.versions.push(VersionInfo {
            version: metadata.latest,
            state: if new.pending { VersionState::Pending } else { VersionState::Live },
            size_class: u32::try_from(envelope::size_class(value.expose().len())).unwrap_or(u32::MAX),
            set_ms: now_ms,
            deleted_ms: 0,
            expires_ms: rules.life_ms.map_or(0, |life| now_ms.saturating_add(life)),
            set_by: new.by.clone(),
        });
        let mut gone = if new.pending { metadata.replace_pending(now_ms) } else { Vec::new() };
        gone.extend(metadata.prune(rules.keep, now_ms));
        metadata.trim();
        Ok(Self { metadata, value, gone })
    }
}

/// Returns the version stored.
pub(crate) fn set(
    txn: &mut Txn<'_>,
    target: Target<'_>,
    new: NewValue<'_>,
    rules: &Rules,
    quotas: &Quotas,
) -> Result<u64, Refusal> {
    new.check(rules)?;
    let scope = scope_for(txn, target, new.if_version)?;
    let before = txn.usage(&scope)?;
    let place = metadata_place(txn.barrier(), &scope, target);
    let grave = grave_place(&place);
    let metadata = match read_metadata(txn, &place)? {
        Some(metadata) => metadata,
        None => read_metadata(txn, &grave)?.unwrap_or_else(|| Metadata::new(target.name.clone())),
    };
    let Next { metadata, value, gone } = Next::after(metadata, &new, rules, txn.now_ms())?;
    txn.delete(grave.key())?;
    erase(txn, &place, &gone)?;
    txn.write(&value_place(&place, metadata.latest), value.expose())?;
    txn.write(&place, &metadata.encode())?;
    within(quotas, &before, &txn.usage(&scope)?)?;
    Ok(metadata.latest)
}

/// Deletes the values of these versions.
pub(super) fn erase(txn: &mut Txn<'_>, place: &Place, versions: &[u64]) -> Result<(), Fault> {
    versions.iter().try_for_each(|version| txn.delete(value_place(place, *version).key()))
}

/// The target's scope, made when this is the first secret in it.
fn scope_for(txn: &mut Txn<'_>, target: Target<'_>, if_version: Option<u64>) -> Result<[u8; 16], Refusal> {
    if let Some(entry) = scope_of(txn, target.account, target.app)? {
        return Ok(entry.scope);
    }
    if if_version.is_some_and(|wanted| wanted != 0) {
        return Err(Refusal::Conflict { current: 0 });
    }
    Ok(make_scope(txn, target.account, target.app)?.scope)
}

/// Under a quota that was lowered below what there is, nothing may grow, but a
/// secret that leaked can still be replaced.
pub(crate) fn within(quotas: &Quotas, before: &Usage, after: &Usage) -> Result<(), Refusal> {
    if after.secrets > quotas.secrets.max(before.secrets) {
        return Err(Refusal::OverQuota { quota: "max_secrets_per_user", limit: quotas.secrets });
    }
    if after.bytes > quotas.bytes.max(before.bytes) {
        return Err(Refusal::OverQuota { quota: "max_bytes_per_user", limit: quotas.bytes });
    }
    Ok(())
}

pub(super) fn read_metadata(txn: &Txn<'_>, place: &Place) -> Result<Option<Metadata>, Fault> {
    let Some(bytes) = txn.read(place)? else { return Ok(None) };
    let parsed = Metadata::parse(bytes.expose()).map_err(|_| Fault::Corrupt { what: "a metadata record" })?;
    Ok(Some(parsed))
}

pub(super) const VALUE_RECORD_VERSION: u8 = 1;
