//! Who a connection acts as: looked up once, kept until it closes.
//!
//! The login name is asked of the account database at a connection's first
//! request and remembered for a minute per uid, so that no read waits for a
//! directory service twice. A change of the machine's own accounts ends that
//! minute at once: an account deleted and made again under the same uid must
//! not pass for the old one.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use vault_core::access::{Caller, TokenId};
use vault_core::names::User;
use vault_proto::latest::WireError;

use super::map::invalid;
use crate::accounts::{Accounts, Edition};
use crate::config::{Operators, Policy};
use crate::listener::{Credentials, Peer, PeerRefused};

pub(super) struct Callers {
    accounts: Arc<dyn Accounts>,
    known: Mutex<Known>,
    /// Of all those of this process, and anew whenever everybody is looked up anew.
    edition: AtomicU64,
}

/// By connection, with the edition they were looked up in.
type Mine = HashMap<u64, (u64, Arc<Caller>)>;

thread_local! {
    /// A thread's own connections, until they close: it alone serves them, so there
    /// is no lock here, and no count that other processors count with.
    static MINE: RefCell<Mine> = RefCell::default();
}

#[derive(Default)]
struct Known {
    /// The tokens presented on each connection, oldest first.
    presented: HashMap<u64, Vec<TokenId>>,
    logins: HashMap<u32, Lookup>,
}

struct Lookup {
    at: Instant,
    edition: Edition,
    login: Option<String>,
}

impl Callers {
    pub(super) fn new(accounts: Arc<dyn Accounts>) -> Self {
        Self { accounts, known: Mutex::default(), edition: AtomicU64::new(next_edition()) }
    }

    /// The caller behind a connection.
    pub(super) fn of(&self, peer: &Peer, operators: impl FnOnce() -> Operators) -> Arc<Caller> {
        // Before the lookup: who is looked up anew meanwhile is not kept.
        let edition = self.edition.load(Ordering::Acquire);
        MINE.with_borrow_mut(|mine| {
            if let Some((_, caller)) = mine.get(&peer.connection()).filter(|(of, _)| *of == edition) {
                return Arc::clone(caller);
            }
            let login = self.login_of(peer.uid());
            let caller = Caller::new(User::Uid(peer.uid()), login);
            let caller = Arc::new(caller.with_pid(peer.pid()).with_verbs(peer.verbs(&operators())));
            mine.insert(peer.connection(), (edition, Arc::clone(&caller)));
            caller
        })
    }

    /// Whoever the kernel says is at the other end of a connection that is not remembered here. An operator's verbs are
    /// for the vault's own socket.
    pub(super) fn passing(&self, creds: Credentials, policy: &Policy) -> Result<Caller, PeerRefused> {
        let peer = Peer::admit(creds, policy, &*self.accounts, NO_CONNECTION)?;
        Ok(Caller::new(User::Uid(peer.uid()), self.login_of(peer.uid())).with_pid(peer.pid()))
    }

    /// Today's login name of a uid.
    pub(super) fn login_of(&self, uid: u32) -> Option<String> {
        // Before the lookup: a change in between makes it stale, not trusted.
        let edition = self.accounts.edition();
        let fresh = |found: &&Lookup| found.edition == edition && found.at.elapsed() < LOGIN_TTL;
        if let Some(found) = self.lock().logins.get(&uid).filter(fresh) {
            return found.login.clone();
        }
        let login = self.accounts.login_of(uid);
        let mut known = self.lock();
        if known.logins.len() >= LOGINS_MAX {
            known.logins.clear();
        }
        known.logins.insert(uid, Lookup { at: Instant::now(), edition, login: login.clone() });
        login
    }

    /// Today's login name of a uid, asked anew: for an operator who decides by it.
    pub(super) fn login_now(&self, uid: u32) -> Option<String> {
        self.lock().logins.remove(&uid);
        self.login_of(uid)
    }

    /// The tokens presented on a connection. That they were is remembered;
    /// whether they are good is looked at for each call.
    pub(super) fn presented(&self, connection: u64) -> Vec<TokenId> {
        self.lock().presented.get(&connection).cloned().unwrap_or_default()
    }

    pub(super) fn present(&self, connection: u64, token: TokenId) -> Result<(), WireError> {
        let mut known = self.lock();
        let presented = known.presented.entry(connection).or_default();
        if presented.contains(&token) {
            return Ok(());
        }
        if presented.len() >= PRESENTED_MAX {
            return Err(invalid("token", "at most 8 tokens on one connection"));
        }
        presented.push(token);
        Ok(())
    }

    pub(super) fn forget(&self, peer: &Peer) {
        // A thread that is ending has forgotten them already.
        let _gone = MINE.try_with(|mine| mine.borrow_mut().remove(&peer.connection())).is_err();
        self.lock().presented.remove(&peer.connection());
    }

    /// After a reload or a confirmation: everybody is looked up anew.
    pub(super) fn forget_all(&self) {
        self.lock().logins.clear();
        self.edition.store(next_edition(), Ordering::Release);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn next_edition() -> u64 {
    static EDITIONS: AtomicU64 = AtomicU64::new(0);
    EDITIONS.fetch_add(1, Ordering::Relaxed)
}

/// Connections are numbered from 1.
const NO_CONNECTION: u64 = 0;
const LOGIN_TTL: Duration = Duration::from_secs(60);
const PRESENTED_MAX: usize = 8;
const LOGINS_MAX: usize = 65_536;
