//! A real vault on a real file, the things that are done to it one after the
//! other, and what can be read from it.
#![allow(
    unreachable_pub,
    dead_code,
    clippy::unwrap_used,
    reason = "shared by test binaries that each use a part of it"
)]

use std::collections::BTreeMap;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;

use vault_core::access::Write;
use vault_core::store::sqlite::SqliteStore;
use vault_core::{Open, Refusal, Vault};
use vault_faults::calls;

use crate::support::{Disk, Machine, app, key_file, name, operator, put, user};

/// In memory: what lasts is for the model to say, not for the medium.
pub fn machine() -> Machine {
    let place = if Path::new("/dev/shm").is_dir() { "/dev/shm".into() } else { std::env::temp_dir() };
    Machine::new(Disk::File(tempfile::tempdir_in(place).unwrap()), 7)
}

/// A machine whose vault has a beginning and is closed, watched from here on.
pub fn begun() -> (Machine, Vec<(String, u64, Vec<u8>)>) {
    let machine = machine();
    let vault = machine.create(key_file(1));
    put(&vault.caller(&user(1)), "a", b"first");
    drop(vault.seal());
    let directory = machine.disk.path().parent().unwrap().to_owned();
    let mut files = Vec::new();
    for entry in std::fs::read_dir(&directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        files.push((name, std::fs::metadata(&path).unwrap().ino(), std::fs::read(&path).unwrap()));
    }
    calls::watch(&directory, files.iter().map(|(name, inode, _)| (name.clone(), *inode)).collect());
    (machine, files)
}

/// Something done to a vault. It is acknowledged when it returns without an error.
pub type Step = fn(&Machine, &mut Option<Vault<Open>>) -> Result<(), String>;

pub const STEPS: &[(&str, Step)] = &[
    ("set", |_, vault| set(vault, 1, "b", 5_000)),
    ("set again", |_, vault| set(vault, 1, "a", 300)),
    ("set another user's", |_, vault| set(vault, 2, "a", 40)),
    ("delete", |_, vault| write(vault, "a", Write::Delete { if_version: None })),
    ("undelete", |_, vault| write(vault, "a", Write::Undelete)),
    ("set a large one", |_, vault| set(vault, 1, "c", 20_000)),
    ("destroy", |_, vault| write(vault, "c", Write::Destroy { if_version: None })),
    ("add a slot", |_, vault| told(live(vault)?.caller(&operator()).slot_add(&key_file(1), &key_file(2), "second"))),
    ("replace a scope's key", |_, vault| told(live(vault)?.caller(&operator()).rekey_user(user(1).user()))),
    ("replace the scope-wrap key", |_, vault| told(live(vault)?.caller(&operator()).rekey_scope_wrap())),
    ("remove a slot", |_, vault| {
        let vault = live(vault)?;
        let second = vault.slots().map_err(|e| e.to_string())?.into_iter().find(|slot| slot.label == "second");
        second.map_or(Ok(()), |slot| told(vault.caller(&operator()).slot_remove(slot.id)))
    }),
    ("replace the root key", |_, vault| told(live(vault)?.caller(&operator()).rekey_root(&[vec![key_file(1)]], true))),
    ("shred a user", |_, vault| told(live(vault)?.caller(&operator()).user_remove(user(2).user()))),
    ("seal and open", |machine, vault| {
        drop(vault.take().map(Vault::seal));
        *vault = Some(open(&machine.disk.path())?);
        Ok(())
    }),
    ("set after opening", |_, vault| set(vault, 1, "d", 900)),
    ("maintain", |_, vault| live(vault).map(Vault::maintain)),
    ("set for the last time", |_, vault| set(vault, 2, "e", 64)),
];

/// Everything a person could read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Content {
    values: BTreeMap<(u32, &'static str), (u64, Vec<u8>)>,
    /// Every version and its state, of deleted and destroyed ones too.
    versions: BTreeMap<(u32, &'static str), Vec<(u64, String)>>,
    slots: Vec<String>,
}

/// Opens a vault as a new process would.
pub fn open(path: &Path) -> Result<Vault<Open>, String> {
    let machine = machine();
    let store = Arc::new(SqliteStore::open(path).map_err(|error| error.to_string())?);
    let sealed = Vault::open(store, machine.host.clone(), machine.log()).map_err(|error| error.to_string())?;
    sealed.unseal(&key_file(1)).map_err(|(_, error)| error.to_string())
}

/// Reads everything, or says what does not read.
pub fn content(vault: &Vault<Open>) -> Result<Content, String> {
    let (mut values, mut versions) = (BTreeMap::new(), BTreeMap::new());
    for uid in [1, 2, 3] {
        for text in ["a", "b", "c", "d", "e", "later"] {
            match vault.caller(&user(uid)).get(&app(), &name(text), None) {
                Ok(value) => drop(values.insert((uid, text), (value.version, value.bytes.expose().to_vec()))),
                Err(Refusal::Missing { .. }) => {}
                Err(error) => return Err(format!("{text} of uid {uid}: {error}")),
            }
            match vault.caller(&user(uid)).history(&app(), &name(text)) {
                Ok(history) => {
                    let states = history.into_iter().map(|info| (info.version, format!("{:?}", info.state)));
                    versions.insert((uid, text), states.collect());
                }
                Err(Refusal::Missing { .. }) => {}
                Err(error) => return Err(format!("history of {text} of uid {uid}: {error}")),
            }
        }
    }
    let slots = vault.slots().map_err(|error| error.to_string())?;
    Ok(Content { values, versions, slots: slots.into_iter().map(|slot| slot.label).collect() })
}

/// Tries one more write, under a name that no step uses; true when acknowledged.
pub fn set_later(vault: &Option<Vault<Open>>) -> bool {
    set(vault, 3, "later", 10).is_ok()
}

/// Content without that write, and whether it is there.
pub fn split_later(mut content: Content) -> (Content, bool) {
    let later = content.values.remove(&(3, "later")).is_some();
    content.versions.remove(&(3, "later"));
    (content, later)
}

/// Writes files as a vault's directory has them, opens it and reads everything.
pub fn content_of(files: &BTreeMap<String, Vec<u8>>) -> Result<Content, String> {
    let machine = machine();
    let directory = machine.disk.path().parent().unwrap().to_owned();
    for (name, bytes) in files {
        let path = directory.join(name);
        std::fs::write(&path, bytes).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    content(&open(&machine.disk.path())?)
}

fn live(vault: &Option<Vault<Open>>) -> Result<&Vault<Open>, String> {
    vault.as_ref().ok_or_else(|| "it did not open".to_owned())
}

fn set(vault: &Option<Vault<Open>>, uid: u32, text: &str, len: usize) -> Result<(), String> {
    let bytes: Vec<u8> = (0..len).map(|at| (at * 7 + len) as u8).collect();
    let value = vault_core::keys::SecretBytes::from(&bytes[..]);
    told(live(vault)?.caller(&user(uid)).set(&app(), &name(text), value, None))
}

fn write(vault: &Option<Vault<Open>>, text: &str, write: Write) -> Result<(), String> {
    told(live(vault)?.caller(&user(1)).write(&app(), &name(text), write))
}

fn told<T, E: std::fmt::Display>(result: Result<T, E>) -> Result<(), String> {
    result.map(drop).map_err(|error| error.to_string())
}
