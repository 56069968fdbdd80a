//! A daemon with one app, and the command line for it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use vault_client::blocking::Client;
use vault_client::{ActsFor, NewToken, Role, TokenCreated};
use vault_tests::programs::{self, vaultctl};
use vault_tests::site::text;
use vault_tests::{Daemon, Dir, Site};

/// Everything a declaration can say of a secret, once each.
pub(crate) const MANIFEST: &str = r#"app = "spotify"
description = "Plays your music"

[[secrets]]
name = "api_key"
description = "The key of your account"
required = true

[[secrets]]
name = "refresh_token"
description = "Written when you authorize the app"
write_mode = "extension"

[[secrets]]
name = "cookie"
description = "Either may store it"
write_mode = "both"
max_bytes = 8

[[secrets]]
name = "nickname"
description = "You may read it back"
reveal = true

[[secrets]]
name = "mailbox"
description = "One for each account"
write_mode = "both"
instances = true

[[secrets]]
name = "client_id"
description = "The app's own id"
scope = "app"
"#;

/// The account of this test is operator, owner of the app, and a user.
pub(crate) struct Rig {
    pub(crate) site: Site,
    pub(crate) daemon: Daemon,
    pub(crate) ctl: Ctl,
}

/// `vaultctl` for one socket, with a home of its own.
pub(crate) struct Ctl {
    socket: PathBuf,
    home: Dir,
}

impl Rig {
    /// With nothing declared.
    pub(crate) fn empty() -> Self {
        let site = Site::new();
        let daemon = site.serve();
        let ctl = Ctl { socket: daemon.socket().to_owned(), home: Dir::private() };
        Self { site, daemon, ctl }
    }

    /// With the app declared.
    pub(crate) fn new() -> Self {
        let rig = Self::empty();
        rig.add(MANIFEST, &[]);
        rig
    }

    /// Writes a manifest into a file of its own.
    pub(crate) fn manifest(&self, name: &str, content: &str) -> PathBuf {
        self.ctl.home.write(name, content)
    }

    /// `app add` of this text; what it says.
    pub(crate) fn add(&self, manifest: &str, flags: &[&str]) -> Value {
        let file = self.manifest("manifest.toml", manifest);
        self.ctl.json(&[&["app", "add", text(&file)], flags].concat())
    }

    /// A connection of our own.
    pub(crate) fn client(&self) -> Client {
        self.daemon.client()
    }

    /// A token through the socket.
    pub(crate) fn token(&self, role: Role, acts_for: ActsFor, expires_after_s: Option<u64>) -> TokenCreated {
        let (app, label) = ("spotify".to_owned(), String::new());
        self.client().token_create(NewToken { app, role, acts_for, expires_after_s, label }).unwrap()
    }

    /// A connection that acts as the app, with a token for any `ext:` user.
    pub(crate) fn acting(&self, role: Role, user: &str) -> Client {
        self.client().presenting(self.token(role, ActsFor::Any, None).token).acting("spotify", Some(user))
    }

    /// The same daemon, stopped and started.
    pub(crate) fn restarted(self) -> Self {
        let Self { site, daemon, ctl } = self;
        assert_eq!(daemon.terminate(), 0);
        let daemon = site.serve();
        Self { site, daemon, ctl }
    }
}

impl Ctl {
    /// A file in its home, as a person would keep a token: 0600.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        self.home.write(name, content)
    }

    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = programs::command(vaultctl());
        command.args(args).env("VAULTD_SOCKET", &self.socket).env("HOME", self.home.path());
        command
    }

    pub(crate) fn run(&self, args: &[&str], input: &[u8]) -> Output {
        programs::run(self.command(args), input)
    }

    /// Runs what must succeed; its standard output.
    pub(crate) fn ok(&self, args: &[&str], input: &[u8]) -> Vec<u8> {
        let output = self.run(args, input);
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    pub(crate) fn json(&self, args: &[&str]) -> Value {
        serde_json::from_slice(&self.ok(&[args, &["--json"]].concat(), b"")).unwrap()
    }

    /// Runs what must fail; its exit code and its error's word.
    pub(crate) fn fails(&self, args: &[&str], input: &[u8]) -> (i32, String) {
        let (code, error) = self.error(args, input);
        (code, error["code"].as_str().unwrap().to_owned())
    }

    /// The same with the whole error, as a program sees it.
    pub(crate) fn error(&self, args: &[&str], input: &[u8]) -> (i32, Value) {
        let output = self.run(&[&["--json"], args].concat(), input);
        assert!(output.stdout.is_empty(), "{args:?}: nothing but results on standard output");
        let said = String::from_utf8_lossy(&output.stderr);
        let error: Value = serde_json::from_slice(&output.stderr).unwrap_or_else(|_| panic!("{args:?}: {said}"));
        (output.status.code().unwrap(), error)
    }
}

/// What a failed command said, to compare with.
pub(crate) fn said(code: i32, word: &str) -> (i32, String) {
    (code, word.to_owned())
}
