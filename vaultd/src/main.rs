//! `vaultd`: see `vaultd --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    vaultd::commands::main(&vaultd::service::engine())
}
