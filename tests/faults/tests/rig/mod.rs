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
use std::sync::{Arc, Mutex};

use vault_core::access::Write;
use vault_core::store::sqlite::SqliteStore;
use vault_core::{Expect, Open, Refusal, Unlock, Vault};
use vault_faults::{Disk as Medium, calls};

#[path = "../../../../vaultd/src/service/anchor.rs"]
mod anchor;
pub mod around;
pub mod cuts;
pub mod keys;
mod trouble;

pub use trouble::Trouble;

/// One directory is watched at a time.
pub static ALONE: Mutex<()> = Mutex::new(());

use crate::support::{Disk, Machine, app, key_file, name, operator, put, user};

/// In memory: what lasts is for the model to say, not for the medium.
pub fn machine() -> Machine {
    let place = if Path::new("/dev/shm").is_dir() { "/dev/shm".into() } else { std::env::temp_dir() };
    Machine::new(Disk::File(tempfile::tempdir_in(place).unwrap()), 7)
}

/// A machine whose vault has a beginning and is closed, watched from here on,
/// and the medium it is on.
pub fn begun() -> (Machine, Medium) {
    let machine = machine();
    let vault = machine.create(key_file(1));
    put(&vault.caller(&user(1)), "a", b"first");
    drop(vault.seal());
    let medium = watched(machine.disk.path().parent().unwrap());
    (machine, medium)
}

/// Begins to watch a directory, in which everything so far is safe.
pub fn watched(root: &Path) -> Medium {
    let (mut directories, mut files) = (Vec::new(), Vec::new());
    gather(root, "", &mut directories, &mut files);
    files.retain(|(name, ..)| !name.ends_with(".lock") && !name.ends_with("-shm"));
    calls::watch(root, files.iter().map(|(name, inode, _)| (name.clone(), *inode)).collect());
    Medium::new(directories, files)
}

fn gather(
    directory: &Path,
    named: &str,
    directories: &mut Vec<(u64, String)>,
    files: &mut Vec<(String, u64, Vec<u8>)>,
) {
    directories.push((std::fs::metadata(directory).unwrap().ino(), named.to_owned()));
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let name = if named.is_empty() { name.to_owned() } else { format!("{named}/{name}") };
        let metadata = std::fs::metadata(&path).unwrap();
        if metadata.is_dir() {
            gather(&path, &name, directories, files);
        } else {
            files.push((name, metadata.ino(), std::fs::read(&path).unwrap()));
        }
    }
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
    ("add a slot", |_, vault| add_slot(vault, 1, 2)),
    ("replace a scope's key", |_, vault| told(live(vault)?.caller(&operator()).rekey_user(user(1).user()))),
    ("replace the scope-wrap key", |_, vault| told(live(vault)?.caller(&operator()).rekey_scope_wrap())),
    ("remove a slot", |_, vault| remove_slot(vault, "second")),
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

/// The slot that opened the vault so far is taken away, and others change behind the one that stays.
pub const SLOT_STEPS: &[(&str, Step)] = &[
    ("set", |_, vault| set(vault, 1, "b", 700)),
    ("add a second slot", |_, vault| add_slot(vault, 1, 2)),
    ("remove the first slot", |_, vault| remove_slot(vault, "first")),
    ("set with the second", |_, vault| set(vault, 1, "a", 300)),
    ("add a third slot", |_, vault| add_slot(vault, 2, 3)),
    ("replace the scope-wrap key", |_, vault| told(live(vault)?.caller(&operator()).rekey_scope_wrap())),
    ("replace the root key for the second slot", |_, vault| {
        told(live(vault)?.caller(&operator()).rekey_root(&[vec![key_file(2)]], true))
    }),
    ("seal and open by the second", |machine, vault| {
        drop(vault.take().map(Vault::seal));
        *vault = Some(open_by(&machine.disk.path(), &key_file(2))?);
        Ok(())
    }),
    ("add the first again", |_, vault| add_slot(vault, 2, 1)),
    ("set for the last time", |_, vault| set(vault, 2, "e", 64)),
];

/// From this many of [`SLOT_STEPS`] on the vault has to open by the second slot.
pub const SECOND_SLOT_FROM: usize = 2;

