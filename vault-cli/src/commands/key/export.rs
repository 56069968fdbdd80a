//! `vaultctl key export`: the material of a key that was made for it.

use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::Desk;
use super::files::Sink;
use super::secret::base64;
use super::typed::KeyName;
use crate::failure::Failure;
use crate::output::OutputError;

/// Write the material of an exportable key: 32 bytes, an HMAC key, or PKCS#8
#[derive(Debug, Args)]
#[command(after_help = "Example, sealed under another key on its way:\n  \
                        vaultctl key export A | vaultctl key encrypt --key B > a.vlt\n  \
                        vaultctl key import C --sealed a.vlt")]
pub(super) struct Export {
    /// The key
    key: KeyName,
    /// A new file, mode 0600 [default: standard output, which must be no terminal]
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,
    /// In base64
    #[arg(long)]
    base64: bool,
}

impl Export {
    pub(super) fn run(&self, desk: &Desk<'_>) -> Result<(), Failure> {
        let mut sink = Sink::open(self.output.as_deref(), false)?;
        let material = desk.act.export(self.key.as_str()).map_err(self.key.failed())?;
        let bytes = material.expose();
        let io = |error| Failure::from(OutputError::from(error));
        if self.base64 {
            let mut line = base64(bytes);
            line.push(b'\n');
            sink.write_all(&line).map_err(io)?;
        } else {
            sink.write_all(bytes).map_err(io)?;
        }
        let Some(path) = sink.finish()? else { return Ok(()) };
        let json = json!({ "key": self.key.as_str(), "file": path.display().to_string() });
        desk.told(&json, || format!("{}: the material of {}, in clear", path.display(), self.key))
    }
}
