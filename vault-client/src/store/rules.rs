//! What the daemon decides about a declared secret, for the stores that have no
//! daemon to decide it: what passes here passes there.

use vault_manifest::rules::{NAME, is_instance, is_name};
use vault_manifest::{Manifest, Scope, Spec};

use super::{Role, SecretStoreError, UnmetSecret};

/// Who asks.
#[derive(Clone, Copy)]
pub(super) struct Asker {
    pub(super) role: Role,
    /// The app's own values are stored by its owner.
    pub(super) owns_app: bool,
}

/// The spec behind a name.
pub(super) fn declared<'m>(manifest: &'m Manifest, name: &str) -> Result<&'m Spec, SecretStoreError> {
    let (base, instance) = match name.split_once('/') {
        Some((base, instance)) => (base, Some(instance)),
        None => (name, None),
    };
    if !is_name(base) || instance.is_some_and(|instance| !is_instance(instance)) {
        // Not repeated: it may be a value in the wrong place.
        return Err(invalid("name", NAME));
    }
    manifest.spec(base).ok_or_else(|| not_declared(manifest, name))
}

/// Is it the name of a value? Asked after the decision, as in the vault.
pub(super) fn check_instance(manifest: &Manifest, spec: &Spec, name: &str) -> Result<(), SecretStoreError> {
    match (spec.instances, name.contains('/')) {
        (true, false) => Err(invalid("name", "`name/instance`: it is declared with instances")),
        (false, true) => Err(not_declared(manifest, name)),
        _ => Ok(()),
    }
}

pub(super) fn not_declared(manifest: &Manifest, name: &str) -> SecretStoreError {
    SecretStoreError::NotDeclared { app: manifest.app.clone(), name: name.to_owned() }
}

/// May its value be read?
pub(super) fn may_get(asker: Asker, spec: &Spec) -> Result<(), SecretStoreError> {
    match (spec.scope, asker.role) {
        (_, Role::Extension) => Ok(()),
        (Scope::User, Role::User) if spec.reveal => Ok(()),
        (Scope::User, Role::User) => Err(forbidden("a value is read by the app alone; it can be replaced or revoked")),
        (_, Role::Panel) => Err(forbidden("a panel reads no values")),
        (Scope::App, Role::User) => Err(forbidden("the app's own value is read by the app alone")),
    }
}

/// May a value be stored?
pub(super) fn may_set(asker: Asker, spec: &Spec) -> Result<(), SecretStoreError> {
    match (spec.scope, asker.role) {
        (Scope::App, Role::User) if asker.owns_app => Ok(()),
        (Scope::App, _) => Err(forbidden("the app's own value is stored by its owner")),
        (Scope::User, Role::Extension) if spec.write_mode.app_writes() => Ok(()),
        (Scope::User, Role::Extension) => Err(forbidden("only the user sets it (write_mode user)")),
        (Scope::User, Role::Panel | Role::User) if spec.write_mode.user_writes() => Ok(()),
        (Scope::User, Role::Panel | Role::User) => Err(forbidden("only the app sets it (write_mode extension)")),
    }
}

/// May a value be deleted? The user always may: that is how access is revoked.
pub(super) fn may_delete(asker: Asker, spec: &Spec) -> Result<(), SecretStoreError> {
    match (spec.scope, asker.role) {
        (Scope::User, Role::User | Role::Panel) => Ok(()),
        _ => may_set(asker, spec),
    }
}

/// Is it a value that the spec takes?
pub(super) fn check_value(spec: &Spec, value: &[u8]) -> Result<(), SecretStoreError> {
    let (len, max) = (value.len() as u64, u64::from(spec.max_bytes));
    match len {
        0 => Err(invalid("value", "at least one byte")),
        _ if len > max => Err(SecretStoreError::TooLarge { len, max }),
        _ => Ok(()),
    }
}

/// A line of the gate.
pub(super) fn unmet(spec: &Spec, expired: bool, set_with: String) -> UnmetSecret {
    UnmetSecret { name: spec.name.clone(), description: spec.description.clone(), expired, set_with }
}

pub(super) fn invalid(field: &str, expected: &str) -> SecretStoreError {
    SecretStoreError::Invalid { field: field.to_owned(), expected: expected.to_owned() }
}

pub(super) fn forbidden(needs: &str) -> SecretStoreError {
    SecretStoreError::Forbidden { needs: needs.to_owned() }
}
