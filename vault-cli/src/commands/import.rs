//! `vaultctl import FILE`: secrets from a file others made. Everything is looked
//! at before anything is stored, and no value is ever printed.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::json;
use vault_client::{Call, Reply};

use crate::context::Context;
use crate::failure::Failure;
use crate::import::{By, Checked, ImportError, check, check_declared, parse_dotenv, parse_json, read};
use crate::names::{PERSONAL, check_app, said};
use crate::output::{self, counted};

/// Store the secrets of a .env or JSON file; names become lower case
#[derive(Debug, Args)]
pub(crate) struct Import {
    /// The file; - for standard input
    file: PathBuf,
    /// How the file is written [default: json for NAME.json, else dotenv]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// The app they belong to [default: your personal app]
    #[arg(long, value_name = "APP")]
    app: Option<String>,
    /// Check everything and store nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// KEY=VALUE lines
    Dotenv,
    /// One object of strings
    Json,
}

impl Import {
    pub(crate) fn run(&self, context: &Context) -> Result<(), Failure> {
        if let Some(app) = &self.app {
            check_app(app)?;
        }
        let bytes = read(&self.file)?;
        let json = self.file.extension() == Some(OsStr::new("json"));
        let entries = match self.format.unwrap_or(if json { Format::Json } else { Format::Dotenv }) {
            Format::Dotenv => parse_dotenv(&bytes).map_err(ImportError::from)?,
            Format::Json => parse_json(&bytes)?,
        };
        drop(bytes);
        let checked = check(entries)?;
        let client = context.for_app(self.app.as_deref());
        if let Some(app) = self.app.as_deref().filter(|app| *app != PERSONAL) {
            let detail = client.app(app).map_err(|error| Failure::from(error).about(app))?;
            let owns_app = || Ok(client.whoami()?.user == detail.info.owner);
            let by = if context.acts() { By::App } else { By::User(&owns_app) };
            check_declared(&checked, &detail, &by)?;
        }
        if self.dry_run {
            return self.told(context, checked.iter().map(|entry| (entry.name.as_str(), None)));
        }
        let names: Vec<String> = checked.iter().map(|entry| entry.name.clone()).collect();
        let replies = client.pipeline(checked.into_iter().map(|entry| self.call(entry)).collect());
        let mut stored = Vec::new();
        let mut failed = None;
        for (name, reply) in names.iter().zip(replies) {
            match reply {
                Ok(Reply::Set { version }) => stored.push((name.as_str(), Some(version))),
                Ok(_) => failed = failed.or(Some((name, ImportError::Unexpected.into()))),
                Err(error) => failed = failed.or(Some((name, Failure::from(error)))),
            }
        }
        self.told(context, stored.iter().copied())?;
        match failed {
            None => Ok(()),
            Some((name, failure)) => {
                let said = said(self.app.as_deref().unwrap_or(PERSONAL), name);
                Err(failure.about(format!("{} of {} stored; {said}", stored.len(), names.len())))
            }
        }
    }

    fn call(&self, entry: Checked) -> Call {
        Call::Set { app: self.app.clone(), name: entry.name, value: entry.value, if_version: None }
    }

    /// Names and versions; none where nothing was stored.
    fn told<'a>(
        &self,
        context: &Context,
        entries: impl Iterator<Item = (&'a str, Option<u64>)>,
    ) -> Result<(), Failure> {
        if context.json {
            let rows: Vec<_> = entries.map(|(name, version)| json!({ "name": name, "version": version })).collect();
            output::json(&rows)?;
            return Ok(());
        }
        let app = self.app.as_deref().unwrap_or(PERSONAL);
        let mut count = 0;
        for (name, version) in entries {
            count += 1;
            let name = said(app, name);
            match version {
                Some(version) => output::note(&format!("{name} version {version} stored")),
                None => output::note(&format!("{name} would be stored")),
            }
        }
        if self.dry_run {
            output::note(&format!("{}, all acceptable; nothing was stored", counted(count, "secret")));
        } else if count > 0 && self.file != Path::new("-") {
            output::note(&format!("{count} stored; once nothing reads {} any more, remove it", self.file.display()));
        }
        Ok(())
    }
}
