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
        ("A=hunter2\na=hunter3", 2, "line 1 and line 2 are both a"),
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

/// The vault decides what an app declares; that it is asked about this app and no
/// other is decided here.
#[test]
fn an_apps_secrets_go_to_the_app() {
    let server = Server::vault();
    let file = b"API_KEY=hunter2\nCLIENT_SECRET=hunter3\n";
    let dry = piped(&server, &["import", "--app", "billing", "--dry-run", "-"], file);
    dry.gave("");
    assert!(dry.stderr.contains("api_key of billing would be stored"), "{}", dry.stderr);
    assert_eq!(server.log(), [""; 0]);
    let done = piped(&server, &["import", "--app", "billing", "-"], file);
    assert!(done.stderr.contains("client_secret of billing version 1 stored"), "{}", done.stderr);
    let log = server.log();
    assert_eq!(log.len(), 2);
    assert!(log.iter().all(|call| call.contains("app: Some(\"billing\")")), "{log:?}");
    piped(&server, &["import", "--app", "Billing", "-"], file).failed(2, "the app's name is not acceptable");
    assert_eq!(server.log().len(), 2);
}

#[test]
fn keys_that_differ_in_case_alone_collide_in_either_format() {
    let server = Server::vault();
    let json = br#"{"Api_Key": "hunter2", "b": "x", "API_KEY": "hunter3"}"#;
    let ended = piped(&server, &["--json", "import", "--format", "json", "-"], json);
    assert_eq!((ended.status, &ended.error_json()["code"]), (2, &"collision".into()));
    assert!(ended.stderr.contains("entry 1 and entry 3 are both api_key"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("hunter"), "{}", ended.stderr);
    piped(&server, &["import", "-"], b"Api_Key=1\nAPI_KEY=2").failed(2, "line 1 and line 2 are both api_key");
    assert_eq!(server.log(), [""; 0]);
}

#[test]
fn what_the_app_does_not_take_is_named() {
    let server = Server::new(|call| match call {
        Call::Set { name, .. } if name == "extra" => Err(WireError::Forbidden { needs: None }),
        _ => Ok(Reply::Set { version: 1 }),
    });
    let ended = piped(&server, &["import", "--app", "billing", "-"], b"API_KEY=1\nEXTRA=2");
    assert_eq!(ended.status, 4);
    assert!(ended.stderr.contains("1 of 2 stored; extra of billing: not allowed"), "{}", ended.stderr);
}

/// A file goes in whole or not at all, also where it is the declaration that it does not fit.
#[test]
fn what_the_app_does_not_declare_stores_nothing() {
    let server = Server::vault();
    let long = format!("API_KEY={}", "x".repeat(101));
    for (text, status, code, message) in [
        ("API_KEY=hunter2\nOTHER=hunter3", 2, "not_declared", "line 2: the app billing declares no secret other"),
        ("API_KEY=hunter2\nMAILBOX=hunter3", 2, "invalid", "line 2: mailbox is declared with instances"),
        ("API_KEY=hunter2\nTOKEN=hunter3", 4, "forbidden", "line 2: token is set by the app itself"),
        (&long, 10, "too_large", "line 1: api_key has 101 bytes, at most 100"),
    ] {
        for dry in [
            &["import", "--json", "--app", "billing", "-"][..],
            &["import", "--json", "--app", "billing", "--dry-run", "-"],
        ] {
            let ended = piped(&server, dry, text.as_bytes());
            assert_eq!((ended.status, &ended.error_json()["code"]), (status, &code.into()), "{}", ended.stderr);
            assert!(ended.stderr.contains(message) && !ended.stderr.contains("hunter"), "{}", ended.stderr);
        }
    }
    let json = br#"{"mailbox/work": "1", "client_secret/x": "2"}"#;
    let ended = piped(&server, &["import", "--app", "billing", "--format", "json", "-"], json);
    ended.failed(2, "entry 2: the app billing declares no secret client_secret/x");
    assert_eq!(server.log(), [""; 0]);
}
