//! Users as they are typed: `uid:1000`, `ext:alice`, a number, a login name.

use vault_client::ActsFor;

use crate::failure::Problem;

/// Nobody by that name.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UserError {
    #[error("no account of that name on this machine")]
    NoAccount,
}

impl Problem for UserError {
    fn code(&self) -> &'static str {
        "invalid"
    }

    fn exit(&self) -> u8 {
        2
    }

    fn hint(&self) -> String {
        "say uid:N, ext:ID for somebody behind a gateway, or a login name of this machine".into()
    }
}

/// As the daemon names users.
pub(crate) fn user(typed: &str) -> Result<String, UserError> {
    if typed.starts_with("uid:") || typed.starts_with("ext:") {
        return Ok(typed.to_owned());
    }
    if let Ok(uid) = typed.parse::<u32>() {
        return Ok(format!("uid:{uid}"));
    }
    let account = (!typed.is_empty() && !typed.contains('\0')).then(|| uzers::get_user_by_name(typed)).flatten();
    account.map(|account| format!("uid:{}", account.uid())).ok_or(UserError::NoAccount)
}

/// For whom somebody acts: `self`, `any`, or one user.
pub(crate) fn acts_for(typed: &str) -> Result<ActsFor, UserError> {
    Ok(match typed {
        "self" => ActsFor::OwnUser,
        "any" => ActsFor::Any,
        one => ActsFor::Fixed(user(one)?),
    })
}

/// Back to what is typed.
pub(crate) fn said(acts_for: &ActsFor) -> &str {
    match acts_for {
        ActsFor::OwnUser => "self",
        ActsFor::Any => "any",
        ActsFor::Fixed(user) => user,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_understood_as_typed() {
        for (typed, meant) in [("uid:7", "uid:7"), ("ext:a b", "ext:a b"), ("7", "uid:7"), ("root", "uid:0")] {
            assert_eq!(user(typed).ok().as_deref(), Some(meant));
        }
        assert!(user("").is_err() && user("no such\0account").is_err() && user("surely-nobody").is_err());
        assert!(matches!(acts_for("any"), Ok(ActsFor::Any)));
        assert!(matches!(acts_for("ext:a"), Ok(ActsFor::Fixed(user)) if user == "ext:a"));
    }
}
