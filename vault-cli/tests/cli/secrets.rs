//! Commands about one's own secrets.

use vault_proto::latest::{SecretInfo, VaultCall as Call, VaultReply as Reply, VersionInfo, VersionState, WireError};

use crate::harness::{command, end, piped, vaultctl};
use crate::server::{Server, info};

#[test]
fn what_is_piped_in_comes_out_byte_for_byte() {
    let server = Server::vault();
    for (stdin, flags, stored) in [
        (&b"hunter2\n"[..], &[][..], &b"hunter2"[..]),
        (b"hunter2", &[], b"hunter2"),
        (b"two\n\n", &[], b"two\n"),
        (b"crlf\r\n", &[], b"crlf\r"),
        (b"raw\n", &["--raw"], b"raw\n"),
        (b"\x00\xff\x1b[2J", &[], b"\x00\xff\x1b[2J"),
    ] {
        let set = piped(&server, &[&["set", "api_token"], flags].concat(), stdin);
        set.gave("");
        assert_eq!(set.stderr, "");
        assert_eq!(vaultctl(&server, &["get", "api_token"]).stdout, stored);
    }
    vaultctl(&server, &["get", "api_token", "--version", "1"]).gave("hunter2");
}

#[test]
fn the_largest_value_fits_and_one_more_byte_is_not_sent() {
    let server = Server::vault();
    let mut value = vec![b'x'; 65_536];
    value.push(b'\n');
    piped(&server, &["set", "big"], &value).gave("");
    assert_eq!(vaultctl(&server, &["get", "big"]).stdout, &value[..65_536]);
    let calls = server.log().len();
    piped(&server, &["set", "big", "--raw"], &value).failed(10, "the value is over 65536 bytes");
    value.push(b'\n');
    piped(&server, &["set", "big"], &value).failed(10, "the value is over 65536 bytes");
    piped(&server, &["set", "big"], &vec![0; 10 << 20]).failed(10, "over 65536 bytes");
    assert_eq!(server.log().len(), calls);
}

#[test]
fn nothing_is_no_value() {
    let server = Server::vault();
    for stdin in [&b""[..], b"\n"] {
        piped(&server, &["set", "empty"], stdin).failed(2, "the value is empty");
    }
    assert!(server.log().is_empty());
}

#[test]
fn a_value_as_an_argument_is_refused_and_never_repeated() {
    let server = Server::vault();
    for arguments in [
        &["set", "token", "hunter2"][..],
        &["set", "token=hunter2"],
        &["set", "token", "--hunter2"],
        &["set", "token", "--raw=hunter2"],
        &["set", "token", "--if-version", "hunter2"],
        &["unseal", "hunter2"],
        &["slot", "add", "--passphrase=hunter2"],
        &["slot", "hunter2"],
        &["--json", "set", "token", "hunter2"],
    ] {
        let ended = piped(&server, arguments, b"x");
        assert_eq!(ended.status, 2, "{arguments:?}");
        assert!(!ended.stderr.contains("hunter2") && !ended.stderr.is_empty(), "{}", ended.stderr);
    }
    assert!(server.log().is_empty());
}

#[test]
fn set_and_rm_compare() {
    let server = Server::vault();
    piped(&server, &["set", "n", "--if-version", "0"], b"x").gave("");
    let lost = piped(&server, &["set", "n", "--if-version", "0"], b"x");
    lost.failed(6, "n: the secret is at version 1");
    let json = piped(&server, &["--json", "set", "n", "--if-version", "1"], b"x").json();
    assert_eq!(json, serde_json::json!({ "name": "n", "app": "personal", "version": 2 }));
    vaultctl(&server, &["rm", "n", "--if-version", "2", "--app", "billing"]);
    let last = server.log().pop().unwrap();
    assert!(last.contains("Delete") && last.contains("if_version: Some(2)") && last.contains("billing"), "{last}");
    assert!(!server.log().concat().contains("hunter"));
}

