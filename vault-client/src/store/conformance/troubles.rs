use vault_manifest::{Spec, WriteMode};

use super::{Harness, code, declare, with_mode};
use crate::store::{Role, VerifiedWebhook, Webhook, WebhookRefusal, WebhookScheme};

pub(super) fn expiry(harness: &mut dyn Harness) {
    let [alice, _] = harness.people();
    const APP: &str = "conform-expiry";
    if !harness.abilities().clock {
        return;
    }
    let passing = Spec { required: true, expires_after_days: Some(30), ..Spec::new("passing", "for a month") };
    let hinted = Spec { rotation_hint_days: Some(30), ..Spec::new("hinted", "better not for longer") };
    declare(harness, APP, vec![passing, hinted]);
    let store = harness.store(APP, alice, Role::Extension);
    harness.user_sets(APP, alice, "passing", b"1");
    harness.user_sets(APP, alice, "hinted", b"1");
    harness.pass_days(29);
    assert_eq!((code(store.get("passing")), code(store.get("hinted"))), ("ok", "ok"));
    assert!(store.require().unwrap().is_ready());
    assert!(store.list().unwrap().iter().all(|state| !state.expired && !state.rotation_due));
    harness.pass_days(2);
    assert_eq!((code(store.get("passing")), code(store.get("hinted"))), ("expired", "ok"));
    assert!(!store.is_set("passing").unwrap());
    let gate = store.require().unwrap();
    assert!(matches!(&*gate.unmet, [unmet] if unmet.name == "passing" && unmet.expired), "{gate:?}");
    let states = store.list().unwrap();
    let told: Vec<_> = states.iter().map(|s| (&*s.name, s.is_set, s.expired, s.rotation_due)).collect();
    assert_eq!(told, [("hinted", true, false, true), ("passing", false, true, false)]);
    harness.user_sets(APP, alice, "passing", b"2");
    assert_eq!(store.get("passing").unwrap().expose(), b"2");
}

pub(super) fn sealed(harness: &mut dyn Harness) {
    let [alice, _] = harness.people();
    const APP: &str = "conform-sealed";
    if !harness.abilities().seals {
        return;
    }
    declare(harness, APP, vec![with_mode("k", WriteMode::Both)]);
    let store = harness.store(APP, alice, Role::Extension);
    store.set("k", b"before").unwrap();
    harness.seal(true);
    let webhook = Webhook::new(&WebhookScheme::Github, &[], b"");
    let codes = [
        code(store.get("k")),
        code(store.set("k", b"v")),
        code(store.delete("k")),
        code(store.is_set("k")),
        code(store.list()),
        code(store.require()),
        code(store.verify_webhook("k", &webhook)),
    ];
    harness.seal(false);
    assert_eq!(codes, ["sealed"; 7]);
    assert_eq!(store.get("k").unwrap().expose(), b"before");
}

/// The example of GitHub's own documentation.
pub(super) fn webhooks(harness: &mut dyn Harness) {
    let [alice, _] = harness.people();
    const APP: &str = "conform-webhooks";
    const SECRET: &[u8] = b"It's a Secret to Everybody";
    const BODY: &[u8] = b"Hello, World!";
    const SIGNATURE: &str = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    declare(harness, APP, vec![Spec::new("signing", "signs what GitHub sends")]);
    let store = harness.store(APP, alice, Role::Extension);
    let headers = [("x-hub-signature-256", SIGNATURE), ("cookie", "not of the scheme")];
    let genuine = Webhook::new(&WebhookScheme::Github, &headers, BODY);
    assert_eq!(code(store.verify_webhook("signing", &genuine)), "not_set");
    harness.user_sets(APP, alice, "signing", SECRET);
    if !harness.abilities().webhooks {
        assert_eq!(code(store.verify_webhook("signing", &genuine)), "unsupported");
        return;
    }
    harness.answer_webhooks(APP, Ok(VerifiedWebhook { timestamp_s: None }));
    assert_eq!(store.verify_webhook("signing", &genuine).unwrap(), VerifiedWebhook { timestamp_s: None });
    for (webhook, reason) in [
        (Webhook { body: b"Hello, World", ..genuine }, WebhookRefusal::BadSignature),
        (Webhook { headers: &headers[1..], ..genuine }, WebhookRefusal::NoHeader),
    ] {
        harness.answer_webhooks(APP, Err(reason));
        let error = store.verify_webhook("signing", &webhook).unwrap_err();
        assert!(matches!(error, crate::store::SecretStoreError::Webhook(found) if found == reason), "{error}");
    }
    assert!(!format!("{genuine:?}").contains("Hello"), "{genuine:?}");
}

pub(super) fn silence(harness: &mut dyn Harness) {
    let [alice, _] = harness.people();
    const APP: &str = "conform-silence";
    const CANARY: &[u8] = b"CanaryOfTheSuite";
    let short = Spec { max_bytes: 8, ..with_mode("short", WriteMode::Both) };
    declare(harness, APP, vec![with_mode("k", WriteMode::User), short]);
    let store = harness.store(APP, alice, Role::Extension);
    harness.user_sets(APP, alice, "k", CANARY);
    let secret = store.get("k").unwrap();
    assert_eq!(secret.expose(), CANARY);
    let errors = [
        store.set("k", CANARY).unwrap_err(),
        store.set("short", CANARY).unwrap_err(),
        store.set("undeclared", CANARY).unwrap_err(),
        store.set_if("short", b"CanaryOf", 99).unwrap_err(),
    ];
    let said = format!("{secret:?} {errors:?} {}", errors.each_ref().map(ToString::to_string).join(" "));
    assert!(!said.contains("Canary"), "{said}");
}
