//! Apps as people see them: what they are called, what they need, whose they are.

use vault_manifest::Spec;

use super::{AppRecord, Binding, all};
use crate::barrier::{Barrier, Fault};
use crate::names::{App, User};
use crate::secrets::Shelf;

/// An app in a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AppInfo {
    /// Its name.
    pub app: App,
    /// What it is for.
    pub description: String,
    /// Who changes it and makes its tokens.
    pub owner: User,
    /// Nobody acts as it.
    pub suspended: bool,
    /// Secrets it declares.
    pub secrets: usize,
    /// When it was added, in milliseconds since 1970.
    pub made_ms: u64,
}

/// An app by itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AppDetail {
    /// As in a list.
    pub info: AppInfo,
    /// What it declares, in its order.
    pub secrets: Vec<Spec>,
    /// Who acts as it without a token; only for its owner and operators.
    pub bindings: Vec<Binding>,
}

/// Every app, by name.
pub(crate) fn infos(barrier: &Barrier, shelf: &Shelf) -> Result<Vec<AppInfo>, Fault> {
    let mut infos: Vec<_> = all(barrier, shelf)?.iter().map(|app| info(app)).collect();
    infos.sort_by(|a, b| a.app.cmp(&b.app));
    Ok(infos)
}

/// One app; bindings only when asked for.
pub(crate) fn detail(app: &AppRecord, bindings: bool) -> AppDetail {
    let bindings = if bindings { app.bindings.clone() } else { Vec::new() };
    AppDetail { info: info(app), secrets: app.manifest.secrets.clone(), bindings }
}

fn info(app: &AppRecord) -> AppInfo {
    AppInfo {
        app: app.app.clone(),
        description: app.manifest.description.clone(),
        owner: app.owner.user.clone(),
        suspended: app.suspended,
        secrets: app.manifest.secrets.len(),
        made_ms: app.made_ms,
    }
}