/// Everything a person could read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Content {
    values: BTreeMap<(u32, &'static str), (u64, Vec<u8>)>,
    /// Every version and its state, of deleted and destroyed ones too.
    versions: BTreeMap<(u32, &'static str), Vec<(u64, String)>>,
    slots: Vec<String>,
    keys: keys::Keys,
}

/// Opens a vault as a new process would.
pub fn open(path: &Path) -> Result<Vault<Open>, Trouble> {
    open_by(path, &key_file(1))
}

/// The same by another slot.
pub fn open_by(path: &Path, unlock: &Unlock) -> Result<Vault<Open>, Trouble> {
    open_beside(path, unlock, None)
}

/// The same beside an anchor.
pub fn open_beside(path: &Path, unlock: &Unlock, anchor: Option<&[u8]>) -> Result<Vault<Open>, Trouble> {
    open_on(&machine(), path, unlock, anchor)
}

/// Opens a vault at this time.
pub fn open_at(path: &Path, now_ms: u64) -> Result<Vault<Open>, Trouble> {
    let machine = machine();
    machine.clock.set(now_ms);
    open_on(&machine, path, &key_file(1), None)
}

fn open_on(machine: &Machine, path: &Path, unlock: &Unlock, anchor: Option<&[u8]>) -> Result<Vault<Open>, Trouble> {
    let sealed = Vault::open(Arc::new(SqliteStore::open(path)?), machine.host.clone(), machine.log())?;
    Ok(sealed.unseal_if(unlock, Expect { anchor, ..Expect::default() }).map_err(|(_, error)| error)?)
}

/// Reads everything, or says what does not read.
pub fn content(vault: &Vault<Open>) -> Result<Content, Trouble> {
    let (mut values, mut versions) = (BTreeMap::new(), BTreeMap::new());
    for uid in [1, 2, 3] {
        for text in ["a", "b", "c", "d", "e", "later"] {
            match vault.caller(&user(uid)).get(&app(), &name(text), None) {
                Ok(value) => drop(values.insert((uid, text), (value.version, value.bytes.expose().to_vec()))),
                Err(Refusal::Missing { .. }) => {}
                Err(error) => return Err(error.into()),
            }
            match vault.caller(&user(uid)).history(&app(), &name(text)) {
                Ok(history) => {
                    let states = history.into_iter().map(|info| (info.version, format!("{:?}", info.state)));
                    versions.insert((uid, text), states.collect());
                }
                Err(Refusal::Missing { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
    let slots = vault.slots()?;
    Ok(Content {
        values,
        versions,
        slots: slots.into_iter().map(|slot| slot.label).collect(),
        keys: keys::keys(vault)?,
    })
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

/// Files by their names beneath a directory.
pub type Files = BTreeMap<String, Vec<u8>>;

/// Writes files beneath a directory, as a vault wants them.
pub fn lay_out(files: &Files, root: &Path) {
    for (name, bytes) in files {
        let path = root.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
}

/// Writes files as a vault's directory has them, opens it and reads everything.
pub fn content_of(files: &Files, unlock: &Unlock) -> Result<Content, Trouble> {
    let machine = machine();
    lay_out(files, machine.disk.path().parent().unwrap());
    content(&open_by(&machine.disk.path(), unlock)?)
}

fn live(vault: &Option<Vault<Open>>) -> Result<&Vault<Open>, String> {
    vault.as_ref().ok_or_else(|| "it did not open".to_owned())
}

fn add_slot(vault: &Option<Vault<Open>>, existing: u8, new: u8) -> Result<(), String> {
    let label = ["first", "second", "third"][usize::from(new) - 1];
    told(live(vault)?.caller(&operator()).slot_add(&key_file(existing), &key_file(new), label))
}

fn remove_slot(vault: &Option<Vault<Open>>, label: &str) -> Result<(), String> {
    let vault = live(vault)?;
    let slot = vault.slots().map_err(|e| e.to_string())?.into_iter().find(|slot| slot.label == label);
    slot.map_or(Ok(()), |slot| told(vault.caller(&operator()).slot_remove(slot.id)))
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
