//! One way to a vault, as the matrix uses it.

use vault_core::manifest::Manifest;

/// As what somebody comes, and with what in hand.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Role {
    /// The user, as themself.
    User,
    /// With a token of role extension, for that user alone.
    Extension,
    /// With a token of role panel: for that user alone, or for any `ext:` user.
    Panel,
}

/// Who asks: fixed before the first question.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Held {
    pub(crate) role: Role,
    /// Whose token; of no meaning for a user.
    pub(crate) app: usize,
    pub(crate) user: usize,
}

/// A question. What it claims need not be what the asker holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ask<'a> {
    pub(crate) held: Held,
    /// As which app; `X-Ext-Id` where a door has headers. None for a user.
    pub(crate) as_app: &'a str,
    /// For which user; `X-Acting-User` where a door has headers.
    pub(crate) as_user: &'a str,
    /// Of which app the secret is.
    pub(crate) app: &'a str,
    pub(crate) op: Op<'a>,
}

/// Every operation on a secret, or on all of a user's.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Op<'a> {
    Get(&'a str),
    Set(&'a str, &'a str),
    Delete(&'a str),
    Describe(&'a str),
    Promote(&'a str),
    Webhook(&'a str),
    /// The user is named in the question when it is not the one acted for.
    Declared(Option<&'a str>),
    Require(Option<&'a str>),
    List(Option<&'a str>),
}

/// An answer, without what differs from one question to the same question
/// again: the request's id, the stamp of the vault's history, the date.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Told {
    pub(crate) ok: bool,
    pub(crate) bytes: Vec<u8>,
}

/// One way to a vault of its own.
pub(crate) trait Door {
    /// Declares an app; the account of this test owns it.
    fn declare(&mut self, manifest: &Manifest);
    /// Stores a user's value, as the user does who has no account here.
    fn user_sets(&mut self, user: usize, app: usize, name: &str, value: &str);
    /// Stores what an app has for everybody.
    fn owner_sets(&mut self, app: usize, name: &str, value: &str);
    /// Called once when all is set: makes the tokens.
    fn furnished(&mut self);
    /// Can somebody come through this door like that?
    fn admits(&self, held: Held) -> bool;
    /// Can this be asked here at all?
    fn offers(&self, op: Op<'_>) -> bool;
    /// Asks.
    fn ask(&mut self, ask: Ask<'_>) -> Told;
}

/// Those of the operations that a door has.
pub(crate) fn offered<'a>(door: &dyn Door, ops: impl IntoIterator<Item = Op<'a>>) -> Vec<Op<'a>> {
    ops.into_iter().filter(|op| door.offers(*op)).collect()
}

impl Op<'_> {
    /// Its word.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Get(_) => "get",
            Self::Set(..) => "set",
            Self::Delete(_) => "delete",
            Self::Describe(_) => "describe",
            Self::Promote(_) => "promote",
            Self::Webhook(_) => "webhook",
            Self::Declared(_) => "declared",
            Self::Require(_) => "require",
            Self::List(_) => "list",
        }
    }
}

/// What is signed in every webhook of the matrix, and by whom else.
pub(crate) const BODY: &[u8] = b"Hello, World!";
/// GitHub's published example: a genuine form, and none of the secrets here made it.
pub(crate) const SIGNATURE: (&str, &str) =
    ("X-Hub-Signature-256", "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17");
