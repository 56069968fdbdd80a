//! Who may do what: one function, no state, tested cell by cell.
//!
//! Identity is fixed before it gets here (by the kernel's word at accept);
//! nothing a request carries changes it.

use vault_manifest::{Scope, Spec, WriteMode};

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
    /// Add and remove apps, and say whose they are.
    Apps = 1 << 8,
}

/// A set of verbs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Verbs(u16);

/// What is asked of a secret.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Action {
    /// Names and states, never a value; a secret's history; the gate.
    Look,
    /// The value.
    Get,
    /// A new version, to be served at once or to be tried.
    Set,
    /// A version that was stored to be tried becomes the current one, or goes.
    Promote,
    /// Delete, undelete, destroy.
    Delete,
    /// Use inside the vault: the answer is yes or no.
    Verify,
}

/// Where somebody stands who asks for a secret.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Standing {
    /// A user, for themself.
    Own,
    /// A user who owns the app.
    AppOwner,
    /// The app's own code, acting for the user whose secret it is.
    Extension,
    /// A user interface, acting for the user whose secret it is.
    Panel,
    /// An operator with the verb `users`.
    Operator,
    /// Anybody else.
    Other,
}

/// What is said about the secret.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Secret {
    /// In the personal app, where nothing is declared.
    Personal,
    /// Declared.
    Declared {
        /// Whose value it is.
        scope: Scope,
        /// Who stores it.
        write_mode: WriteMode,
        /// May its user read it back?
        reveal: bool,
    },
}

impl Secret {
    pub(crate) fn of(spec: &Spec) -> Self {
        Self::Declared { scope: spec.scope, write_mode: spec.write_mode, reveal: spec.reveal }
    }
}

impl Verb {
    /// Every verb.
    pub const ALL: [Self; 9] = [
        Self::Backup,
        Self::Unseal,
        Self::Seal,
        Self::Slots,
        Self::Rekey,
        Self::Users,
        Self::Audit,
        Self::Check,
        Self::Apps,
    ];

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
            Self::Apps => "apps",
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
    pub const ALL: Self = Self(0x1ff);

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

/// May somebody who stands there do `action` on this secret?
///
/// What is forbidden and what does not exist look the same to whoever may not
/// know: another's secret is *missing*, an app's own is *not declared*.
pub(crate) fn decide(standing: Standing, secret: Secret, action: Action) -> Result<(), Refusal> {
    use Action::{Delete, Get, Look, Promote, Set, Verify};
    use Standing::{AppOwner, Extension, Operator, Other, Own, Panel};
    let unless = |allowed: bool, needs: &'static str| {
        if allowed { Ok(()) } else { Err(Refusal::Forbidden { needs: Some(needs) }) }
    };
    match secret {
        Secret::Personal => match (standing, action) {
            (Own, Look | Get | Set | Promote | Delete | Verify) => Ok(()),
            // An operator sees names and states of others, never a value.
            (Operator, Look) => Ok(()),
            (Operator, Get | Set | Promote | Delete | Verify) | (AppOwner | Extension | Panel | Other, _) => {
                Err(Refusal::Missing { expired: false })
            }
        },
        Secret::Declared { scope: Scope::User, write_mode, reveal } => match (standing, action) {
            (Own | Extension | Panel | Operator, Look) => Ok(()),
            // That people are not shown a value again is a display rule.
            (Own, Get) => unless(reveal, REVEAL),
            (Own | Panel, Set | Promote) => unless(write_mode.user_writes(), APP_WRITES),
            (Own | Panel, Delete) => Ok(()),
            (Extension, Get | Verify | Promote) => Ok(()),
            (Extension, Set | Delete) => unless(write_mode.app_writes(), USER_WRITES),
            (Own | Panel, Verify) | (Panel, Get) => unless(false, APP_SESSION),
            (Operator, Get | Set | Promote | Delete | Verify) | (AppOwner | Other, _) => {
                Err(Refusal::Missing { expired: false })
            }
        },
        Secret::Declared { scope: Scope::App, .. } => match (standing, action) {
            (AppOwner | Extension | Operator, Look) | (Extension, Get | Verify) => Ok(()),
            (AppOwner, Set | Promote | Delete) => Ok(()),
            (AppOwner, Get | Verify) => unless(false, APP_SESSION),
            (Extension, Set | Promote | Delete) => unless(false, OWNER_WRITES),
            (Operator, Get | Set | Promote | Delete | Verify) | (Own | Panel | Other, _) => Err(Refusal::NotDeclared),
        },
    }
}

