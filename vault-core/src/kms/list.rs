//! The caller's keys, a page at a time. In an order of no meaning (that of
//! their keyed index) that stays the same while keys come and go, so a page
//! costs what is on it and nothing is passed over.

use super::KmsError;
use super::desk::Desk;
use super::id::KeyId;
use crate::barrier::{Fault, Place, RecordKind};
use crate::limits;

/// One page, and whether more follow.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Page<T> {
    /// At most what was asked for.
    pub items: Vec<T>,
    /// Ask again, after the last of these.
    pub more: bool,
}

/// At most `limit` keys after a given one, whether that one is still there or not.
pub(crate) fn list(desk: &Desk<'_>, after: Option<&KeyId>, limit: usize) -> Result<Page<KeyId>, KmsError> {
    let limit = page_limit(limit)?;
    let Some(scope) = desk.own_scope()? else { return Ok(Page { items: Vec::new(), more: false }) };
    let after = after.map(|id| desk.room.place(desk.barrier, &scope, id).index);
    page(desk, &scope, RecordKind::KmsKey, after, limit, |place| {
        let record = desk.room.record(desk.barrier, place)?;
        Ok(record.filter(|record| record.state.is_some()).map(|record| record.id))
    })
}

pub(super) fn page_limit(limit: usize) -> Result<usize, KmsError> {
    match limit {
        1..=limits::KMS_PAGE_MAX => Ok(limit),
        _ => Err(KmsError::Invalid { field: "limit", expected: "1 to 1,000" }),
    }
}

/// Walks one kind of record of a scope in the order of its index.
pub(super) fn page<T>(
    desk: &Desk<'_>,
    scope: &[u8; 16],
    kind: RecordKind,
    after: Option<[u8; 16]>,
    limit: usize,
    show: impl Fn(&Place) -> Result<Option<T>, Fault>,
) -> Result<Page<T>, KmsError> {
    let mut items = Vec::new();
    let places = desk.barrier.keys(&Place::kind_prefix(scope, kind))?;
    for place in places.iter().filter_map(Place::of).filter(|place| after.is_none_or(|after| place.index > after)) {
        if items.len() > limit {
            break;
        }
        items.extend(show(&place)?);
    }
    let more = items.len() > limit;
    items.truncate(limit);
    Ok(Page { items, more })
}
