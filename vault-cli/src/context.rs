//! What every command is given: the flags common to all, and the daemon.

use vault_client::blocking::Client;
use vault_client::{Options, StampMemory, StampWarning};

use crate::args::{Accept, Global};
use crate::output;

/// The daemon, reached with the first call, and how answers are wanted.
pub(crate) struct Context {
    pub(crate) client: Client,
    pub(crate) json: bool,
    pub(crate) timeout: Option<std::time::Duration>,
    memory: StampMemory,
}

impl Context {
    pub(crate) fn new(global: &Global) -> Self {
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
        let client = Client::lazy(options);
        if let Some(Accept::Only(incarnation)) = global.accept_incarnation {
            client.accept_incarnation(incarnation);
        }
        Self { client, json: global.json, timeout: global.timeout, memory }
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
