//! `vaultctl run`.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use vault_proto::latest::{VaultCall as Call, VaultReply as Reply, VersionState, WireError};

use crate::harness::{command, vaultctl};
use crate::server::{Server, info};

#[test]
fn secrets_go_in_and_do_not_come_out() {
    let server =
        Server::holding(&[("api_token", b"hunter2"), ("mail/alice@example.org", b"line one is long\nline two")]);
    let script = "echo \"out $API_TOKEN ${#API_TOKEN}\"; echo \"err $API_TOKEN\" >&2; echo \"$MAIL_ALICE_EXAMPLE_ORG\"; \
                  printf hun; sleep 0.1; printf ter2";
    let ended = vaultctl(&server, &["run", "--", "sh", "-c", script]);
    ended.gave("out *** 7\n***\n***");
    assert_eq!(ended.stderr, "err ***\n");
    // Only to see that it was there to be hidden.
    vaultctl(&server, &["run", "--no-mask", "--", "sh", "-c", "echo $API_TOKEN"]).gave("hunter2\n");
}

#[test]
fn which_secrets_and_what_they_are_called() {
    let server = Server::holding(&[("a_b", b"first"), ("c", b"second"), ("a/b", b"third")]);
    vaultctl(&server, &["run", "--", "true"]).failed(125, "a/b and a_b would both be A_B");
    let env = "echo ${A_B-none} ${C-none} ${P_C-none} $(env | grep -c '^C=')";
    vaultctl(&server, &["run", "--no-mask", "--only", "c,a_b", "--", "sh", "-c", env]).gave("first second none 1\n");
    vaultctl(&server, &["run", "--no-mask", "--only", "c", "--prefix", "P_", "--", "sh", "-c", env])
        .gave("none none second 0\n");
    vaultctl(&server, &["run", "--only", "nope", "--", "true"]).failed(125, "not there: nope");
    vaultctl(&server, &["run", "--prefix", "9", "--", "true"]).failed(125, "the prefix is not acceptable");
    vaultctl(&server, &["run", "--only", "C", "--", "true"]).failed(125, "name is not acceptable");
    let loader = Server::holding(&[("ld_preload", b"/tmp/evil.so")]);
    vaultctl(&loader, &["run", "--", "true"]).failed(125, "LD_PRELOAD");
    let zero = Server::holding(&[("z", b"a\0b")]);
    vaultctl(&zero, &["run", "--", "true"]).failed(125, "z holds a zero byte");
}

#[test]
fn the_status_is_the_commands() {
    let server = Server::holding(&[("n", b"value")]);
    for mask in [&["run"][..], &["run", "--no-mask"]] {
        for (script, status) in
            [("exit 0", 0), ("exit 7", 7), ("exit 255", 255), ("kill -TERM $$", 143), ("kill -9 $$", 137)]
        {
            let ended = vaultctl(&server, &[mask, &["--", "sh", "-c", script]].concat());
            assert_eq!((ended.status, ended.stderr.as_str()), (status, ""), "{script}");
        }
        vaultctl(&server, &[mask, &["--", "no-such-command"]].concat()).failed(127, "no-such-command");
        vaultctl(&server, &[mask, &["--", "/etc/passwd"]].concat()).failed(126, "/etc/passwd");
    }
    vaultctl(&server, &["run"]).failed(125, "<CMD>");
    let sealed = Server::refusing(WireError::Sealed {});
    vaultctl(&sealed, &["run", "--", "true"]).failed(125, "sealed");
    assert_eq!(vaultctl(&sealed, &["--json", "run", "--", "true"]).error_json()["code"], "sealed");
}

#[test]
fn what_has_expired_is_left_out_and_said() {
    let server = Server::new(|_| {
        let expired = vault_proto::latest::SecretInfo { state: VersionState::Expired, ..info("old") };
        Ok(Reply::List { secrets: vec![expired], more: false })
    });
    let ended = vaultctl(&server, &["run", "--", "true"]);
    assert_eq!(ended.status, 0);
    assert!(ended.stderr.contains("old has expired"));
    vaultctl(&server, &["run", "--only", "old", "--", "true"]).failed(125, "not there: old");
}

#[test]
fn a_signal_reaches_the_command_and_its_status_comes_back() {
    let server = Server::holding(&[("n", b"value")]);
    let script = "trap 'echo $N caught; exit 9' TERM; echo ready; while :; do sleep 0.05; done";
    let mut child = command(&server, &["run", "--", "sh", "-c", script]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "ready");
    let pid = rustix::process::Pid::from_raw(child.id() as i32).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert_eq!(lines.next().unwrap().unwrap(), "*** caught");
    assert_eq!(child.wait().unwrap().code(), Some(9));
}

#[test]
fn much_output_in_both_streams_comes_through() {
    let server = Server::holding(&[("n", b"needle")]);
    let script =
        "i=0; while [ $i -lt 3000 ]; do echo \"$i $N padding padding padding\"; echo \"$i $N\" >&2; i=$((i+1)); done";
    let ended = vaultctl(&server, &["run", "--", "sh", "-c", script]);
    assert_eq!((ended.out().lines().count(), ended.stderr.lines().count()), (3_000, 3_000));
    assert!(!ended.out().contains("needle") && !ended.stderr.contains("needle"));
    assert!(ended.out().ends_with("2999 *** padding padding padding\n"));
}

#[test]
fn an_apps_secrets_are_asked_of_the_app() {
    let server = Server::holding(&[("api_key", b"hunter2"), ("mailbox/work", b"hunter3")]);
    let script = "echo $API_KEY $MAILBOX_WORK";
    vaultctl(&server, &["run", "--app", "billing", "--no-mask", "--", "sh", "-c", script]).gave("hunter2 hunter3\n");
    let log = server.log();
    assert_eq!(log.len(), 3);
    assert!(log.iter().all(|call| call.contains("app: Some(\"billing\")")), "{log:?}");
    vaultctl(&server, &["run", "--app", "billing", "--", "sh", "-c", script]).gave("*** ***\n");
    vaultctl(&server, &["run", "--app", "Billing", "--", "true"]).failed(125, "the app's name is not acceptable");
    // A value that may not be read is no reason to run without it.
    let refusing = Server::new(|call| match call {
        Call::List { .. } => Ok(Reply::List { secrets: vec![info("api_key")], more: false }),
        _ => Err(WireError::Forbidden { needs: None }),
    });
    let ended = vaultctl(&refusing, &["run", "--app", "billing", "--", "echo", "ran"]);
    ended.failed(125, "api_key of billing");
    assert!(!ended.out().contains("ran"));
}
