//! Use without reveal.

use super::*;

#[test]
fn a_webhook_is_verified_without_the_secret_leaving() {
    use crate::webhook::{Delivery, Scheme, WebhookError};
    let rig = Rig::new();
    let (alice, extension) = (user("ext:alice"), rig.session(Role::Extension, "ext:alice"));
    // GitHub's published example.
    let (secret, body) = ("It's a Secret to Everybody", b"Hello, World!");
    let signature = b"sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    let headers: &[(&str, &[u8])] = &[("X-Hub-Signature-256", signature)];
    let verify = |caller: &Caller, body: &[u8], id: Option<&str>| {
        let delivery = Delivery { headers, body };
        rig.vault.caller(caller).verify_webhook(&spotify(), &name("api_key"), &Scheme::Github, &delivery, None, id)
    };
    assert!(matches!(verify(&extension, body, None), Err(Refusal::Missing { .. })), "not set");
    rig.set(&alice, "api_key", secret).unwrap();
    assert!(verify(&extension, body, None).is_ok());
    assert!(matches!(verify(&extension, b"Hello", None), Err(Refusal::Webhook(WebhookError::BadSignature))));
    for caller in [&alice, &rig.session(Role::Panel, "ext:alice")] {
        assert!(matches!(verify(caller, body, None), Err(Refusal::Forbidden { .. })));
    }
    assert!(matches!(verify(&rig.session(Role::Extension, "ext:bob"), body, None), Err(Refusal::Missing { .. })));
    assert!(verify(&extension, body, Some("delivery-1")).is_ok());
    let again = verify(&extension, body, Some("delivery-1"));
    assert!(matches!(again, Err(Refusal::Webhook(WebhookError::Replayed))));
    assert!(verify(&extension, body, Some("delivery-2")).is_ok());
    rig.later(3_600_000);
    assert!(verify(&extension, body, Some("delivery-1")).is_ok(), "remembered for the window");
    let status = rig.vault.caller(&alice).describe(&spotify(), &name("api_key")).unwrap();
    assert_eq!(status.last_read_ms, None, "a use is not a read");
}
