//! `vaultctl import`.

use std::fs;

use vault_proto::latest::{VaultCall as Call, VaultReply as Reply, WireError};

use crate::harness::{piped, vaultctl};
use crate::server::Server;

#[test]
fn a_dotenv_file_and_a_json_file() {
    let server = Server::vault();
    let env = server.directory.path().join(".env");
    fs::write(&env, "# ours\nexport API_TOKEN=hunter2\nPEM=\"a\nb\"\n").unwrap();
    let env = env.to_str().unwrap();

    let dry = vaultctl(&server, &["import", env, "--dry-run"]);
    dry.gave("");
    assert!(dry.stderr.contains("api_token would be stored") && dry.stderr.contains("nothing was stored"));
    assert!(server.log().is_empty());

    let done = vaultctl(&server, &["import", env]);
    done.gave("");
    assert!(done.stderr.contains("pem version 1 stored") && !done.stderr.contains("hunter2"), "{}", done.stderr);
    vaultctl(&server, &["get", "api_token"]).gave("hunter2");
    vaultctl(&server, &["get", "pem"]).gave("a\nb");

    let json = server.directory.path().join("s.json");
    fs::write(&json, r#"{"API_TOKEN": "hunter3"}"#).unwrap();
    let done = vaultctl(&server, &["import", json.to_str().unwrap(), "--json"]).json();
    assert_eq!(done, serde_json::json!([{ "name": "api_token", "version": 2 }]));
    piped(&server, &["import", "-", "--format", "json"], b"{\"k\": \"v\"}").gave("");
    vaultctl(&server, &["get", "k"]).gave("v");
}

#[test]
fn nothing_is_stored_unless_all_of_it_can_be() {
    let server = Server::vault();
    for (text, status, message) in [
        ("A=hunter2\na=hunter3", 2, "lines 1 and 2 are both a"),
        ("A=hunter2\nMIIEvQIBADAN", 2, "line 2: not KEY=VALUE"),
        ("A=hunter2\nB=", 2, "line 2: b has no value"),
        ("A=hunter2\n_B=1", 2, "line 2: the key cannot be"),
        ("", 2, "there is no secret in the file"),
    ] {
        let ended = piped(&server, &["import", "-"], text.as_bytes());
        ended.failed(status, message);
        assert!(!ended.stderr.contains("hunter"), "{}", ended.stderr);
    }
    let large = format!("A=hunter2\nB={}", "x".repeat(70_000));
    piped(&server, &["import", "-"], large.as_bytes()).failed(10, "line 2: b has 70000 bytes");
    vaultctl(&server, &["import", "/nonexistent"]).failed(1, "/nonexistent");
    assert!(server.log().is_empty());
}

#[test]
fn a_refusal_half_way_says_how_far_it_came() {
    let server = Server::new(|call| match call {
        Call::Set { name, .. } if name == "b" => Err(WireError::OverQuota { quota: "secrets".into(), limit: 1 }),
        _ => Ok(Reply::Set { version: 1 }),
    });
    let ended = piped(&server, &["import", "-"], b"A=1\nB=2\nC=3");
    assert_eq!(ended.status, 10);
    assert!(ended.stderr.contains("2 of 3 stored; b: over the quota"), "{}", ended.stderr);
}
