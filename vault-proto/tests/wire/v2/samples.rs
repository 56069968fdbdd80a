//! At least one message of every kind that version 1 does not have, and some of
//! version 1's inside; the frozen vectors are these.

use vault_proto::v1;
use vault_proto::v2::*;

use crate::Wire;

pub(crate) fn all() -> Vec<(String, Wire)> {
    let mut all = Vec::new();
    for (name, call) in calls() {
        all.push((format!("request/{name}"), Wire::Request2(Request { id: 7, acting: None, call })));
    }
    for (name, acting) in [("acting", Some("ext:alice".to_owned())), ("acting_for_nobody", None)] {
        let acting = Some(Acting { app: "billing".into(), user: acting });
        let call = v1::Call::Get { app: None, name: "api_token".into(), version: None }.into();
        all.push((format!("request/{name}"), Wire::Request2(Request { id: 7, acting, call })));
    }
    for (name, reply) in replies() {
        let response = Response { id: 7, stamp: Some(stamp()), result: Ok(reply) };
        all.push((format!("reply/{name}"), Wire::Response2(response)));
    }
    for (name, error) in errors() {
        all.push((format!("error/{name}"), Wire::Response2(Response { id: 7, stamp: None, result: Err(error) })));
    }
    let largest = Request { id: u64::MAX, acting: None, call: v1::Call::Status {}.into() };
    all.push(("request/largest_id".into(), Wire::Request2(largest)));
    all
}

pub(super) fn secret(text: &str) -> SecretBytes {
    SecretBytes::new(text.as_bytes().to_vec())
}

