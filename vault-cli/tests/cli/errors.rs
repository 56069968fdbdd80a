//! Every exit code, and what is said with it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use vault_proto::latest::{SecretBytes, Stamp, StatusInfo, ValueReply, VaultReply as Reply, WireError};

use crate::harness::{bare, command, end, piped, vaultctl};
use crate::server::Server;

#[test]
fn every_refusal_has_its_code_in_words_and_in_json() {
    let text = |text: &str| text.to_owned();
    for (error, status, code, retryable) in [
        (WireError::Invalid { field: text("name"), expected: text("x") }, 2, "invalid", false),
        (WireError::Missing { expired: false }, 3, "missing", false),
        (WireError::Forbidden { needs: None }, 4, "forbidden", false),
        (WireError::Held { user: text("uid:1") }, 4, "held", false),
        (WireError::Sealed {}, 5, "sealed", false),
        (WireError::Conflict { current: 7 }, 6, "conflict", false),
        (WireError::Unavailable { reason: text("x") }, 7, "unavailable", true),
        (WireError::Corrupt { what: text("x") }, 8, "corrupt", false),
        (WireError::Busy { retry_after_ms: 1 }, 9, "busy", true),
        (WireError::OverQuota { quota: text("q"), limit: 1 }, 10, "over_quota", false),
        (WireError::ReadOnly { reason: text("disk full") }, 11, "read_only", false),
        (WireError::Indeterminate {}, 12, "indeterminate", false),
        (WireError::Missing { expired: true }, 13, "expired", false),
        (WireError::Unsupported { what: text("x") }, 1, "unsupported", false),
    ] {
        let server = Server::refusing(error);
        piped(&server, &["set", "n"], b"x").failed(status, "n: ");
        let ended = vaultctl(&server, &["--json", "get", "n"]);
        assert_eq!(ended.status, status);
        let json = ended.error_json();
        assert_eq!((&json["code"], &json["retryable"]), (&code.into(), &retryable.into()), "{json}");
        let keys: Vec<_> = json.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys, ["code", "error", "hint", "retryable"]);
    }
}

#[test]
fn usage_is_two_everywhere_but_in_run() {
    let server = Server::vault();
    vaultctl(&server, &["gte", "n"]).failed(2, "unrecognized subcommand");
    vaultctl(&server, &["get"]).failed(2, "<NAME>");
    vaultctl(&server, &["get", "run", "--nope"]).failed(2, "--nope");
    vaultctl(&server, &["get", "UPPER"]).failed(2, "the secret's name is not acceptable");
    vaultctl(&server, &["get", "n", "--app", "../x"]).failed(2, "the app's name is not acceptable");
    vaultctl(&server, &["run", "--nope", "--", "true"]).failed(125, "--nope");
    let json = vaultctl(&server, &["get", "--json"]);
    assert_eq!((json.status, &json.error_json()["code"]), (2, &"usage".into()));
    assert!(server.log().is_empty());
}

#[test]
fn nobody_there() {
    let mut command = bare(&["get", "n"]);
    command.env("VAULTD_SOCKET", "/nonexistent/vaultd.sock").env("HOME", "/nonexistent");
    end(command, b"").failed(7, "vaultd is not running at /nonexistent/vaultd.sock");
}

#[test]
fn a_server_of_somebody_else_is_told_nothing() {
    let server = Server::vault();
    let ended = piped(&server, &["--server-uid", "424242", "set", "n"], b"hunter2");
    ended.failed(4, "which is not trusted here");
    assert!(server.log().is_empty());
}

#[test]
fn something_else_at_the_socket() {
    let server = Server::raw(|mut stream, _| {
        let mut hello = [0; 8];
        let _ = std::io::Read::read_exact(&mut stream, &mut hello);
        let _ = std::io::Write::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    vaultctl(&server, &["get", "n"]).failed(8, "does not keep to the protocol");
}

#[test]
fn silence_ends_and_says_what_is_known() {
    let server = Server::raw(|mut stream, _| {
        let mut byte = [0; 64];
        while std::io::Read::read(&mut stream, &mut byte).is_ok_and(|read| read > 0) {}
    });
    let begun = Instant::now();
    vaultctl(&server, &["--timeout", "0.2", "get", "n"]).failed(7, "no answer within 200 ms");
    assert!(begun.elapsed().as_secs() < 5);

    // Sent and never answered: nobody knows.
    let server = Server::stamped(|_| (None, None));
    piped(&server, &["set", "n"], b"x").failed(12, "may or may not have been made");
}

#[test]
fn a_vault_that_went_back_and_one_that_was_restored() {
    static SEQUENCE: AtomicU64 = AtomicU64::new(10);
    static INCARNATION: AtomicU64 = AtomicU64::new(1);
    let server = Server::stamped(|_| {
        let incarnation = [INCARNATION.load(Ordering::SeqCst) as u8; 16];
        let stamp = Stamp { incarnation, sequence: SEQUENCE.load(Ordering::SeqCst) };
        let value = ValueReply { value: SecretBytes::new(b"x".to_vec()), version: 1 };
        (Some(stamp), Some(Ok(Reply::Value(value))))
    });
    vaultctl(&server, &["get", "n"]).gave("x");
    SEQUENCE.store(9, Ordering::SeqCst);
    vaultctl(&server, &["get", "n"]).failed(14, "went back from commit 10 to 9");

    INCARNATION.store(2, Ordering::SeqCst);
    let changed = vaultctl(&server, &["get", "n"]);
    changed.failed(14, "incarnation changed");
    let hex = "02".repeat(16);
    assert!(changed.stderr.contains(&format!("--accept-incarnation {hex}")));
    vaultctl(&server, &["get", "n", "--accept-incarnation", &hex]).gave("x");
    vaultctl(&server, &["get", "n"]).gave("x");
    INCARNATION.store(3, Ordering::SeqCst);
    vaultctl(&server, &["get", "n", "--accept-incarnation"]).gave("x");
    vaultctl(&server, &["get", "n"]).gave("x");

    // Without a home it works and says so.
    let mut homeless = command(&server, &["get", "n"]);
    homeless.env_remove("HOME");
    let ended = end(homeless, b"");
    ended.gave("x");
    assert!(ended.stderr.starts_with("vaultctl: warning: no home directory"));
}

#[test]
fn wait_for_the_daemon_and_for_the_key() {
    let status = |sealed| StatusInfo {
        version: "0".into(),
        sealed,
        degraded: vec![],
        read_only: false,
        development: false,
        vault_id: None,
        epoch: None,
        sequence: None,
        slots: 1,
        last_backup_at: None,
        last_backup_verified: None,
        uptime_s: 1,
        hardening: vec![],
    };
    let mut asked = 0;
    let server = Server::new(move |_| {
        asked += 1;
        Ok(Reply::Status(status(asked < 5)))
    });
    vaultctl(&server, &["wait"]).gave("");
    vaultctl(&server, &["wait", "--unsealed", "--timeout", "20"]).gave("");
    assert_eq!(server.log().len(), 5);

    let sealed = Server::new(move |_| Ok(Reply::Status(status(true))));
    vaultctl(&sealed, &["wait", "--unsealed", "--timeout", "0.1"]).failed(5, "still sealed after 0.1 s");
    let mut command = bare(&["wait", "--timeout", "0.1", "--socket", "/nonexistent/x"]);
    command.env("HOME", "/nonexistent");
    end(command, b"").failed(7, "vaultd is not running");
}
