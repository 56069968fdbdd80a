//! Attacks and faults, one file a family.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::*;
use crate::host::{Clock, Host};
use crate::keys::AuditKey;
use crate::names::{App, User};

mod chain;
mod files;
mod full_disk;
mod random;
mod tampering;
mod unlocking;

/// 2026-01-02T03:04:05.678Z, a second later at each look.
struct TestClock(AtomicU64);

impl Clock for TestClock {
    fn now_ms(&self) -> u64 {
        self.0.fetch_add(1_000, Ordering::Relaxed)
    }
}

fn host() -> Host {
    Host { clock: Arc::new(TestClock(AtomicU64::new(1_767_323_045_678))), ..Host::system() }
}

fn key() -> AuditKey {
    key_of(0x42)
}

fn key_of(byte: u8) -> AuditKey {
    AuditKey::new(&[byte; 32])
}

fn open(sink: &MemorySink) -> AuditLog {
    AuditLog::open(sink.clone(), OnFull::Gap, &host()).unwrap()
}

fn open_unlocked(sink: &MemorySink, on_full: OnFull) -> AuditLog {
    let log = AuditLog::open(sink.clone(), on_full, &host()).unwrap();
    assert_eq!(log.unlock(key(), None).unwrap().alarms, []);
    log
}

/// Records `count` reads, one write for all.
fn reads(log: &AuditLog, count: u64) {
    let user = User::Uid(1000);
    let app = App::parse("billing").unwrap();
    let mut drafts = Drafts::default();
    for request in 0..count {
        let event = Event {
            who: Who { uid: Some(1000), user: Some(&user), pid: Some(4711) },
            app: Some(&app),
            name: Some([0xab; 16]),
            version: Some(3),
            request,
            ..Event::of("get", "ok")
        };
        log.draft(&mut drafts, &event);
    }
    assert_eq!(log.append(&mut drafts), Ok(Flushed::Written));
}

fn ops(sink: &MemorySink) -> Vec<String> {
    text(sink).lines().map(|line| member(line, "op")).collect()
}

fn text(sink: &MemorySink) -> String {
    String::from_utf8(sink.contents()).unwrap()
}

fn member(line: &str, name: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(line).unwrap();
    match &value[name] {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
