//! A canary value, its name, a passphrase and a key file, looked for in whole
//! and in eight-byte pieces wherever they have no business to be.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests, outside a test function")]

mod support;

use std::fmt::Debug;

use support::{Disk, Machine, app, name, operator, put, user};
use vault_core::access::{AuditBatch, Caller, Write, WriteRequest};
use vault_core::header::{Header, SlotId};
use vault_core::keys::SecretBytes;
use vault_core::names::{App, SecretName, User};
use vault_core::seal::key_file::KeyFile;
use vault_core::seal::recovery::RecoveryKey;
use vault_core::store::memory::MemoryStore;
use vault_core::store::sqlite::SqliteStore;
use vault_core::{Quotas, Unlock, Vault, limits};

const VALUE: &str = "QUILL-tangerine-0xD15EA5E-periwinkle-7391";
const NAME: &str = "zanzibar_quokka_8842/marmalade.inst-31337";
const PASSPHRASE: &str = "obelisk wombat 90210 gossamer trapeze";
const KEY: &[u8; 32] = b"\xf0\x9dKEYFILE\x00\x81\xfe-9c2f7741aa\xd3\xe2ZYXWVU\x01";

/// What was said, and where.
#[derive(Default)]
struct Heard(Vec<(String, Vec<u8>)>);

impl Heard {
    fn bytes(&mut self, place: impl Into<String>, bytes: Vec<u8>) {
        self.0.push((place.into(), bytes));
    }

    fn debug(&mut self, thing: &dyn Debug) {
        self.bytes("Debug", format!("{thing:?}\n{thing:#?}").into_bytes());
    }

    fn error(&mut self, error: &impl std::error::Error) {
        self.debug(&error);
        self.bytes("Display", error.to_string().into_bytes());
        let mut source = error.source();
        while let Some(error) = source {
            self.bytes("source", format!("{error} {error:?}").into_bytes());
            source = error.source();
        }
    }

    fn refused<T: Debug, E: std::error::Error>(&mut self, result: Result<T, E>) {
        match result {
            Ok(value) => panic!("should have been refused: {value:?}"),
            Err(error) => self.error(&error),
        }
    }

    fn files(&mut self, directory: &std::path::Path) -> usize {
        let files: Vec<_> = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
        for file in &files {
            self.bytes(file.display().to_string(), std::fs::read(file).unwrap());
        }
        files.len()
    }

    fn is_silent(&self) {
        let canaries = [
            ("value", VALUE.as_bytes()),
            ("name", NAME.as_bytes()),
            ("passphrase", PASSPHRASE.as_bytes()),
            ("key", KEY),
        ];
        for (what, canary) in canaries {
            // Also as hex and as numbers, as a derived Debug of bytes would print them.
            let hex = |piece: &[u8]| piece.iter().map(|b| format!("{b:02x}")).collect::<String>();
            let list = |piece: &[u8]| piece.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            for piece in canary.windows(8) {
                let forms = [piece.to_vec(), hex(piece).into_bytes(), list(piece).into_bytes()];
                for (place, heard) in &self.0 {
                    for form in &forms {
                        let found = heard.windows(form.len()).position(|window| window == form);
                        assert!(found.is_none(), "{what} in {place}: {}", String::from_utf8_lossy(heard));
                    }
                }
            }
        }
    }
}

fn secret() -> SecretBytes {
    SecretBytes::from(VALUE.as_bytes())
}

fn key() -> Unlock {
    Unlock::KeyFile(KeyFile::from_bytes(KEY).unwrap())
}

fn passphrase() -> Unlock {
    Unlock::Passphrase(SecretBytes::from(PASSPHRASE.as_bytes()))
}

