//! `vaultctl app add FILE`: declares an app, or changes what it declares. Doing
//! it again changes nothing, so it can stand in a deployment script.

use std::fs::File;
use std::io;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use vault_client::{AppChanged, ChangeKind, NewApp};
use vault_manifest::text::{self, Format, TextError};

use crate::context::Context;
use crate::failure::{Failure, Problem};
use crate::input::bounded;
use crate::output::{self, counted};
use crate::users::user;

/// Add an app from its manifest, or change what it declares; shows the difference
#[derive(Debug, Args)]
pub(crate) struct Add {
    /// manifest.toml or manifest.json; the secrets[] of an Imperal manifest is read as it is
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The app's name, for a file that does not say it
    #[arg(long, value_name = "APP")]
    app: Option<String>,
    /// Whose it is: who makes its tokens and changes it [default: you]
    #[arg(long, value_name = "USER")]
    owner: Option<String>,
    /// Erase the values of what is no longer declared
    #[arg(long)]
    prune: bool,
    /// Only show what would change
    #[arg(long)]
    dry_run: bool,
}

/// The file is no manifest.
#[derive(Debug, thiserror::Error)]
enum ManifestFileError {
    #[error("{}: neither .toml nor .json", path.display())]
    Format { path: PathBuf },
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("{}: {source}", path.display())]
    Text { path: PathBuf, source: TextError },
}

impl Problem for ManifestFileError {
    fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "input",
            Self::Format { .. } | Self::Text { .. } => "manifest",
        }
    }

    fn exit(&self) -> u8 {
        if matches!(self, Self::Io { .. }) { 1 } else { 2 }
    }

    fn hint(&self) -> String {
        match self {
            Self::Format { .. } => "name it manifest.toml or manifest.json".into(),
            Self::Io { .. } => "check the path".into(),
            Self::Text { .. } => "docs/SECRETS.md has every member and its rule; nothing was changed".into(),
        }
    }
}

impl Add {
    pub(super) fn run(&self, context: &Context) -> Result<(), Failure> {
        let path = || self.file.clone();
        let format = Format::of(&self.file).ok_or_else(|| ManifestFileError::Format { path: path() })?;
        let io = |source| ManifestFileError::Io { path: path(), source };
        let bytes = File::open(&self.file).and_then(|file| bounded(file, FILE_MAX + 1)).map_err(io)?;
        let manifest = text::parse(&bytes, format, self.app.as_deref());
        let manifest = manifest.map_err(|source| ManifestFileError::Text { path: path(), source })?;
        let app = manifest.app.clone();
        let owner = self.owner.as_deref().map(user).transpose()?;
        let new = NewApp { owner, prune: self.prune, dry_run: self.dry_run, ..NewApp::declaring(&manifest) };
        let changed = context.client.app_add(new.clone()).map_err(|error| {
            // For a person: what it is that would take values with it.
            if error.code() == "orphans" && !context.json {
                let asked = context.client.app_add(NewApp { dry_run: true, ..new });
                asked.iter().flat_map(lines).for_each(|line| output::note(&line));
            }
            Failure::from(error).about(&app)
        })?;
        self.tell(context, &app, &changed)
    }

    fn tell(&self, context: &Context, app: &str, changed: &AppChanged) -> Result<(), Failure> {
        if context.json {
            let changes = changed
                .changes
                .iter()
                .map(|change| json!({ "name": change.name, "what": change.what, "fields": change.fields }));
            let changes: Vec<_> = changes.collect();
            output::json(&json!({
                "app": app,
                "made": changed.made,
                "applied": changed.applied,
                "changes": changes,
                "orphaned": changed.orphaned,
            }))?;
            return Ok(());
        }
        for line in lines(changed) {
            output::text(&format!("{line}\n"))?;
        }
        let values = counted(changed.orphaned, "stored value");
        match (changed.applied, changed.orphaned) {
            (false, 0) => output::note("Nothing was changed: a dry run."),
            (false, _) => {
                let agree = if self.prune { "" } else { ", which --prune agrees to" };
                output::note(&format!("Nothing was changed: a dry run. It would erase {values}{agree}."))
            }
            (true, _) if changed.made => output::note(&format!(
                "{app} is added. Next: `vaultctl token create {app}` or `vaultctl app bind {app} --uid USER`."
            )),
            (true, _) if changed.changes.is_empty() => output::note(&format!("{app} is as the file says.")),
            (true, 0) => output::note(&format!("{app} is changed.")),
            (true, _) => output::note(&format!("{app} is changed, {values} erased.")),
        }
        Ok(())
    }
}

/// One a change.
fn lines(changed: &AppChanged) -> impl Iterator<Item = String> {
    changed.changes.iter().map(|change| match change.what {
        ChangeKind::Added => format!("+ {}", change.name),
        ChangeKind::Removed => format!("- {}", change.name),
        ChangeKind::Changed => format!("~ {}: {}", change.name, change.fields.join(", ")),
    })
}

/// More is no declaration.
const FILE_MAX: usize = vault_manifest::limits::FILE_MAX;
