//! A secret's name as an environment variable: upper case, and `/` `.` `-` `@`
//! become `_`.

use crate::failure::Problem;

/// Why a secret cannot become a variable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum VariableError {
    #[error("{first} and {second} would both be {variable}")]
    Collision { first: String, second: String, variable: String },
    #[error("{name} would be {variable}, which changes how programs are found or loaded")]
    Reserved { name: String, variable: String },
    #[error("the prefix is not acceptable")]
    Prefix,
}

impl Problem for VariableError {
    fn code(&self) -> &'static str {
        match self {
            Self::Collision { .. } => "collision",
            Self::Reserved { .. } => "reserved",
            Self::Prefix => "usage",
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Collision { .. } => "name the one you need with --only",
            Self::Reserved { .. } => "put something before every variable with --prefix, or leave it out with --only",
            Self::Prefix => "a prefix is a letter or _, then letters, digits and _, at most 64",
        }
        .into()
    }
}

/// The variables for `names`, in order.
pub(crate) fn variables(prefix: &str, names: &[&str]) -> Result<Vec<String>, VariableError> {
    let mut taken = std::collections::BTreeMap::new();
    let mut variables = Vec::with_capacity(names.len());
    for name in names {
        let variable = variable(prefix, name);
        if reserved(&variable) {
            return Err(VariableError::Reserved { name: (*name).to_owned(), variable });
        }
        if let Some(first) = taken.insert(variable.clone(), *name) {
            return Err(VariableError::Collision { first: first.to_owned(), second: (*name).to_owned(), variable });
        }
        variables.push(variable);
    }
    Ok(variables)
}

/// A prefix that leaves a variable a variable.
pub(crate) fn check_prefix(prefix: &str) -> Result<(), VariableError> {
    let first = prefix.bytes().next().is_none_or(|b| b.is_ascii_alphabetic() || b == b'_');
    let rest = prefix.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if first && rest && prefix.len() <= PREFIX_MAX { Ok(()) } else { Err(VariableError::Prefix) }
}

fn variable(prefix: &str, name: &str) -> String {
    let upper = |byte: char| match byte {
        '/' | '.' | '-' | '@' => '_',
        other => other.to_ascii_uppercase(),
    };
    prefix.chars().chain(name.chars().map(upper)).collect()
}

/// An app that may write a secret must not choose what the user's programs load.
fn reserved(variable: &str) -> bool {
    const NAMES: [&str; 8] = ["PATH", "IFS", "ENV", "BASH_ENV", "SHELLOPTS", "BASHOPTS", "PS4", "HOME"];
    NAMES.contains(&variable) || variable.starts_with("LD_") || variable.starts_with("VAULTD_")
}

const PREFIX_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_variables() {
        let all = variables("", &["api_token", "mail/alice@example.org", "k/a-b.c"]).unwrap();
        assert_eq!(all, ["API_TOKEN", "MAIL_ALICE_EXAMPLE_ORG", "K_A_B_C"]);
        assert_eq!(variables("app_", &["x"]).unwrap(), ["app_X"]);
    }

    #[test]
    fn two_of_one_variable_are_refused() {
        let error = variables("", &["a/b", "c", "a_b"]).unwrap_err();
        let VariableError::Collision { first, second, variable } = error else { panic!("{error}") };
        assert_eq!((&*first, &*second, &*variable), ("a/b", "a_b", "A_B"));
    }

    #[test]
    fn what_loads_code_is_refused_unless_prefixed() {
        for name in ["path", "ld_preload", "ld/preload", "bash_env", "ifs", "vaultd_socket"] {
            assert!(matches!(variables("", &[name]), Err(VariableError::Reserved { .. })), "{name}");
            assert!(variables("MY_", &[name]).is_ok());
        }
    }

    #[test]
    fn prefixes() {
        for good in ["", "A", "_x9", "app_"] {
            assert_eq!(check_prefix(good), Ok(()));
        }
        for bad in ["9", "a-b", "a=b", "ä", &"a".repeat(65)] {
            assert_eq!(check_prefix(bad), Err(VariableError::Prefix));
        }
    }
}