fn calls() -> Vec<(&'static str, Call)> {
    let vault = [
        ("status", v1::Call::Status {}),
        ("set", v1::Call::Set { app: None, name: "api_token".into(), value: secret("hunter2"), if_version: Some(3) }),
        ("get", v1::Call::Get { app: Some("billing".into()), name: "api_token".into(), version: None }),
        (
            "list",
            v1::Call::List {
                app: None,
                user: None,
                after: Some(("billing".into(), "api_token".into())),
                limit: 1,
                deleted: false,
            },
        ),
        ("rekey_root", v1::Call::RekeyRoot { keep: vec![v1::UnlockSecret::Passphrase(secret("p"))], drop_slots: true }),
        ("check", v1::Call::Check {}),
    ];
    let mut calls: Vec<(&'static str, Call)> = vault.map(|(name, call)| (name, call.into())).into();
    calls.extend(app_calls().into_iter().map(|(name, call)| (name, Call::App(call))));
    calls.extend(token_calls().into_iter().map(|(name, call)| (name, Call::Token(call))));
    calls.extend(secret_calls().into_iter().map(|(name, call)| (name, Call::Secret(call))));
    calls
}

fn app_calls() -> Vec<(&'static str, AppCall)> {
    let app = || "billing".to_owned();
    let (user, owner) = (|| "uid:988".to_owned(), || "uid:1000".to_owned());
    vec![
        (
            "app_add",
            AppCall::Add {
                app: app(),
                description: "Sends the \"bills\".".into(),
                owner: Some(owner()),
                secrets: vec![spec(), other_spec()],
                prune: false,
                dry_run: true,
            },
        ),
        (
            "app_add_nothing",
            AppCall::Add {
                app: app(),
                description: String::new(),
                owner: None,
                secrets: vec![],
                prune: true,
                dry_run: false,
            },
        ),
        ("app_list", AppCall::List {}),
        ("app_show", AppCall::Show { app: app() }),
        ("app_remove", AppCall::Remove { app: app(), shred: true }),
        ("app_suspend", AppCall::Suspend { app: app(), suspended: true }),
        ("app_owner", AppCall::Owner { app: app(), owner: owner() }),
        ("app_bind", AppCall::Bind { app: app(), user: user(), acts_for: ActsFor::OwnUser }),
        ("app_bind_any", AppCall::Bind { app: app(), user: user(), acts_for: ActsFor::Any }),
        ("app_bind_fixed", AppCall::Bind { app: app(), user: user(), acts_for: ActsFor::Fixed(owner()) }),
        ("app_unbind", AppCall::Unbind { app: app(), user: user() }),
    ]
}

fn token_calls() -> Vec<(&'static str, TokenCall)> {
    vec![
        (
            "token_create",
            TokenCall::Create {
                app: "billing".into(),
                role: Role::Extension,
                acts_for: ActsFor::Fixed("ext:alice".into()),
                expires_after_s: Some(86_400),
                label: "web 1".into(),
            },
        ),
        (
            "token_create_panel",
            TokenCall::Create {
                app: "billing".into(),
                role: Role::Panel,
                acts_for: ActsFor::Any,
                expires_after_s: None,
                label: String::new(),
            },
        ),
        ("token_list", TokenCall::List { app: None }),
        ("token_list_of", TokenCall::List { app: Some("billing".into()) }),
        ("token_revoke", TokenCall::Revoke { id: "00112233445566778899aabbccddeeff".into() }),
        ("token_present", TokenCall::Present { token: secret("vlt_0123") }),
    ]
}

fn secret_calls() -> Vec<(&'static str, SecretCall)> {
    let (app, name) = (|| Some("billing".to_owned()), || "stripe_key".to_owned());
    let header = |name: &str, value: &str| WebhookHeader { name: name.into(), value: value.into() };
    let webhook = |scheme, headers, replay_id, tolerance_s| SecretCall::VerifyWebhook {
        app: Some("billing".to_owned()),
        name: "signing_secret".into(),
        scheme,
        headers,
        body: secret("{\"a\":1}"),
        replay_id,
        tolerance_s,
    };
    let hmac =
        |encoding, prefix: &str| WebhookScheme::Hmac { header: "x-signature".into(), encoding, prefix: prefix.into() };
    vec![
        ("declared", SecretCall::Declared { app: "billing".into(), user: None }),
        ("declared_of", SecretCall::Declared { app: "billing".into(), user: Some("ext:alice".into()) }),
        ("describe", SecretCall::Describe { app: None, name: name() }),
        ("describe_instance", SecretCall::Describe { app: app(), name: "mailbox/bob@x.org".into() }),
        ("require", SecretCall::Require { app: "billing".into(), user: None }),
        ("require_of", SecretCall::Require { app: "billing".into(), user: Some("uid:1001".into()) }),
        (
            "set_pending",
            SecretCall::SetPending { app: app(), name: name(), value: secret("\0\u{7f}ff"), if_version: Some(300) },
        ),
        ("promote", SecretCall::Promote { app: app(), name: name(), version: 4 }),
        ("reject", SecretCall::Reject { app: None, name: name(), version: u64::MAX }),
        (
            "webhook_stripe",
            webhook(WebhookScheme::Stripe {}, vec![header("Stripe-Signature", "t=1,v1=00")], None, Some(300)),
        ),
        ("webhook_github", webhook(WebhookScheme::Github {}, vec![], Some("delivery-1".into()), None)),
        ("webhook_slack", webhook(WebhookScheme::Slack {}, vec![header("a", ""), header("b", "é\"\\")], None, None)),
        ("webhook_standard", webhook(WebhookScheme::Standard {}, vec![], None, Some(0))),
        ("webhook_discord", webhook(WebhookScheme::Discord {}, vec![], None, None)),
        ("webhook_hmac_hex", webhook(hmac(HmacEncoding::Hex, "sha256="), vec![], None, None)),
        ("webhook_hmac_base64", webhook(hmac(HmacEncoding::Base64, ""), vec![], None, None)),
        (
            "oauth_begin",
            SecretCall::OauthBegin {
                app: "billing".into(),
                provider: "github".into(),
                expires_after_s: Some(600),
                redirect: Some("https://example.org/cb?x=1".into()),
            },
        ),
        (
            "oauth_begin_plain",
            SecretCall::OauthBegin {
                app: "billing".into(),
                provider: "github".into(),
                expires_after_s: None,
                redirect: None,
            },
        ),
        ("oauth_redeem", SecretCall::OauthRedeem { app: "billing".into(), state: secret("state-1") }),
    ]
}

fn replies() -> Vec<(&'static str, Reply)> {
    let vault = |reply: v1::Reply| Reply::Vault(reply);
    vec![
        ("done", vault(v1::Reply::Done {})),
        ("value", vault(v1::Reply::Value(v1::ValueReply { value: secret("hunter2"), version: 1 }))),
        (
            "rekeyed",
            vault(v1::Reply::Rekeyed(v1::RekeyReport {
                version: 2,
                rewritten: 5,
                dropped_slots: vec![v1::SlotInfo { id: "00".into(), kind: "passphrase".into(), label: "safe".into() }],
            })),
        ),
        ("checked", vault(v1::Reply::Checked(v1::CheckReport { records: 12, problems: vec!["one".into()] }))),
        ("apps", Reply::Apps { apps: vec![app_info()] }),
        ("apps_none", Reply::Apps { apps: vec![] }),
        (
            "app",
            Reply::App(AppDetail {
                info: app_info(),
                secrets: vec![spec(), other_spec()],
                bindings: vec![
                    Binding { user: "uid:988".into(), acts_for: ActsFor::OwnUser },
                    Binding { user: "uid:989".into(), acts_for: ActsFor::Any },
                    Binding { user: "uid:990".into(), acts_for: ActsFor::Fixed("ext:alice".into()) },
                ],
            }),
        ),
        (
            "app_changed",
            Reply::AppChanged(AppChanged {
                made: true,
                changes: vec![
                    SpecChange { name: "a".into(), what: ChangeKind::Added, fields: vec![] },
                    SpecChange {
                        name: "b".into(),
                        what: ChangeKind::Changed,
                        fields: vec!["required".into(), "scope".into()],
                    },
                    SpecChange { name: "c".into(), what: ChangeKind::Removed, fields: vec![] },
                ],
                orphaned: 300,
                applied: false,
            }),
        ),
        (
            "token_created",
            Reply::TokenCreated(TokenCreated {
                id: "0011".into(),
                token: secret("vlt_0123"),
                expires_at: Some(1_790_000_000_000),
            }),
        ),
        ("tokens", Reply::Tokens { tokens: vec![token_info()] }),
        (
            "presented",
            Reply::Presented(Presented {
                app: "billing".into(),
                role: Role::Panel,
                acts_for: ActsFor::Any,
                expires_at: None,
            }),
        ),
        ("declared", Reply::Declared { secrets: vec![status(), unset_status()] }),
        ("status", Reply::Status(status())),
        ("gate_open", Reply::Gate(Gate { ready: true, unmet: vec![] })),
        (
            "gate_closed",
            Reply::Gate(Gate {
                ready: false,
                unmet: vec![UnmetSecret {
                    name: "stripe_key".into(),
                    description: "The key.".into(),
                    expired: true,
                    set_with: "vaultctl set --app billing stripe_key".into(),
                }],
            }),
        ),
        ("promoted", Reply::Promoted { version: 128 }),
        ("webhook", Reply::Webhook { timestamp: Some(1_790_000_000) }),
        ("webhook_untimed", Reply::Webhook { timestamp: None }),
        (
            "oauth_begun",
            Reply::OauthBegun(OauthBegun {
                state: secret("state-1"),
                code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".into(),
                expires_at: 1_790_000_600_000,
            }),
        ),
        (
            "oauth_redeemed",
            Reply::OauthRedeemed(OauthRedeemed {
                user: "uid:1001".into(),
                provider: "github".into(),
                code_verifier: secret("verifier"),
                redirect: Some("/back".into()),
            }),
        ),
    ]
}

fn errors() -> Vec<(&'static str, WireError)> {
    vec![
        ("sealed", WireError::Sealed {}),
        ("missing", WireError::Missing { expired: false }),
        ("expired", WireError::Missing { expired: true }),
        ("forbidden", WireError::Forbidden { needs: Some("acting as an app".into()) }),
        ("held", WireError::Held { user: "uid:1000".into() }),
        ("conflict", WireError::Conflict { current: 3 }),
        ("too_large", WireError::TooLarge { len: 4_097, max: 4_096 }),
        ("over_quota", WireError::OverQuota { quota: "secrets_per_user".into(), limit: 1000 }),
        ("busy", WireError::Busy { retry_after_ms: 250 }),
        ("corrupt", WireError::Corrupt { what: "record".into() }),
        ("read_only", WireError::ReadOnly { reason: "disk full".into() }),
        ("indeterminate", WireError::Indeterminate {}),
        ("unavailable", WireError::Unavailable { reason: "shutting down".into() }),
        ("unsupported", WireError::Unsupported { what: "kms".into() }),
        ("invalid", WireError::Invalid { field: "name".into(), expected: "a lower-case letter first".into() }),
        ("wrong_secret", WireError::WrongSecret {}),
        ("not_declared", WireError::NotDeclared { app: "billing".into(), name: Some("other".into()) }),
        ("nothing_declared", WireError::NotDeclared { app: "billing".into(), name: None }),
        ("no_such_app", WireError::NoSuchApp { app: "billing".into() }),
        ("suspended", WireError::Suspended { app: "billing".into() }),
        ("orphans", WireError::Orphans { values: 2 }),
        ("bad_token", WireError::BadToken {}),
        ("webhook_no_header", WireError::WebhookRefused { reason: WebhookReason::NoHeader }),
        ("webhook_bad_header", WireError::WebhookRefused { reason: WebhookReason::BadHeader }),
        ("webhook_bad_signature", WireError::WebhookRefused { reason: WebhookReason::BadSignature }),
        ("webhook_too_old", WireError::WebhookRefused { reason: WebhookReason::TooOld }),
        ("webhook_replayed", WireError::WebhookRefused { reason: WebhookReason::Replayed }),
        ("webhook_bad_secret", WireError::WebhookRefused { reason: WebhookReason::BadSecret }),
        ("state_refused", WireError::StateRefused {}),
    ]
}

pub(super) fn stamp() -> Stamp {
    Stamp { incarnation: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 255], sequence: 1_000_000 }
}

