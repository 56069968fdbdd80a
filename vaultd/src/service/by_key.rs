//! The seam for doors to keys: who is asking is told by the kernel, on a Unix
//! socket, or by the access key that signed; what is asked is the door's own.

use std::sync::{Arc, PoisonError};

use tokio::sync::oneshot;
use vault_core::access::{Caller, Kms};
use vault_core::{AccessKeyPair, NewAccessKey};
use vault_proto::latest::WireError;

use super::by_token::next_request;
use super::dispatch::read;
use super::served::Served;
use super::shared::Shared;
use super::{Permit, map};
use crate::listener::{Credentials, PeerRefused};

/// What a door to keys asks of the service.
///
/// What is done at once is recorded in the batch of the calling thread:
/// [`super::Service::flush`] comes before an answer leaves, and before anything
/// is awaited. What is done on another thread is recorded there.
///
/// A service of no keys leaves everything as it is here.
pub trait ByKey {
    /// Seconds since 1970.
    fn now(&self) -> i64 {
        0
    }

    /// Whoever the kernel says is at the other end of a Unix socket.
    fn passing(&self, _creds: Credentials) -> Result<Arc<Caller>, PeerRefused> {
        Err(PeerRefused::Unknown)
    }

    /// Whose access key it is, when `is_signed` says that its secret has signed. None: it has not. An access key that is not
    /// good is a bad token.
    fn sign_in(
        &self,
        _access_key: &str,
        _is_signed: impl FnOnce(&[u8]) -> bool,
    ) -> Result<Option<Arc<Caller>>, WireError> {
        Err(WireError::Sealed {})
    }

    /// Makes an access key for `vaultd dev`, in place of those it made before. Waits for a disk.
    fn make_access_key(&self, _caller: &Caller, _new: NewAccessKey) -> Result<AccessKeyPair, WireError> {
        Err(WireError::Sealed {})
    }

    /// Works with keys, at once.
    fn with_keys<T>(&self, _caller: &Caller, _work: impl FnOnce(Kms<'_>) -> T) -> Result<T, WireError> {
        Err(WireError::Sealed {})
    }

    /// The same on another thread, for what waits for a disk, or makes RSA keys. Nothing comes when it may or may not
    /// have been done.
    fn with_keys_later<T: Send + 'static>(
        &self,
        _caller: Arc<Caller>,
        _thread: KeyThread,
        _permit: Permit,
        _work: impl FnOnce(Kms<'_>) -> T + Send + 'static,
    ) -> oneshot::Receiver<Result<T, WireError>> {
        oneshot::channel().1
    }
}

/// Which thread does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyThread {
    /// What commits.
    Keys,
    /// What makes RSA keys, which takes seconds.
    Pairs,
}

impl ByKey for Served {
    fn now(&self) -> i64 {
        i64::try_from(self.shared.host.clock.now_ms() / 1_000).unwrap_or(i64::MAX)
    }

    fn passing(&self, creds: Credentials) -> Result<Arc<Caller>, PeerRefused> {
        let policy = self.shared.policy.read().unwrap_or_else(PoisonError::into_inner);
        self.shared.callers.passing(creds, &policy).map(Arc::new)
    }

    fn sign_in(
        &self,
        access_key: &str,
        is_signed: impl FnOnce(&[u8]) -> bool,
    ) -> Result<Option<Arc<Caller>>, WireError> {
        let (shared, nobody) = (&self.shared, Caller::nobody());
        read(shared, |vault| {
            let login_of = |uid| shared.callers.login_of(uid);
            let signed = shared.with_batch(|batch| {
                vault.access(&nobody, next_request(), batch).sign_in(access_key, &login_of, is_signed)
            });
            Ok(signed.map_err(map::refusal)?.map(Arc::new))
        })
    }

    fn make_access_key(&self, caller: &Caller, new: NewAccessKey) -> Result<AccessKeyPair, WireError> {
        read(&self.shared, |vault| {
            let access = vault.caller(caller);
            let given = new.given.as_ref().map(|(id, _)| id.as_str());
            let known = access.access_keys(None).map_err(map::refusal)?;
            for old in known.iter().filter(|old| old.description == new.description || Some(old.id.as_str()) == given) {
                access.access_key_revoke(&old.id).map_err(map::refusal)?;
            }
            access.access_key_create(new).map_err(map::refusal)
        })
    }

    fn with_keys<T>(&self, caller: &Caller, work: impl FnOnce(Kms<'_>) -> T) -> Result<T, WireError> {
        run(&self.shared, caller, work)
    }

    fn with_keys_later<T: Send + 'static>(
        &self,
        caller: Arc<Caller>,
        thread: KeyThread,
        permit: Permit,
        work: impl FnOnce(Kms<'_>) -> T + Send + 'static,
    ) -> oneshot::Receiver<Result<T, WireError>> {
        let (to, from) = oneshot::channel();
        let task = Box::new(move |shared: &Shared| {
            let done = run(shared, &caller, work);
            let done = match shared.flush_now() {
                Ok(()) => done,
                Err(_) => Err(WireError::ReadOnly { reason: "audit full".to_owned() }),
            };
            drop(permit);
            let _nobody_waits = to.send(done).is_err();
        });
        match thread {
            KeyThread::Keys => self.push_keys(task),
            KeyThread::Pairs => self.push_key_pairs(task),
        }
        from
    }
}

fn run<T>(shared: &Shared, caller: &Caller, work: impl FnOnce(Kms<'_>) -> T) -> Result<T, WireError> {
    read(shared, |vault| Ok(shared.with_batch(|batch| work(vault.access(caller, next_request(), batch).kms()))))
}
