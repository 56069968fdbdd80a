//! Where the daemon listens.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Names the socket.
pub const VARIABLE: &str = "VAULTD_SOCKET";
/// The system's daemon.
pub const SYSTEM: &str = "/run/vaultd/vaultd.sock";

/// The socket to connect to: the explicit one, `$VAULTD_SOCKET`, then whichever
/// exists of the system's and the user's own
/// (`$XDG_RUNTIME_DIR/vaultd/vaultd.sock`); when neither does, the system's, so
/// that an error names it.
///
/// What was named is taken as it is, existing or not: falling back from a name
/// would hand a secret to another daemon than the one meant.
#[must_use]
pub fn locate(explicit: Option<&Path>) -> PathBuf {
    choose(explicit, |name| env::var_os(name), |path| path.exists())
}

fn choose(
    explicit: Option<&Path>,
    variable: impl Fn(&str) -> Option<OsString>,
    exists: impl Fn(&Path) -> bool,
) -> PathBuf {
    if let Some(path) = explicit {
        return path.to_owned();
    }
    let set = |name| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(path) = set(VARIABLE) {
        return path;
    }
    let system = PathBuf::from(SYSTEM);
    if exists(&system) {
        return system;
    }
    // The specification has relative directories ignored.
    let own = set("XDG_RUNTIME_DIR").filter(|dir| dir.is_absolute()).map(|dir| dir.join("vaultd/vaultd.sock"));
    own.filter(|path| exists(path)).unwrap_or(system)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_order() {
        let environment = |name: &str| match name {
            "VAULTD_SOCKET" => Some("/named.sock".into()),
            "XDG_RUNTIME_DIR" => Some("/run/user/1000".into()),
            _ => None,
        };
        let runtime_only = |name: &str| environment(name).filter(|_| name == "XDG_RUNTIME_DIR");
        let own = Path::new("/run/user/1000/vaultd/vaultd.sock");
        let named = Path::new("/given.sock");

        assert_eq!(choose(Some(named), environment, |_| true), named);
        assert_eq!(choose(None, environment, |_| false), Path::new("/named.sock"));
        assert_eq!(choose(None, runtime_only, |_| true), Path::new(SYSTEM));
        assert_eq!(choose(None, runtime_only, |path| path == own), own);
        assert_eq!(choose(None, runtime_only, |_| false), Path::new(SYSTEM));
    }

    #[test]
    fn empty_and_relative_variables_count_as_unset() {
        assert_eq!(choose(None, |_| Some("".into()), |_| false), Path::new(SYSTEM));
        let relative = |name: &str| (name == "XDG_RUNTIME_DIR").then(|| "here".into());
        assert_eq!(choose(None, relative, |path| path != Path::new(SYSTEM)), Path::new(SYSTEM));
    }
}
