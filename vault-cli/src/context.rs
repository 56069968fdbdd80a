//! What every command is given: the flags common to all, and the daemon.

use vault_client::blocking::Client;
use vault_client::{Options, StampMemory, StampWarning};

use crate::args::{Accept, Global};
use crate::output;
use crate::token_file::{self, TokenFileError};

/// The daemon, reached with the first call, and how answers are wanted.
pub(crate) struct Context {
    pub(crate) client: Client,
    pub(crate) json: bool,
    pub(crate) timeout: Option<std::time::Duration>,
    /// Secrets of an app are asked for as the app.
    acts: bool,
    acting_for: Option<String>,
    memory: StampMemory,
}

impl Context {
    pub(crate) fn new(global: &Global) -> Result<Self, TokenFileError> {
        // One call a process: only a file makes a vault that went back in time noticed.
        let memory = StampMemory::home();
        let mut options = Options::new().memory(memory.clone());
        if let Some(socket) = &global.socket {
            options = options.socket(socket);
        }
        if let Some(uid) = global.server_uid {
            options = options.server_uid(uid);
        }
        if let Some(timeout) = global.timeout {
            options = options.deadline(timeout).long_deadline(timeout);
        }
        if let Some(Accept::Any) = global.accept_incarnation {
            options = options.accept_incarnation(true);
        }
        let mut client = Client::lazy(options);
        let token = token_file::find(global.token_file.as_deref())?;
        let acts = token.is_some() || global.acting_for.is_some();
        if let Some(token) = token {
            client = client.presenting(token);
        }
        if let Some(Accept::Only(incarnation)) = global.accept_incarnation {
            client.accept_incarnation(incarnation);
        }
        let acting_for = global.acting_for.clone();
        Ok(Self { client, json: global.json, timeout: global.timeout, acts, acting_for, memory })
    }

    /// The daemon, asked as the app when that was wanted and an app is named.
    pub(crate) fn for_app(&self, app: Option<&str>) -> Client {
        match app {
            Some(app) if self.acts => self.client.acting(app, self.acting_for.as_deref()),
            _ => self.client.clone(),
        }
    }

    /// Is somebody acted for, where an app is named?
    pub(crate) fn acts(&self) -> bool {
        self.acts
    }

    /// Says when what was seen of the vault will be forgotten. Not an error: the
    /// command did what it should.
    pub(crate) fn finish(&self) {
        self.memory.save();
        let Some(warning) = self.memory.warning() else { return };
        if self.json {
            let code = match warning {
                StampWarning::NoHome => "no_home",
                _ => "stamps",
            };
            output::error_json(&serde_json::json!({ "warning": warning.to_string(), "code": code }));
        } else {
            output::note(&format!("vaultctl: warning: {warning}"));
        }
    }
}
