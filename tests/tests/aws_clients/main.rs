//! Unmodified clients of AWS KMS from their package registries, against a real
//! daemon: boto3, the AWS CLI, the JavaScript SDK, the AWS Encryption SDK, SOPS.
//! What each does stands in its script, in `tests/python/aws` and `tests/js/aws`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "helpers of tests, outside a test function"
)]

mod rig;

use std::fs;

use rig::{Rig, serve};
use vault_client::{SecretBytes, UnlockSecret};
use vault_tests::canary::{Canary, Found};
use vault_tests::daemon::code;
use vault_tests::site::text;
use vault_tests::{Daemon, Site, needs, programs};

fn passes(script: &[&str]) {
    let site = Site::new();
    let daemon = serve(&site);
    let rig = Rig::new(&daemon);
    if !rig.runs(&daemon, script) {
        return;
    }
    // Logged at TRACE, and recorded, without the access keys' secret halves.
    let said = [fs::read(site.log()).unwrap(), fs::read(site.audit()).unwrap()].concat();
    assert!(said.len() > 1_000, "something was logged");
    for user in [&rig.alice, &rig.bob] {
        let secret = Canary::of(user["secret"].as_str().unwrap().as_bytes());
        assert_eq!(secret.search(&said), Found::default(), "a secret access key was written down");
    }
}

#[test]
fn boto3_over_every_operation() {
    passes(&["boto.py"]);
}

#[test]
fn the_aws_cli_over_every_operation() {
    passes(&["cli.py"]);
}

#[test]
fn the_javascript_client_over_the_core_ones() {
    passes(&["core.cjs"]);
}

#[test]
fn the_aws_encryption_sdk_with_a_key_of_ours_as_master_key() {
    passes(&["encryption_sdk.py"]);
}

#[test]
fn sops_over_the_life_of_a_file() {
    passes(&["sops_files.py"]);
}

#[test]
fn a_suite_moved_here_from_an_emulator() {
    passes(&["migrated.py"]);
}

#[test]
fn signatures_that_are_not_right() {
    passes(&["signatures.py"]);
}

#[test]
fn keys_and_ciphertexts_outlive_restarts_rotation_backup_and_restore() {
    let site = Site::new();
    let mut daemon = serve(&site);
    let rig = Rig::new(&daemon);
    let kept = rig.dir.file("kept.json");
    let phase = |daemon: &Daemon, name: &str| rig.runs(daemon, &["lasting.py", name, text(&kept)]);
    needs!(phase(&daemon, "keep"), "no clients");

    assert_eq!(daemon.terminate(), 0);
    daemon = serve(&site);
    assert!(phase(&daemon, "hold"));
    daemon.kill();
    daemon = serve(&site);
    assert!(phase(&daemon, "hold"));
    daemon.client().rekey_root(vec![key_file(&site)], true).unwrap();
    daemon.client().rekey_scope(None).unwrap();
    assert!(phase(&daemon, "hold"));

    let backup = rig.dir.file("backup");
    let mut vaultctl = programs::command(programs::vaultctl());
    vaultctl.args(["backup", text(&backup)]).env("VAULTD_SOCKET", daemon.socket()).env("HOME", rig.dir.path());
    assert!(programs::run(vaultctl, b"").status.success());
    daemon.kill();
    let restored = Site::empty();
    let made = programs::run_vaultd(
        &["restore", text(&backup), "--vault", text(&restored.vault()), "--key-file", text(&site.key())],
        b"",
    );
    assert_eq!(code(made.status), 0, "{}", String::from_utf8_lossy(&made.stderr));
    fs::copy(site.key(), restored.key()).unwrap();
    let daemon = serve(&restored);
    assert!(phase(&daemon, "hold"));

    let id = rig.alice["id"].as_str().unwrap();
    daemon.client().access_key_revoke(id).unwrap();
    assert!(phase(&daemon, "revoked"));
}

fn key_file(site: &Site) -> UnlockSecret {
    UnlockSecret::KeyFile(SecretBytes::new(fs::read(site.key()).unwrap()))
}
