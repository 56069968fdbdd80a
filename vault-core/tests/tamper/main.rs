//! The store as an adversary: whatever it does to the rows, a vault refuses or
//! answers as before. It is never silently wrong and never silently short.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests, outside a test function")]

mod accept;
mod file;
mod header;
mod rows;
#[path = "../support/mod.rs"]
mod support;
mod while_open;

use std::cell::Cell;

use vault_core::access::Write;
use vault_core::store::{Class, RecordKey, Row};
use vault_core::{Open, Vault};

use support::{Machine, app, key_file, name, operator, put, user};

pub(crate) type Rows = Vec<(RecordKey, Row)>;

/// Values of each of two users; some names are common to both.
pub(crate) const SECRETS: usize = 10;

/// A vault with history, sealed; and its rows after each step of it.
pub(crate) fn vault() -> (Machine, Vec<Rows>) {
    let machine = Machine::in_memory();
    let mut states = Vec::new();
    let vault = machine.create(key_file(1));
    let mut note = |vault: &Vault<Open>| {
        vault.stamp().unwrap();
        states.push(machine.memory().rows());
    };
    note(&vault);
    for uid in [1_001, 1_002] {
        let caller = user(uid);
        let access = vault.caller(&caller);
        for n in 0..SECRETS {
            put(&access, &format!("k{n}"), b"an older value");
            put(&access, &format!("k{n}"), value(uid, n).as_bytes());
        }
        note(&vault);
        put(&access, "gone", b"x");
        access.delete(&app(), &name("gone")).unwrap();
        put(&access, "destroyed", b"x");
        access.write(&app(), &name("destroyed"), Write::Destroy { if_version: None }).unwrap();
        note(&vault);
    }
    let operator = operator();
    let operate = vault.caller(&operator);
    operate.slot_add(&key_file(1), &key_file(2), "second").unwrap();
    note(&vault);
    operate.rekey_scope_wrap().unwrap();
    note(&vault);
    operate.rekey_user(user(1_002).user()).unwrap();
    note(&vault);
    let second = vault.slots().unwrap()[1].id;
    operate.slot_remove(second).unwrap();
    note(&vault);
    operate.rekey_root(&[vec![key_file(1)]], false).unwrap();
    note(&vault);
    drop(vault.seal());
    LOG_LEN.set(machine.sink.contents().len());
    let last = machine.memory().rows();
    if states.last() != Some(&last) {
        states.push(last);
    }
    (machine, states)
}

pub(crate) fn value(uid: u32, n: usize) -> String {
    format!("value {n} of {uid}")
}

/// Puts rows in place of the vault's and opens it, as a fresh process would.
pub(crate) fn try_rows(machine: &Machine, rows: Rows) -> Result<Vault<Open>, String> {
    machine.memory().replace(rows);
    // Each opening adds to the log and reads what came since: start where the vault was sealed.
    machine.sink.edit(|files| files.iter_mut().for_each(|file| file.truncate(LOG_LEN.get())));
    let sealed = vault_core::Vault::open(machine.store(), machine.host.clone(), machine.log());
    let sealed = sealed.map_err(|error| error.to_string())?;
    sealed.unseal(&key_file(1)).map_err(|(_, error)| error.to_string())
}

/// Opens and answers with every value, as if nothing had happened.
pub(crate) fn opens_whole(machine: &Machine, rows: Rows) -> Vault<Open> {
    let vault = try_rows(machine, rows).unwrap();
    for uid in [1_001, 1_002] {
        let caller = user(uid);
        for n in 0..SECRETS {
            let got = vault.caller(&caller).get(&app(), &name(&format!("k{n}")), None).unwrap();
            assert_eq!(got.bytes.expose(), value(uid, n).as_bytes());
        }
    }
    vault
}

pub(crate) fn is_header(key: &RecordKey) -> bool {
    key.class() == Class::Header
}

thread_local!(static LOG_LEN: Cell<usize> = const { Cell::new(0) });
