//! What keys and people are called at AWS: ids, ARNs, aliases; and back.
//!
//! ```text
//! 1234abcd-12ab-34cd-56ef-1234567890ab                    a key
//! arn:aws:kms:REGION:ACCOUNT:key/1234abcd-…               the same
//! alias/orders                                            by a name of the caller's own
//! arn:aws:kms:REGION:ACCOUNT:alias/orders                 the same
//! arn:aws:iam::ACCOUNT:user/uid:1000                      somebody, by uid
//! arn:aws:iam::ACCOUNT:user/ext:alice                     somebody behind a gateway
//! arn:aws:iam::ACCOUNT:user/alice                         by today's login name
//! uid:1000  ext:alice  user:alice                         the same, shorter
//! ```

use std::sync::Arc;

use vault_core::kms::{Alias, KeyId, KeyRef, Principal};
use vault_core::names::User;

use super::error::{INVALID_ALIAS_NAME, INVALID_ARN, Refused};
use super::wire::Input;
use crate::accounts::Accounts;

/// Where this is, as far as AWS's names go, and who is known there.
#[derive(Clone)]
pub struct Site {
    /// `us-east-1`, say.
    pub region: String,
    /// Twelve digits.
    pub account: String,
    /// Whose login name is whose.
    pub accounts: Arc<dyn Accounts>,
}

impl Site {
    pub(super) fn key_arn(&self, id: &KeyId) -> String {
        format!("arn:aws:kms:{}:{}:key/{id}", self.region, self.account)
    }

    pub(super) fn alias_arn(&self, alias: &Alias) -> String {
        format!("arn:aws:kms:{}:{}:{alias}", self.region, self.account)
    }

    /// The owner of every key, as policies and grants name it.
    pub(super) fn root_arn(&self) -> String {
        format!("arn:aws:iam::{}:root", self.account)
    }

    pub(super) fn user_arn(&self, user: &User) -> String {
        format!("arn:aws:iam::{}:user/{user}", self.account)
    }

    /// The key that a member names, in any form.
    pub(super) fn key(&self, input: Input<'_>, member: &'static str) -> Result<KeyRef, Refused> {
        self.key_named(&input.need_text(member, NAME_MAX)?)
    }

    /// The same where the member may be absent.
    pub(super) fn key_if_any(&self, input: Input<'_>, member: &'static str) -> Result<Option<KeyRef>, Refused> {
        if input.has(member) { self.key(input, member).map(Some) } else { Ok(None) }
    }

    /// The key that a member names by id or ARN. What changes a key does not go
    /// by a name that can be pointed elsewhere.
    pub(super) fn key_id(&self, input: Input<'_>, member: &'static str) -> Result<KeyId, Refused> {
        match self.key(input, member)? {
            KeyRef::Id(id) => Ok(id),
            KeyRef::Alias(_) => Err(Refused::not_found("no such key: this operation takes its id or ARN, no alias")),
        }
    }

    fn key_named(&self, text: &str) -> Result<KeyRef, Refused> {
        let named = match text.strip_prefix("arn:") {
            Some(rest) => self.local(rest)?,
            None => text,
        };
        let from_arn = named.len() != text.len();
        match named.strip_prefix("key/").filter(|_| from_arn) {
            Some(id) => KeyId::parse(id).map(KeyRef::Id).map_err(|_| NO_KEY.into()),
            None if named.starts_with("alias/") => Alias::parse(named).map(KeyRef::Alias).map_err(|_| NO_KEY.into()),
            None if from_arn => Err(not_an_arn()),
            None => KeyId::parse(named).map(KeyRef::Id).map_err(|_| NO_KEY.into()),
        }
    }

    /// The resource of an ARN of this region and account. Another's exists, but
    /// not here.
    fn local<'t>(&self, rest: &'t str) -> Result<&'t str, Refused> {
        let mut parts = rest.splitn(5, ':');
        let mut next = || parts.next().ok_or_else(not_an_arn);
        let (partition, service, region, account, resource) = (next()?, next()?, next()?, next()?, next()?);
        if !partition.starts_with("aws") || service != "kms" {
            return Err(not_an_arn());
        }
        if partition != "aws" || region != self.region || account != self.account {
            return Err(NO_KEY.into());
        }
        Ok(resource)
    }

    /// Somebody whom a grant names. Asks the account database.
    pub(super) fn principal(&self, text: &str) -> Result<Principal, Refused> {
        let iam = format!("arn:aws:iam::{}:user/", self.account);
        let (name, by_login) = match (text.strip_prefix(&iam), text.strip_prefix("user:")) {
            (Some(name), _) => (name, !name.starts_with("uid:") && !name.starts_with("ext:")),
            (None, Some(login)) => (login, true),
            (None, None) => (text, false),
        };
        let user = match by_login {
            true => self.accounts.uid_of(name).map(User::Uid),
            false => User::parse(name).ok(),
        };
        let user = user.ok_or_else(|| Refused::new(INVALID_ARN, NO_SUCH_PRINCIPAL))?;
        let login = user.uid().and_then(|uid| self.accounts.login_of(uid));
        Ok(Principal { user, login })
    }
}

/// An alias to be made or changed.
pub(super) fn alias(input: Input<'_>, member: &'static str) -> Result<Alias, Refused> {
    let text = input.need_text(member, 256)?;
    Alias::parse(&text).map_err(|rule| Refused::new(INVALID_ALIAS_NAME, rule.to_string()))
}

fn not_an_arn() -> Refused {
    Refused::new(INVALID_ARN, "expected arn:aws:kms:REGION:ACCOUNT:key/ID or arn:aws:kms:REGION:ACCOUNT:alias/NAME")
}

/// No key goes by that.
struct NoKey;

impl From<NoKey> for Refused {
    fn from(_: NoKey) -> Self {
        Self::not_found("no such key or alias here")
    }
}

const NO_KEY: NoKey = NoKey;
const NO_SUCH_PRINCIPAL: &str = "expected a user that is known here: arn:aws:iam::ACCOUNT:user/NAME with the account of \
     this server and a NAME of uid:NUMBER, ext:ID or a login name; or uid:NUMBER, ext:ID or user:LOGIN alone";
/// Longest name of a key.
const NAME_MAX: usize = 2_048;
