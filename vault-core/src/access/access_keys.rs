//! Making, listing and ending access keys, and signing in by one.

use super::record::About;
use super::{Access, Caller, Session};
use crate::access_keys::{self, AccessKeyInfo, AccessKeyPair, NewAccessKey, Wanted};
use crate::names::User;
use crate::policy::Verb;
use crate::secrets::{Account, Refusal};
use crate::vault::Open;

impl Access<'_> {
    /// Makes an access key of the caller's own; an operator with the verb `users` makes one for a user `ext:…`, who has
    /// no other way to one. Nobody makes one for another `uid:…`: that would be becoming them.
    pub fn access_key_create(&self, new: NewAccessKey) -> Result<AccessKeyPair, Refusal> {
        self.alone("access_key.create", None, |open| {
            let account = match &new.user {
                None => self.own_account()?.clone(),
                Some(user) if user == self.caller.user() => self.own_account()?.clone(),
                Some(user @ User::Ext(_)) => {
                    self.may_for(user)?;
                    Account { user: user.clone(), login: None }
                }
                Some(_) => return Err(Refusal::Forbidden { needs: Some("that user, who makes it for themself") }),
            };
            if new.given.is_some() && !self.vault.is_development()? {
                return Err(Refusal::Forbidden { needs: Some("a development vault") });
            }
            let made_by = self.caller.user();
            access_keys::create(&open.barrier, &open.shelf, Wanted { account, made_by, new })
        })
    }

    /// The caller's access keys, or, for an operator, another user's.
    pub fn access_keys(&self, user: Option<&User>) -> Result<Vec<AccessKeyInfo>, Refusal> {
        let Open { barrier, shelf, reads, .. } = &self.vault.0;
        let listed = self.own_account().and_then(|own| {
            let user = user.unwrap_or(&own.user);
            self.may_for(user)?;
            Ok(access_keys::list(barrier, shelf, reads, user)?)
        });
        self.record("access_key.list", About::default(), listed)
    }

    /// Ends an access key at its next request. Another's looks like one that is not there.
    pub fn access_key_revoke(&self, id: &str) -> Result<(), Refusal> {
        self.alone("access_key.revoke", None, |open| {
            self.own_account()?;
            let place = access_keys::place(&open.barrier, id);
            let record = open.shelf.access_key_at(&open.barrier, &place)?;
            match record.filter(|record| self.may_for(&record.account.user).is_ok()) {
                Some(_) => access_keys::revoke(&open.barrier, &place),
                None => Err(Refusal::Missing { expired: false }),
            }
        })
    }

    /// The user whose access key signed a request, when `is_signed` says that its secret did. Unknown, revoked, expired and
    /// held are one answer, [`Refusal::BadToken`]; a signature that is not right is none. Both are recorded; what is
    /// then done is recorded by itself.
    pub fn sign_in(
        &self,
        id: &str,
        login_of: &dyn Fn(u32) -> Option<String>,
        is_signed: impl FnOnce(&[u8]) -> bool,
    ) -> Result<Option<Caller>, Refusal> {
        let Open { barrier, shelf, reads, .. } = &self.vault.0;
        let (place, record) = match access_keys::good(barrier, shelf, id, login_of) {
            Ok(good) => good,
            Err(refusal) => return self.record("access_key.sign_in", About::default(), Err(refusal)),
        };
        if !is_signed(record.secret.expose()) {
            let forbidden: Result<(), _> = Err(Refusal::Forbidden { needs: None });
            return match self.record("access_key.sign_in", About::default(), forbidden) {
                Err(Refusal::Forbidden { .. }) | Ok(()) => Ok(None),
                Err(unrecorded) => Err(unrecorded),
            };
        }
        reads.note(&place, barrier.host().clock.now_ms());
        let Account { user, login } = record.account.clone();
        Ok(Some(Caller::new(user, login)))
    }

    fn own_account(&self) -> Result<&Account, Refusal> {
        match self.caller.session() {
            Session::User => Ok(&self.caller.account),
            Session::App { .. } | Session::Nobody => Err(Refusal::Forbidden { needs: Some("a user's own session") }),
        }
    }

    fn may_for(&self, user: &User) -> Result<(), Refusal> {
        if user == self.caller.user() || self.caller.verbs().has(Verb::Users) {
            return Ok(());
        }
        Err(Refusal::Forbidden { needs: Some("the operator verb `users`") })
    }
}
