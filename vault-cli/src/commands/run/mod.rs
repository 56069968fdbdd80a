//! `vaultctl run -- CMD`: a command with secrets in its environment and without
//! them in its output.
//!
//! Limit: an environment is readable by the same user's processes for as long
//! as the command runs; that is what was asked for. Masking keeps values off
//! screens and out of logs, it is no wall against the command itself.

mod forwarder;

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::thread;

use clap::Args;
use vault_client::{Call, ListQuery, Reply, SecretBytes, SecretInfo, VersionState};
use zeroize::{Zeroize as _, Zeroizing};

use crate::context::Context;
use crate::failure::{Failure, Problem};
use crate::mask::{Masker, Trie, patterns};
use crate::names::{PERSONAL, check_app, check_name};
use crate::output;
use crate::variables::{check_prefix, variables};

use forwarder::Forwarder;

/// Run a command with your secrets as environment variables
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  vaultctl run --only api_token -- sh -c 'curl -H \"Authorization: $API_TOKEN\" …'\n\n\
                        A name becomes a variable in upper case; / . - @ become _. Values in the command's output are \
                        shown as ***. The status is the command's, 125 when it was not run, 126 when it cannot be \
                        run, 127 when it was not found."
)]
pub(crate) struct Run {
    /// The secrets of this app [default: your personal app]
    #[arg(long, value_name = "APP")]
    app: Option<String>,
    /// Only these secrets
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    only: Vec<String>,
    /// Put this before every variable
    #[arg(long, value_name = "P", default_value = "")]
    prefix: String,
    /// Give the command the terminal itself: values in its output are shown
    #[arg(long)]
    no_mask: bool,
    /// The command and its arguments, after --
    #[arg(last = true, required = true, value_name = "CMD")]
    command: Vec<OsString>,
}

/// Why the command did not run, or could not be watched.
#[derive(Debug, thiserror::Error)]
enum RunError {
    #[error("not there: {}", .names.join(", "))]
    Absent { names: Vec<String> },
    #[error("{name} holds a zero byte, which no environment variable can")]
    Zero { name: String },
    #[error("the secrets have {len} bytes together, at most {max} fit an environment")]
    TooLarge { len: usize, max: usize },
    #[error("{command}: {source}")]
    Spawn { command: String, source: io::Error },
    #[error("cannot watch the command: {0}")]
    Watch(#[source] io::Error),
    #[error("the answer does not belong to the call")]
    Unexpected,
}

impl Problem for RunError {
    fn code(&self) -> &'static str {
        match self {
            Self::Absent { .. } => "missing",
            Self::Zero { .. } => "zero_byte",
            Self::TooLarge { .. } => "too_large",
            Self::Spawn { source, .. } if source.kind() == io::ErrorKind::NotFound => "command_not_found",
            Self::Spawn { .. } => "command",
            Self::Watch(_) => "watch",
            Self::Unexpected => "protocol",
        }
    }

    fn exit(&self) -> u8 {
        match self {
            Self::Spawn { source, .. } => match source.kind() {
                io::ErrorKind::NotFound => 127,
                // Too long an environment is ours, the rest is the command's.
                io::ErrorKind::ArgumentListTooLong | io::ErrorKind::WouldBlock | io::ErrorKind::OutOfMemory => OWN,
                _ => 126,
            },
            _ => OWN,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Absent { .. } => "`vaultctl ls` shows what is there; `vaultctl set NAME` stores it",
            Self::Zero { .. } => "name the others with --only, or have the command call `vaultctl get NAME`",
            Self::TooLarge { .. } => "name the ones it needs with --only",
            Self::Spawn { source, .. } => match source.kind() {
                io::ErrorKind::NotFound => "check the command's name and $PATH",
                io::ErrorKind::ArgumentListTooLong => "name the secrets it needs with --only",
                _ => "it must be an executable file",
            },
            Self::Watch(_) | Self::Unexpected => "",
        }
        .into()
    }
}

/// A secret about to become a variable.
struct Value {
    name: String,
    bytes: SecretBytes,
}

impl Run {
    /// Every failure of ours ends with 125 to 127, so it is never taken for the
    /// command's own.
    pub(crate) fn run(&self, context: &Context) -> Result<u8, Failure> {
        let values = self.values(context).map_err(|failure| failure.exiting(OWN))?;
        let names: Vec<&str> = values.iter().map(|value| value.name.as_str()).collect();
        let variables = variables(&self.prefix, &names).map_err(|error| Failure::from(error).exiting(OWN))?;
        Ok(self.spawn(values, &variables)?)
    }

