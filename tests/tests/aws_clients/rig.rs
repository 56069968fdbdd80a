//! A daemon with its door for AWS clients, two access keys, and foreign programs
//! that are told of them by a file.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};
use vault_client::NewAccessKey;
use vault_tests::site::Config;
use vault_tests::{Daemon, Dir, Site, aws, programs, skipped};

/// Two users of one vault.
pub(crate) struct Rig {
    pub(crate) dir: Dir,
    pub(crate) alice: Value,
    pub(crate) bob: Value,
}

impl Rig {
    /// With an access key for whoever runs this, and one for somebody of a gateway.
    pub(crate) fn new(daemon: &Daemon) -> Self {
        let uid = rustix::process::getuid().as_raw();
        let alice = access_key(daemon, None, &format!("uid:{uid}"));
        let bob = access_key(daemon, Some("ext:bob"), "ext:bob");
        Self { dir: Dir::private(), alice, bob }
    }

    /// Runs a script to its end; false when this machine cannot.
    pub(crate) fn runs(&self, daemon: &Daemon, script: &[&str]) -> bool {
        let settings = json!({
            "endpoint": format!("http://{}", aws::address(daemon)),
            "region": REGION,
            "account": ACCOUNT,
            "alice": self.alice,
            "bob": self.bob,
            "vaultd": programs::vaultd(),
        });
        let settings = self.dir.write("settings.json", settings.to_string());
        let Output { status, stdout, stderr } = run(script[0], &settings, &script[1..], self.dir.path());
        let (said, failed) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
        if status.code() == Some(UNAVAILABLE) && std::env::var_os("CI").is_none() {
            skipped(&failed);
            return false;
        }
        assert!(status.success(), "{script:?}: {said}\n{failed}");
        println!("{said}");
        true
    }
}

/// Names that are not the default ones: nothing takes them from anywhere else.
pub(crate) fn config() -> Config {
    let tables = format!("[adapters.aws_kms]\nlisten = \"127.0.0.1:0\"\nregion = {REGION:?}\naccount = {ACCOUNT:?}\n");
    Config { tables, ..Config::default() }
}

/// An open vault behind that door.
pub(crate) fn serve(site: &Site) -> Daemon {
    site.serve_with(&config())
}

fn access_key(daemon: &Daemon, user: Option<&str>, name: &str) -> Value {
    let new = NewAccessKey { user: user.map(str::to_owned), description: "test".to_owned(), expires_at: None };
    let made = daemon.client().access_key_create(new).unwrap();
    let secret = String::from_utf8(made.secret_access_key.expose().to_vec()).unwrap();
    json!({"id": made.access_key_id, "secret": secret, "arn": format!("arn:aws:iam::{ACCOUNT}:user/{name}")})
}

fn run(script: &str, settings: &Path, arguments: &[&str], temporary: &Path) -> Output {
    let runner = Path::new(env!("CARGO_MANIFEST_DIR")).join("python/aws/run.py");
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"), PathBuf::from);
    let mut python = Command::new("python3");
    python.arg(runner).arg(target).arg(script).arg(settings).args(arguments).env("TMPDIR", temporary);
    python.output().unwrap()
}

const REGION: &str = "eu-central-2";
const ACCOUNT: &str = "210987654321";
/// An offline machine cannot fetch the pinned packages. In CI that is a failure.
const UNAVAILABLE: i32 = 69;
