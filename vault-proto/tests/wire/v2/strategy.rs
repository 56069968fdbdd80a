//! Arbitrary messages of version 2.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use vault_proto::v2::*;

use super::key_strategy;
use crate::Wire;
use crate::v1::strategy::{self as v1, number, secret, stamp, text};

pub(crate) fn wire() -> impl Strategy<Value = Wire> {
    let acting = (text(), option::of(text())).prop_map(|(app, user)| Acting { app, user });
    let request = (any::<u64>(), option::of(acting), call())
        .prop_map(|(id, acting, call)| Wire::Request2(Request { id, acting, call }));
    let result = prop_oneof![reply().prop_map(Ok), error().prop_map(Err)];
    let response = (any::<u64>(), option::of(stamp()), result)
        .prop_map(|(id, stamp, result)| Wire::Response2(Response { id, stamp, result }));
    prop_oneof![request.boxed(), response.boxed()]
}

fn call() -> BoxedStrategy<Call> {
    prop_oneof![
        v1::call().prop_map(Call::Vault),
        app_call().prop_map(Call::App),
        token_call().prop_map(Call::Token),
        secret_call().prop_map(Call::Secret),
        webhook().prop_map(Call::Secret),
        key_strategy::access_key_call().prop_map(Call::AccessKey),
        key_strategy::key_request().prop_map(Call::Key),
        key_strategy::key_request().prop_map(Call::Key),
    ]
    .boxed()
}

fn app_call() -> BoxedStrategy<AppCall> {
    let add = (text(), text(), option::of(text()), vec(spec(), 0..4), any::<(bool, bool)>()).prop_map(
        |(app, description, owner, secrets, (prune, dry_run))| AppCall::Add {
            app,
            description,
            owner,
            secrets,
            prune,
            dry_run,
        },
    );
    prop_oneof![
        add.boxed(),
        Just(()).prop_map(|()| AppCall::List {}).boxed(),
        text().prop_map(|app| AppCall::Show { app }).boxed(),
        (text(), any::<bool>()).prop_map(|(app, shred)| AppCall::Remove { app, shred }).boxed(),
        (text(), any::<bool>()).prop_map(|(app, suspended)| AppCall::Suspend { app, suspended }).boxed(),
        (text(), text()).prop_map(|(app, owner)| AppCall::Owner { app, owner }).boxed(),
        (text(), text(), acts_for()).prop_map(|(app, user, acts_for)| AppCall::Bind { app, user, acts_for }).boxed(),
        (text(), text()).prop_map(|(app, user)| AppCall::Unbind { app, user }).boxed(),
    ]
    .boxed()
}

fn token_call() -> BoxedStrategy<TokenCall> {
    let create = (text(), role(), acts_for(), option::of(number()), text()).prop_map(
        |(app, role, acts_for, expires_after_s, label)| TokenCall::Create {
            app,
            role,
            acts_for,
            expires_after_s,
            label,
        },
    );
    prop_oneof![
        create.boxed(),
        option::of(text()).prop_map(|app| TokenCall::List { app }).boxed(),
        text().prop_map(|id| TokenCall::Revoke { id }).boxed(),
        short().prop_map(|token| TokenCall::Present { token }).boxed(),
    ]
    .boxed()
}

fn secret_call() -> BoxedStrategy<SecretCall> {
    let app = || option::of(text());
    prop_oneof![
        (text(), app()).prop_map(|(app, user)| SecretCall::Declared { app, user }).boxed(),
        (app(), text()).prop_map(|(app, name)| SecretCall::Describe { app, name }).boxed(),
        (text(), app()).prop_map(|(app, user)| SecretCall::Require { app, user }).boxed(),
        (app(), text(), secret(), option::of(number()))
            .prop_map(|(app, name, value, if_version)| SecretCall::SetPending { app, name, value, if_version })
            .boxed(),
        (app(), text(), number()).prop_map(|(app, name, version)| SecretCall::Promote { app, name, version }).boxed(),
        (app(), text(), number()).prop_map(|(app, name, version)| SecretCall::Reject { app, name, version }).boxed(),
        (text(), text(), option::of(any::<u32>()), app())
            .prop_map(|(app, provider, expires_after_s, redirect)| SecretCall::OauthBegin {
                app,
                provider,
                expires_after_s,
                redirect,
            })
            .boxed(),
        (text(), short()).prop_map(|(app, state)| SecretCall::OauthRedeem { app, state }).boxed(),
    ]
    .boxed()
}

