//! The file that remembers stamps between processes.
//!
//! Read once per server, written by replacing it whole, under a lock so that
//! two processes do not forget for each other. What cannot be read is left as it
//! is: overwriting it would be forgetting.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};
use vault_proto::latest::Stamp;

use super::Entry;

/// Why stamps are forgotten when the process ends. Calls go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StampWarning {
    /// Neither `$XDG_STATE_HOME` nor `$HOME` is set.
    #[error("no home directory: a rolled back vault will not be noticed after this process")]
    NoHome,
    /// The file is there but cannot be read, or is not ours; it is left as it is.
    #[error("cannot read {}: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The file could not be written.
    #[error("cannot write {}: {reason}", path.display())]
    NotSaved {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

#[derive(Debug)]
pub(super) struct StampFile {
    path: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    saved_at: Option<Instant>,
    warning: Option<StampWarning>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    version: u32,
    servers: BTreeMap<String, Stamp>,
}

/// Where the file is, when there is a home.
pub(super) fn home(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let directory = |name| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = directory("XDG_STATE_HOME").or_else(|| Some(directory("HOME")?.join(".local/state")))?;
    Some(state.join("vaultd/stamps.json"))
}

impl StampFile {
    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), state: Mutex::default() }
    }

    pub(super) fn warning(&self) -> Option<StampWarning> {
        self.with(|state| state.warning.clone())
    }

    /// Has it been long enough since the last write?
    pub(super) fn due(&self) -> bool {
        self.with(|state| state.saved_at.is_none_or(|at| at.elapsed() >= SAVE_EVERY))
    }

    pub(super) fn load(&self, socket: &Path) -> Option<Stamp> {
        match self.read() {
            Ok(content) => content.servers.get(socket.to_str()?).copied(),
            Err(error) => {
                self.warn(StampWarning::Unreadable { path: self.path.clone(), reason: error.to_string() });
                None
            }
        }
    }

    /// Adds what is news to the file; false when that did not work.
    pub(super) fn store(&self, news: &[(PathBuf, Entry)]) -> bool {
        match self.merge(news) {
            Ok(()) => {
                self.with(|state| state.saved_at = Some(Instant::now()));
                true
            }
            Err(error) => {
                self.warn(StampWarning::NotSaved { path: self.path.clone(), reason: error.to_string() });
                false
            }
        }
    }

    fn merge(&self, news: &[(PathBuf, Entry)]) -> io::Result<()> {
        if let Some(directory) = self.path.parent() {
            DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
        }
        let _lock = self.lock()?;
        let mut content = self.read()?;
        for (socket, (stamp, accepted)) in news {
            let Some(socket) = socket.to_str() else { continue };
            let full = content.servers.len() >= SERVERS_MAX;
            match content.servers.get_mut(socket) {
                Some(known) if known.incarnation == stamp.incarnation => {
                    known.sequence = known.sequence.max(stamp.sequence);
                }
                // Another process accepted another incarnation meanwhile.
                Some(_) if !accepted => {}
                Some(known) => *known = *stamp,
                None if full => return Err(io::Error::other("too many servers")),
                None => {
                    content.servers.insert(socket.to_owned(), *stamp);
                }
            }
        }
        self.replace(&content)
    }

    fn read(&self) -> io::Result<Content> {
        let file = match options().read(true).open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Content { version: VERSION, servers: BTreeMap::new() });
            }
            Err(error) => return Err(error),
        };
        if !file.metadata()?.is_file() {
            return Err(io::Error::other("not a regular file"));
        }
        let mut bytes = Vec::new();
        file.take(FILE_MAX).read_to_end(&mut bytes)?;
        let content: Content = serde_json::from_slice(&bytes)?;
        if content.version == VERSION { Ok(content) } else { Err(io::Error::other("made by a newer client")) }
    }

    fn replace(&self, content: &Content) -> io::Result<()> {
        let mut text = serde_json::to_vec_pretty(content)?;
        text.push(b'\n');
        // One name is enough under the lock; what a crash left there goes first.
        let beside = self.beside("new");
        match fs::remove_file(&beside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = options().write(true).create_new(true).mode(0o600).open(&beside)?;
        file.write_all(&text)?;
        // Else a power cut may leave an empty file under the right name.
        file.sync_data()?;
        fs::rename(&beside, &self.path)
    }

    /// Held until dropped. Waits for a moment only: this is a memory, and a call
    /// must not hang on it.
    fn lock(&self) -> io::Result<File> {
        let file = options().write(true).create(true).truncate(false).mode(0o600).open(self.beside("lock"))?;
        for _ in 0..LOCK_TRIES {
            match flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Err(rustix::io::Errno::WOULDBLOCK) => thread::sleep(LOCK_PAUSE),
                other => return Ok(other.map(|()| file)?),
            }
        }
        Err(io::Error::other("locked by another process"))
    }

    fn beside(&self, suffix: &str) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(".");
        name.push(suffix);
        name.into()
    }

    fn warn(&self, warning: StampWarning) {
        self.with(|state| state.warning = Some(warning));
    }

    fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    // A link would let somebody else's directory decide what is written, and a
    // pipe must not make opening wait.
    options.custom_flags((rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK).bits() as i32);
    options
}

const VERSION: u32 = 1;
const SERVERS_MAX: usize = 1_000;
const FILE_MAX: u64 = 1 << 20;
const SAVE_EVERY: Duration = Duration::from_secs(1);
const LOCK_TRIES: u32 = 20;
const LOCK_PAUSE: Duration = Duration::from_millis(5);
