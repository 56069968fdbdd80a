//! The daemon as a process: command line, exit codes, signals, socket
//! activation, readiness, descriptors running out. Started without arguments
//! this runs the tests; with `VAULTD_TEST_CHILD` it is the daemon, with an
//! engine whose vaults hold nothing but its calls.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    unreachable_pub,
    missing_docs,
    reason = "a test program: a failed expectation is a panic, its report goes to standard output"
)]

mod cases;
mod child;
mod engine;

use std::process::ExitCode;

fn main() -> ExitCode {
    if std::env::var_os("VAULTD_TEST_CHILD").is_some() {
        return vaultd::commands::main(&engine::Toy);
    }
    let only: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let mut failed = Vec::new();
    for (name, case) in cases::ALL {
        if !only.is_empty() && !only.iter().any(|part| name.contains(part.as_str())) {
            continue;
        }
        let passed = std::panic::catch_unwind(case).is_ok();
        println!("test {name} ... {}", if passed { "ok" } else { "FAILED" });
        if !passed {
            failed.push(name);
        }
    }
    println!("{} failed", failed.len());
    if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