#[test]
fn database_log_backup_and_audit() {
    let machine = Machine::new(Disk::file(), 3);
    let mut heard = Heard::default();
    let vault = machine.create(key());
    let caller = user(1_000);
    let access = vault.caller(&caller);
    for _ in 0..4 {
        put(&access, NAME, VALUE.as_bytes());
    }
    put(&access, "other", VALUE.repeat(1_000).as_bytes());
    access.get(&app(), &name(NAME), None).unwrap();
    access.history(&app(), &name(NAME)).unwrap();
    access.list(None, None, None, 10, true).unwrap();
    access.delete(&app(), &name(NAME)).unwrap();
    access.write(&app(), &name(NAME), Write::Undelete).unwrap();
    let operator = operator();
    let operate = vault.caller(&operator);
    operate.slot_add(&key(), &passphrase(), "a passphrase").unwrap();
    operate.rekey_user(caller.user()).unwrap();
    let tail = operate.audit_tail(100).unwrap();
    assert!(tail.iter().any(|line| line.name.as_deref() == Some(NAME)), "the operator is told names");
    heard.debug(&tail);
    tail.into_iter().for_each(|line| heard.bytes("audit line", line.line.into_bytes()));
    let directory = machine.disk.path().parent().unwrap().to_owned();
    let copies = tempfile::tempdir().unwrap();
    operate.backup::<SqliteStore>(&copies.path().join("copy"), Some(&|path| SqliteStore::open_backup(path))).unwrap();
    assert!(heard.files(&directory) >= 3, "vault, -wal and -shm at least");
    assert_eq!(heard.files(copies.path()), 1);
    access.write(&app(), &name("other"), Write::Destroy { if_version: None }).unwrap();
    heard.files(&directory);
    operate.user_remove(caller.user()).unwrap();
    heard.files(&directory);
    drop(vault.seal());
    heard.files(&directory);
    heard.bytes("audit", machine.sink.contents());
    assert!(machine.sink.contents().len() > 1_000);
    heard.is_silent();
}

#[test]
fn debug_of_every_public_type() {
    let machine = Machine::in_memory();
    let mut heard = Heard::default();
    let vault = machine.create(key());
    let caller = user(1_000);
    let access = vault.caller(&caller);
    heard.debug(&caller);
    heard.debug(&(key(), passphrase(), KeyFile::from_bytes(KEY), secret(), name(NAME)));
    let recovery = RecoveryKey::make(&machine.host).unwrap();
    heard.debug(&recovery);
    heard.debug(&recovery.to_text());
    heard.debug(&KeyFile::from_bytes(KEY).unwrap().derive_slot_key(&[1; 16], &[2; 16]));
    for write in [
        Write::Set { value: secret(), if_version: None },
        Write::Delete { if_version: None },
        Write::Undelete,
        Write::Destroy { if_version: Some(0) },
    ] {
        heard.debug(&write);
        let request = WriteRequest::new(caller.clone(), 1, app(), name(NAME), write);
        heard.debug(&request);
        let batch = AuditBatch::new();
        heard.debug(&vault.apply(&[request], &batch));
        batch.flush(vault.audit()).unwrap();
    }
    access.set(&app(), &name(NAME), secret(), None).unwrap();
    heard.debug(&access.get(&app(), &name(NAME), None).unwrap());
    heard.debug(&access.history(&app(), &name(NAME)).unwrap());
    heard.debug(&access.list(None, None, None, 10, true).unwrap());
    let operator = operator();
    let operate = vault.caller(&operator);
    heard.debug(&operate.users(&|_| None).unwrap());
    heard.debug(&operate.slots().unwrap());
    heard.debug(&operate.check().unwrap());
    heard.debug(&operate.audit_tail(50).unwrap());
    heard.debug(&operate.audit_verify().unwrap());
    heard.debug(&(vault.stamp(), vault.troubles(), vault.audit().state(), Quotas::default()));
    let rows = machine.memory().rows();
    heard.debug(&Header::parse(&rows[0].1.bytes));
    rows.iter().for_each(|(_, row)| heard.debug(&vault_core::envelope::parse(&row.bytes)));
    heard.debug(&rows);
    heard.debug(machine.memory());
    heard.is_silent();
}

