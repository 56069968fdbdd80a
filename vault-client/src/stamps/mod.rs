//! Remembering where a vault's history stood.
//!
//! A copied-back vault file is genuine in every byte; only somebody who
//! remembers more than the file can tell. Every reply carries the vault's
//! incarnation and commit number. Within one incarnation the number never
//! falls, and a new incarnation is drawn only when a vault is made or restored.
//!
//! Within a process every client remembers this by default. A command that
//! lives for one call needs a file: [`StampMemory::home`]. Where there is no
//! home there is a [`StampWarning`], not a failure. Whoever can write that file
//! can make the alarm silent; it guards against the vault's disk, not against
//! one's own account.

mod cell;
mod file;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use vault_proto::latest::Stamp;

use file::StampFile;

pub(crate) use cell::ServerStamps;
pub use file::StampWarning;

/// Which incarnation a vault is in; prints as 32 hex digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Incarnation(pub [u8; 16]);

/// What is remembered of every server. Clones share it.
#[derive(Clone)]
pub struct StampMemory(Arc<Shared>);

struct Shared {
    servers: Mutex<BTreeMap<PathBuf, Arc<cell::Cell>>>,
    file: Option<StampFile>,
    no_home: bool,
}

impl StampMemory {
    /// The memory of this process, shared by all its clients.
    #[must_use]
    pub fn process() -> Self {
        static PROCESS: LazyLock<StampMemory> = LazyLock::new(StampMemory::isolated);
        PROCESS.clone()
    }

    /// A memory of its own, empty: for tests, and for whoever talks to vaults
    /// that are made anew at the same place.
    #[must_use]
    pub fn isolated() -> Self {
        Self::with(None, false)
    }

    /// A memory kept in this file, made when there is none.
    #[must_use]
    pub fn file(path: impl AsRef<Path>) -> Self {
        Self::with(Some(StampFile::new(path.as_ref())), false)
    }

    /// A memory kept at `$XDG_STATE_HOME/vaultd/stamps.json`, else
    /// `~/.local/state/vaultd/stamps.json`; with neither, the process's memory
    /// and a warning.
    #[must_use]
    pub fn home() -> Self {
        match file::home(|name| std::env::var_os(name)) {
            Some(path) => Self::file(path),
            None => Self::with(None, true),
        }
    }

    /// Why this memory is not durable although it was meant to be.
    #[must_use]
    pub fn warning(&self) -> Option<StampWarning> {
        if self.0.no_home {
            return Some(StampWarning::NoHome);
        }
        self.0.file.as_ref().and_then(StampFile::warning)
    }

    /// From now on this is the server's incarnation: after a restore that is known of.
    pub fn accept(&self, socket: &Path, incarnation: Incarnation) {
        self.server(socket).accept(incarnation.0);
    }

    /// Writes what has not been written yet. Also done on drop.
    pub fn save(&self) {
        self.0.save();
    }

    /// What is remembered of one server.
    pub(crate) fn server(&self, socket: &Path) -> ServerStamps {
        let socket = std::fs::canonicalize(socket).unwrap_or_else(|_| socket.to_owned());
        let mut servers = self.0.servers.lock().unwrap_or_else(PoisonError::into_inner);
        let cell = servers.entry(socket.clone()).or_insert_with(|| {
            let known = self.0.file.as_ref().and_then(|file| file.load(&socket));
            Arc::new(cell::Cell::new(known))
        });
        ServerStamps::new(Arc::clone(cell), self.clone())
    }

    fn with(file: Option<StampFile>, no_home: bool) -> Self {
        Self(Arc::new(Shared { servers: Mutex::new(BTreeMap::new()), file, no_home }))
    }

    /// Something new is known: write it, unless that was just done.
    fn changed(&self, at_once: bool) {
        if let Some(file) = &self.0.file
            && (at_once || file.due())
        {
            self.0.save();
        }
    }
}

impl Shared {
    fn save(&self) {
        let Some(file) = &self.file else { return };
        let servers = self.servers.lock().unwrap_or_else(PoisonError::into_inner);
        let mut news = Vec::new();
        for (socket, cell) in servers.iter() {
            if let Some(entry) = cell.unsaved() {
                news.push((socket.clone(), entry));
            }
        }
        if news.is_empty() {
            return;
        }
        if file.store(&news) {
            for (socket, (stamp, _)) in &news {
                if let Some(cell) = servers.get(socket) {
                    cell.saved(*stamp);
                }
            }
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.save();
    }
}

impl fmt::Debug for StampMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StampMemory").field("file", &self.0.file).finish_non_exhaustive()
    }
}

impl fmt::Display for Incarnation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Incarnation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Incarnation({self})")
    }
}

/// 32 hex digits, as they are printed.
impl std::str::FromStr for Incarnation {
    type Err = BadIncarnation;

    fn from_str(text: &str) -> Result<Self, BadIncarnation> {
        let mut bytes = [0; 16];
        if text.len() != 32 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(BadIncarnation);
        }
        for (byte, at) in bytes.iter_mut().zip((0..32).step_by(2)) {
            let pair = text.get(at..at + 2).ok_or(BadIncarnation)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| BadIncarnation)?;
        }
        Ok(Self(bytes))
    }
}

/// Not 32 hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an incarnation has 32 hex digits")]
pub struct BadIncarnation;

type Entry = (Stamp, bool);

#[cfg(test)]
mod tests;
