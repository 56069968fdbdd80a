//! In-process gets, for a profiler or an instruction counter.
#![allow(clippy::unwrap_used, reason = "a benchmark stops where something fails")]
use std::hint::black_box;
use vault_core::Vault;
use vault_core::access::Caller;
use vault_core::keys::SecretBytes;
use vault_core::names::{App, SecretName, User};
fn main() {
    let count: u64 = std::env::args().nth(1).unwrap().parse().unwrap();
    let vault = Vault::ephemeral().unwrap();
    let caller = Caller::new(User::Uid(1000), None);
    let (app, name) = (App::personal(), SecretName::parse("bench").unwrap());
    let access = vault.caller(&caller);
    access.set(&app, &name, SecretBytes::new(vec![b'x'; 32]), None).unwrap();
    for _ in 0..count {
        black_box(access.get(&app, &name, None).unwrap());
    }
}
