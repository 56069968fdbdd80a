//! A vault with everything around it: its audit log in files, its anchor, and
//! copies of it; each in a directory of its own.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use vault_core::audit::{Alarm, AuditLog, Degraded, FileOptions, FileSink, OnFull};
use vault_core::store::Store;
use vault_core::store::sqlite::SqliteStore;
use vault_core::{Expect, Open, Vault};
use vault_faults::Disk as Medium;

use super::anchor::AnchorFile;
use super::{Content, Files, Trouble, content, key_file, lay_out, machine, operator, put, set, told, user, watched};
use crate::support::Machine;

/// The vault, while it is open, and its surroundings.
pub struct Site {
    pub machine: Machine,
    root: PathBuf,
    anchor: AnchorFile,
    pub vault: Option<Vault<Open>>,
    pub log: Option<Arc<AuditLog>>,
}

/// Something done to it. It is acknowledged when it returns without an error.
pub type Step = fn(&mut Site) -> Result<(), String>;

pub const STEPS: &[(&str, Step)] = &[
    ("set", |site| set(&site.vault, 1, "b", 900)),
    ("sync the audit log", Site::sync_log),
    ("write the anchor", Site::write_anchor),
    ("copy", |site| site.copy("copies/one.vault")),
    ("set after the copy", |site| set(&site.vault, 1, "a", 300)),
    ("rotate the audit log", |site| told(site.live()?.audit().rotate())),
    ("set after the rotation", |site| set(&site.vault, 2, "a", 40)),
    ("sync both files of the log", Site::sync_log),
    ("write the anchor again", Site::write_anchor),
    ("maintain", |site| {
        let vault = site.live()?;
        vault.maintain();
        vault.audit().maintain();
        Ok(())
    }),
    ("seal and open", |site| {
        site.close();
        site.open()
    }),
    ("rotate the audit log again", |site| told(site.live()?.audit().rotate())),
    ("set after the second rotation", |site| set(&site.vault, 1, "d", 5_000)),
    ("copy again", |site| site.copy("copies/two.vault")),
    ("sync the audit log at last", Site::sync_log),
    ("write the anchor at last", Site::write_anchor),
];

impl Site {
    /// A site whose vault has a beginning, watched from here on and open.
    pub fn begun() -> (Self, Medium) {
        let machine = machine();
        let root = machine.disk.path().parent().unwrap().canonicalize().unwrap();
        for directory in ["audit", "anchor", "copies"] {
            std::fs::create_dir(root.join(directory)).unwrap();
            std::fs::set_permissions(root.join(directory), std::fs::Permissions::from_mode(0o700)).unwrap();
        }
        std::fs::write(root.join(ANCHOR), b"").unwrap();
        let log = log(&machine, &root, OnFull::Deny).unwrap();
        let new = vault_core::NewVault { slots: &[(key_file(1), "first")], development: false };
        let store = Arc::new(SqliteStore::create(&machine.disk.path()).unwrap());
        let vault = Vault::create(store, machine.host.clone(), log, &new).unwrap();
        put(&vault.caller(&user(1)), "a", b"first");
        drop(vault.seal());
        let medium = watched(&root);
        let anchor = AnchorFile::new(root.join(ANCHOR));
        let mut site = Self { machine, root, anchor, vault: None, log: None };
        site.open().unwrap();
        (site, medium)
    }

    fn open(&mut self) -> Result<(), String> {
        let (log, vault) = open_all(&self.machine, &self.root, OnFull::Deny)?;
        (self.log, self.vault) = (Some(log), Some(vault));
        Ok(())
    }

    /// As a process that ends.
    pub fn close(&mut self) {
        drop(self.vault.take().map(Vault::seal));
        self.log = None;
    }

    /// Everything that lies there now.
    pub fn files(&self) -> Files {
        let mut files = Files::new();
        gather(&self.root, &self.root, &mut files);
        files
    }

    pub fn live(&self) -> Result<&Vault<Open>, String> {
        self.vault.as_ref().ok_or_else(|| "it did not open".to_owned())
    }

    fn sync_log(&mut self) -> Result<(), String> {
        told(self.live()?.audit().sync())
    }

    fn write_anchor(&mut self) -> Result<(), String> {
        told(self.anchor.write(self.live()?))
    }

    fn copy(&mut self, name: &str) -> Result<(), String> {
        let reopen = |path: &Path| SqliteStore::open_backup(path);
        told(self.live()?.caller(&operator()).backup(&self.root.join(name), Some(&reopen)))
    }
}

