//! The daemon's own log, on stderr, where systemd picks it up. What is done
//! with secrets is in the audit log, not here.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::exit::{Exit, Failure};

/// Starts the log. `filter` is in the words of `tracing`: `info`, `vaultd=debug`.
/// Called once; a second call keeps the first.
/// `$VAULTD_LOG` goes before it.
pub fn start(filter: &str) -> Result<(), Failure> {
    let filter = match std::env::var("VAULTD_LOG") {
        Ok(asked) => parse(&asked)?,
        Err(_) => parse(filter)?,
    };
    // The journal stamps its own lines; a person at a terminal wants the time.
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false);
    let _ = if std::io::stderr().is_terminal() {
        lines.with_target(false).try_init()
    } else {
        lines.with_target(false).without_time().try_init()
    };
    hide_panic_messages();
    Ok(())
}

/// Is this a filter?
pub fn check(filter: &str) -> Result<(), Failure> {
    parse(filter).map(drop)
}

fn parse(filter: &str) -> Result<EnvFilter, Failure> {
    if filter.len() > FILTER_MAX {
        let what = format_args!("`log`: {} bytes, at most {FILTER_MAX} are accepted", filter.len());
        return Err(Failure::new(Exit::Usage, what).hint("use error, warn, info, debug or trace"));
    }
    // A pattern for a value may take minutes to make: values are compared as they are.
    EnvFilter::builder().with_regex(false).parse(filter).map_err(|error| {
        Failure::new(Exit::Usage, format_args!("`log`: {error}")).hint("use error, warn, info, debug or trace")
    })
}

/// A panic's message may hold what was being worked on: only the place is told.
fn hide_panic_messages() {
    std::panic::set_hook(Box::new(|panic| match panic.location() {
        Some(place) => {
            tracing::error!(file = place.file(), line = place.line(), "internal error: a connection or task was ended");
        }
        None => tracing::error!("internal error: a connection or task was ended"),
    }));
}

/// Longest filter, in bytes.
const FILTER_MAX: usize = 1_024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_no_pattern_and_has_an_end() {
        // Half a pattern, and a whole value.
        check("a[{b=\"(\"}]=info").unwrap();
        assert!(check(&"a".repeat(FILTER_MAX + 1)).unwrap_err().to_string().contains("1024"));
        check("vaultd=debug,info").unwrap();
        check("=what?").unwrap_err();
    }
}
