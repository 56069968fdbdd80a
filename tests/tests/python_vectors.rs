//! The formats have a second implementation: a decoder in Python, written from
//! the documentation, opens every valid frozen vector and refuses the others.

use std::process::Command;

#[test]
fn another_implementation_agrees_with_every_frozen_vector() {
    let runner = concat!(env!("CARGO_MANIFEST_DIR"), "/python/run.py");
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target")),
        std::path::PathBuf::from,
    );
    let output = match Command::new("python3").arg(runner).arg(target).output() {
        Ok(output) => output,
        Err(error) => {
            println!("skipped: no python3 ({error})");
            return;
        }
    };
    let said = String::from_utf8_lossy(&output.stdout);
    let failed = String::from_utf8_lossy(&output.stderr);
    // 69: an offline machine cannot fetch the pinned packages. In CI that is a failure.
    if output.status.code() == Some(69) && std::env::var_os("CI").is_none() {
        println!("skipped: {failed}");
        return;
    }
    assert!(output.status.success(), "{said}\n{failed}");
    println!("{said}");
}
