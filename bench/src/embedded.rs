//! Without a socket: the store in memory, the same path otherwise.

use std::hint::black_box;
use std::time::Instant;

use vault_core::Vault;
use vault_core::access::Caller;
use vault_core::keys::SecretBytes;
use vault_core::names::{App, SecretName, User};

use crate::load::median;

pub(crate) fn measure() {
    let mut opens: Vec<f64> = (0..21)
        .map(|_| {
            let begun = Instant::now();
            black_box(Vault::ephemeral().unwrap());
            begun.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    println!("Vault::ephemeral(): {:.2} ms", median(&mut opens));

    let vault = Vault::ephemeral().unwrap();
    let caller = Caller::new(User::Uid(1000), None);
    let (app, name) = (App::personal(), SecretName::parse("bench").unwrap());
    let access = vault.caller(&caller);
    let set = per_second(2_000, || {
        black_box(access.set(&app, &name, SecretBytes::new(vec![b'x'; 32]), None).unwrap());
    });
    let get = per_second(20_000, || {
        black_box(access.get(&app, &name, None).unwrap());
    });
    println!("in-process: get {get:.0}/s, set {set:.0}/s, get/set {:.1}", get / set);
}

fn per_second(count: u32, mut run: impl FnMut()) -> f64 {
    let mut rates: Vec<f64> = (0..5)
        .map(|_| {
            let begun = Instant::now();
            (0..count).for_each(|_| run());
            f64::from(count) / begun.elapsed().as_secs_f64()
        })
        .collect();
    median(&mut rates)
}
