//! The HTTP gateway by hand: every route, every refusal, and what no honest
//! client sends.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests, outside a test function")]

use std::time::{Duration, Instant};

use serde_json::json;
use vault_client::{ActsFor, NewApp, Role, WriteMode};
use vault_tests::gateway::{Gateway, of, request, spec};

const KEY: &str = "/v1/secrets/spotify/cookie";

#[test]
fn every_route_and_its_answer() {
    let gateway = Gateway::start();
    let token = gateway.token("spotify", Role::Extension, ActsFor::Any);
    let ask = |method, path: &str, body| gateway.ask(&token, method, path, body);

    assert_eq!(gateway.connect().ask(b"GET /v1/health HTTP/1.1\r\nHost: x\r\n\r\n").json(), json!({"status": "ok"}));
    assert_eq!(ask("GET", KEY, "").code(), (404, "SECRET_NOT_SET".into()));
    let meta = ask("GET", &format!("{KEY}/meta"), "");
    assert_eq!((meta.status, meta.json()["is_set"].clone()), (200, json!(false)));
    let deleted = ask("DELETE", KEY, "");
    assert_eq!((deleted.status, deleted.json()), (200, json!({"was_set": false})));

    let stored = ask("PUT", KEY, r#"{"value":" ä\u0000\n"}"#);
    assert_eq!((stored.status, stored.json()["version"].clone()), (200, json!(1)));
    let meta = ask("GET", &format!("{KEY}/meta"), "").json();
    assert_eq!((&meta["is_set"], &meta["last_accessed_at"], &meta["version"]), (&json!(true), &json!(null), &json!(1)));
    let listed = ask("GET", "/v1/secrets/spotify", "").json();
    let names: Vec<_> = listed.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["api_key", "refresh_token", "cookie", "blob", "client_id", "account", "meta"]);
    assert!(!listed.to_string().contains('ä'));

    let read = ask("GET", KEY, "");
    assert_eq!((read.status, read.json()), (200, json!({"value": " ä\u{0}\n"})));
    assert!(read.head.contains("content-type: application/json") && read.head.contains("cache-control: no-store"));
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let accessed = ask("GET", &format!("{KEY}/meta"), "").json()["last_accessed_at"].as_u64().unwrap();
    assert!((now - 60..=now + 60).contains(&accessed), "epoch seconds");

    assert_eq!(ask("DELETE", KEY, "").json(), json!({"was_set": true}));
    assert_eq!(ask("GET", KEY, "").code(), (404, "SECRET_NOT_SET".into()));

    let gate = ask("GET", "/v1/gate/spotify", "").json();
    assert_eq!((&gate["ready"], &gate["missing"][0]["name"]), (&json!(false), &json!("api_key")));
    let panel = gateway.token("spotify", Role::Panel, ActsFor::Any);
    assert_eq!(gateway.ask(&panel, "PUT", "/v1/secrets/spotify/api_key", r#"{"value":"k"}"#).status, 200);
    assert_eq!(ask("GET", "/v1/gate/spotify", "").json(), json!({"ready": true, "missing": []}));
}
