//! What is recorded of an operation. There is no member a value, a passphrase
//! or free text could go into: words are part of the program, names arrive as
//! keyed hashes, users and apps as parsed types.

use crate::names::{App, User};

/// One operation.
#[derive(Clone, Copy, Debug)]
pub struct Event<'a> {
    /// What was asked: `get`, `set`, `unseal`…; at most [`crate::limits::AUDIT_WORD_MAX`] bytes.
    pub op: &'static str,
    /// How it ended: `ok`, `missing`, `forbidden`…
    pub outcome: &'static str,
    /// Who asked.
    pub who: Who<'a>,
    /// For which app.
    pub app: Option<&'a App>,
    /// Keyed hash of the secret's name.
    pub name: Option<[u8; 16]>,
    /// Version of the secret or key.
    pub version: Option<u64>,
    /// The connection's request id.
    pub request: u64,
    /// One more word or number.
    pub detail: Option<Detail>,
}

/// Who asked. All empty: the program itself.
#[derive(Clone, Copy, Default, Debug)]
pub struct Who<'a> {
    /// What the kernel said.
    pub uid: Option<u32>,
    /// The acting user.
    pub user: Option<&'a User>,
    /// A hint only: process ids are reused.
    pub pid: Option<i32>,
}

/// A word of the program's own, or a number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Detail {
    /// A word.
    Word(&'static str),
    /// A number.
    Number(u64),
}

impl Event<'_> {
    /// An operation of the program itself; the other members are filled in by
    /// `Event { who, ..Event::of("get", "ok") }`.
    #[must_use]
    pub fn of(op: &'static str, outcome: &'static str) -> Self {
        Self { op, outcome, who: Who::default(), app: None, name: None, version: None, request: 0, detail: None }
    }
}