/// What a new process sees of it.
pub struct Seen {
    /// What the vault holds, or why it does not open beside its anchor.
    pub content: Result<Content, String>,
    /// The anchor, in bytes.
    pub anchor: Vec<u8>,
    /// The audit log's whole lines, oldest first, as they were found.
    pub lines: Vec<u8>,
    /// A file that was put aside ends within a line.
    pub torn_older: bool,
    /// What the log has to complain of after it took the key.
    pub alarms: Vec<Alarm>,
    /// What does not hold in it from its first line on, the lines of this opening included.
    pub problems: u64,
    /// What each copy holds when it is restored.
    pub copies: BTreeMap<String, Result<Content, Trouble>>,
}

/// Opens everything as a new process would, and each copy beside it.
pub fn look(files: &Files) -> Seen {
    let machine = machine();
    let root = machine.disk.path().parent().unwrap().canonicalize().unwrap();
    for directory in ["audit", "anchor", "copies"] {
        std::fs::create_dir(root.join(directory)).unwrap();
    }
    lay_out(files, &root);
    let copies = files.keys().filter(|name| name.starts_with("copies/"));
    let copies = copies.filter(|name| name.ends_with(".vault")).map(|name| (name.clone(), restore(&root.join(name))));
    let mut seen = Seen {
        content: Err(String::new()),
        anchor: files.get(ANCHOR).cloned().unwrap_or_default(),
        lines: lines(files),
        torn_older: (1..=KEPT)
            .any(|age| files.get(&format!("{LOG}.{age}")).is_some_and(|bytes| whole(bytes) < bytes.len())),
        alarms: Vec::new(),
        problems: 0,
        copies: copies.collect(),
    };
    // As the daemon does unless told otherwise. One that denies opens when there is no alarm.
    seen.content = open_all(&machine, &root, OnFull::Gap).and_then(|(log, vault)| {
        let degraded = log.state().degraded.into_iter();
        seen.alarms =
            degraded.filter_map(|one| if let Degraded::Alarm(alarm) = one { Some(alarm) } else { None }).collect();
        let content = content(&vault)?;
        seen.problems = log.verify().map_err(|error| error.to_string())?.problem_count();
        Ok(content)
    });
    seen
}

/// The whole lines in the log's files, oldest first.
pub fn lines(files: &Files) -> Vec<u8> {
    let older = (1..=KEPT).rev().map(|age| format!("{LOG}.{age}"));
    let found = older.chain([LOG.to_owned()]).filter_map(|name| files.get(&name));
    found.flat_map(|bytes| &bytes[..whole(bytes)]).copied().collect()
}

/// The length of its whole lines.
fn whole(bytes: &[u8]) -> usize {
    bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1)
}

fn open_all(machine: &Machine, root: &Path, on_full: OnFull) -> Result<(Arc<AuditLog>, Vault<Open>), String> {
    let told = |error: &dyn std::fmt::Display| error.to_string();
    let log = log(machine, root, on_full)?;
    let anchor = AnchorFile::new(root.join(ANCHOR)).read().map_err(|error| format!("the anchor: {error}"))?;
    let store = Arc::new(SqliteStore::open(&machine.disk.path()).map_err(|error| told(&error))?);
    let sealed = Vault::open(store, machine.host.clone(), Arc::clone(&log)).map_err(|error| told(&error))?;
    let expect = Expect { anchor: anchor.as_deref(), ..Expect::default() };
    let vault = sealed.unseal_if(&key_file(1), expect).map_err(|(_, error)| told(&error))?;
    Ok((log, vault))
}

fn log(machine: &Machine, root: &Path, on_full: OnFull) -> Result<Arc<AuditLog>, String> {
    let options = FileOptions { file_max: 1 << 20, files_kept: KEPT, reserve: 64 << 10 };
    let sink = FileSink::open(&root.join(LOG), options).map_err(|error| format!("the audit log: {error}"))?;
    Ok(Arc::new(AuditLog::open(sink, on_full, &machine.host).map_err(|error| error.to_string())?))
}

/// A new vault of a copy, on a machine of its own, as `vaultd restore` makes one.
pub fn restore(copy: &Path) -> Result<Content, Trouble> {
    let machine = machine();
    SqliteStore::open_backup(copy)?.copy_to(&machine.disk.path())?;
    let vault = super::open(&machine.disk.path())?;
    vault.begin_incarnation()?;
    drop(vault.seal());
    content(&super::open(&machine.disk.path())?)
}

fn gather(root: &Path, directory: &Path, files: &mut Files) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(root, &path, files);
        } else if path.extension().is_none_or(|extension| extension != "lock") {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            if !name.ends_with("-shm") {
                files.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
}

pub const ANCHOR: &str = "anchor/a.anchor";
const LOG: &str = "audit/audit.log";
const KEPT: usize = 8;
