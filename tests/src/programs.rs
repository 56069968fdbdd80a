//! The binaries under test, built if they are not there or older than their
//! sources.
//!
//! `cargo test --workspace` has usually built them already; `cargo test -p
//! vault-tests` has not. What they are made of stands in the dep-info file that
//! Cargo leaves beside each.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::SystemTime;

/// The daemon.
#[must_use]
pub fn vaultd() -> &'static Path {
    &built().0
}

/// The command-line client.
#[must_use]
pub fn vaultctl() -> &'static Path {
    &built().1
}

/// The workspace.
#[must_use]
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// A command that knows nothing of the environment the tests run in.
#[must_use]
pub fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    for variable in VARIABLES {
        command.env_remove(variable);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs to the end, with this on standard input.
pub fn run(mut command: Command, input: &[u8]) -> Output {
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    // A program that refuses before it reads closes the pipe: its status tells.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

/// Runs `vaultd` to the end.
pub fn run_vaultd(args: &[&str], input: &[u8]) -> Output {
    let mut vaultd = command(vaultd());
    vaultd.args(args);
    run(vaultd, input)
}

/// A copy of a program where every user can reach it: a clone may lie in a home
/// that nobody else may enter.
#[must_use]
pub fn copy_for_everybody(program: &Path, directory: &Path) -> PathBuf {
    let copy = directory.join(program.file_name().unwrap());
    fs::copy(program, &copy).unwrap();
    fs::set_permissions(&copy, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    copy
}

fn built() -> &'static (PathBuf, PathBuf) {
    static BUILT: OnceLock<(PathBuf, PathBuf)> = OnceLock::new();
    BUILT.get_or_init(|| {
        let directory = profile_directory();
        let paths = (directory.join("vaultd"), directory.join("vaultctl"));
        if !is_fresh(&paths.0) || !is_fresh(&paths.1) {
            build(&directory);
        }
        paths
    })
}

/// This program is `target/PROFILE/deps/NAME-HASH`.
fn profile_directory() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    own.ancestors().nth(2).unwrap().to_owned()
}

fn build(directory: &Path) {
    let profile = match directory.file_name().and_then(|name| name.to_str()).unwrap() {
        "debug" => "dev",
        other => other,
    };
    // A target given with `--target` has its own directory in between; building
    // into the same profile directory of the host is right in every other case.
    let target = directory.parent().unwrap();
    let status = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--package", "vaultd", "--package", "vault-cli", "--bins", "--profile", profile])
        .arg("--target-dir")
        .arg(target)
        .current_dir(workspace())
        .status()
        .unwrap();
    assert!(status.success(), "the programs under test could not be built");
}

fn is_fresh(program: &Path) -> bool {
    let Some(built) = modified(program) else { return false };
    let Ok(sources) = fs::read_to_string(program.with_extension("d")) else { return false };
    let Some((_, sources)) = sources.split_once(": ") else { return false };
    let own = sources.split_whitespace().map(PathBuf::from);
    own.chain([workspace().join("Cargo.lock")]).all(|source| modified(&source).is_some_and(|time| time <= built))
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|found| found.modified()).ok()
}

/// What would make a daemon or a client behave as on the machine it runs on.
const VARIABLES: [&str; 11] = [
    "VAULTD_LOG",
    "VAULTD_SOCKET",
    "VAULTD_TOKEN_FILE",
    "RUST_LOG",
    "XDG_RUNTIME_DIR",
    "XDG_DATA_HOME",
    "XDG_STATE_HOME",
    "NOTIFY_SOCKET",
    "LISTEN_FDS",
    "LISTEN_PID",
    "CREDENTIALS_DIRECTORY",
];