fn webhook() -> BoxedStrategy<SecretCall> {
    let encoding = prop_oneof![Just(HmacEncoding::Hex), Just(HmacEncoding::Base64)];
    let scheme = prop_oneof![
        Just(WebhookScheme::Stripe {}),
        Just(WebhookScheme::Github {}),
        Just(WebhookScheme::Slack {}),
        Just(WebhookScheme::Standard {}),
        Just(WebhookScheme::Discord {}),
        (text(), encoding, text()).prop_map(|(header, encoding, prefix)| WebhookScheme::Hmac {
            header,
            encoding,
            prefix
        }),
    ];
    let header = (text(), text()).prop_map(|(name, value)| WebhookHeader { name, value });
    let rest = (secret(), option::of(text()), option::of(any::<u32>()));
    (option::of(text()), text(), scheme, vec(header, 0..4), rest)
        .prop_map(|(app, name, scheme, headers, (body, replay_id, tolerance_s))| SecretCall::VerifyWebhook {
            app,
            name,
            scheme,
            headers,
            body,
            replay_id,
            tolerance_s,
        })
        .boxed()
}

fn reply() -> BoxedStrategy<Reply> {
    let changed = (any::<(bool, bool)>(), vec(change(), 0..4), number())
        .prop_map(|((made, applied), changes, orphaned)| AppChanged { made, changes, orphaned, applied });
    let detail = (app_info(), vec(spec(), 0..4), vec(binding(), 0..4))
        .prop_map(|(info, secrets, bindings)| AppDetail { info, secrets, bindings });
    let apps = prop_oneof![
        v1::reply().prop_map(Reply::Vault),
        vec(app_info(), 0..4).prop_map(|apps| Reply::Apps { apps }),
        detail.prop_map(Reply::App),
        changed.prop_map(Reply::AppChanged),
    ];
    let tokens =
        prop_oneof![
            (text(), short(), option::of(number()))
                .prop_map(|(id, token, expires_at)| Reply::TokenCreated(TokenCreated { id, token, expires_at })),
            vec(token_info(), 0..4).prop_map(|tokens| Reply::Tokens { tokens }),
            (text(), role(), acts_for(), option::of(number())).prop_map(|(app, role, acts_for, expires_at)| {
                Reply::Presented(Presented { app, role, acts_for, expires_at })
            }),
        ];
    let secrets = prop_oneof![
        vec(status(), 0..4).prop_map(|secrets| Reply::Declared { secrets }),
        status().prop_map(Reply::Status),
        (any::<bool>(), vec(unmet(), 0..4)).prop_map(|(ready, unmet)| Reply::Gate(Gate { ready, unmet })),
        number().prop_map(|version| Reply::Promoted { version }),
        option::of(number()).prop_map(|timestamp| Reply::Webhook { timestamp }),
        (short(), text(), number()).prop_map(|(state, code_challenge, expires_at)| Reply::OauthBegun(OauthBegun {
            state,
            code_challenge,
            expires_at
        })),
        (text(), text(), short(), option::of(text())).prop_map(|(user, provider, code_verifier, redirect)| {
            Reply::OauthRedeemed(OauthRedeemed { user, provider, code_verifier, redirect })
        }),
    ];
    prop_oneof![apps.boxed(), tokens.boxed(), secrets.boxed(), key_strategy::reply(), key_strategy::reply()].boxed()
}

fn error() -> BoxedStrategy<WireError> {
    let reason = prop_oneof![
        Just(WebhookReason::NoHeader),
        Just(WebhookReason::BadHeader),
        Just(WebhookReason::BadSignature),
        Just(WebhookReason::TooOld),
        Just(WebhookReason::Replayed),
        Just(WebhookReason::BadSecret),
    ];
    prop_oneof![
        v1::error().prop_map(WireError::from),
        (text(), option::of(text())).prop_map(|(app, name)| WireError::NotDeclared { app, name }),
        text().prop_map(|app| WireError::NoSuchApp { app }),
        text().prop_map(|app| WireError::Suspended { app }),
        number().prop_map(|values| WireError::Orphans { values }),
        Just(WireError::BadToken {}),
        reason.prop_map(|reason| WireError::WebhookRefused { reason }),
        Just(WireError::StateRefused {}),
        key_strategy::error(),
    ]
    .boxed()
}

