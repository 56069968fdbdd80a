//! Apps, tokens and declared secrets between the core's types and the wire's.

use vault_core::access::{Access, Presented};
use vault_core::manifest::{Change, Manifest, Spec};
use vault_core::names::{App, SecretName};
use vault_core::webhook::{Delivery, Encoding, Scheme, WebhookError};
use vault_core::{
    ActsFor, AppChanged, AppDetail, AppInfo, Begun, Binding, Gate, NewToken, Redeemed, Role, SecretStatus, TokenInfo,
};
use vault_proto::latest as wire;
use vault_proto::latest::{Reply, SecretBytes, WireError};

use super::dispatch::parse_user;
use super::map;

pub(super) fn manifest(app: String, description: String, secrets: Vec<wire::SecretSpec>) -> Manifest {
    Manifest { app, description, secrets: secrets.into_iter().map(Spec::from).collect() }
}

pub(super) fn acts_for(acts_for: wire::ActsFor) -> Result<ActsFor, WireError> {
    Ok(match acts_for {
        wire::ActsFor::OwnUser => ActsFor::OwnUser,
        wire::ActsFor::Any => ActsFor::Any,
        wire::ActsFor::Fixed(user) => ActsFor::Fixed(parse_user(&user)?),
    })
}

fn wire_acts_for(acts_for: &ActsFor) -> wire::ActsFor {
    match acts_for {
        ActsFor::OwnUser => wire::ActsFor::OwnUser,
        ActsFor::Any => wire::ActsFor::Any,
        ActsFor::Fixed(user) => wire::ActsFor::Fixed(user.to_string()),
    }
}

pub(super) fn role(role: wire::Role) -> Role {
    match role {
        wire::Role::Extension => Role::Extension,
        wire::Role::Panel => Role::Panel,
    }
}

fn wire_role(role: Role) -> wire::Role {
    match role {
        Role::Extension => wire::Role::Extension,
        Role::Panel => wire::Role::Panel,
    }
}

pub(super) fn info(info: AppInfo) -> wire::AppInfo {
    wire::AppInfo {
        app: info.app.to_string(),
        description: info.description,
        owner: info.owner.to_string(),
        suspended: info.suspended,
        secrets: u32::try_from(info.secrets).unwrap_or(u32::MAX),
        made_at: info.made_ms,
    }
}

pub(super) fn detail(detail: AppDetail) -> wire::AppDetail {
    let binding = |binding: Binding| wire::Binding {
        user: format!("uid:{}", binding.uid),
        acts_for: wire_acts_for(&binding.acts_for),
    };
    wire::AppDetail {
        info: info(detail.info),
        secrets: detail.secrets.into_iter().map(wire::SecretSpec::from).collect(),
        bindings: detail.bindings.into_iter().map(binding).collect(),
    }
}

pub(super) fn changed(changed: AppChanged) -> wire::AppChanged {
    let change = |change| match change {
        Change::Added { name } => (name, wire::ChangeKind::Added, Vec::new()),
        Change::Removed { name } => (name, wire::ChangeKind::Removed, Vec::new()),
        Change::Changed { name, fields } => (name, wire::ChangeKind::Changed, fields),
    };
    let told = |(name, what, fields): (_, _, Vec<&str>)| wire::SpecChange {
        name,
        what,
        fields: fields.into_iter().map(str::to_owned).collect(),
    };
    wire::AppChanged {
        made: changed.made,
        changes: changed.changes.into_iter().map(change).map(told).collect(),
        orphaned: changed.orphaned,
        applied: changed.applied,
    }
}

pub(super) fn token(made: NewToken) -> wire::TokenCreated {
    let token = SecretBytes::new(made.token.into_vec());
    wire::TokenCreated { id: made.id, token, expires_at: made.expires_ms }
}

pub(super) fn token_info(info: TokenInfo) -> wire::TokenInfo {
    wire::TokenInfo {
        id: info.id,
        app: info.app.to_string(),
        role: wire_role(info.role),
        acts_for: wire_acts_for(&info.acts_for),
        label: info.label,
        made_at: info.made_ms,
        expires_at: info.expires_ms,
        last_used_at: info.last_used_ms,
        revoked: info.revoked,
    }
}

pub(super) fn presented(presented: Presented) -> wire::Presented {
    wire::Presented {
        app: presented.app.to_string(),
        role: wire_role(presented.role),
        acts_for: wire_acts_for(&presented.acts_for),
        expires_at: presented.expires_ms,
    }
}

pub(super) fn status(app: &App, status: SecretStatus) -> wire::SecretStatus {
    wire::SecretStatus {
        app: app.to_string(),
        name: status.name,
        description: status.description,
        scope: status.scope.into(),
        write_mode: status.write_mode.into(),
        required: status.required,
        reveal: status.reveal,
        max_bytes: status.max_bytes,
        // The core also counts a value whose time has passed; here it is one that is served.
        is_set: status.is_set && !status.expired,
        version: status.version,
        pending: status.pending,
        set_at: status.set_ms,
        set_by: status.set_by.map(|user| user.to_string()),
        last_read_at: status.last_read_ms,
        expires_at: status.expires_ms,
        expired: status.expired,
        rotation_due: status.rotation_due,
    }
}

