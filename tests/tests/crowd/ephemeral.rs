//! Vaults that last as long as a test, one after the other and many at a time.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output};
use std::time::Instant;

use vault_tests::daemon::code;
use vault_tests::programs::{self, vaultctl, vaultd};
use vault_tests::site::text;
use vault_tests::{Dir, Process, scale};

use super::alone;

/// One vault with a command in it that stores a value, reads it back, and ends
/// in its own way; in the end of a third of them, by a signal to the vault.
fn start(base: &Path, n: u64) -> Child {
    let script = r#"printf 'value of %s' "$1" | "$0" set mine >/dev/null 2>&1 && "$0" get mine || exit 99
        case $2 in term) kill -TERM "$PPID"; exec sleep 30 ;; *) exit "$2" ;; esac"#;
    let end = ["0", "7", "term"][usize::try_from(n % 3).unwrap()];
    let mut command: Command = programs::command(vaultd());
    command.args(["dev", "--ephemeral", "--", "sh", "-c", script, text(vaultctl()), &n.to_string(), end]);
    // Where a client would remember the vault; a test has no use for that.
    command.env_remove("HOME").env("XDG_RUNTIME_DIR", base).spawn().unwrap()
}

fn check(n: u64, output: &Output) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(String::from_utf8_lossy(&output.stdout), format!("value of {n}"), "{said}");
    let status = code(output.status);
    // The command that sleeps is ended with its vault.
    let expected = [0, 7, 143][usize::try_from(n % 3).unwrap()];
    assert_eq!(status, expected, "{said}");
}

#[test]
fn ephemeral_vaults_leave_nothing_behind() {
    let _alone = alone();
    let vaults = scale("PROVE_EPHEMERAL", 60);
    let dir = Dir::private();
    let (began, own) = (Instant::now(), Process::own());
    let descriptors = own.descriptors();
    for from in (0..vaults).step_by(AT_ONCE) {
        let until = vaults.min(from + AT_ONCE as u64);
        let running: Vec<_> = (from..until).map(|n| (n, start(dir.path(), n))).collect();
        for (n, child) in running {
            check(n, &child.wait_with_output().unwrap());
        }
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0, "nothing stays behind");
    }
    println!("{vaults} ephemeral vaults, {AT_ONCE} at a time, in {:.2?}", began.elapsed());
    assert_eq!(own.descriptors(), descriptors);
    assert_eq!(processes_that_know(dir.path()), Vec::<String>::new());
}

/// Processes with this directory in their environment: no other has it.
fn processes_that_know(directory: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let environment = fs::read(entry.path().join("environ")).unwrap_or_default();
        if String::from_utf8_lossy(&environment).contains(text(directory)) {
            found.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    found
}

const AT_ONCE: usize = 20;
