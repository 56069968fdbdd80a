//! Operations on declared secrets.

use vault_proto::latest::{
    Call, Gate, OauthBegun, OauthRedeemed, Reply, SecretBytes, SecretCall, SecretStatus, VaultReply,
};

use super::{Operation, Read, done, only};
use crate::asks::{OauthFlow, Webhook};
use crate::target::Target;

/// Every declared secret of an app with its status, never a value.
#[must_use]
pub fn declared(app: &str, user: Option<&str>) -> Operation<Vec<SecretStatus>> {
    on(
        SecretCall::Declared { app: app.to_owned(), user: user.map(str::to_owned) },
        |reply| only!(reply, Reply::Declared { secrets } => secrets),
    )
}

/// One secret's status; not a read.
#[must_use]
pub fn describe(target: Target) -> Operation<SecretStatus> {
    let Target { app, name } = target;
    on(SecretCall::Describe { app, name }, |reply| only!(reply, Reply::Status(status) => status))
}

/// Is everything set that the app requires.
#[must_use]
pub fn require(app: &str, user: Option<&str>) -> Operation<Gate> {
    on(
        SecretCall::Require { app: app.to_owned(), user: user.map(str::to_owned) },
        |reply| only!(reply, Reply::Gate(gate) => gate),
    )
}

/// Stores a version that is not served until it is promoted; its number.
#[must_use]
pub fn set_pending(target: Target, value: SecretBytes, if_version: Option<u64>) -> Operation<u64> {
    let Target { app, name } = target;
    Operation {
        call: Call::Secret(SecretCall::SetPending { app, name, value, if_version }),
        read: Read::Vault(|reply| only!(reply, VaultReply::Set { version } => version)),
    }
}

/// Makes the pending version the current one.
#[must_use]
pub fn promote(target: Target, version: u64) -> Operation<u64> {
    let Target { app, name } = target;
    on(SecretCall::Promote { app, name, version }, |reply| only!(reply, Reply::Promoted { version } => version))
}

/// Destroys the pending version.
#[must_use]
pub fn reject(target: Target, version: u64) -> Operation<()> {
    let Target { app, name } = target;
    Operation { call: Call::Secret(SecretCall::Reject { app, name, version }), read: Read::Vault(done) }
}

/// Proves a webhook: when it was signed, in seconds since 1970, if that is told.
#[must_use]
pub fn verify_webhook(webhook: Webhook) -> Operation<Option<u64>> {
    let Webhook { secret: Target { app, name }, scheme, headers, body, replay_id, tolerance_s } = webhook;
    on(
        SecretCall::VerifyWebhook { app, name, scheme, headers, body, replay_id, tolerance_s },
        |reply| only!(reply, Reply::Webhook { timestamp } => timestamp),
    )
}

/// Begins an OAuth flow.
#[must_use]
pub fn oauth_begin(flow: OauthFlow) -> Operation<OauthBegun> {
    let OauthFlow { app, provider, expires_after_s, redirect } = flow;
    on(
        SecretCall::OauthBegin { app, provider, expires_after_s, redirect },
        |reply| only!(reply, Reply::OauthBegun(begun) => begun),
    )
}

/// Ends it, once: whose flow it was.
#[must_use]
pub fn oauth_redeem(app: &str, state: SecretBytes) -> Operation<OauthRedeemed> {
    on(
        SecretCall::OauthRedeem { app: app.to_owned(), state },
        |reply| only!(reply, Reply::OauthRedeemed(redeemed) => redeemed),
    )
}

fn on<T>(call: SecretCall, read: fn(Reply) -> Option<T>) -> Operation<T> {
    Operation { call: Call::Secret(call), read: Read::Own(read) }
}
