//! `vaultctl wait`: until the daemon answers, or until the vault is open.

use std::thread;
use std::time::{Duration, Instant};

use clap::Args;
use vault_client::{ClientError, WireError};

use crate::context::Context;
use crate::failure::{Failure, Problem};

/// Wait until the daemon answers; for ever, or for --timeout SECONDS
#[derive(Debug, Args)]
pub(crate) struct Wait {
    /// Until the vault is open, too
    #[arg(long)]
    unsealed: bool,
}

/// It did not come about in time.
#[derive(Debug, thiserror::Error)]
enum WaitError {
    #[error("the vault is still sealed after {} s", after.as_secs_f64())]
    Sealed { after: Duration },
    #[error("waited {} s: {last}", after.as_secs_f64())]
    Unavailable { after: Duration, last: ClientError },
}

impl Problem for WaitError {
    fn code(&self) -> &'static str {
        match self {
            Self::Sealed { .. } => "sealed",
            Self::Unavailable { last, .. } => last.code(),
        }
    }

    fn exit(&self) -> u8 {
        match self {
            Self::Sealed { .. } => 5,
            Self::Unavailable { last, .. } => last.exit_code(),
        }
    }

    fn retryable(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }

    fn hint(&self) -> String {
        match self {
            Self::Sealed { .. } => ClientError::Server(WireError::Sealed {}).hint(),
            Self::Unavailable { last, .. } => last.hint(),
        }
    }
}

impl Wait {
    pub(crate) fn run(&self, context: &Context) -> Result<(), Failure> {
        let begun = Instant::now();
        let left = || context.timeout.map(|timeout| timeout.saturating_sub(begun.elapsed()));
        let mut pause = PAUSE_MIN;
        loop {
            let patience = left().unwrap_or(CALL).clamp(Duration::from_millis(1), CALL);
            let seen = match context.client.with_deadline(patience).status() {
                Ok(status) if !(self.unsealed && status.sealed) => return Ok(()),
                Ok(_) => None,
                // Somebody else's server, another protocol: waiting changes nothing.
                Err(error) if !error.retryable() => return Err(error.into()),
                Err(error) => Some(error),
            };
            if left().is_some_and(|left| left <= pause) {
                let after = context.timeout.unwrap_or_default();
                return Err(match seen {
                    Some(last) => WaitError::Unavailable { after, last }.into(),
                    None => WaitError::Sealed { after }.into(),
                });
            }
            thread::sleep(pause);
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }
}

const CALL: Duration = Duration::from_secs(10);
const PAUSE_MIN: Duration = Duration::from_millis(20);
const PAUSE_MAX: Duration = Duration::from_millis(500);
