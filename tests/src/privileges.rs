//! Acting as somebody else, which only root can.
//!
//! On Linux every thread has its own credentials, and a socket's peer sees those
//! of the thread that connected: no program must be started for a second user.
//! `setpriv` does the same for whole programs.

use std::path::Path;
use std::process::{Command, Stdio};

use rustix::fs::{Gid, Uid};
use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};

use crate::programs;

/// Can this process become other users?
#[must_use]
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Runs in a thread that is this uid (and the group of the same number), and
/// nobody else for ever.
pub fn as_uid<T: Send>(uid: u32, run: impl FnOnce() -> T + Send) -> T {
    let become_and_run = || {
        let (user, group) = (Uid::from_raw(uid), Gid::from_raw(uid));
        set_thread_groups(&[]).unwrap();
        set_thread_res_gid(group, group, group).unwrap();
        set_thread_res_uid(user, user, user).unwrap();
        run()
    };
    let done = std::thread::scope(|scope| scope.spawn(become_and_run).join());
    done.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// A program as this uid, through `setpriv`.
#[must_use]
pub fn setpriv(uid: u32, program: &Path) -> Command {
    let mut command = programs::command(Path::new("setpriv"));
    command.arg(format!("--reuid={uid}")).arg(format!("--regid={uid}")).arg("--clear-groups").arg("--").arg(program);
    command.current_dir("/");
    command
}

/// Is there such a program?
#[must_use]
pub fn has(program: &str) -> bool {
    Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

/// May we make mount namespaces? Not in every container.
#[must_use]
pub fn can_mount() -> bool {
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", "mount -t tmpfs tmpfs /mnt"]).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// The command in a mount namespace of its own, after a script that mounts. The
/// script's `$0` is a directory; what it mounts nobody else sees.
#[must_use]
pub fn in_namespace(script: &str, directory: &Path, command: &Command) -> Command {
    let mut inside = programs::command(Path::new("unshare"));
    inside.args(["--mount", "--propagation", "private", "sh", "-euc", &format!("{script}\nexec \"$@\"")]);
    inside.arg(directory).arg(command.get_program()).args(command.get_args());
    inside
}
