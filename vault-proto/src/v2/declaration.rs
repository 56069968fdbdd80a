//! What an app declares in this version's words, both ways: written once for the
//! daemon and the clients. Which rules it keeps is [`vault_manifest`]'s to say.

use vault_manifest as manifest;

use super::{SecretScope, SecretSpec, WriteMode};

impl From<manifest::Spec> for SecretSpec {
    fn from(spec: manifest::Spec) -> Self {
        // Taken apart by name, so that a new member cannot be forgotten here.
        let manifest::Spec {
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
        } = spec;
        Self {
            name,
            description,
            required,
            write_mode: write_mode.into(),
            scope: scope.into(),
            max_bytes,
            rotation_hint_days,
            env_fallback,
            reveal,
            keep_versions,
            instances,
            expires_after_days,
        }
    }
}

/// Not looked at: [`manifest::Spec::check`] says whether it keeps the rules.
impl From<SecretSpec> for manifest::Spec {
    fn from(spec: SecretSpec) -> Self {
        let SecretSpec {
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
        } = spec;
        Self {
            name,
            description,
            required,
            write_mode: write_mode.into(),
            scope: scope.into(),
            max_bytes,
            rotation_hint_days,
            env_fallback,
            reveal,
            keep_versions,
            instances,
            expires_after_days,
        }
    }
}

impl From<manifest::WriteMode> for WriteMode {
    fn from(mode: manifest::WriteMode) -> Self {
        match mode {
            manifest::WriteMode::User => Self::User,
            manifest::WriteMode::Extension => Self::Extension,
            manifest::WriteMode::Both => Self::Both,
        }
    }
}

impl From<WriteMode> for manifest::WriteMode {
    fn from(mode: WriteMode) -> Self {
        match mode {
            WriteMode::User => Self::User,
            WriteMode::Extension => Self::Extension,
            WriteMode::Both => Self::Both,
        }
    }
}

impl From<manifest::Scope> for SecretScope {
    fn from(scope: manifest::Scope) -> Self {
        match scope {
            manifest::Scope::User => Self::User,
            manifest::Scope::App => Self::App,
        }
    }
}

impl From<SecretScope> for manifest::Scope {
    fn from(scope: SecretScope) -> Self {
        match scope {
            SecretScope::User => Self::User,
            SecretScope::App => Self::App,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each member differs from every other of its type, so that no two can be mixed up.
    #[test]
    fn a_declaration_is_the_same_on_both_sides() {
        let modes = [manifest::WriteMode::User, manifest::WriteMode::Extension, manifest::WriteMode::Both];
        for (mode, scope) in modes.into_iter().zip([manifest::Scope::User, manifest::Scope::App, manifest::Scope::App])
        {
            for flag in 0..3 {
                let spec = manifest::Spec {
                    required: flag == 0,
                    write_mode: mode,
                    scope,
                    max_bytes: 11,
                    rotation_hint_days: Some(12),
                    env_fallback: Some("VARIABLE".to_owned()),
                    reveal: flag == 1,
                    keep_versions: 13,
                    instances: flag == 2,
                    expires_after_days: Some(14),
                    ..manifest::Spec::new("name", "description")
                };
                let wire = SecretSpec::from(spec.clone());
                let text = serde_json::to_value(&wire).unwrap();
                assert_eq!(
                    (text["write_mode"].as_str(), text["scope"].as_str()),
                    (Some(mode.as_str()), Some(scope.as_str()))
                );
                let flags = ["required", "reveal", "instances"].map(|member| text[member].as_bool());
                assert_eq!(flags, [0, 1, 2].map(|at| Some(at == flag)));
                let numbers = ["max_bytes", "rotation_hint_days", "keep_versions", "expires_after_days"];
                assert_eq!(numbers.map(|member| text[member].as_u64()), [11, 12, 13, 14].map(Some));
                let texts = ["name", "description", "env_fallback"].map(|member| text[member].as_str());
                assert_eq!(texts, ["name", "description", "VARIABLE"].map(Some));
                assert_eq!(manifest::Spec::from(wire), spec);
            }
        }
    }
}
