//! `examples/client.py` is the document for other languages, so it has to work.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use vault_proto::frame::HEADER;

use crate::server::Server;

#[test]
fn the_example_in_python_keeps_its_word() {
    if Command::new("python3").arg("--version").output().is_err() {
        eprintln!("skipped: no python3 here");
        return;
    }
    let server = Server::vault();
    let value = b"hunter2\n\0\xff".repeat(5_000);
    let set = run(&server, &["set", "api_token"], &value);
    assert!(set.status.success(), "{set:?}");
    assert_eq!(set.stdout, b"version 1\n");
    assert_eq!(run(&server, &["get", "api_token"], b"").stdout, value);
    assert_eq!(run(&server, &["ls"], b"").stdout, b"personal\tapi_token\t1\tlive\n");

    for args in [&["get", "nothing"][..], &["status"]] {
        let refused = run(&server, args, b"");
        assert_eq!(refused.status.code(), Some(1));
        assert!(refused.stdout.is_empty());
        let said = String::from_utf8(refused.stderr).unwrap();
        assert!(said.contains("missing") || said.contains("unsupported"), "{said}");
        assert!(!said.contains("Traceback"), "{said}");
    }
    assert_eq!(run(&server, &["get"], b"").status.code(), Some(2));
}

#[test]
fn the_example_in_python_bounds_what_it_is_sent() {
    if Command::new("python3").arg("--version").output().is_err() {
        eprintln!("skipped: no python3 here");
        return;
    }
    let server = Server::start(|peer| {
        peer.hello();
        if peer.request().is_some() {
            peer.raw(&[0xff; HEADER]);
            peer.silence();
        }
    });
    let refused = run(&server, &["get", "n"], b"");
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8(refused.stderr).unwrap().contains("4294967295"));
}

fn run(server: &Server, args: &[&str], input: &[u8]) -> Output {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/client.py");
    let mut child = Command::new("python3")
        .arg(script)
        .arg("--socket")
        .arg(&server.path)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Only `set` reads its input; the others may be gone already.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}