pub(super) fn gate(gate: Gate) -> wire::Gate {
    let ready = gate.is_ready();
    let unmet = gate.missing.into_iter().map(|missing| wire::UnmetSecret {
        name: missing.name,
        description: missing.description,
        expired: missing.expired,
        set_with: missing.set_with,
    });
    wire::Gate { ready, unmet: unmet.collect() }
}

pub(super) fn begun(begun: Begun) -> wire::OauthBegun {
    let state = SecretBytes::new(begun.state.into_vec());
    wire::OauthBegun { state, code_challenge: begun.code_challenge, expires_at: begun.expires_ms }
}

pub(super) fn redeemed(redeemed: Redeemed) -> wire::OauthRedeemed {
    wire::OauthRedeemed {
        user: redeemed.user.to_string(),
        provider: redeemed.provider,
        code_verifier: SecretBytes::new(redeemed.code_verifier.into_vec()),
        redirect: redeemed.redirect,
    }
}

/// A delivery to be verified.
pub(super) struct Asked<'a> {
    pub(super) scheme: wire::WebhookScheme,
    pub(super) headers: &'a [wire::WebhookHeader],
    pub(super) body: &'a SecretBytes,
    pub(super) replay_id: Option<String>,
    pub(super) tolerance_s: Option<u32>,
}

pub(super) fn verify_webhook(
    access: &Access<'_>,
    app: &App,
    name: &SecretName,
    asked: Asked<'_>,
) -> Result<Reply, WireError> {
    let scheme = match asked.scheme {
        wire::WebhookScheme::Stripe {} => Scheme::Stripe,
        wire::WebhookScheme::Github {} => Scheme::Github,
        wire::WebhookScheme::Slack {} => Scheme::Slack,
        wire::WebhookScheme::Standard {} => Scheme::Standard,
        wire::WebhookScheme::Discord {} => Scheme::Discord,
        wire::WebhookScheme::Hmac { header, encoding, prefix } => {
            let encoding = match encoding {
                wire::HmacEncoding::Hex => Encoding::Hex,
                wire::HmacEncoding::Base64 => Encoding::Base64,
            };
            Scheme::Hmac { header, encoding, prefix }
        }
    };
    let headers: Vec<_> = asked.headers.iter().map(|header| (header.name.as_str(), header.value.as_bytes())).collect();
    let delivery = Delivery { headers: &headers, body: asked.body.expose() };
    let tolerance_s = asked.tolerance_s.map(u64::from);
    let verified = access.verify_webhook(app, name, &scheme, &delivery, tolerance_s, asked.replay_id.as_deref());
    match verified {
        Ok(verified) => Ok(Reply::Webhook { timestamp: verified.timestamp_s }),
        Err(refusal) => Err(map::about(refusal, app, name)),
    }
}

pub(super) fn webhook_error(error: WebhookError) -> WireError {
    let reason = match error {
        WebhookError::NoHeader { .. } => wire::WebhookReason::NoHeader,
        WebhookError::BadHeader { .. } => wire::WebhookReason::BadHeader,
        WebhookError::TooOld { .. } | WebhookError::TooNew { .. } => wire::WebhookReason::TooOld,
        WebhookError::Replayed => wire::WebhookReason::Replayed,
        WebhookError::BadSecret { .. } => wire::WebhookReason::BadSecret,
        WebhookError::TooLarge { found, max, .. } => return WireError::TooLarge { len: found, max },
        _ => wire::WebhookReason::BadSignature,
    };
    WireError::WebhookRefused { reason }
}

#[cfg(test)]
mod tests {
    use vault_core::manifest::{Scope, WriteMode};

    use super::*;

    /// A gateway answers `is_set` to a caller that then asks for the value.
    #[test]
    fn what_has_expired_is_not_said_to_be_set() {
        let told = |is_set, expired| {
            let state = SecretStatus {
                name: "k".into(),
                description: None,
                scope: Scope::User,
                write_mode: WriteMode::User,
                required: true,
                reveal: false,
                max_bytes: 1,
                instances: false,
                is_set,
                version: is_set.then_some(1),
                pending: None,
                set_ms: None,
                set_by: None,
                last_read_ms: None,
                expires_ms: None,
                expired,
                rotation_due: false,
            };
            let state = status(&App::personal(), state);
            (state.is_set, state.expired, state.version)
        };
        assert_eq!(told(true, false), (true, false, Some(1)));
        assert_eq!(told(true, true), (false, true, Some(1)));
        assert_eq!(told(false, false), (false, false, None));
    }
}
