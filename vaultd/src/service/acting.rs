//! Calls made as an app: by a token presented on the connection, or because the
//! account is bound to it. Looked at for each call; nothing is remembered but
//! which tokens were presented.

use std::sync::Arc;

use vault_core::access::{Caller, TokenId};
use vault_core::names::App;
use vault_proto::latest::{Acting, Call, WireError};
use vault_proto::v1;

use super::dispatch::{self, Course, parse_app, parse_user, read};
use super::shared::Shared;
use super::{apps, map};

/// The course of a call by somebody who acts as an app.
pub(super) fn course(
    shared: &Shared,
    connection: u64,
    caller: &Arc<Caller>,
    id: u64,
    acting: &Acting,
    call: Call,
) -> Course {
    let presented = shared.callers.presented(connection);
    let session = match session(shared, caller, id, &presented, acting) {
        Ok(session) => Arc::new(session),
        Err(error) => return Course::Answer(Err(error)),
    };
    ask(shared, connection, &session, id, &acting.app, call)
}

/// The course of a call in a session of `app`.
pub(super) fn ask(shared: &Shared, connection: u64, session: &Arc<Caller>, id: u64, app: &str, call: Call) -> Course {
    match call {
        Call::Vault(call) => dispatch::vault(shared, session, id, of_app(call, app)),
        call => apps::course(shared, connection, session, id, apps::of_app(call, app)),
    }
}

/// The caller as an app.
pub(super) fn session(
    shared: &Shared,
    caller: &Caller,
    id: u64,
    presented: &[TokenId],
    acting: &Acting,
) -> Result<Caller, WireError> {
    // A sealed vault says so before it looks at a name, or at a token.
    read(shared, |vault| {
        let app = parse_app(&acting.app)?;
        let user = acting.user.as_deref().map(parse_user).transpose()?;
        let login_of = |uid| shared.callers.login_of(uid);
        shared.with_batch(|batch| {
            let acted = vault.access(caller, id, batch).act(presented, &app, user.as_ref(), &login_of);
            acted.map_err(|refusal| map::in_app(refusal, Some(&app)))
        })
    })
}

/// A call that names no app means the one that is acted as, never the personal
/// one. One that names another is refused by the decision.
fn of_app(mut call: v1::Call, acting: &str) -> v1::Call {
    match &mut call {
        v1::Call::Set { app, .. }
        | v1::Call::Get { app, .. }
        | v1::Call::List { app, .. }
        | v1::Call::Delete { app, .. }
        | v1::Call::Undelete { app, .. }
        | v1::Call::History { app, .. } => {
            app.get_or_insert_with(|| acting.to_owned());
        }
        _ => {}
    }
    call
}

/// The app a call is about: the one it names, or the personal one.
pub(super) fn app_or_personal(app: Option<&str>) -> Result<App, WireError> {
    app.map_or_else(|| Ok(App::personal()), parse_app)
}
