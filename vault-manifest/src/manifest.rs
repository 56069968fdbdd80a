//! An app's whole declaration.

use std::collections::BTreeSet;

use crate::spec::{Broken, DESCRIPTION, Spec, is_description};
use crate::{limits, rules};

/// What an app is called, what it is for, and the secrets it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// `\A[a-z][a-z0-9_-]{0,62}\z`.
    pub app: String,
    /// For people; may be empty.
    pub description: String,
    /// In the order they are shown.
    pub secrets: Vec<Spec>,
}

/// What is wrong with a declaration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// The app's own members.
    #[error(transparent)]
    App(Broken),
    /// One secret's.
    #[error("secret {index}: {broken}")]
    Secret {
        /// Which, from 1.
        index: usize,
        /// What.
        broken: Broken,
    },
    /// The same name twice.
    #[error("secret {index}: the name was declared before, as secret {first}")]
    Twice {
        /// Which, from 1.
        index: usize,
        /// The one before, from 1.
        first: usize,
    },
    /// Too many.
    #[error("{count} secrets are declared, at most {max} are accepted")]
    TooMany {
        /// Declared.
        count: usize,
        /// Accepted.
        max: usize,
    },
}

/// How a manifest differs from the one before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A secret that was not declared.
    Added {
        /// Its name.
        name: String,
    },
    /// A secret that is no longer declared.
    Removed {
        /// Its name.
        name: String,
    },
    /// A secret declared otherwise.
    Changed {
        /// Its name.
        name: String,
        /// The members that differ.
        fields: Vec<&'static str>,
    },
}

impl Manifest {
    /// The first rule that is broken.
    pub fn check(&self) -> Result<(), ManifestError> {
        if !rules::is_app(&self.app) {
            return Err(ManifestError::App(Broken { field: "app", expected: rules::APP }));
        }
        if self.app == PERSONAL {
            let expected = "another name: everybody's own secrets live in `personal`, which declares nothing";
            return Err(ManifestError::App(Broken { field: "app", expected }));
        }
        if !self.description.is_empty() && !is_description(&self.description) {
            return Err(ManifestError::App(Broken { field: "description", expected: DESCRIPTION }));
        }
        let count = self.secrets.len();
        if count > limits::SPECS_MAX {
            return Err(ManifestError::TooMany { count, max: limits::SPECS_MAX });
        }
        for (n, spec) in self.secrets.iter().enumerate() {
            spec.check().map_err(|broken| ManifestError::Secret { index: n + 1, broken })?;
            if let Some(first) = self.secrets[..n].iter().position(|before| before.name == spec.name) {
                return Err(ManifestError::Twice { index: n + 1, first: first + 1 });
            }
        }
        Ok(())
    }

    /// The spec of a declared name.
    #[must_use]
    pub fn spec(&self, name: &str) -> Option<&Spec> {
        self.secrets.iter().find(|spec| spec.name == name)
    }

    /// What changes when this takes the place of `before`, by name.
    #[must_use]
    pub fn changes_from(&self, before: &Self) -> Vec<Change> {
        let names: BTreeSet<_> = self.secrets.iter().chain(&before.secrets).map(|spec| &spec.name).collect();
        let change = |name: &String| match (before.spec(name), self.spec(name)) {
            (None, _) => Some(Change::Added { name: name.clone() }),
            (_, None) => Some(Change::Removed { name: name.clone() }),
            (Some(old), Some(new)) => {
                let fields = new.differing(old);
                (!fields.is_empty()).then(|| Change::Changed { name: name.clone(), fields })
            }
        };
        names.into_iter().filter_map(change).collect()
    }
}

/// The app that is everybody's own and declares nothing.
pub const PERSONAL: &str = "personal";

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(names: &[&str]) -> Manifest {
        let secrets = names.iter().map(|name| Spec::new(name, "what it is")).collect();
        Manifest { app: "spotify".into(), description: String::new(), secrets }
    }

    #[test]
    fn a_declaration_is_checked_as_a_whole() {
        assert_eq!(manifest(&["a", "b"]).check(), Ok(()));
        assert_eq!(manifest(&["a", "b", "a"]).check(), Err(ManifestError::Twice { index: 3, first: 1 }));
        assert!(matches!(manifest(&["a", "b\n"]).check(), Err(ManifestError::Secret { index: 2, .. })));
        assert!(matches!(manifest(&vec!["a"; 257]).check(), Err(ManifestError::TooMany { count: 257, .. })));
        for app in ["", "Spotify", "a b", "a\n", "personal"] {
            let refused = Manifest { app: app.into(), ..manifest(&[]) }.check();
            assert!(matches!(refused, Err(ManifestError::App(Broken { field: "app", .. }))), "{app:?}");
        }
    }

    #[test]
    fn changes_are_told_by_name() {
        let (before, mut after) = (manifest(&["a", "b"]), manifest(&["b", "c"]));
        after.secrets[0].required = true;
        let changed = Change::Changed { name: "b".into(), fields: vec!["required"] };
        let expected = [Change::Removed { name: "a".into() }, changed, Change::Added { name: "c".into() }];
        assert_eq!(after.changes_from(&before), expected);
        assert_eq!(before.changes_from(&before), []);
    }
}
