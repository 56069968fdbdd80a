//! How a command ends badly: one line that says what, one that says what next,
//! and an exit code others script against.

use std::error::Error;

use serde::Serialize;
use vault_client::{ClientError, WireError};

use crate::names::{named, said};
use crate::output;

/// What an error of a command knows about itself.
pub(crate) trait Problem: Error + 'static {
    /// A stable word for programs.
    fn code(&self) -> &'static str;
    /// The exit status.
    fn exit(&self) -> u8 {
        1
    }
    /// Can the same command succeed a little later with nobody doing anything?
    fn retryable(&self) -> bool {
        false
    }
    /// The next step; empty when the message says it all.
    fn hint(&self) -> String;
    /// Nobody is left to be told.
    fn silent(&self) -> bool {
        false
    }
}

/// A problem on its way out, and what it was about.
#[derive(Debug)]
pub(crate) struct Failure {
    problem: Box<dyn Problem>,
    about: Option<String>,
    exit: Option<u8>,
    hint: Option<String>,
}

impl Failure {
    /// Says which secret, user or slot it was about. Never a value.
    pub(crate) fn about(self, what: impl Into<String>) -> Self {
        Self { about: Some(what.into()), ..self }
    }

    /// Ends with this status whatever the problem.
    pub(crate) fn exiting(self, status: u8) -> Self {
        Self { exit: Some(self.exit.unwrap_or(status)), ..self }
    }

    /// Says a better next step than the problem knows.
    pub(crate) fn hinting(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    pub(crate) fn exit(&self) -> u8 {
        self.exit.unwrap_or_else(|| self.problem.exit())
    }

    pub(crate) fn message(&self) -> String {
        match &self.about {
            Some(what) => format!("{what}: {}", self.problem),
            None => self.problem.to_string(),
        }
    }

    pub(crate) fn hint(&self) -> String {
        self.hint.clone().unwrap_or_else(|| self.problem.hint())
    }

    /// Tells standard error, for a person or for a program.
    pub(crate) fn report(&self, json: bool) {
        if self.problem.silent() {
            return;
        }
        let (message, hint) = (self.message(), self.hint());
        if json {
            output::error_json(&Report {
                error: &message,
                code: self.problem.code(),
                retryable: self.problem.retryable(),
                hint: &hint,
            });
            return;
        }
        output::note(&format!("vaultctl: {message}"));
        if !hint.is_empty() {
            output::note(&format!("hint: {hint}"));
        }
    }
}

impl<P: Problem> From<P> for Failure {
    fn from(problem: P) -> Self {
        Self { problem: Box::new(problem), about: None, exit: None, hint: None }
    }
}

impl Failure {
    /// What a call about one secret ended with.
    pub(crate) fn of_secret(error: ClientError, app: &str, name: &str) -> Self {
        let flag = named(app);
        let failure = Self::of(error, "secret", SECRET_HINT).about(said(app, name));
        match failure.problem.code() {
            "expired" => failure.hinting(format!("set it anew with `vaultctl set{flag} {name}`")),
            "missing" if !flag.is_empty() => failure.hinting(format!(
                "`vaultctl ls{flag}` shows what is there, `vaultctl ls{flag} --deleted` what \
                 `vaultctl undelete{flag} NAME` can bring back"
            )),
            _ => failure,
        }
    }

    /// What a call about one user ended with.
    pub(crate) fn of_user(error: ClientError, user: impl Into<String>) -> Self {
        Self::of(error, "user", "`vaultctl user ls` shows who has stored something").about(user)
    }

    /// What a call about one key slot ended with.
    pub(crate) fn of_slot(error: ClientError, id: impl Into<String>) -> Self {
        Self::of(error, "slot", "`vaultctl slot ls` shows the slots").about(id)
    }

    /// The daemon says only that something is missing; here it is known what.
    fn of(error: ClientError, kind: &'static str, hint: &'static str) -> Self {
        match error {
            ClientError::Server(WireError::Missing { expired: false }) => Missing { kind, hint }.into(),
            other => other.into(),
        }
    }
}

/// Nothing by that name.
#[derive(Debug, thiserror::Error)]
#[error("no such {kind}")]
struct Missing {
    kind: &'static str,
    hint: &'static str,
}

impl Problem for Missing {
    fn code(&self) -> &'static str {
        "missing"
    }

    fn exit(&self) -> u8 {
        3
    }

    fn hint(&self) -> String {
        self.hint.into()
    }
}

impl Problem for ClientError {
    fn code(&self) -> &'static str {
        Self::code(self)
    }

    fn exit(&self) -> u8 {
        self.exit_code()
    }

    fn retryable(&self) -> bool {
        Self::retryable(self)
    }

    fn hint(&self) -> String {
        Self::hint(self)
    }
}

/// An error as programs read it.
#[derive(Serialize)]
pub(crate) struct Report<'a> {
    pub(crate) error: &'a str,
    pub(crate) code: &'a str,
    pub(crate) retryable: bool,
    pub(crate) hint: &'a str,
}

const SECRET_HINT: &str =
    "`vaultctl ls` shows what is there, `vaultctl ls --deleted` what `vaultctl undelete` can bring back";
