//! What the tests of this crate share: temporary directories, and a service
//! whose answers are its requests.

use std::collections::HashMap;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use vault_proto::{Dialect, frame};

use crate::config::Policy;
use crate::exit::Failure;
use crate::listener::Peer;
use crate::service::{Batch, ByKey, ByToken, Handled, Room, Service, Ticket, VaultLock, Withhold};

/// A private directory with a short name, removed at the end.
pub(crate) struct TempDir(PathBuf);

impl TempDir {
    pub(crate) fn new() -> Self {
        let random: [u8; 8] = vault_core::host::Host::system().random().unwrap();
        let path = PathBuf::from(format!("/tmp/vdt-{:016x}", u64::from_le_bytes(random)));
        std::fs::DirBuilder::new().mode(0o700).create(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Proof of nothing, for sockets of no vault.
pub(crate) struct TestLock;

impl VaultLock for TestLock {}

/// Answers each request with `echo:` and its bytes. Requests that begin with a
/// word below are special.
///
/// `slow `: queued, answered after [`Fake::release`] or at once when released
/// for good. `big N`: N bytes. `dialect`: says which. `work`: takes its time.
/// `panic`, `close`, `drop`: as they say.
#[derive(Default)]
pub(crate) struct Fake {
    pub(crate) handled: AtomicUsize,
    pub(crate) flushed: AtomicUsize,
    pub(crate) closed: AtomicUsize,
    pub(crate) busy: AtomicUsize,
    pub(crate) reloads: AtomicUsize,
    pub(crate) reopened: AtomicUsize,
    pub(crate) unsealed: AtomicUsize,
    pub(crate) shut_down: AtomicUsize,
    pub(crate) withhold: std::sync::atomic::AtomicBool,
    pub(crate) uids: Mutex<HashMap<u64, u32>>,
    waiting: Mutex<Vec<(crate::service::Answer, Vec<u8>)>>,
    ids: AtomicU64,
}

impl Fake {
    /// Answers everything queued; returns how much.
    pub(crate) fn release(&self) -> usize {
        let waiting = std::mem::take(&mut *self.waiting.lock().unwrap());
        let count = waiting.len();
        for (answer, frame) in waiting {
            answer.send(frame);
        }
        count
    }

    pub(crate) fn queued(&self) -> usize {
        self.waiting.lock().unwrap().len()
    }

    pub(crate) fn count(counter: &AtomicUsize) -> usize {
        counter.load(Ordering::SeqCst)
    }
}

pub(crate) fn framed(payload: &[u8], out: &mut Vec<u8>) {
    let begun = frame::begin(out);
    out.extend_from_slice(payload);
    begun.finish(out).unwrap();
}

pub(crate) fn frame_of(payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    framed(payload, &mut out);
    out
}

impl VaultLock for Fake {}

impl ByToken for Fake {}

impl ByKey for Fake {}

impl Service for Fake {
    fn handle(&self, peer: &Peer, dialect: Dialect, request: &[u8], room: &mut Room, out: &mut Vec<u8>) -> Handled {
        self.handled.fetch_add(1, Ordering::SeqCst);
        self.uids.lock().unwrap().insert(peer.connection(), peer.uid());
        if let Some(rest) = request.strip_prefix(b"slow ") {
            let Some(permit) = room.take() else { return Handled::NoRoom };
            let (ticket, answer) = Ticket::new(permit);
            self.ids.fetch_add(1, Ordering::SeqCst);
            self.waiting.lock().unwrap().push((answer, frame_of(&[b"late:", rest].concat())));
            return Handled::Queued(ticket);
        }
        if let Some(size) = request.strip_prefix(b"big ") {
            let size: usize = std::str::from_utf8(size).unwrap().parse().unwrap();
            framed(&vec![b'B'; size], out);
            return Handled::Replied;
        }
        match request {
            b"panic" => {
                out.extend_from_slice(b"LEFTOVER");
                panic!("as asked")
            }
            b"close" => {
                framed(b"closing", out);
                return Handled::Close;
            }
            b"dialect" => framed(format!("{:?} {:?}", dialect.version, dialect.codec).as_bytes(), out),
            b"work" => {
                std::thread::sleep(Duration::from_micros(200));
                framed(b"worked", out);
            }
            b"drop" => {
                let Some(permit) = room.take() else { return Handled::NoRoom };
                return Handled::Queued(Ticket::new(permit).0);
            }
            _ => framed(&[b"echo:", request].concat(), out),
        }
        Handled::Replied
    }

    fn refuse_busy(&self, _: &Peer, _: Dialect, _: &[u8], out: &mut Vec<u8>) {
        self.busy.fetch_add(1, Ordering::SeqCst);
        framed(b"busy", out);
    }

    fn batch(&self) -> Batch {
        Batch::default()
    }

    fn flush(&self, _batch: Batch) -> Result<(), Withhold> {
        self.flushed.fetch_add(1, Ordering::SeqCst);
        if self.withhold.load(Ordering::SeqCst) { Err(Withhold) } else { Ok(()) }
    }

    fn closed(&self, _: &Peer) {
        self.closed.fetch_add(1, Ordering::SeqCst);
    }

    fn auto_unseal(&self) -> Result<bool, Failure> {
        self.unsealed.fetch_add(1, Ordering::SeqCst);
        Ok(true)
    }

    fn reload(&self, _: &Policy) {
        self.reloads.fetch_add(1, Ordering::SeqCst);
    }

    fn reopen_audit(&self) -> Result<(), Failure> {
        self.reopened.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    fn shut_down(&self) -> Result<(), Failure> {
        self.shut_down.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

/// Waits for something that another thread does.
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..1_000 {
        if holds() {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("did not happen: {what}");
}
