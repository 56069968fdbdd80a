//! The audit log: one JSON line per operation, in a hash chain.
//!
//! Threat: somebody who can write the log file edits, removes, reorders or
//! invents lines to hide an access. Choice: each line carries a MAC over itself
//! and the MAC before it, under a key that exists only while the vault is open;
//! and the vault remembers, in its own sealed state, how far the log had
//! reached the disk ([`Checkpoint`]). Limits: lines younger than the last
//! checkpoint can be cut off the end without a trace; lines written while the
//! vault is sealed can be rewritten until the next unsealing covers them; who
//! holds the open vault's memory holds the key.
//!
//! # The line
//!
//! ```text
//! {"seq":7,"time":"2026-01-02T03:04:05.678Z","op":"get","outcome":"ok","uid":1000,"user":"uid:1000",
//!  "pid":4711,"app":"billing","name":"<32 hex>","version":3,"request":12,"detail":"expired",
//!  "lost":2,"prev":"<64 hex>","mac":"<64 hex>"}⏎          (one line, no spaces, at most 2,048 bytes)
//! ```
//!
//! Members in this order; `uid user pid app name version detail lost prev` are
//! left out when there is nothing to say. The last member is `mac` or `hash`.
//! Hex is lower case. The **body** is every byte from `{` up to, and without,
//! the comma before that last member.
//!
//! # The chain
//!
//! ```text
//! head 0  = 32 zero bytes
//! head n  = HMAC-SHA-256(audit key, LP("vault/v1/audit") ‖ head n-1 ‖ LP(body n))     "mac":  vault open
//! head n  = SHA-256(LP("vault/v1/audit-plain") ‖ head n-1 ‖ LP(body n))               "hash": vault sealed
//! ```
//!
//! LP is a u32be length prefix. There is *one* chain: keyed and plain links
//! alternate in it as the vault opens and seals. The first plain line after a
//! seal (or a crash) takes the last MAC as the head before it; the first line
//! after unsealing is `audit.unlock`, keyed, and takes the last plain hash, so
//! from then on no plain line can be changed either. A clean seal ends with the
//! keyed line `audit.lock`.
//!
//! `seq` grows by one, or by one more than `lost` where a line says that
//! `lost` lines could not be written (`audit.gap`) or are gone from the file
//! (`audit.alarm`). The first line of each file states in `prev` the head
//! before it, so that the oldest file kept can be verified on its own. After an
//! alarm the log goes on in a new file: what is wrong stays in the old one.
//!
//! # Which lines the log writes itself
//!
//! `audit.begin`, `audit.unlock`, `audit.lock`, `audit.rotate`, `audit.reopen`,
//! `audit.gap`, `audit.torn`, `audit.alarm`, `audit.sync_failed`.

mod chain;
mod drafts;
mod event;
mod file;
mod inner;
mod line;
mod lines;
mod log;
mod memory;
mod reserve;
mod since;
mod sink;
mod state;
mod verify;

#[cfg(test)]
mod tests;

pub use chain::Checkpoint;
pub use drafts::Drafts;
pub use event::{Detail, Event, Who};
pub use file::{FileOptions, FileSink, OpenFileError};
pub use log::{AuditFull, AuditLog, Flushed, OnFull, SyncError, UnlockError};
pub use memory::MemorySink;
pub use sink::{AuditSink, Durable, KeptFile, ReadAt, Reserve, Upkeep};
pub use state::{Alarm, AuditState, Degraded, UnlockReport};
pub use verify::{Gap, Problem, ProblemKind, Report, VerifyError};
