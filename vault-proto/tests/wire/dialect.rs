//! One end newer than the other: each hears the other in its own version, and
//! the ceilings of version 2.

use proptest::prelude::*;
use vault_proto::latest::{Request, Response};
use vault_proto::v2::*;
use vault_proto::{Codec, Dialect, EncodeError, Version, limits, v1 as old};

use crate::{CODECS, Wire, v1, v2};

proptest! {
    #[test]
    fn version_1_is_the_same_bytes_as_ever(wire in v1::strategy::wire()) {
        for (codec, _) in CODECS {
            let dialect = Dialect { version: Version::V1, codec };
            let (mut before, mut now) = (Vec::new(), Vec::new());
            match &wire {
                Wire::Request1(request) => {
                    codec.encode_frame(request, &mut before).unwrap();
                    let inside = dialect.decode_request(&before[4..]).unwrap();
                    prop_assert_eq!(&inside.acting, &None);
                    dialect.encode_request_frame(&inside, &mut now).unwrap();
                }
                Wire::Response1(response) => {
                    codec.encode_frame(response, &mut before).unwrap();
                    let inside = dialect.decode_response(&before[4..]).unwrap();
                    dialect.encode_response_frame(&inside, &mut now).unwrap();
                }
                _ => unreachable!(),
            }
            prop_assert_eq!(before, now);
        }
    }

    #[test]
    fn any_error_can_be_told_to_version_1(wire in v2::strategy::wire()) {
        let Wire::Response2(response) = wire else { return Ok(()) };
        let Err(error) = &response.result else { return Ok(()) };
        let told = error.to_v1();
        // What version 1 knows is told as it is.
        let back = WireError::from(told.clone());
        prop_assert!(&back == error || is_new(error), "{:?} as {:?}", error, told);
        for (codec, _) in CODECS {
            let dialect = Dialect { version: Version::V1, codec };
            let mut frame = Vec::new();
            dialect.encode_response_frame(&response, &mut frame).unwrap();
            let heard = codec.decode::<old::Response>(&frame[4..]).unwrap();
            prop_assert_eq!(heard, old::Response { id: response.id, stamp: response.stamp, result: Err(told.clone()) });
        }
    }
}

fn is_new(error: &WireError) -> bool {
    matches!(
        error,
        WireError::NotDeclared { .. }
            | WireError::NoSuchApp { .. }
            | WireError::Suspended { .. }
            | WireError::Orphans { .. }
            | WireError::BadToken {}
            | WireError::WebhookRefused { .. }
            | WireError::StateRefused {}
            | WireError::NotFound { .. }
            | WireError::KeyState { .. }
            | WireError::WrongUsage { .. }
            | WireError::InvalidCiphertext {}
            | WireError::IncorrectKey {}
            | WireError::InvalidSignature {}
            | WireError::InvalidMac {}
            | WireError::IncorrectMaterial { .. }
            | WireError::InvalidImportToken {}
            | WireError::ExpiredImportToken {}
            | WireError::AlreadyExists { .. }
            | WireError::LimitExceeded { .. }
            | WireError::PolicyNotEnforced { .. }
            | WireError::KeyCannot { .. }
            | WireError::DryRun {}
    )
}

#[test]
fn what_version_1_does_not_have_is_not_sent_and_leaves_nothing() {
    let acting = Acting { app: "billing".into(), user: None };
    let get = || old::Call::Get { app: None, name: "n".into(), version: None }.into();
    for (codec, _) in CODECS {
        let dialect = Dialect { version: Version::V1, codec };
        let refused = Err(EncodeError::NotInVersion { version: 1 });
        let mut out = b"kept".to_vec();
        assert_eq!(dialect.encode_call_frame(1, None, &Call::App(AppCall::List {}), &mut out), refused);
        assert_eq!(dialect.encode_call_frame(1, Some(&acting), &get(), &mut out), refused);
        let reply = Response { id: 1, stamp: None, result: Ok(Reply::Promoted { version: 1 }) };
        assert_eq!(dialect.encode_response_frame(&reply, &mut out), refused);
        assert_eq!(out, b"kept");
        assert_eq!(Dialect::newest(codec).encode_call_frame(1, Some(&acting), &get(), &mut out), Ok(()));
    }
}