#[test]
fn errors_never_repeat_what_was_given() {
    let machine = Machine::in_memory();
    let mut heard = Heard::default();
    let vault = machine.create(key());
    let caller = user(1_000);
    let access = vault.caller(&caller);
    for bad in
        [format!("{NAME}!"), NAME.to_uppercase(), format!("{NAME}/{NAME}"), format!("{VALUE} "), PASSPHRASE.to_owned()]
    {
        heard.refused(SecretName::parse(&bad));
        heard.refused(App::parse(&bad));
        heard.refused(User::parse(&bad));
        heard.refused(RecoveryKey::parse(&SecretBytes::from(bad.as_bytes())));
    }
    put(&access, NAME, VALUE.as_bytes());
    heard.refused(access.set(&app(), &name(NAME), secret(), Some(7)));
    heard.refused(access.set(
        &app(),
        &name(NAME),
        SecretBytes::new(VALUE.repeat(limits::VALUE_MAX / 8).into_bytes()),
        None,
    ));
    heard.refused(access.set(&App::parse("billing").unwrap(), &name(NAME), secret(), None));
    heard.refused(access.get(&app(), &name(NAME), Some(9)));
    heard.refused(access.write(&app(), &name(NAME), Write::Undelete));
    let heir = Caller::new(User::Uid(1_000), Some("another".into()));
    heard.refused(vault.caller(&heir).get(&app(), &name(NAME), None));
    heard.refused(vault.caller(&heir).set(&app(), &name(NAME), secret(), None));
    let stranger = user(4_000);
    heard.refused(vault.caller(&stranger).get(&app(), &name(NAME), None));
    heard.refused(vault.caller(&stranger).slot_add(&key(), &passphrase(), NAME));
    vault.set_quotas(Quotas { secrets: 0, ..Quotas::default() });
    heard.refused(access.set(&app(), &name("another_one"), secret(), None));

    let operator = operator();
    let operate = vault.caller(&operator);
    heard.refused(operate.slot_add(&passphrase(), &key(), "x"));
    heard.refused(operate.slot_add(&key(), &Unlock::Passphrase(SecretBytes::from(&b"short"[..])), "x"));
    heard.refused(operate.slot_add(&key(), &support::key_file(2), &format!("{VALUE}\n")));
    heard.refused(operate.slot_remove(SlotId([0; 16])));
    heard.refused(operate.rekey_root(&[vec![passphrase()]], true));
    heard.refused(operate.backup::<MemoryStore>(std::path::Path::new("/nowhere"), None));
    heard.bytes("audit", machine.sink.contents());

    drop(vault);
    let rows = machine.memory().rows();
    for at in 0..rows.len() {
        let mut damaged = rows.clone();
        damaged[at].1.bytes[70] ^= 1;
        damaged[(at + 1) % rows.len()].1.revision = 0;
        machine.memory().replace(damaged);
        match Vault::open(machine.store(), machine.host.clone(), machine.log()) {
            Err(error) => heard.error(&error),
            Ok(sealed) => {
                if let Err((_, error)) = sealed.unseal(&key()) {
                    heard.error(&error);
                }
            }
        }
    }
    machine.memory().replace(rows);
    heard.error(&machine.unseal(&passphrase()).err().unwrap());
    heard.is_silent();
}

/// The search itself finds what it looks for.
#[test]
fn the_search_is_not_deaf() {
    let said: [&dyn Fn(&mut Heard); 4] = [
        &|heard| heard.bytes("x", format!("..{VALUE}..").into_bytes()),
        &|heard| heard.bytes("x", NAME.as_bytes()[9..17].to_vec()),
        &|heard| heard.debug(&KEY),
        &|heard| heard.bytes("x", b"6f62656c69736b20".to_vec()),
    ];
    for say in said {
        let mut heard = Heard::default();
        say(&mut heard);
        assert!(std::panic::catch_unwind(|| heard.is_silent()).is_err());
    }
}
