//! How long an ephemeral vault takes from nothing to a value read back:
//! `cargo run --release -p vault-core --example ephemeral`.

use std::time::{Duration, Instant};

use vault_core::Vault;
use vault_core::access::Caller;
use vault_core::keys::SecretBytes;
use vault_core::names::{App, SecretName, User};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let alice = Caller::new(User::parse("uid:1000")?, Some("alice".into()));
    let (app, name) = (App::personal(), SecretName::parse("api_key")?);
    let mut times: Vec<Duration> = Vec::new();
    for _ in 0..200 {
        let begun = Instant::now();
        let vault = Vault::ephemeral()?;
        vault.caller(&alice).set(&app, &name, SecretBytes::new(b"s3cret".to_vec()), None)?;
        vault.caller(&alice).get(&app, &name, None)?;
        times.push(begun.elapsed());
    }
    times.sort();
    let line =
        format!("median {:?}, slowest {:?} of {}\n", times[times.len() / 2], times[times.len() - 1], times.len());
    std::io::Write::write_all(&mut std::io::stdout(), line.as_bytes())?;
    Ok(())
}
