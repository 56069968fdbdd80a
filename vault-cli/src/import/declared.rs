//! What an app declares, held against a file before anything of it is stored.

use vault_client::{AppDetail, SecretScope, SecretSpec, WriteMode};

use super::{Checked, ImportError};
use crate::failure::Failure;

/// Who stores what is in the file.
pub(crate) enum By<'w> {
    /// A user. Whether they own the app is asked only where it matters.
    User(&'w dyn Fn() -> Result<bool, Failure>),
    /// Somebody who acts as the app: what they may is for the daemon to say.
    App,
}

/// Is each declared, no longer than it may be, and theirs to set?
pub(crate) fn check_declared(entries: &[Checked], app: &AppDetail, by: &By<'_>) -> Result<(), Failure> {
    for entry in entries {
        let spec = fits(entry, app)?;
        let By::User(owns_app) = by else { continue };
        let by = match (spec.scope, spec.write_mode) {
            (SecretScope::App, _) if !owns_app()? => "the app's owner",
            (SecretScope::User, WriteMode::Extension) => "the app itself",
            _ => continue,
        };
        return Err(ImportError::NotYours { name: entry.name.clone(), place: entry.place, by }.into());
    }
    Ok(())
}

/// The declaration that an entry fits.
fn fits<'a>(entry: &Checked, app: &'a AppDetail) -> Result<&'a SecretSpec, ImportError> {
    let (place, name) = (entry.place, entry.name.clone());
    let (base, instance) = entry.name.split_once('/').map_or((name.as_str(), false), |(base, _)| (base, true));
    let app_name = app.info.app.clone();
    let Some(spec) = app.secrets.iter().find(|spec| spec.name == base && (spec.instances || !instance)) else {
        return Err(ImportError::NotDeclared { name, place, app: app_name });
    };
    if spec.instances && !instance {
        return Err(ImportError::NoInstance { name, place, app: app_name });
    }
    let (len, max) = (entry.value.expose().len(), spec.max_bytes as usize);
    if len > max { Err(ImportError::ValueTooLarge { name, place, len, max }) } else { Ok(spec) }
}