/// As long as a token or a state may be.
fn short() -> impl Strategy<Value = SecretBytes> {
    vec(any::<u8>(), 0..=128).prop_map(SecretBytes::new)
}

fn acts_for() -> impl Strategy<Value = ActsFor> {
    prop_oneof![Just(ActsFor::OwnUser), Just(ActsFor::Any), text().prop_map(ActsFor::Fixed)]
}

fn role() -> impl Strategy<Value = Role> {
    prop_oneof![Just(Role::Extension), Just(Role::Panel)]
}

fn scope() -> impl Strategy<Value = SecretScope> {
    prop_oneof![Just(SecretScope::User), Just(SecretScope::App)]
}

fn write_mode() -> impl Strategy<Value = WriteMode> {
    prop_oneof![Just(WriteMode::User), Just(WriteMode::Extension), Just(WriteMode::Both)]
}

fn spec() -> impl Strategy<Value = SecretSpec> {
    let numbers = (any::<(u32, u8)>(), option::of(any::<u32>()), option::of(any::<u32>()));
    (text(), text(), write_mode(), scope(), option::of(text()), any::<(bool, bool, bool)>(), numbers).prop_map(
        |(name, description, write_mode, scope, env_fallback, (required, reveal, instances), numbers)| {
            let ((max_bytes, keep_versions), rotation_hint_days, expires_after_days) = numbers;
            SecretSpec {
                name,
                description,
                required,
                write_mode,
                scope,
                max_bytes,
                rotation_hint_days,
                env_fallback,
                reveal,
                keep_versions,
                instances,
                expires_after_days,
            }
        },
    )
}

fn binding() -> impl Strategy<Value = Binding> {
    (text(), acts_for()).prop_map(|(user, acts_for)| Binding { user, acts_for })
}

fn change() -> impl Strategy<Value = SpecChange> {
    let what = prop_oneof![Just(ChangeKind::Added), Just(ChangeKind::Changed), Just(ChangeKind::Removed)];
    (text(), what, vec(text(), 0..4)).prop_map(|(name, what, fields)| SpecChange { name, what, fields })
}

fn app_info() -> impl Strategy<Value = AppInfo> {
    (text(), text(), text(), any::<(bool, u32)>(), number()).prop_map(
        |(app, description, owner, (suspended, secrets), made_at)| AppInfo {
            app,
            description,
            owner,
            suspended,
            secrets,
            made_at,
        },
    )
}

fn token_info() -> impl Strategy<Value = TokenInfo> {
    let times = (number(), option::of(number()), option::of(number()));
    (text(), text(), role(), acts_for(), text(), times, any::<bool>()).prop_map(
        |(id, app, role, acts_for, label, (made_at, expires_at, last_used_at), revoked)| TokenInfo {
            id,
            app,
            role,
            acts_for,
            label,
            made_at,
            expires_at,
            last_used_at,
            revoked,
        },
    )
}

fn unmet() -> impl Strategy<Value = UnmetSecret> {
    (text(), text(), any::<bool>(), text()).prop_map(|(name, description, expired, set_with)| UnmetSecret {
        name,
        description,
        expired,
        set_with,
    })
}

fn status() -> impl Strategy<Value = SecretStatus> {
    let texts = (text(), text(), option::of(text()), option::of(text()));
    let numbers = vec(option::of(number()), 5);
    (texts, scope(), write_mode(), any::<u32>(), numbers, any::<[bool; 5]>()).prop_map(
        |((app, name, description, set_by), scope, write_mode, max_bytes, numbers, flags)| {
            let [required, reveal, is_set, expired, rotation_due] = flags;
            let at = |index: usize| numbers.get(index).copied().flatten();
            SecretStatus {
                app,
                name,
                description,
                scope,
                write_mode,
                required,
                reveal,
                max_bytes,
                is_set,
                version: at(0),
                pending: at(1),
                set_at: at(2),
                set_by,
                last_read_at: at(3),
                expires_at: at(4),
                expired,
                rotation_due,
            }
        },
    )
}
