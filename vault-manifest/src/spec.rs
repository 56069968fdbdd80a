//! One declared secret, and the rules it keeps.

use crate::{limits, rules};

/// Who may store a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum WriteMode {
    /// The user only, through whatever acts for the user.
    #[default]
    User,
    /// The app only.
    Extension,
    /// Either.
    Both,
}

/// Whose value it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Scope {
    /// Each user has their own.
    #[default]
    User,
    /// One for the whole app, stored by its owner.
    App,
}

/// A declared secret. [`Spec::check`] says whether it keeps the rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spec {
    /// `\A[a-z][a-z0-9_]{0,62}\z`.
    pub name: String,
    /// For people; never blank.
    pub description: String,
    /// The app does not work without it.
    pub required: bool,
    /// Who may store a value.
    pub write_mode: WriteMode,
    /// Whose value it is.
    pub scope: Scope,
    /// Longest value, in bytes.
    pub max_bytes: u32,
    /// After so many days a new value is due; never blocks.
    pub rotation_hint_days: Option<u32>,
    /// Scope `app` only: the variable a client library may fall back to.
    pub env_fallback: Option<String>,
    /// The user may read the value back.
    pub reveal: bool,
    /// Versions kept readable.
    pub keep_versions: u8,
    /// Addressed as `name/instance`; `required` then means at least one.
    pub instances: bool,
    /// A value is served for so many days after it was set.
    pub expires_after_days: Option<u32>,
}

/// A member of a spec, as its files name it.
pub type Field = &'static str;

/// A rule that a spec breaks. Carries the rule, not what was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("`{field}` is not acceptable: expected {expected}")]
pub struct Broken {
    /// Which member.
    pub field: Field,
    /// The rule.
    pub expected: &'static str,
}

impl WriteMode {
    /// As written in a manifest.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Extension => "extension",
            Self::Both => "both",
        }
    }

    /// From its word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::User, Self::Extension, Self::Both].into_iter().find(|mode| mode.as_str() == text)
    }

    /// May the user, or a panel for the user, store a value?
    #[must_use]
    pub fn user_writes(self) -> bool {
        self != Self::Extension
    }

    /// May the app store a value?
    #[must_use]
    pub fn app_writes(self) -> bool {
        self != Self::User
    }
}

impl Scope {
    /// As written in a manifest.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::App => "app",
        }
    }

    /// From its word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::User, Self::App].into_iter().find(|scope| scope.as_str() == text)
    }
}

impl Spec {
    /// A spec with every default.
    #[must_use]
    pub fn new(name: &str, description: &str) -> Self {
        Self {
            name: name.to_owned(),
            description: description.to_owned(),
            required: false,
            write_mode: WriteMode::default(),
            scope: Scope::default(),
            max_bytes: limits::VALUE_DEFAULT,
            rotation_hint_days: None,
            env_fallback: None,
            reveal: false,
            keep_versions: limits::KEEP_DEFAULT,
            instances: false,
            expires_after_days: None,
        }
    }

    /// The first rule it breaks.
    pub fn check(&self) -> Result<(), Broken> {
        let broken = |field, expected| Err(Broken { field, expected });
        if !rules::is_name(&self.name) {
            return broken("name", rules::NAME);
        }
        if !is_description(&self.description) {
            return broken("description", DESCRIPTION);
        }
        if !(1..=limits::VALUE_MAX).contains(&self.max_bytes) {
            return broken("max_bytes", "1 to 65,536");
        }
        if !(1..=limits::KEEP_MAX).contains(&self.keep_versions) {
            return broken("keep_versions", "1 to 16");
        }
        let days = |days: Option<u32>| days.is_none_or(|days| (1..=limits::DAYS_MAX).contains(&days));
        if !days(self.rotation_hint_days) {
            return broken("rotation_hint_days", DAYS);
        }
        if !days(self.expires_after_days) {
            return broken("expires_after_days", DAYS);
        }
        match &self.env_fallback {
            Some(_) if self.scope != Scope::App => broken("env_fallback", "`scope = \"app\"` beside it"),
            Some(name) if !is_variable(name) => {
                broken("env_fallback", "a variable's name: A-Z, 0-9 and _, not beginning with a digit")
            }
            _ => Ok(()),
        }
    }