fn spec() -> SecretSpec {
    SecretSpec {
        name: "stripe_key".into(),
        description: "The secret key, from the dashboard.".into(),
        required: true,
        write_mode: WriteMode::User,
        scope: SecretScope::App,
        max_bytes: 4_096,
        rotation_hint_days: Some(90),
        env_fallback: Some("STRIPE_KEY".into()),
        reveal: false,
        keep_versions: 2,
        instances: false,
        expires_after_days: None,
    }
}

fn other_spec() -> SecretSpec {
    SecretSpec {
        name: "mailbox".into(),
        description: String::new(),
        required: false,
        write_mode: WriteMode::Both,
        scope: SecretScope::User,
        max_bytes: 65_536,
        rotation_hint_days: None,
        env_fallback: None,
        reveal: true,
        keep_versions: 255,
        instances: true,
        expires_after_days: Some(365),
    }
}

fn app_info() -> AppInfo {
    AppInfo {
        app: "billing".into(),
        description: "Sends the bills.".into(),
        owner: "uid:1000".into(),
        suspended: true,
        secrets: 2,
        made_at: 1_790_000_000_000,
    }
}

fn token_info() -> TokenInfo {
    TokenInfo {
        id: "0011".into(),
        app: "billing".into(),
        role: Role::Extension,
        acts_for: ActsFor::OwnUser,
        label: "web 1".into(),
        made_at: 1_790_000_000_000,
        expires_at: Some(1_790_086_400_000),
        last_used_at: None,
        revoked: true,
    }
}

fn status() -> SecretStatus {
    SecretStatus {
        app: "billing".into(),
        name: "stripe_key".into(),
        description: Some("The secret key.".into()),
        scope: SecretScope::User,
        write_mode: WriteMode::Extension,
        required: true,
        reveal: false,
        max_bytes: 4_096,
        is_set: true,
        version: Some(3),
        pending: Some(4),
        set_at: Some(1_790_000_000_000),
        set_by: Some("uid:1000".into()),
        last_read_at: Some(1_790_000_000_001),
        expires_at: Some(1_799_000_000_000),
        expired: false,
        rotation_due: true,
    }
}

fn unset_status() -> SecretStatus {
    SecretStatus {
        app: "billing".into(),
        name: "other".into(),
        description: None,
        scope: SecretScope::App,
        write_mode: WriteMode::User,
        required: false,
        reveal: true,
        max_bytes: 1,
        is_set: false,
        version: None,
        pending: None,
        set_at: None,
        set_by: None,
        last_read_at: None,
        expires_at: None,
        expired: false,
        rotation_due: false,
    }
}
