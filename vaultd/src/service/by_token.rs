//! The seam for doors without peer credentials: whoever comes there is nobody,
//! shows a token with every request, and is then the app the token is of.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::oneshot;
use vault_core::access::{Caller, TokenId};
use vault_core::names::App;
use vault_proto::latest::{Acting, Call, Reply, WireError};

use super::dispatch::{Course, read};
use super::served::Served;
use super::shared::State;
use super::waiter::Waiter;
use super::{Permit, acting, long_reads, map, writer};

/// What a door asks of the service that has no word of the kernel's on who is there.
///
/// Each call records what it did in the batch of the calling thread:
/// [`super::Service::flush`] comes before an answer leaves, and before anything
/// is awaited.
///
/// A service of no apps leaves everything as it is here: no token is good.
pub trait ByToken {
    /// Takes a token. Unknown, wrong, expired and revoked are one answer.
    fn present(&self, _token: &[u8]) -> Result<Bearer, WireError> {
        Err(WireError::BadToken {})
    }

    /// The bearer as the app, for a user of the spelling `uid:N` or `ext:ID`, or
    /// for whom the token implies.
    fn act(&self, _bearer: &Bearer, _user: Option<&str>) -> Result<Actor, WireError> {
        Err(WireError::BadToken {})
    }

    /// Answers a call of version 2 that is about secrets. What waits for a disk
    /// needs a permit, and is refused as busy without one.
    fn ask(&self, _actor: &Actor, _call: Call, _permit: Option<Permit>) -> Asked {
        Asked::Now(Err(WireError::BadToken {}))
    }

    /// Does it serve? Asks for nothing and is not recorded.
    fn is_open(&self) -> bool {
        false
    }
}

/// A token that was good a moment ago. Good for nothing but [`ByToken::act`],
/// which looks at it again.
#[derive(Debug)]
pub struct Bearer {
    token: TokenId,
    app: App,
}

impl Bearer {
    /// The app it is of.
    #[must_use]
    pub fn app(&self) -> &str {
        self.app.as_str()
    }
}

/// An app acting for somebody, for one request.
#[derive(Debug)]
pub struct Actor {
    caller: Arc<Caller>,
    app: App,
    request: u64,
}

/// What became of a call.
#[derive(Debug)]
pub enum Asked {
    /// Answered.
    Now(Result<Reply, WireError>),
    /// Waits for a disk.
    Later(Pending),
}

/// An answer on its way.
#[derive(Debug)]
pub struct Pending(oneshot::Receiver<Result<Reply, WireError>>);

impl Pending {
    /// Waits. An end that was dropped unanswered may have done its work, or not.
    pub async fn answer(self) -> Result<Reply, WireError> {
        self.0.await.unwrap_or(Err(WireError::Indeterminate {}))
    }
}

impl ByToken for Served {
    fn present(&self, token: &[u8]) -> Result<Bearer, WireError> {
        let (shared, nobody, id) = (&self.shared, Caller::nobody(), next_request());
        let presented = read(shared, |vault| {
            let presented = shared.with_batch(|batch| vault.access(&nobody, id, batch).present(token));
            presented.map_err(map::refusal)
        })?;
        Ok(Bearer { token: presented.token, app: presented.app })
    }

    fn act(&self, bearer: &Bearer, user: Option<&str>) -> Result<Actor, WireError> {
        let request = next_request();
        let acting = Acting { app: bearer.app().to_owned(), user: user.map(str::to_owned) };
        let caller = acting::session(&self.shared, &Caller::nobody(), request, &[bearer.token], &acting)?;
        Ok(Actor { caller: Arc::new(caller), app: bearer.app.clone(), request })
    }

    fn ask(&self, actor: &Actor, call: Call, permit: Option<Permit>) -> Asked {
        let Actor { caller, app, request: id } = actor;
        let course = acting::ask(&self.shared, NO_CONNECTION, caller, *id, app.as_str(), call);
        let queued = match course {
            Course::Answer(result) => return Asked::Now(result),
            // Operators come with the kernel's word, never with a token.
            Course::Desk(..) => return Asked::Now(Err(WireError::Forbidden { needs: None })),
            queued => queued,
        };
        let Some(permit) = permit else { return Asked::Now(Err(WireError::Busy { retry_after_ms: RETRY_MS })) };
        let (from, waiter) = Waiter::door(permit);
        let id = *id;
        match queued {
            Course::Write(request) => self.push_write(writer::Job { request, waiter }),
            Course::Later(read) => self.push_read(long_reads::Job { id, read, waiter }),
            Course::Keys(read) => self.push_keys(long_reads::Job { id, read, waiter }.into()),
            Course::KeyPairs(read) => self.push_key_pairs(long_reads::Job { id, read, waiter }.into()),
            Course::Answer(_) | Course::Desk(..) => {}
        }
        Asked::Later(Pending(from))
    }

    fn is_open(&self) -> bool {
        matches!(self.shared.read().as_deref(), Ok(State::Open(_)))
    }
}

/// Numbers requests for the audit log, all doors together.
pub(super) fn next_request() -> u64 {
    static REQUESTS: AtomicU64 = AtomicU64::new(1);
    REQUESTS.fetch_add(1, Ordering::Relaxed)
}

/// Connections are numbered from 1: no token is kept for this one.
const NO_CONNECTION: u64 = 0;
const RETRY_MS: u64 = 100;