    /// The members in which two specs differ.
    #[must_use]
    pub fn differing(&self, other: &Self) -> Vec<Field> {
        // Taken apart by name, so that a new member cannot be forgotten here.
        let Self {
            name,
            description,
            required,
            write_mode,
            scope,
            max_bytes,
            rotation_hint_days,
            env_fallback,
            reveal,
            keep_versions,
            instances,
            expires_after_days,
        } = self;
        let pairs = [
            ("name", *name != other.name),
            ("description", *description != other.description),
            ("required", *required != other.required),
            ("write_mode", *write_mode != other.write_mode),
            ("scope", *scope != other.scope),
            ("max_bytes", *max_bytes != other.max_bytes),
            ("rotation_hint_days", *rotation_hint_days != other.rotation_hint_days),
            ("env_fallback", *env_fallback != other.env_fallback),
            ("reveal", *reveal != other.reveal),
            ("keep_versions", *keep_versions != other.keep_versions),
            ("instances", *instances != other.instances),
            ("expires_after_days", *expires_after_days != other.expires_after_days),
        ];
        pairs.into_iter().filter_map(|(field, differs)| differs.then_some(field)).collect()
    }
}

/// One line at least has something on it, and it is not too long.
#[must_use]
pub fn is_description(text: &str) -> bool {
    text.len() <= limits::DESCRIPTION_MAX && !text.trim().is_empty() && !text.chars().any(is_unshowable)
}

/// Control characters would act on the terminal that shows them.
fn is_unshowable(c: char) -> bool {
    c.is_control() && c != '\n' && c != '\t'
}

fn is_variable(name: &str) -> bool {
    let good = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
    (1..=limits::ENV_NAME_MAX).contains(&name.len())
        && !name.as_bytes().first().is_some_and(u8::is_ascii_digit)
        && name.bytes().all(good)
}

/// What [`is_description`] wants, in words.
pub(crate) const DESCRIPTION: &str = "up to 1,024 bytes of text that is not blank";
const DAYS: &str = "1 to 36,500 days";

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> Spec {
        Spec::new("api_key", "The key of your account")
    }

    fn broken(change: impl FnOnce(&mut Spec)) -> Option<Field> {
        let mut spec = good();
        change(&mut spec);
        spec.check().err().map(|broken| broken.field)
    }

    #[test]
    fn every_rule_has_its_error() {
        assert_eq!(broken(|_| {}), None);
        for name in ["", "a\n", " a", "A", "1a", "a-b", "a/b", &"a".repeat(64)] {
            assert_eq!(broken(|spec| spec.name = name.to_owned()), Some("name"), "{name:?}");
        }
        for text in ["", " ", "\n\t", "a\u{1b}[2J", &"x".repeat(1_025)] {
            assert_eq!(broken(|spec| spec.description = text.to_owned()), Some("description"), "{text:?}");
        }
        assert_eq!(broken(|spec| spec.max_bytes = 0), Some("max_bytes"));
        assert_eq!(broken(|spec| spec.max_bytes = 65_537), Some("max_bytes"));
        assert_eq!(broken(|spec| spec.max_bytes = 65_536), None);
        assert_eq!(broken(|spec| spec.keep_versions = 0), Some("keep_versions"));
        assert_eq!(broken(|spec| spec.keep_versions = 17), Some("keep_versions"));
        assert_eq!(broken(|spec| spec.rotation_hint_days = Some(0)), Some("rotation_hint_days"));
        assert_eq!(broken(|spec| spec.expires_after_days = Some(0)), Some("expires_after_days"));
        assert_eq!(broken(|spec| spec.env_fallback = Some("A".into())), Some("env_fallback"));
        let shared = |name: &str| {
            broken(|spec| {
                spec.scope = Scope::App;
                spec.env_fallback = Some(name.into());
            })
        };
        assert_eq!(shared("IMPERAL_APPSECRET_X"), None);
        for name in ["", "a", "1A", "A B", "A=B"] {
            assert_eq!(shared(name), Some("env_fallback"), "{name:?}");
        }
    }

    #[test]
    fn a_difference_is_named() {
        assert_eq!(good().differing(&good()), [""; 0]);
        let other = Spec { required: true, max_bytes: 1, ..good() };
        assert_eq!(good().differing(&other), ["required", "max_bytes"]);
    }

    #[test]
    fn words_are_the_only_spelling() {
        for mode in [WriteMode::User, WriteMode::Extension, WriteMode::Both] {
            assert_eq!(WriteMode::parse(mode.as_str()), Some(mode));
        }
        for scope in [Scope::User, Scope::App] {
            assert_eq!(Scope::parse(scope.as_str()), Some(scope));
        }
        assert_eq!((WriteMode::parse("User"), Scope::parse("")), (None, None));
    }
}
