//! `vaultctl check`: every record under its key.

use std::fmt::Write as _;

use clap::Args;
use serde_json::json;

use crate::context::Context;
use crate::failure::{Failure, Problem};
use crate::output::{self, counted};

/// Check every record of the vault under its key
#[derive(Debug, Args)]
pub(crate) struct Check {}

/// Something was found.
#[derive(Debug, thiserror::Error)]
#[error("the vault is damaged: {} in {}", counted(*problems, "problem"), counted(*records, "record"))]
struct Damaged {
    problems: u64,
    records: u64,
}

impl Problem for Damaged {
    fn code(&self) -> &'static str {
        "corrupt"
    }

    fn exit(&self) -> u8 {
        8
    }

    fn hint(&self) -> String {
        "keep the file as it is; restore a backup with `vaultd restore`, or see what is lost with `vaultd check`".into()
    }
}

impl Check {
    pub(crate) fn run(&self, context: &Context) -> Result<(), Failure> {
        let report = context.client.check()?;
        if context.json {
            output::json(&json!({ "records": report.records, "problems": report.problems }))?;
        } else {
            let mut text = String::new();
            for problem in &report.problems {
                let _ = writeln!(text, "{problem}");
            }
            if report.problems.is_empty() {
                let _ = writeln!(text, "{}, all genuine", counted(report.records, "record"));
            }
            output::text(&text)?;
        }
        match report.problems.len() as u64 {
            0 => Ok(()),
            problems => Err(Damaged { problems, records: report.records }.into()),
        }
    }
}
