//! Who may do what: one function, no state, tested cell by cell.
//!
//! Identity is fixed before it gets here (by the kernel's word at accept);
//! nothing a request carries changes it.

use crate::names::{App, User};
use crate::secrets::Refusal;

/// What a user may do beyond their own secrets: a capability per verb.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u16)]
pub enum Verb {
    /// Make backups.
    Backup = 1,
    /// Open a sealed vault.
    Unseal = 1 << 1,
    /// Seal it.
    Seal = 1 << 2,
    /// Add and remove key slots.
    Slots = 1 << 3,
    /// Replace keys.
    Rekey = 1 << 4,
    /// See, confirm, move and shred users.
    Users = 1 << 5,
    /// Read, verify and rotate the audit log.
    Audit = 1 << 6,
    /// Check every record.
    Check = 1 << 7,
}

/// A set of verbs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Verbs(u16);

/// What is asked of a secret.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Action {
    /// Names and states, never a value; a secret's history.
    Look,
    /// The value.
    Get,
    /// A new version.
    Set,
    /// Delete, undelete, destroy.
    Delete,
}

impl Verb {
    /// Every verb.
    pub const ALL: [Self; 8] =
        [Self::Backup, Self::Unseal, Self::Seal, Self::Slots, Self::Rekey, Self::Users, Self::Audit, Self::Check];

    /// As configured and shown.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Backup => "backup",
            Self::Unseal => "unseal",
            Self::Seal => "seal",
            Self::Slots => "slots",
            Self::Rekey => "rekey",
            Self::Users => "users",
            Self::Audit => "audit",
            Self::Check => "check",
        }
    }

    /// From its word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verb| verb.as_str() == text)
    }
}

impl Verbs {
    /// None.
    pub const NONE: Self = Self(0);
    /// Every one.
    pub const ALL: Self = Self(0xff);

    /// With one more.
    #[must_use]
    pub fn with(self, verb: Verb) -> Self {
        Self(self.0 | verb as u16)
    }

    /// With those of another set.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Is it in the set?
    #[must_use]
    pub fn has(self, verb: Verb) -> bool {
        self.0 & verb as u16 != 0
    }

    /// Each verb in the set.
    pub fn iter(self) -> impl Iterator<Item = Verb> {
        Verb::ALL.into_iter().filter(move |verb| self.has(*verb))
    }
}

/// May `asking`, with these operator verbs, do `action` on a secret of `app`
/// that belongs to `owner`?
///
/// What is forbidden and what does not exist look the same to whoever may not
/// know: another's secrets and undeclared apps are *missing*.
pub(crate) fn decide(asking: &User, verbs: Verbs, owner: &User, app: &App, action: Action) -> Result<(), Refusal> {
    let own = asking == owner;
    let personal = app.is_personal();
    match (own, personal, action) {
        // One's own personal app is open: undeclared names are allowed.
        (true, true, Action::Look | Action::Get | Action::Set | Action::Delete) => Ok(()),
        // An operator sees names and states of others, never a value.
        (false, _, Action::Look) if verbs.has(Verb::Users) => Ok(()),
        (false, _, Action::Look | Action::Get | Action::Set | Action::Delete)
        | (true, false, Action::Look | Action::Get | Action::Set | Action::Delete) => {
            Err(Refusal::Missing { expired: false })
        }
    }
}

/// May somebody with these verbs do an operator's work?
pub(crate) fn permit(verbs: Verbs, verb: Verb) -> Result<(), Refusal> {
    if verbs.has(verb) { Ok(()) } else { Err(Refusal::Forbidden { needs: Some(verb.as_str()) }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_of_verbs_only_grow() {
        for one in Verb::ALL {
            for other in Verb::ALL {
                let both = Verbs::NONE.with(one).union(Verbs::NONE.with(other));
                assert_eq!(both, Verbs::NONE.with(one).with(other).with(one));
                assert!(Verb::ALL.into_iter().all(|verb| both.has(verb) == (verb == one || verb == other)));
            }
        }
    }

    #[test]
    fn mistake_12_every_action_against_every_standing() {
        let (alice, bob) = (User::Uid(1001), User::Uid(1002));
        let (personal, other) = (App::personal(), App::parse("billing").unwrap());
        let actions = [Action::Look, Action::Get, Action::Set, Action::Delete];
        for verbs in [Verbs::NONE, Verbs::ALL, Verbs::NONE.with(Verb::Users), Verbs::NONE.with(Verb::Backup)] {
            for action in actions {
                assert!(decide(&alice, verbs, &alice, &personal, action).is_ok());
                assert!(decide(&alice, verbs, &alice, &other, action).is_err());
                let others = decide(&alice, verbs, &bob, &personal, action);
                assert_eq!(others.is_ok(), action == Action::Look && verbs.has(Verb::Users), "{verbs:?} {action:?}");
            }
        }
    }

    #[test]
    fn mistake_19_uid_0_has_no_say_of_its_own() {
        let root = decide(&User::Uid(0), Verbs::ALL, &User::Uid(1001), &App::personal(), Action::Get);
        assert!(root.is_err());
    }

    #[test]
    fn verbs_have_words_and_sets() {
        for verb in Verb::ALL {
            assert_eq!(Verb::parse(verb.as_str()), Some(verb));
            assert!(Verbs::ALL.has(verb) && !Verbs::NONE.has(verb));
            assert_eq!(Verbs::NONE.with(verb).iter().collect::<Vec<_>>(), [verb]);
            assert!(permit(Verbs::ALL, verb).is_ok() && permit(Verbs::NONE, verb).is_err());
        }
        assert_eq!(Verb::parse("Backup"), None);
    }
}
