//! Names, checked before anything is sent: what was typed where a name belongs
//! may be a value, and then it must go nowhere.

use clap::Args;
use vault_client::Target;
use vault_proto::limits::{APP_MAX, INSTANCE_MAX, NAME_MAX};

use crate::failure::Problem;

/// A secret on the command line.
#[derive(Debug, Args)]
pub(crate) struct SecretArgs {
    /// The secret's name, or name/instance
    #[arg(value_name = "NAME")]
    name: String,
    /// The app it belongs to [default: your personal app]
    #[arg(long, value_name = "APP")]
    app: Option<String>,
}

/// A name that breaks its rule. Carries the rule, not the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NameError {
    #[error("the secret's name is not acceptable")]
    Secret,
    #[error("the app's name is not acceptable")]
    App,
}

impl Problem for NameError {
    fn code(&self) -> &'static str {
        "invalid"
    }

    fn exit(&self) -> u8 {
        2
    }

    fn hint(&self) -> String {
        match self {
            Self::Secret => {
                "a name is a lower-case letter, then up to 62 of a-z, 0-9 and _; optionally / and an instance \
                 of a-z, 0-9, _ . @ -"
            }
            Self::App => "an app is a lower-case letter, then up to 62 of a-z, 0-9, _ and -",
        }
        .into()
    }
}

impl SecretArgs {
    /// The app, when one was named.
    pub(crate) fn named_app(&self) -> Option<&str> {
        self.app.as_deref()
    }

    /// What is meant, when both names can be.
    pub(crate) fn target(&self) -> Result<Target, NameError> {
        check_name(&self.name)?;
        if let Some(app) = &self.app {
            check_app(app)?;
        }
        Ok(Target::from((self.app.as_deref(), self.name.as_str())))
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn app(&self) -> &str {
        self.app.as_deref().unwrap_or(PERSONAL)
    }

    /// For a sentence: the name, and the app when it is not the personal one.
    pub(crate) fn said(&self) -> String {
        said(self.app(), &self.name)
    }

    /// As one says it to a command.
    pub(crate) fn typed(&self) -> String {
        format!("{} {}", named(self.app()), self.name).trim_start().to_owned()
    }
}

/// For a sentence: the name, and the app when it is not the personal one.
pub(crate) fn said(app: &str, name: &str) -> String {
    if app == PERSONAL { name.to_owned() } else { format!("{name} of {app}") }
}

/// The flag that names an app to a command, with a space before it.
pub(crate) fn named(app: &str) -> String {
    if app == PERSONAL { String::new() } else { format!(" --app {app}") }
}

/// `\A[a-z][a-z0-9_]{0,62}\z`, then optionally `/` and `[a-z0-9][a-z0-9_.@-]{0,63}`.
pub(crate) fn check_name(text: &str) -> Result<(), NameError> {
    let (name, instance) = match text.split_once('/') {
        Some((name, instance)) => (name, Some(instance)),
        None => (text, None),
    };
    let good = begins_lower(name, NAME_MAX, |b| b == b'_') && instance.is_none_or(is_instance);
    if good { Ok(()) } else { Err(NameError::Secret) }
}

/// `\A[a-z][a-z0-9_-]{0,62}\z`.
pub(crate) fn check_app(text: &str) -> Result<(), NameError> {
    if begins_lower(text, APP_MAX, |b| b == b'_' || b == b'-') { Ok(()) } else { Err(NameError::App) }
}

fn begins_lower(text: &str, max: usize, extra: fn(u8) -> bool) -> bool {
    let mut bytes = text.bytes();
    text.len() <= max
        && bytes.next().is_some_and(|b| b.is_ascii_lowercase())
        && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || extra(b))
}

fn is_instance(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let mut bytes = text.bytes();
    text.len() <= INSTANCE_MAX
        && bytes.next().is_some_and(plain)
        && bytes.all(|b| plain(b) || matches!(b, b'_' | b'.' | b'@' | b'-'))
}

/// The app every user has.
pub(crate) const PERSONAL: &str = "personal";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_daemons_rule() {
        for bad in ["", "A", "a ", "a=b", "a.b", "a/", "/a", "a/B", "1a", "ä", "a/.x", "a//b", "a\n", "_a"] {
            assert_eq!(check_name(bad), Err(NameError::Secret), "{bad:?}");
        }
        for good in ["a", "api_key", "mail/alice@example.org", "a/0-1.2", &"a".repeat(63)] {
            assert_eq!(check_name(good), Ok(()), "{good:?}");
        }
        assert!(check_name(&"a".repeat(64)).is_err());
        assert!(check_name(&format!("a/{}", "b".repeat(65))).is_err());
        assert_eq!(check_app("git-hub_2"), Ok(()));
        assert!(check_app("Git").is_err());
    }

    #[test]
    fn a_refused_name_is_not_repeated() {
        let args = SecretArgs { name: "api_token=hunter2".into(), app: None };
        let error = args.target().unwrap_err();
        assert!(!format!("{error} {error:?} {}", error.hint()).contains("hunter2"));
    }
}