#[test]
fn ls_for_programs_and_for_people() {
    let full = SecretInfo { last_read_at: Some(0), expires_at: Some(86_400_000), ..info("api_token") };
    let server = Server::new(move |call| match call {
        Call::List { deleted: false, user: None, .. } => Ok(Reply::List { secrets: vec![full.clone()], more: false }),
        Call::List { deleted: true, user: Some(_), .. } => Ok(Reply::List { secrets: vec![], more: false }),
        _ => Err(WireError::Unsupported { what: "call".into() }),
    });
    let json = vaultctl(&server, &["ls", "--json"]).json();
    let expected = serde_json::json!([{
        "name": "api_token", "app": "personal", "version": 1, "set_at": "2026-07-27T10:00:00.123Z",
        "set_by": "uid:1000", "state": "live", "size_class": 256, "last_read_at": "1970-01-01T00:00:00Z",
        "expires_at": "1970-01-02T00:00:00Z",
    }]);
    assert_eq!(json, expected);
    vaultctl(&server, &["ls"]).gave(
        "NAME       APP       VERSION  STATE  SET                   LAST READ             EXPIRES\n\
         api_token  personal  1        live   2026-07-27 10:00 UTC  1970-01-01 00:00 UTC  1970-01-02 00:00 UTC\n",
    );
    let empty = vaultctl(&server, &["ls", "--deleted", "--user", "uid:1001"]);
    empty.gave("");
    assert!(empty.stderr.contains("vaultctl set NAME"));
    assert_eq!(vaultctl(&server, &["ls", "--deleted", "--user", "uid:1001", "--json"]).json(), serde_json::json!([]));
}

#[test]
fn a_servers_text_does_not_drive_a_terminal() {
    let server = Server::new(|_| {
        Ok(Reply::List { secrets: vec![SecretInfo { set_by: "x".into(), ..info("a\x1b[2J\nb") }], more: false })
    });
    let out = vaultctl(&server, &["ls"]);
    assert_eq!(out.out().lines().count(), 2);
    assert!(!out.stdout.contains(&0x1b));
    let server = Server::refusing(WireError::Corrupt { what: "\x1b]0;x\x07".into() });
    assert!(!vaultctl(&server, &["get", "n"]).stderr.contains('\x1b'));
}

#[test]
fn rm_undelete_destroy_history() {
    let server = Server::holding(&[("n", b"x")]);
    let removed = vaultctl(&server, &["rm", "n"]);
    removed.gave("");
    assert!(removed.stderr.contains("within 7 days `vaultctl undelete n`"));
    vaultctl(&server, &["rm", "n"]).failed(3, "n: no such secret");
    vaultctl(&server, &["rm", "n", "--destroy"]).failed(2, "needs a confirmation");
    assert!(!server.log().last().unwrap().contains("destroy: true"));
    let json = vaultctl(&server, &["rm", "n", "--destroy", "--yes", "--json"]).json();
    assert_eq!(json["destroyed"], true);

    let versions = vec![
        VersionInfo { version: 2, state: VersionState::Live, set_at: 0, set_by: "uid:1".into(), deleted_at: None },
        VersionInfo {
            version: 1,
            state: VersionState::Deleted,
            set_at: 0,
            set_by: "uid:1".into(),
            deleted_at: Some(0),
        },
    ];
    let server = Server::new(move |call| match call {
        Call::Undelete { .. } => Ok(Reply::Undeleted { version: 3 }),
        Call::History { .. } => Ok(Reply::History { versions: versions.clone() }),
        _ => Err(WireError::Unsupported { what: "call".into() }),
    });
    assert!(vaultctl(&server, &["undelete", "n"]).stderr.contains("n is back at version 3"));
    assert_eq!(vaultctl(&server, &["undelete", "n", "--json"]).json()["version"], 3);
    assert!(vaultctl(&server, &["history", "n"]).out().contains("1        deleted  1970-01-01 00:00 UTC"));
    assert_eq!(vaultctl(&server, &["history", "n", "--json"]).json()[1]["deleted_at"], "1970-01-01T00:00:00Z");
}

#[test]
fn a_reader_that_goes_away_is_no_news() {
    let server = Server::holding(&[("n", &[b'x'; 65_536])]);
    let script = "$VAULTCTL get n | head -c 1; exit ${PIPESTATUS[0]}";
    let mut shell = std::process::Command::new("bash");
    shell.args(["-c", script]).env("VAULTCTL", env!("CARGO_BIN_EXE_vaultctl"));
    shell.env("VAULTD_SOCKET", &server.path).env("HOME", server.directory.path());
    let ended = end(shell, b"");
    assert_eq!((ended.out(), ended.stderr.as_str()), ("x", ""));
    assert!(ended.status <= 1);
    // Nothing reads at all.
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut child =
        command(&server, &["get", "n"]).stdout(writer).stderr(std::process::Stdio::piped()).spawn().unwrap();
    let mut stderr = String::new();
    std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut stderr).unwrap();
    assert_eq!((child.wait().unwrap().code(), stderr.as_str()), (Some(1), ""));
}
