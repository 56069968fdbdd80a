//! Calls about apps, and calls by somebody who acts as one: where version 2
//! reaches beyond version 1.

use std::sync::Arc;

use vault_core::access::Caller;
use vault_proto::latest::{Call, Request, WireError};

use super::dispatch::Course;
use super::shared::Shared;

/// The course of a call that is not one of version 1's, or that is made acting
/// as an app.
///
/// This vault has no apps yet, so it says so. Whoever acts as an app is refused
/// for that and before anything else: a call that would be right as oneself must
/// not be done as oneself instead.
pub(super) fn course(_shared: &Shared, _caller: &Arc<Caller>, request: Request) -> Course {
    let what = match (&request.acting, &request.call) {
        (Some(_), _) => "acting as an app",
        (None, Call::App(_)) => "apps",
        (None, Call::Token(_)) => "tokens",
        (None, Call::Secret(_)) => "declared secrets",
        (None, Call::Vault(_)) => "this call",
    };
    Course::Answer(Err(WireError::Unsupported { what: what.to_owned() }))
}
