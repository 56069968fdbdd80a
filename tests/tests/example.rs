//! `examples/spotify/` and its twin in Rust are what people copy, so they have to
//! work: run as their readers run them, every step looked at.

#![allow(clippy::panic, clippy::unwrap_used, reason = "helpers of tests, outside a test function")]

use std::path::PathBuf;
use std::process::{Command, Output};

use vault_tests::{programs, skipped};

/// 69: an offline machine cannot fetch the pinned packages. In CI that is a failure.
const UNAVAILABLE: i32 = 69;

#[test]
fn the_extension_works_with_the_unmodified_sdk() {
    let mut run = programs::command(&programs::workspace().join("examples/spotify/run"));
    run.env("VAULTD", programs::vaultd()).env("VAULTCTL", programs::vaultctl());
    run.env("CARGO_TARGET_DIR", profile_directory().parent().unwrap());
    let output = run.output().unwrap();
    if output.status.code() == Some(UNAVAILABLE) && std::env::var_os("CI").is_none() {
        skipped(&String::from_utf8_lossy(&output.stderr));
        return;
    }
    let shown = succeeded(output);
    assert_in_order(
        &shown,
        &[
            "missing: api_key. The key of your Spotify account",
            "stored as version 1",
            "200, playing Blue Monday",
            "stored as version 2",
            "200, playing Temptation",
            "changed on its way: 401",
            "genuine: 200",
            "the same again: 401",
            "refresh_token stored for ext:alice as version 1",
            "the same state again: 400",
            "conflict, what is stored stays",
            "6 answers, 1 refreshed, refresh_token is version 2",
            "6 answers, 2 refreshed, refresh_token is version 3",
            "6 answers, 3 refreshed, refresh_token is version 4",
            "the last refresh token is the one that is stored, and works",
            "no longer takes the refresh token: the user has to authorize again",
            "== done",
        ],
    );
    for value in ["sk-", "rt-", "at_", "whsec_", "vlt_"] {
        assert!(!shown.contains(value), "a value was printed: {shown}");
    }
}

#[test]
fn its_twin_in_rust_works() {
    let mut run = programs::command(programs::vaultd());
    run.args(["dev", "--ephemeral", "--"]).arg(twin());
    assert_in_order(
        &succeeded(run.output().unwrap()),
        &[
            "api_key is not set: The key of your Spotify account",
            "stored as version 1",
            "playing Blue Monday",
            "401",
            "stored as version 2",
            "playing Temptation",
            "changed on its way: 401",
            "genuine: 200",
            "the same again: 401",
            "refresh_token stored for ext:alice",
            "the same state again: refused",
            "conflict, what is stored stays",
            "6 answers, 1 refreshed, refresh_token is version 2",
            "6 answers, 2 refreshed, refresh_token is version 3",
            "6 answers, 3 refreshed, refresh_token is version 4",
            "the last refresh token is the one that is stored, and works",
            "no longer takes the refresh token: the user has to authorize again",
            "== done",
        ],
    );
}

fn succeeded(output: Output) -> String {
    let Output { status, stdout, stderr } = output;
    let shown = String::from_utf8(stdout).unwrap();
    assert!(status.success(), "{status}: {shown}\n{}", String::from_utf8_lossy(&stderr));
    shown
}

/// Each stands after the one before it: a step that was left out is missed.
fn assert_in_order(shown: &str, wanted: &[&str]) {
    let mut rest = shown;
    for words in wanted {
        let (_, after) = rest.split_once(words).unwrap_or_else(|| panic!("no {words:?} in its place in:\n{shown}"));
        rest = after;
    }
}

/// The twin, built: `cargo test --test example` builds no examples.
fn twin() -> PathBuf {
    let directory = profile_directory();
    let profile = match directory.file_name().and_then(|name| name.to_str()).unwrap() {
        "debug" => "dev",
        other => other,
    };
    let status = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--package", "vault-tests", "--example", "spotify", "--profile", profile])
        .arg("--target-dir")
        .arg(directory.parent().unwrap())
        .current_dir(programs::workspace())
        .status()
        .unwrap();
    assert!(status.success(), "the example could not be built");
    directory.join("examples/spotify")
}

/// This program is `target/PROFILE/deps/NAME-HASH`.
fn profile_directory() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    own.ancestors().nth(2).unwrap().to_owned()
}
