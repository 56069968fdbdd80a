//! Calls about apps, tokens and declared secrets.

use std::sync::Arc;

use vault_core::access::{Access, Caller, Write};
use vault_core::names::App;
use vault_proto::latest::{AppCall, AppChanged, Call, Reply, SecretCall, TokenCall, VaultReply, WireError};

use super::acting::app_or_personal;
use super::dispatch::{Course, LongRead, parse_app, parse_name, parse_user, queue, read};
use super::map::{self, invalid};
use super::shared::Shared;
use super::{access_keys, kms, map_apps};

/// The course of a call that is not one of version 1's.
pub(super) fn course(shared: &Shared, connection: u64, caller: &Arc<Caller>, id: u64, call: Call) -> Course {
    match call {
        Call::App(call) => Course::Later(later(caller, id, move |shared, access| app(shared, access, call))),
        Call::Token(TokenCall::Present { token }) => Course::Answer(read(shared, |vault| {
            let presented = shared.with_batch(|batch| vault.access(caller, id, batch).present(token.expose()));
            let presented = presented.map_err(map::refusal)?;
            shared.callers.present(connection, presented.token)?;
            Ok(Reply::Presented(map_apps::presented(presented)))
        })),
        Call::Token(call) => Course::Later(later(caller, id, move |_, access| token(access, call))),
        Call::Secret(call) => secret(shared, caller, id, call),
        Call::AccessKey(call) => Course::Later(access_keys::later(caller, id, call)),
        Call::Key(request) => kms::course(shared, caller, id, request),
        Call::Vault(_) => Course::Answer(Err(invalid("call", "a call of another course"))),
    }
}

/// A call that names no app means the one that is acted as.
pub(super) fn of_app(mut call: Call, acting: &str) -> Call {
    if let Call::Secret(
        SecretCall::Describe { app, .. }
        | SecretCall::SetPending { app, .. }
        | SecretCall::Promote { app, .. }
        | SecretCall::Reject { app, .. }
        | SecretCall::VerifyWebhook { app, .. },
    ) = &mut call
    {
        app.get_or_insert_with(|| acting.to_owned());
    }
    call
}

fn secret(shared: &Shared, caller: &Arc<Caller>, id: u64, call: SecretCall) -> Course {
    match call {
        SecretCall::Declared { app, user } => Course::Later(later(caller, id, move |_, access| {
            let (app, user) = (parse_app(&app)?, user.as_deref().map(parse_user).transpose()?);
            let declared = access.declared(&app, user.as_ref());
            let declared = declared.map_err(|refusal| map::in_app(refusal, Some(&app)))?;
            if declared.len() > vault_proto::limits::DECLARED_MAX {
                let (len, max) = (declared.len() as u64, vault_proto::limits::DECLARED_MAX as u64);
                return Err(WireError::TooLarge { len, max });
            }
            Ok(Reply::Declared { secrets: declared.into_iter().map(|one| map_apps::status(&app, one)).collect() })
        })),
        SecretCall::Describe { app, name } => now(shared, caller, id, |access| {
            let (app, name) = (app_or_personal(app.as_deref())?, parse_name(&name)?);
            let status = access.describe(&app, &name).map_err(|refusal| map::about(refusal, &app, &name))?;
            Ok(Reply::Status(map_apps::status(&app, status)))
        }),
        SecretCall::Require { app, user } => now(shared, caller, id, |access| {
            let (app, user) = (parse_app(&app)?, user.as_deref().map(parse_user).transpose()?);
            let gate = access.require(&app, user.as_ref()).map_err(|refusal| map::in_app(refusal, Some(&app)))?;
            Ok(Reply::Gate(map_apps::gate(gate)))
        }),
        SecretCall::SetPending { app, name, value, if_version } => {
            let write = Write::SetPending { value: map::core_bytes(value), if_version };
            queue(shared, caller, id, app, &name, write)
        }
        SecretCall::Promote { app, name, version } => queue(shared, caller, id, app, &name, Write::Promote { version }),
        SecretCall::Reject { app, name, version } => queue(shared, caller, id, app, &name, Write::Reject { version }),
        SecretCall::VerifyWebhook { app, name, scheme, headers, body, replay_id, tolerance_s } => {
            now(shared, caller, id, |access| {
                let (app, name) = (app_or_personal(app.as_deref())?, parse_name(&name)?);
                let asked = map_apps::Asked { scheme, headers: &headers, body: &body, replay_id, tolerance_s };
                map_apps::verify_webhook(access, &app, &name, asked)
            })
        }
        SecretCall::OauthBegin { app, provider, expires_after_s, redirect } => {
            Course::Later(later(caller, id, move |_, access| {
                let app = parse_app(&app)?;
                let life_ms = expires_after_s.map(|seconds| u64::from(seconds) * 1_000);
                let begun = access.oauth_begin(&app, &provider, redirect.as_deref(), life_ms);
                Ok(Reply::OauthBegun(map_apps::begun(begun.map_err(|refusal| map::in_app(refusal, Some(&app)))?)))
            }))
        }
        SecretCall::OauthRedeem { app, state } => Course::Later(later(caller, id, move |_, access| {
            let app = parse_app(&app)?;
            let redeemed = access.oauth_redeem(&app, state.expose());
            Ok(Reply::OauthRedeemed(map_apps::redeemed(redeemed.map_err(|refusal| map::in_app(refusal, Some(&app)))?)))
        })),
    }
}

