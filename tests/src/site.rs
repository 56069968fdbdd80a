//! Where one vault lives, and how it is served.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::{Daemon, Dir, programs};

/// Directories as an administrator would lay them out: the vault's own is
/// private, the socket's can be passed by everybody.
#[derive(Debug)]
pub struct Site {
    dir: Dir,
    data: PathBuf,
    run: PathBuf,
}

/// A configuration, beyond vault and socket.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Lines before the first table; `key_file = …` when it shall unseal itself.
    pub top: String,
    /// Lines of `[limits]`.
    pub limits: String,
    /// Other tables.
    pub tables: String,
}

impl Site {
    /// Empty.
    #[must_use]
    pub fn empty() -> Self {
        let dir = Dir::public();
        let (data, run) = (dir.directory("data", 0o700), dir.directory("run", 0o755));
        Self { dir, data, run }
    }

    /// With a vault that its key file opens.
    #[must_use]
    pub fn new() -> Self {
        let site = Self::empty();
        let made = site.init(&["--key-file", text(&site.key()), "--no-recovery"], b"");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        site
    }

    /// `vaultd init` with these flags.
    pub fn init(&self, flags: &[&str], input: &[u8]) -> Output {
        let vault = self.vault();
        programs::run_vaultd(&[&["init", "--vault", text(&vault)], flags].concat(), input)
    }

    /// The directory everybody may pass.
    #[must_use]
    pub fn dir(&self) -> &Dir {
        &self.dir
    }

    /// The private directory.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The vault file.
    #[must_use]
    pub fn vault(&self) -> PathBuf {
        self.data.join("vault.db")
    }

    /// Its key file.
    #[must_use]
    pub fn key(&self) -> PathBuf {
        self.data.join("vault.key")
    }

    /// Its audit log.
    #[must_use]
    pub fn audit(&self) -> PathBuf {
        self.data.join("vault.audit")
    }

    /// What daemons here have said.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.data.join("vaultd.log")
    }

    /// The socket.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.run.join("s")
    }

    /// What `serve` reads. Written anew by each call; HUP makes a daemon see it.
    pub fn configure(&self, config: &Config) -> PathBuf {
        let path = self.data.join("vaultd.toml");
        let Config { top, limits, tables } = config;
        let (vault, socket) = (self.vault(), self.socket());
        // The machine's disk is not what most tests are about.
        let free = if limits.contains("min_free_disk_bytes") { "" } else { "min_free_disk_bytes = 0" };
        let text = format!(
            "vault = {vault:?}\nsocket = {socket:?}\nlog = \"trace\"\n{top}\n[limits]\n{free}\n{limits}\n{tables}\n"
        );
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        path
    }

    /// `vaultd serve` with this configuration, not started.
    #[must_use]
    pub fn command(&self, config: &Config) -> Command {
        let mut command = programs::command(programs::vaultd());
        command.arg("serve").arg("--config").arg(self.configure(config));
        command
    }

    /// Starts that; it need not answer yet.
    #[must_use]
    pub fn spawn(&self, command: Command) -> Daemon {
        Daemon::spawn(command, &self.socket(), &self.log())
    }

    /// Serves and opens with the key file.
    #[must_use]
    pub fn serve(&self) -> Daemon {
        self.serve_with(&Config::default())
    }

    /// The same with more configuration.
    #[must_use]
    pub fn serve_with(&self, config: &Config) -> Daemon {
        self.spawn(self.command(&self.unsealing(config))).open()
    }

    /// Serves, sealed.
    #[must_use]
    pub fn serve_sealed(&self) -> Daemon {
        self.spawn(self.command(&Config::default())).listening()
    }

    /// A configuration that unseals with the key file.
    #[must_use]
    pub fn unsealing(&self, config: &Config) -> Config {
        Config { top: format!("key_file = {:?}\n{}", self.key(), config.top), ..config.clone() }
    }
}

impl Default for Site {
    fn default() -> Self {
        Self::new()
    }
}

/// A path of ours is text.
#[must_use]
pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