    fn values(&self, context: &Context) -> Result<Vec<Value>, Failure> {
        check_prefix(&self.prefix)?;
        if let Some(app) = &self.app {
            check_app(app)?;
        }
        for name in &self.only {
            check_name(name)?;
        }
        let app = self.app.as_deref().unwrap_or(PERSONAL);
        let client = context.for_app(self.app.as_deref());
        let infos = client.list_all(&ListQuery::new().app(app))?;
        let names = self.choose(&infos)?;
        let get = |name: &String| Call::Get { app: self.app.clone(), name: name.clone(), version: None };
        let mut values = Vec::new();
        for (name, reply) in names.iter().zip(client.pipeline(names.iter().map(get).collect())) {
            let reply = reply.map_err(|error| {
                let the_apps = error.code() == "forbidden" && !context.acts();
                let failure = Failure::of_secret(error, app, name);
                if the_apps { failure.hinting(READ_BY_THE_APP) } else { failure }
            });
            match reply? {
                Reply::Value(read) => values.push(Value { name: name.clone(), bytes: read.value }),
                _ => return Err(RunError::Unexpected.into()),
            }
        }
        let len: usize = values.iter().map(|value| value.bytes.expose().len()).sum();
        if len > ENVIRONMENT_MAX {
            return Err(RunError::TooLarge { len, max: ENVIRONMENT_MAX }.into());
        }
        match values.iter().find(|value| value.bytes.expose().contains(&0)) {
            Some(value) => Err(RunError::Zero { name: value.name.clone() }.into()),
            None => Ok(values),
        }
    }

    /// The names to read. What was named must be there; else what can be read is taken.
    fn choose(&self, infos: &[SecretInfo]) -> Result<Vec<String>, RunError> {
        let live = |info: &&SecretInfo| info.state == VersionState::Live;
        if self.only.is_empty() {
            for expired in infos.iter().filter(|info| info.state == VersionState::Expired) {
                output::note(&format!("vaultctl: warning: {} has expired and is left out", expired.name));
            }
            return Ok(infos.iter().filter(live).map(|info| info.name.clone()).collect());
        }
        let mut wanted = self.only.clone();
        wanted.sort_unstable();
        wanted.dedup();
        let there = |name: &String| infos.iter().filter(live).any(|info| info.name == *name);
        let names: Vec<String> = wanted.iter().filter(|name| !there(name)).cloned().collect();
        if names.is_empty() { Ok(wanted) } else { Err(RunError::Absent { names }) }
    }

    fn spawn(&self, values: Vec<Value>, variables: &[String]) -> Result<u8, RunError> {
        let (program, arguments) = self.command.split_first().ok_or(RunError::Unexpected)?;
        let mut command = Command::new(program);
        command.args(arguments);
        for (variable, value) in variables.iter().zip(&values) {
            // The standard library keeps a copy of each until the command is
            // dropped and does not erase it; so does the child's environment.
            command.env(variable, OsStr::from_bytes(value.bytes.expose()));
        }
        let forwarder = Forwarder::start().map_err(RunError::Watch)?;
        let failed = |source| RunError::Spawn { command: program.to_string_lossy().into_owned(), source };
        if self.no_mask {
            drop(values);
            let mut child = command.spawn().map_err(failed)?;
            drop(command);
            return forwarder.wait(&mut child).map(status).map_err(RunError::Watch);
        }
        let trie = {
            let exposed: Vec<&[u8]> = values.iter().map(|value| value.bytes.expose()).collect();
            Arc::new(patterns(&exposed))
        };
        drop(values);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(failed)?;
        drop(command);
        let pipes = [
            (child.stdout.take().map(OwnedFd::from), output::stdout()),
            (child.stderr.take().map(OwnedFd::from), output::stderr()),
        ];
        let mut copies = Vec::new();
        for (from, to) in pipes {
            if let (Some(from), Ok(to)) = (from, to) {
                let trie = Arc::clone(&trie);
                let copy = thread::Builder::new().spawn(move || copy_masked(File::from(from), to, trie));
                copies.push(copy.map_err(RunError::Watch)?);
            }
        }
        let ended = forwarder.wait(&mut child);
        // All that was written comes out, as through any pipe.
        for copy in copies {
            let _ = copy.join();
        }
        ended.map(status).map_err(RunError::Watch)
    }
}

/// Until the command and all it started have closed their end. When ours is
/// closed, theirs is, too, and they learn it the usual way.
fn copy_masked(mut from: File, mut to: File, trie: Arc<Trie>) {
    let mut masker = Masker::new(trie);
    let mut buffer = Zeroizing::new(vec![0; CHUNK]);
    let mut out = Vec::with_capacity(2 * CHUNK);
    loop {
        let read = match from.read(&mut buffer) {
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => 0,
        };
        match buffer.get(..read) {
            Some(bytes) if read > 0 => masker.push(bytes, &mut out),
            _ => masker.finish(&mut out),
        }
        if to.write_all(&out).is_err() || read == 0 {
            out.zeroize();
            return;
        }
        out.clear();
    }
}

fn status(ended: ExitStatus) -> u8 {
    let code = ended.code().or_else(|| ended.signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(OWN)
}

/// Our own failures.
const OWN: u8 = 125;
/// Linux gives arguments and environment a quarter of the stack, 2 MiB by default.
const ENVIRONMENT_MAX: usize = 1 << 20;
const CHUNK: usize = 16_384;
/// For whoever asks as themselves for what they may only set.
const READ_BY_THE_APP: &str = "it is the app's to read: name a token of it with --token-file, or say --acting-for as an \
                               account that is bound to it";
