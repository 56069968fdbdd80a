//! A sink in memory: for vaults that live as long as their process, and for
//! tests, which can make it fail.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::sink::{AuditSink, Durable, KeptFile, ReadAt, Reserve, Upkeep};

/// Lines in memory. A clone is the same log.
#[derive(Clone, Default)]
pub struct MemorySink(Arc<Mutex<Files>>);

#[derive(Default)]
struct Files {
    /// Oldest first; the last is the current one.
    files: Vec<Vec<u8>>,
    room: Option<u64>,
    sync_fails: bool,
}

impl MemorySink {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Everything kept, oldest first.
    #[must_use]
    pub fn contents(&self) -> Vec<u8> {
        self.files().files.concat()
    }

    /// From now on only so many more bytes fit; `None` = no limit. The error is
    /// the one of a full disk.
    pub fn set_room(&self, room: Option<u64>) {
        self.files().room = room;
    }

    /// Makes every sync fail, or succeed again.
    pub fn fail_sync(&self, fails: bool) {
        self.files().sync_fails = fails;
    }

    /// Changes the kept files behind the log's back, as an attacker would.
    pub fn edit(&self, change: impl FnOnce(&mut Vec<Vec<u8>>)) {
        change(&mut self.files().files);
    }

    fn files(&self) -> MutexGuard<'_, Files> {
        // Every change below is one step: a panic elsewhere leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AuditSink for MemorySink {
    fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        let mut files = self.files();
        if let Some(room) = &mut files.room {
            match room.checked_sub(lines.len() as u64) {
                Some(left) => *room = left,
                None => return Err(io::ErrorKind::StorageFull.into()),
            }
        }
        match files.files.last_mut() {
            Some(current) => current.extend_from_slice(lines),
            None => files.files.push(lines.to_vec()),
        }
        Ok(())
    }

    fn durable(&self) -> Arc<dyn Durable> {
        Arc::new(self.clone())
    }

    fn len(&self) -> u64 {
        self.files().files.last().map_or(0, |current| current.len() as u64)
    }

    fn file_max(&self) -> u64 {
        FILE_MAX
    }

    fn rotate(&mut self) -> io::Result<()> {
        let mut files = self.files();
        files.files.push(Vec::new());
        let surplus = files.files.len().saturating_sub(FILES_MAX);
        files.files.drain(..surplus);
        Ok(())
    }

    fn reopen(&mut self) -> io::Result<bool> {
        Ok(false)
    }

    fn maintain(&mut self) -> Upkeep {
        Upkeep::default()
    }

    fn reserve(&self) -> Reserve {
        Reserve::NotNeeded
    }

    fn torn(&self) -> u64 {
        0
    }

    fn kept(&self) -> io::Result<Vec<KeptFile>> {
        let files = self.files();
        Ok(files
            .files
            .iter()
            .map(|bytes| KeptFile { len: bytes.len() as u64, reader: Box::new(bytes.clone()) })
            .collect())
    }
}

impl Durable for MemorySink {
    fn sync(&self) -> io::Result<()> {
        if self.files().sync_fails { Err(io::Error::other("sync was told to fail")) } else { Ok(()) }
    }
}

impl ReadAt for Vec<u8> {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = usize::try_from(offset).ok().and_then(|start| self.get(start..)).unwrap_or_default();
        let len = rest.len().min(buffer.len());
        buffer[..len].copy_from_slice(&rest[..len]);
        Ok(len)
    }
}

/// Memory is dearer than disk: 4 files of 1 MiB.
const FILE_MAX: u64 = 1 << 20;
const FILES_MAX: usize = 4;