const REVEAL: &str = "a declaration with `reveal`: you can replace or revoke the value, not view it";
const APP_WRITES: &str = "the app itself: it is declared with `write_mode = \"extension\"`";
const USER_WRITES: &str = "the user: it is declared with `write_mode = \"user\"`";
const OWNER_WRITES: &str = "the app's owner: it is declared with `scope = \"app\"`";
const APP_SESSION: &str = "the app: a token of role extension, or a bound account";

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

    const STANDINGS: [Standing; 6] =
        [Standing::Own, Standing::AppOwner, Standing::Extension, Standing::Panel, Standing::Operator, Standing::Other];
    const ACTIONS: [Action; 6] =
        [Action::Look, Action::Get, Action::Set, Action::Promote, Action::Delete, Action::Verify];

    /// One letter an action, in the order of `ACTIONS`: y allowed, f forbidden
    /// with a reason, m as if missing, n as if not declared.
    fn row(standing: Standing, secret: Secret) -> String {
        let cell = |action| match decide(standing, secret, action) {
            Ok(()) => 'y',
            Err(Refusal::Forbidden { needs: Some(_) }) => 'f',
            Err(Refusal::Missing { expired: false }) => 'm',
            Err(Refusal::NotDeclared) => 'n',
            Err(other) => panic!("{other:?}"),
        };
        ACTIONS.map(cell).iter().collect()
    }

    #[test]
    fn mistake_12_every_action_against_every_standing() {
        let declared = |scope, write_mode, reveal| Secret::Declared { scope, write_mode, reveal };
        let (user, extension, both) = (WriteMode::User, WriteMode::Extension, WriteMode::Both);
        // look get set promote delete verify; own, app owner, extension, panel, operator, other
        let table = [
            (Secret::Personal, ["yyyyyy", "mmmmmm", "mmmmmm", "mmmmmm", "ymmmmm", "mmmmmm"]),
            (declared(Scope::User, user, false), ["yfyyyf", "mmmmmm", "yyfyfy", "yfyyyf", "ymmmmm", "mmmmmm"]),
            (declared(Scope::User, user, true), ["yyyyyf", "mmmmmm", "yyfyfy", "yfyyyf", "ymmmmm", "mmmmmm"]),
            (declared(Scope::User, extension, false), ["yfffyf", "mmmmmm", "yyyyyy", "yfffyf", "ymmmmm", "mmmmmm"]),
            (declared(Scope::User, extension, true), ["yyffyf", "mmmmmm", "yyyyyy", "yfffyf", "ymmmmm", "mmmmmm"]),
            (declared(Scope::User, both, false), ["yfyyyf", "mmmmmm", "yyyyyy", "yfyyyf", "ymmmmm", "mmmmmm"]),
            (declared(Scope::User, both, true), ["yyyyyf", "mmmmmm", "yyyyyy", "yfyyyf", "ymmmmm", "mmmmmm"]),
        ];
        for (secret, rows) in table {
            assert_eq!(STANDINGS.map(|standing| row(standing, secret)), rows, "{secret:?}");
        }
        for write_mode in [user, extension, both] {
            for reveal in [false, true] {
                let secret = declared(Scope::App, write_mode, reveal);
                let rows = ["nnnnnn", "yfyyyf", "yyfffy", "nnnnnn", "ynnnnn", "nnnnnn"];
                assert_eq!(STANDINGS.map(|standing| row(standing, secret)), rows, "{secret:?}");
            }
        }
    }

    /// Every secret there can be, and what each is told of it. There are few
    /// enough to go through all of them, so no case is left to chance.
    fn every_cell(mut look: impl FnMut(Secret, Standing, Action, &Result<(), Refusal>)) {
        let mut secrets = vec![Secret::Personal];
        for scope in [Scope::User, Scope::App] {
            for write_mode in [WriteMode::User, WriteMode::Extension, WriteMode::Both] {
                secrets.extend([false, true].map(|reveal| Secret::Declared { scope, write_mode, reveal }));
            }
        }
        for secret in secrets {
            for standing in STANDINGS {
                for action in ACTIONS {
                    look(secret, standing, action, &decide(standing, secret, action));
                }
            }
        }
    }

    #[test]
    fn a_value_goes_to_its_app_and_to_its_user_where_nothing_or_reveal_is_declared() {
        every_cell(|secret, standing, action, decided| {
            let reads = match secret {
                Secret::Personal => standing == Standing::Own,
                Secret::Declared { scope: Scope::User, reveal: true, .. } => {
                    matches!(standing, Standing::Own | Standing::Extension)
                }
                Secret::Declared { .. } => standing == Standing::Extension,
            };
            if action == Action::Get {
                assert_eq!(decided.is_ok(), reads, "{secret:?} {standing:?}");
            }
        });
    }

    #[test]
    fn whoever_has_no_business_there_learns_nothing_of_what_is_declared() {
        every_cell(|secret, standing, action, decided| {
            // Of another's and of none: the same, whatever else the declaration says.
            let unknown = match secret {
                Secret::Declared { scope: Scope::App, .. } => matches!(decided, Err(Refusal::NotDeclared)),
                _ => matches!(decided, Err(Refusal::Missing { expired: false })),
            };
            let looks = standing == Standing::Operator && action == Action::Look;
            if matches!(standing, Standing::Other | Standing::Operator) && !looks {
                assert!(unknown, "{secret:?} {standing:?} {action:?}: {decided:?}");
            }
            let of_the_app = matches!(secret, Secret::Declared { scope: Scope::App, .. });
            if of_the_app && matches!(standing, Standing::Own | Standing::Panel) {
                assert!(unknown, "{secret:?} {standing:?} {action:?}: {decided:?}");
            }
        });
    }

    #[test]
    fn a_panel_may_nothing_that_its_user_may_not() {
        every_cell(|secret, standing, action, decided| {
            if standing == Standing::Panel && decided.is_ok() {
                assert!(decide(Standing::Own, secret, action).is_ok(), "{secret:?} {action:?}");
                assert!(!matches!(action, Action::Get | Action::Verify));
            }
        });
    }

    #[test]
    fn a_user_always_gets_rid_of_their_own_and_reveal_and_write_mode_change_nothing_else() {
        every_cell(|secret, standing, action, decided| {
            let Secret::Declared { scope, write_mode, reveal } = secret else { return };
            if scope == Scope::User && matches!(standing, Standing::Own | Standing::Panel) && action == Action::Delete {
                assert!(decided.is_ok(), "{secret:?} {standing:?}");
            }
            let other = |write_mode, reveal| {
                decide(standing, Secret::Declared { scope, write_mode, reveal }, action)
                    .map_err(|error| format!("{error:?}"))
            };
            let decided = other(write_mode, reveal);
            if (standing, action) != (Standing::Own, Action::Get) {
                assert_eq!(decided, other(write_mode, !reveal), "{secret:?} {standing:?} {action:?}");
            }
            if matches!(action, Action::Look | Action::Get | Action::Verify) {
                assert_eq!(decided, other(WriteMode::Both, reveal), "{secret:?} {standing:?} {action:?}");
            }
        });
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
