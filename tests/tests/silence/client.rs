//! The memory of a program that has used a value and dropped it.
//!
//! The program is this test binary, told to run one of the ignored tests below.
//! It learns the value from the daemon alone, and stays alive to be looked at.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{ChildStdin, ChildStdout, Command, Stdio};

use vault_client::{Call, Client, ClientError, Codec, ListQuery, SecretBytes, blocking};
use vault_tests::daemon::options;
use vault_tests::privileges::is_root;
use vault_tests::residue::Value;
use vault_tests::{Site, needs};

use super::{LARGE, SMALL};

#[test]
fn a_dropped_value_is_gone_from_a_blocking_clients_memory() {
    needs!(is_root(), "needs root to read another process's memory");
    look_at("client::child_blocking");
}

#[test]
fn a_dropped_value_is_gone_from_an_asynchronous_clients_memory() {
    needs!(is_root(), "needs root to read another process's memory");
    look_at("client::child_asynchronous");
}

fn look_at(child: &str) {
    let site = Site::new();
    let daemon = site.serve();
    for codec in ["postcard", "json"] {
        for len in [SMALL, LARGE] {
            let value = Value::new(len);
            daemon.client().set("a", value.bytes()).unwrap();
            let mut process = Command::new(std::env::current_exe().unwrap())
                .args([child, "--exact", "--ignored", "--nocapture", "--test-threads=1"])
                .env(SOCKET, daemon.socket())
                .env(CODEC, codec)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            let pid = process.id();
            let (mut to, from) = (process.stdin.take().unwrap(), BufReader::new(process.stdout.take().unwrap()));
            let (mut seen, mut lines) = (Vec::new(), from.lines());
            while let Some(stage) = next_stage(&mut lines) {
                if stage == HOLDING {
                    // Or the search would prove nothing.
                    assert!(value.forms()[0].search_memory(pid).iter().any(|(_, found)| found.whole > 0));
                } else {
                    value.assert_gone(pid, &format!("{stage}, {codec}, {child}"));
                }
                seen.push(stage);
                go_on(&mut to);
            }
            assert!(process.wait().unwrap().success());
            assert_eq!(seen, [HOLDING, "its drop", "every call", "the client's drop"]);
        }
    }
}

/// What the child says it has just done; none when it has ended.
fn next_stage(lines: &mut std::io::Lines<BufReader<ChildStdout>>) -> Option<String> {
    lines.find_map(|line| line.unwrap().strip_prefix(STAGE).map(str::to_owned))
}

fn go_on(to: &mut ChildStdin) {
    to.write_all(b"\n").unwrap();
}

/// In the child: says what it has done and waits to be looked at.
fn stage(done: &str) {
    println!("\n{STAGE}{done}");
    std::io::stdin().lock().read_line(&mut String::new()).unwrap();
}

/// In the child: where the daemon is and how to speak to it.
fn told() -> (PathBuf, Codec) {
    let codec = std::env::var(CODEC).unwrap();
    let codec = if codec == "json" { Codec::Json } else { Codec::Postcard };
    (std::env::var_os(SOCKET).unwrap().into(), codec)
}

fn get() -> Call {
    Call::Get { app: None, name: "a".into(), version: None }
}

fn set(value: &[u8]) -> Call {
    Call::Set { app: None, name: "c".into(), value: SecretBytes::new(value.to_vec()), if_version: None }
}

fn refused<T: std::fmt::Debug>(result: Result<T, ClientError>) {
    let error = result.unwrap_err();
    let _said = format!("{error} {error:?}");
}

#[test]
#[ignore = "run in a process of its own by the tests above"]
fn child_blocking() {
    let (socket, codec) = told();
    let vault = blocking::Client::connect(options(&socket).codec(codec)).unwrap();
    let value = vault.get("a").unwrap();
    stage(HOLDING);
    drop(value);
    stage("its drop");
    let value = vault.get("a").unwrap();
    vault.set("b", value.expose()).unwrap();
    refused(vault.set_if("b", value.expose(), 1_000_000));
    refused(vault.set("Not A Name", value.expose()));
    let _said = format!("{value:?}");
    let calls = (0..20).map(|n| if n % 2 == 0 { get() } else { set(value.expose()) }).collect();
    assert!(vault.pipeline(calls).iter().all(Result::is_ok));
    drop(value.into_bytes());
    vault.history("a").unwrap();
    vault.list_all(&ListQuery::new()).unwrap();
    stage("every call");
    drop(vault);
    stage("the client's drop");
}

#[test]
#[ignore = "run in a process of its own by the tests above"]
fn child_asynchronous() {
    let (socket, codec) = told();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let vault = runtime.block_on(Client::connect(options(&socket).codec(codec))).unwrap();
    let value = runtime.block_on(vault.get("a")).unwrap();
    stage(HOLDING);
    drop(value);
    stage("its drop");
    runtime.block_on(async {
        let value = vault.get("a").await.unwrap();
        vault.set("b", value.expose()).await.unwrap();
        refused(vault.set_if("b", value.expose(), 1_000_000).await);
        refused(vault.set("Not A Name", value.expose()).await);
        let calls = (0..20).map(|n| if n % 2 == 0 { get() } else { set(value.expose()) }).collect();
        assert!(vault.pipeline(calls).await.iter().all(Result::is_ok));
        // Callers that give up: nobody takes what comes for them.
        for _ in 0..20 {
            let (asking, copy) = (vault.clone(), value.expose().to_vec());
            let call = tokio::spawn(async move { asking.run(vault_client::operation::get("a".into(), None)).await });
            tokio::task::yield_now().await;
            call.abort();
            let _ = call.await;
            drop(SecretBytes::new(copy));
        }
        drop(value);
        vault.list_all(&ListQuery::new()).await.unwrap();
    });
    stage("every call");
    drop(vault);
    drop(runtime);
    stage("the client's drop");
}

const SOCKET: &str = "VAULT_TESTS_SOCKET";
const CODEC: &str = "VAULT_TESTS_CODEC";
const STAGE: &str = "stage: ";
const HOLDING: &str = "holding it";