#[test]
fn a_request_by_reference_is_the_same_bytes() {
    for (name, wire) in v2::samples::all() {
        let Wire::Request2(request) = wire else { continue };
        for (codec, _) in CODECS {
            let (mut whole, mut parts) = (Vec::new(), Vec::new());
            codec.encode_frame(&request, &mut whole).unwrap();
            Dialect::newest(codec).encode_request_frame(&request, &mut parts).unwrap();
            assert_eq!(whole, parts, "{name}");
        }
    }
}

#[test]
fn json_of_version_2_reads_well() {
    let bytes = br#"{"id":1,"call":{"app":{"show":{"app":"x"}}}}"#;
    let request = Codec::Json.decode::<Request>(bytes).unwrap();
    assert_eq!(request, Request { id: 1, acting: None, call: Call::App(AppCall::Show { app: "x".into() }) });
    let bind = |acts_for| {
        let call = Call::App(AppCall::Bind { app: "x".into(), user: "uid:1".into(), acts_for });
        let acting = Some(Acting { app: "a".into(), user: Some("uid:2".into()) });
        let mut out = Vec::new();
        Codec::Json.encode(&Request { id: 1, acting, call }, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    };
    let around = |acts_for: &str| {
        let acting = r#"{"app":"a","user":"uid:2"}"#;
        format!(
            r#"{{"id":1,"acting":{acting},"call":{{"app":{{"bind":{{"app":"x","user":"uid:1","acts_for":{acts_for}}}}}}}}}"#
        )
    };
    assert_eq!(bind(ActsFor::OwnUser), around(r#""self""#));
    assert_eq!(bind(ActsFor::Any), around(r#""any""#));
    assert_eq!(bind(ActsFor::Fixed("ext:b".into())), around(r#"{"fixed":"ext:b"}"#));
}

/// Is a request, or a response, of this size accepted; the same in both codecs.
fn fits(wire: &Wire) -> bool {
    let [one, other] = CODECS.map(|(codec, _)| wire.decode_alike(codec, &wire.encode(codec)).is_ok());
    assert_eq!(one, other);
    one
}

fn asks(call: Call) -> Wire {
    Wire::Request2(Request { id: 1, acting: None, call })
}

fn says(reply: Reply) -> Wire {
    Wire::Response2(Response { id: 1, stamp: None, result: Ok(reply) })
}

fn spec(description: usize) -> SecretSpec {
    SecretSpec {
        name: "n".into(),
        description: "d".repeat(description),
        required: true,
        write_mode: WriteMode::User,
        scope: SecretScope::User,
        max_bytes: 1,
        rotation_hint_days: None,
        env_fallback: None,
        reveal: false,
        keep_versions: 2,
        instances: false,
        expires_after_days: None,
    }
}

fn add(description: usize, secrets: Vec<SecretSpec>) -> Wire {
    asks(Call::App(AppCall::Add {
        app: "a".into(),
        description: "d".repeat(description),
        owner: None,
        secrets,
        prune: false,
        dry_run: false,
    }))
}

fn webhook(headers: usize, header: usize, body: usize) -> Wire {
    let header = || WebhookHeader { name: "n".into(), value: "v".repeat(header) };
    asks(Call::Secret(SecretCall::VerifyWebhook {
        app: None,
        name: "n".into(),
        scheme: WebhookScheme::Github {},
        headers: (0..headers).map(|_| header()).collect(),
        body: SecretBytes::new(vec![0; body]),
        replay_id: None,
        tolerance_s: None,
    }))
}

#[test]
fn requests_are_accepted_up_to_their_ceilings_and_not_beyond() {
    let word = |len: usize| "w".repeat(len);
    let bytes = |len: usize| SecretBytes::new(vec![b't'; len]);
    let begin = |len: usize| SecretCall::OauthBegin {
        app: "a".into(),
        provider: "p".into(),
        expires_after_s: None,
        redirect: Some(word(len)),
    };
    let acting = |len: usize| {
        let acting = Some(Acting { app: "a".into(), user: Some(word(len)) });
        Wire::Request2(Request { id: 1, acting, call: Call::App(AppCall::List {}) })
    };
    type Make<'a> = &'a dyn Fn(usize) -> Wire;
    let key = |operation| asks(Call::Key(KeyRequest { dry_run: false, operation }));
    let pair = |key: usize, value: usize| ContextPair { key: word(key), value: word(value) };
    let random = |context| key(KeyCall::GenerateDataKey { key: "k".into(), context, len: 1 });
    let tag = |tags| key(KeyCall::Tag { key: "k".into(), tags });
    let tagged = |name: usize, value: usize| KeyTag { name: word(name), value: word(value) };
    let grant = |operations: usize| {
        let operations = vec![GrantOperation::Encrypt; operations];
        key(KeyCall::CreateGrant {
            key: "k".into(),
            grantee: "ext:a".into(),
            retiring: None,
            operations,
            constraint: None,
            name: None,
        })
    };
    let table: [(&str, usize, Make<'_>); 22] = [
        ("word", limits::WORD_MAX, &|len| asks(Call::App(AppCall::Show { app: word(len) }))),
        ("optional word", limits::WORD_MAX, &|len| asks(Call::Token(TokenCall::List { app: Some(word(len)) }))),
        ("acting", limits::WORD_MAX, &acting),
        ("acts for", limits::WORD_MAX, &|len| {
            asks(Call::App(AppCall::Bind { app: "a".into(), user: "u".into(), acts_for: ActsFor::Fixed(word(len)) }))
        }),
        ("description", limits::DESCRIPTION_MAX, &|len| add(len, vec![])),
        ("a spec's description", limits::DESCRIPTION_MAX, &|len| add(0, vec![spec(len)])),
        ("specs", limits::SPECS_MAX, &|len| add(0, (0..len).map(|_| spec(0)).collect())),
        ("token", limits::TOKEN_MAX, &|len| asks(Call::Token(TokenCall::Present { token: bytes(len) }))),
        ("state", limits::OAUTH_TEXT_MAX, &|len| {
            asks(Call::Secret(SecretCall::OauthRedeem { app: "a".into(), state: bytes(len) }))
        }),
        ("redirect", limits::REDIRECT_MAX, &|len| asks(Call::Secret(begin(len)))),
        ("headers", limits::WEBHOOK_HEADERS_MAX, &|len| webhook(len, 0, 0)),
        ("header", limits::WEBHOOK_HEADER_MAX, &|len| webhook(1, len, 0)),
        ("context", limits::CONTEXT_PAIRS_MAX, &|len| random(vec![pair(1, 1); len])),
        ("a context's key", limits::CONTEXT_MAX, &|len| random(vec![pair(len, 0)])),
        ("a context's value", limits::CONTEXT_MAX, &|len| random(vec![pair(1, len)])),
        ("tags", limits::KEY_TAGS_MAX, &|len| tag(vec![tagged(1, 1); len])),
        ("a tag's name", limits::KEY_TAG_NAME_MAX, &|len| tag(vec![tagged(len, 1)])),
        ("a tag's value", limits::KEY_TAG_VALUE_MAX, &|len| tag(vec![tagged(1, len)])),
        ("tags' names", limits::KEY_TAGS_MAX, &|len| {
            key(KeyCall::Untag { key: "k".into(), names: vec![word(1); len] })
        }),
        ("a key's description", limits::KEY_DESCRIPTION_MAX, &|len| {
            key(KeyCall::UpdateDescription { key: "k".into(), description: word(len) })
        }),
        ("operations", limits::GRANT_OPERATIONS_MAX, &|len| grant(len)),
        ("statements", limits::POLICY_STATEMENTS_MAX, &|len| {
            key(KeyCall::PutPolicy { key: "k".into(), statements: vec![PolicyStatement::OWNER; len] })
        }),
    ];
    for (what, max, make) in table {
        assert!(fits(&make(max)), "{what} of {max}");
        assert!(!fits(&make(max + 1)), "{what} of {}", max + 1);
    }
}

#[test]
fn replies_are_accepted_up_to_their_ceilings_and_not_beyond() {
    let info = || AppInfo {
        app: "a".into(),
        description: String::new(),
        owner: "uid:1".into(),
        suspended: false,
        secrets: 0,
        made_at: 0,
    };
    let token = || TokenInfo {
        id: "i".into(),
        app: "a".into(),
        role: Role::Panel,
        acts_for: ActsFor::Any,
        label: String::new(),
        made_at: 0,
        expires_at: None,
        last_used_at: None,
        revoked: false,
    };
    let status = || SecretStatus {
        app: "a".into(),
        name: "n".into(),
        description: None,
        scope: SecretScope::User,
        write_mode: WriteMode::User,
        required: false,
        reveal: false,
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
    };
    let unmet =
        || UnmetSecret { name: "n".into(), description: String::new(), expired: false, set_with: String::new() };
    let binding = || Binding { user: "uid:1".into(), acts_for: ActsFor::Any };
    let change = |fields: usize| SpecChange {
        name: "n".into(),
        what: ChangeKind::Changed,
        fields: vec!["required".into(); fields],
    };
    let changed = |changes| says(Reply::AppChanged(AppChanged { made: false, changes, orphaned: 0, applied: true }));
    type Make<'a> = &'a dyn Fn(usize) -> Wire;
    let material = KeyMaterialInfo {
        version: 1,
        material: [0; 32],
        source: MaterialSource::Created,
        gone: false,
        made_at: 0,
        gone_at: None,
        expires_at: None,
    };
    let version =
        VersionCensus { info: material.clone(), stored: true, current: true, made: 0, opened: 0, last_used_at: None };
    let census =
        |len: usize| KeyCensus { versions: vec![version.clone(); len], aliases: 0, grants: 0, import_pending: false };
    let alias = AliasInfo { alias: "a".into(), key: "k".into(), made_at: 0, updated_at: 0 };
    let principal = Principal { user: "u".into(), login: None };
    let grant = GrantInfo {
        id: [0; 32],
        key: "k".into(),
        number: 1,
        grantee: principal,
        retiring: None,
        operations: vec![],
        constraint: None,
        name: None,
        made_at: 0,
        made_by: "u".into(),
    };
    let access_key = AccessKeyInfo {
        id: "i".into(),
        user: "u".into(),
        description: String::new(),
        made_at: 0,
        expires_at: None,
        last_used_at: None,
    };
    let key = |reply| says(Reply::Key(reply));
    let table: [(&str, usize, Make<'_>); 14] = [
        ("apps", limits::APPS_MAX, &|len| says(Reply::Apps { apps: vec![info(); len] })),
        ("specs", limits::SPECS_MAX, &|len| {
            says(Reply::App(AppDetail { info: info(), secrets: vec![spec(0); len], bindings: vec![] }))
        }),
        ("bindings", limits::BINDINGS_MAX, &|len| {
            says(Reply::App(AppDetail { info: info(), secrets: vec![], bindings: vec![binding(); len] }))
        }),
        ("changes", limits::CHANGES_MAX, &|len| changed(vec![change(0); len])),
        ("fields", limits::CHANGED_FIELDS_MAX, &|len| changed(vec![change(len)])),
        ("tokens", limits::TOKENS_MAX, &|len| says(Reply::Tokens { tokens: vec![token(); len] })),
        ("declared", limits::DECLARED_MAX, &|len| says(Reply::Declared { secrets: vec![status(); len] })),
        ("keys", limits::KEY_PAGE_MAX, &|len| key(KeyReply::Keys { ids: vec!["k".into(); len], more: true })),
        ("aliases", limits::KEY_PAGE_MAX, &|len| {
            key(KeyReply::Aliases { items: vec![alias.clone(); len], more: true })
        }),
        ("rotations", limits::KEY_PAGE_MAX, &|len| {
            key(KeyReply::Rotations { items: vec![material.clone(); len], more: true })
        }),
        ("grants", limits::KEY_PAGE_MAX, &|len| key(KeyReply::Grants { items: vec![grant.clone(); len], more: true })),
        ("versions", limits::KEY_VERSIONS_MAX, &|len| key(KeyReply::Census(census(len)))),
        ("access keys", limits::ACCESS_KEYS_MAX, &|len| {
            says(Reply::AccessKeys { items: vec![access_key.clone(); len] })
        }),
        ("unmet", limits::SPECS_MAX, &|len| says(Reply::Gate(Gate { ready: false, unmet: vec![unmet(); len] }))),
    ];
    for (what, max, make) in table {
        assert!(fits(&make(max)), "{what} of {max}");
        assert!(!fits(&make(max + 1)), "{what} of {}", max + 1);
    }
}

#[test]
fn the_largest_webhook_fits_a_frame_in_each_codec() {
    let sizes = [(Codec::Postcard, limits::WEBHOOK_BODY_MAX), (Codec::Json, limits::WEBHOOK_BODY_JSON_MAX)];
    for (codec, body) in sizes {
        let Wire::Request2(request) = webhook(4, limits::WEBHOOK_HEADER_MAX, body) else { unreachable!() };
        let mut out = Vec::new();
        codec.encode_frame(&request, &mut out).unwrap();
        assert_eq!(codec.decode::<Request>(&out[4..]), Ok(request));
    }
    let beyond = webhook(0, 0, limits::WEBHOOK_BODY_MAX + 1);
    assert!(beyond.decode_alike(Codec::Postcard, &beyond.encode(Codec::Postcard)).is_err());
}
