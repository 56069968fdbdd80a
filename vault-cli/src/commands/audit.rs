//! `vaultctl audit`: what was done, by whom, and that nobody changed the record.

use std::fmt::Write as _;

use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};
use serde_json::json;
use vault_client::AuditLine;

use crate::context::Context;
use crate::failure::{Failure, Problem};
use crate::output::{self, counted};
use crate::table::Table;

/// The audit log, for operators
#[derive(Debug, Args)]
pub(crate) struct Audit {
    #[command(subcommand)]
    command: AuditCommand,
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    /// Show the last lines
    Tail {
        /// How many, 1 to 1000
        #[arg(short = 'n', long, value_name = "N", default_value_t = 20)]
        #[arg(value_parser = clap::value_parser!(u32).range(1..=1_000))]
        lines: u32,
    },
    /// Verify the chain from the oldest kept file on
    Verify,
    /// Begin a new file; the chain goes on
    Rotate,
}

/// The chain does not hold.
#[derive(Debug, thiserror::Error)]
#[error("the audit log was changed or damaged: {}, {} verified", counted(*problems, "problem"), counted(*verified, "line"))]
struct Broken {
    problems: u64,
    verified: u64,
}

impl Problem for Broken {
    fn code(&self) -> &'static str {
        "corrupt"
    }

    fn exit(&self) -> u8 {
        8
    }

    fn hint(&self) -> String {
        "copy the files before anything rotates them away, and compare with what was sent elsewhere".into()
    }
}

/// What a person looks for in a line; the rest is in `--json`.
#[derive(Default, Deserialize)]
#[serde(default)]
struct View {
    seq: u64,
    time: String,
    op: String,
    outcome: String,
    uid: Option<u32>,
    user: Option<String>,
    app: Option<String>,
    name: Option<String>,
}

#[derive(Serialize)]
struct Row<'a> {
    line: &'a str,
    name: Option<&'a str>,
}

impl Audit {
    pub(crate) fn run(&self, context: &Context) -> Result<(), Failure> {
        match self.command {
            AuditCommand::Tail { lines } => tail(context, lines),
            AuditCommand::Verify => verify(context),
            AuditCommand::Rotate => {
                context.client.audit_rotate()?;
                if context.json {
                    output::json(&json!({ "rotated": true }))?;
                } else {
                    output::note("a new audit file is begun; the chain goes on");
                }
                Ok(())
            }
        }
    }
}

fn tail(context: &Context, lines: u32) -> Result<(), Failure> {
    let lines = context.client.audit_tail(lines)?;
    if context.json {
        let rows = lines.iter().map(|line| Row { line: line.line.trim_end(), name: line.name.as_deref() });
        output::json(&rows.collect::<Vec<_>>())?;
    } else {
        output::text(&render(&lines))?;
    }
    Ok(())
}

fn render(lines: &[AuditLine]) -> String {
    let mut table = Table::new(["SEQ", "TIME", "WHO", "OPERATION", "OUTCOME", "APP", "NAME"]);
    let dash = |text: Option<String>| text.unwrap_or_else(|| "-".into());
    for line in lines {
        // A line of a newer daemon, or a damaged one, is shown as it is.
        let Ok(view) = serde_json::from_str::<View>(&line.line) else {
            let unread = line.line.trim_end().to_owned();
            table.row([
                String::new(),
                unread,
                String::new(),
                String::new(),
                String::new(),
                String::new(),
                String::new(),
            ]);
            continue;
        };
        let who = view.user.or_else(|| view.uid.map(|uid| format!("uid:{uid}")));
        let name = line.name.clone().or_else(|| view.name.map(|hash| format!("#{}", hash.get(..8).unwrap_or(&hash))));
        table.row([view.seq.to_string(), view.time, dash(who), view.op, view.outcome, dash(view.app), dash(name)]);
    }
    table.render()
}

fn verify(context: &Context) -> Result<(), Failure> {
    let report = context.client.audit_verify()?;
    if context.json {
        output::json(&json!({ "verified": report.verified, "gaps": report.gaps, "problems": report.problems }))?;
    } else {
        let mut text = String::new();
        for problem in &report.problems {
            let _ = writeln!(text, "{problem}");
        }
        if report.problems.is_empty() {
            let _ = writeln!(text, "{}, the chain holds", counted(report.verified, "line"));
        }
        if report.gaps > 0 {
            let _ = writeln!(text, "{} that the log itself admits to", counted(report.gaps, "gap"));
        }
        output::text(&text)?;
    }
    match report.problems.len() as u64 {
        0 => Ok(()),
        problems => Err(Broken { problems, verified: report.verified }.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_becomes_a_row_and_a_strange_one_stays() {
        let line = |line: &str, name: Option<&str>| AuditLine { line: line.into(), name: name.map(Into::into) };
        let text = render(&[
            line(
                r#"{"seq":7,"time":"2026-07-27T10:00:00.000Z","op":"get","outcome":"ok","uid":1000,"app":"personal","name":"00112233445566778899aabbccddeeff","request":1,"mac":"x"}"#,
                Some("api_token"),
            ),
            line(r#"{"seq":8,"time":"t","op":"seal","outcome":"ok","request":2}"#, None),
            line("{torn", None),
        ]);
        let lines: Vec<_> = text.lines().collect();
        assert!(lines[1].starts_with("7    2026-07-27T10:00:00.000Z  uid:1000  get"), "{text}");
        assert!(lines[1].ends_with("personal  api_token"), "{text}");
        assert!(lines[2].ends_with("-         -"), "{text}");
        assert!(lines[3].contains("{torn"));
    }
}