fn app(shared: &Shared, access: &Access<'_>, call: AppCall) -> Result<Reply, WireError> {
    let done = || Ok(Reply::Vault(VaultReply::Done {}));
    let login = |user: &vault_core::names::User| user.uid().and_then(|uid| shared.callers.login_now(uid));
    match call {
        AppCall::Add { app, description, owner, secrets, prune, dry_run } => {
            let manifest = map_apps::manifest(app, description, secrets);
            let owner = owner.as_deref().map(parse_user).transpose()?;
            let owner = owner.as_ref().map(|owner| (owner, login(owner)));
            let named = App::parse(&manifest.app).ok();
            let changed = access.app_add(&manifest, owner, prune, dry_run);
            let changed = changed.map_err(|refusal| map::in_app(refusal, named.as_ref()))?;
            Ok(Reply::AppChanged(map_apps::changed(changed)))
        }
        AppCall::List {} => {
            let apps = access.apps().map_err(map::refusal)?;
            Ok(Reply::Apps { apps: apps.into_iter().map(map_apps::info).collect() })
        }
        AppCall::Show { app } => {
            let app = parse_app(&app)?;
            let detail = access.app(&app).map_err(|refusal| map::in_app(refusal, Some(&app)))?;
            Ok(Reply::App(map_apps::detail(detail)))
        }
        AppCall::Remove { app, shred } => {
            let app = parse_app(&app)?;
            let removed = access.app_remove(&app, shred).map_err(|refusal| map::in_app(refusal, Some(&app)))?;
            let (orphaned, _) = removed;
            Ok(Reply::AppChanged(AppChanged { made: false, changes: Vec::new(), orphaned, applied: true }))
        }
        AppCall::Suspend { app, suspended } => {
            let app = parse_app(&app)?;
            access.app_suspend(&app, suspended).map_err(|refusal| map::in_app(refusal, Some(&app)))?;
            done()
        }
        AppCall::Owner { app, owner } => {
            let (app, owner) = (parse_app(&app)?, parse_user(&owner)?);
            let given = access.app_owner(&app, &owner, login(&owner));
            given.map_err(|refusal| map::in_app(refusal, Some(&app)))?;
            done()
        }
        AppCall::Bind { app, user, acts_for } => {
            let (app, user) = (parse_app(&app)?, parse_user(&user)?);
            let bound = access.app_bind(&app, &user, login(&user), map_apps::acts_for(acts_for)?);
            bound.map_err(|refusal| map::in_app(refusal, Some(&app)))?;
            done()
        }
        AppCall::Unbind { app, user } => {
            let (app, user) = (parse_app(&app)?, parse_user(&user)?);
            match access.app_unbind(&app, &user).map_err(|refusal| map::in_app(refusal, Some(&app)))? {
                true => done(),
                false => Err(WireError::Missing { expired: false }),
            }
        }
    }
}

fn token(access: &Access<'_>, call: TokenCall) -> Result<Reply, WireError> {
    match call {
        TokenCall::Create { app, role, acts_for, expires_after_s, label } => {
            let app = parse_app(&app)?;
            let life_ms = expires_after_s.map(|seconds| seconds.saturating_mul(1_000));
            let acts_for = map_apps::acts_for(acts_for)?;
            let made = access.token_create(&app, map_apps::role(role), acts_for, life_ms, &label);
            Ok(Reply::TokenCreated(map_apps::token(made.map_err(|refusal| map::in_app(refusal, Some(&app)))?)))
        }
        TokenCall::List { app } => {
            let app = app.as_deref().map(parse_app).transpose()?;
            let tokens = access.tokens(app.as_ref()).map_err(|refusal| map::in_app(refusal, app.as_ref()))?;
            let (len, max) = (tokens.len(), vault_proto::limits::TOKENS_MAX);
            if len > max {
                return Err(WireError::TooLarge { len: len as u64, max: max as u64 });
            }
            Ok(Reply::Tokens { tokens: tokens.into_iter().map(map_apps::token_info).collect() })
        }
        TokenCall::Revoke { id } => match access.token_revoke(&id).map_err(map::refusal)? {
            true => Ok(Reply::Vault(VaultReply::Done {})),
            false => Err(WireError::Missing { expired: false }),
        },
        TokenCall::Present { .. } => Err(invalid("call", "a call of another course")),
    }
}

/// Answered at once, on the serving thread.
pub(super) fn now(
    shared: &Shared,
    caller: &Arc<Caller>,
    id: u64,
    run: impl FnOnce(&Access<'_>) -> Result<Reply, WireError>,
) -> Course {
    Course::Answer(read(shared, |vault| shared.with_batch(|batch| run(&vault.access(caller, id, batch)))))
}

/// What looks at many records, or commits: on a thread for long work.
pub(super) fn later(
    caller: &Arc<Caller>,
    id: u64,
    run: impl FnOnce(&Shared, &Access<'_>) -> Result<Reply, WireError> + Send + 'static,
) -> LongRead {
    let caller = Arc::clone(caller);
    Box::new(move |shared| {
        read(shared, |vault| shared.with_batch(|batch| run(shared, &vault.access(&caller, id, batch))))
    })
}
