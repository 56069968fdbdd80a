//! The daemon's refusals as a `SecretStore` tells them, and what is not sent.

use vault_client::store::{DaemonSecretStore, SecretStore, WebhookRefusal};
use vault_client::store::{SecretStoreError, Webhook, WebhookScheme};
use vault_client::{Options, WebhookReason, WireError, blocking};

use crate::door::options;
use crate::server::Server;

fn refusing(error: WireError) -> (Server, DaemonSecretStore) {
    let server = Server::start(move |peer| {
        peer.hello();
        while let Some(request) = peer.any_request() {
            peer.answer_any(request.id, Err(error.clone()));
        }
    });
    let client = blocking::Client::connect(options(&server)).unwrap();
    let store = DaemonSecretStore::acting(&client, "billing", "ext:alice");
    (server, store)
}

#[test]
fn each_refusal_is_told_apart() {
    let text = || "x".to_owned();
    for (error, code, retryable) in [
        (WireError::Missing { expired: false }, "not_set", false),
        (WireError::Missing { expired: true }, "expired", false),
        (WireError::NotDeclared { app: text(), name: None }, "not_declared", false),
        (WireError::NoSuchApp { app: text() }, "not_declared", false),
        (WireError::Forbidden { needs: None }, "forbidden", false),
        (WireError::Held { user: text() }, "forbidden", false),
        (WireError::Suspended { app: text() }, "forbidden", false),
        (WireError::BadToken {}, "forbidden", false),
        (WireError::TooLarge { len: 2, max: 1 }, "too_large", false),
        (WireError::Invalid { field: text(), expected: text() }, "invalid", false),
        (WireError::Conflict { current: 3 }, "conflict", false),
        (WireError::Sealed {}, "sealed", false),
        (WireError::OverQuota { quota: text(), limit: 1 }, "full", false),
        (WireError::ReadOnly { reason: text() }, "full", false),
        (WireError::Busy { retry_after_ms: 1 }, "unavailable", true),
        (WireError::Unavailable { reason: text() }, "unavailable", true),
        (WireError::Indeterminate {}, "indeterminate", false),
        (WireError::Corrupt { what: text() }, "corrupt", false),
        (WireError::Unsupported { what: text() }, "unsupported", false),
        (WireError::WrongSecret {}, "other", false),
    ] {
        let (_server, store) = refusing(error);
        let webhook = Webhook::new(&WebhookScheme::Slack, &[], b"");
        let errors = [
            store.get("k").map(drop).unwrap_err(),
            store.set("k", b"v").map(drop).unwrap_err(),
            store.set_if("k", b"v", 1).map(drop).unwrap_err(),
            store.delete("k").map(drop).unwrap_err(),
            store.is_set("k").map(drop).unwrap_err(),
            store.list().map(drop).unwrap_err(),
            store.require().map(drop).unwrap_err(),
            store.verify_webhook("k", &webhook).map(drop).unwrap_err(),
        ];
        for error in errors {
            assert_eq!((error.code(), error.retryable()), (code, retryable), "{error:?}");
        }
    }
}

#[test]
fn each_reason_of_a_refused_webhook_arrives() {
    for (reason, refusal) in [
        (WebhookReason::NoHeader, WebhookRefusal::NoHeader),
        (WebhookReason::BadHeader, WebhookRefusal::BadHeader),
        (WebhookReason::BadSignature, WebhookRefusal::BadSignature),
        (WebhookReason::TooOld, WebhookRefusal::TooOld),
        (WebhookReason::Replayed, WebhookRefusal::Replayed),
        (WebhookReason::BadSecret, WebhookRefusal::BadSecret),
    ] {
        let (_server, store) = refusing(WireError::WebhookRefused { reason });
        let error = store.verify_webhook("k", &Webhook::new(&WebhookScheme::Stripe, &[], b"")).unwrap_err();
        assert!(matches!(error, SecretStoreError::Webhook(found) if found == refusal), "{error:?}");
    }
}

/// What is typed where a name belongs may be a value.
#[test]
fn what_is_no_name_is_not_sent() {
    let (server, store) = refusing(WireError::Sealed {});
    for name in ["API_KEY=hunter2", "", "k\n", &"k".repeat(300)] {
        let error = store.get(name).unwrap_err();
        assert_eq!(error.code(), "invalid");
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
    assert!(server.log().is_empty(), "{:?}", server.log());
    // Nor is a value that fits no frame, which has its own error all the same.
    let error = store.set("k", &vec![0; 2 << 20]).unwrap_err();
    assert!(matches!(error, SecretStoreError::TooLarge { len: 2_097_152, max: 65_536 }), "{error:?}");
    assert!(server.log().is_empty());
}

#[test]
fn nobody_there_is_unavailable_and_says_why() {
    let directory = tempfile::tempdir().unwrap();
    let client = blocking::Client::lazy(Options::new().socket(directory.path().join("none")));
    let store = DaemonSecretStore::as_ourselves(&client, "billing");
    let error = store.get("k").unwrap_err();
    assert!(matches!(&error, SecretStoreError::Unavailable { source: Some(_), .. }) && error.retryable(), "{error:?}");
    assert!(!error.asks_the_user());
}
