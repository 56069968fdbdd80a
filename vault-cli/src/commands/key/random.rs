//! `vaultctl key random`.

use clap::Args;
use zeroize::Zeroizing;

use super::Desk;
use super::secret::{Member, write, write_json};
use crate::failure::Failure;
use crate::output;

/// Write random bytes, in base64
#[derive(Debug, Args)]
pub(super) struct Random {
    /// How many, 1 to 1,024
    #[arg(value_name = "N", default_value_t = 32)]
    bytes: u32,
    /// In hexadecimal
    #[arg(long, conflicts_with = "raw")]
    hex: bool,
    /// The bytes themselves
    #[arg(long)]
    raw: bool,
}

impl Random {
    pub(super) fn run(&self, desk: &Desk<'_>) -> Result<(), Failure> {
        let random = desk.act.generate_random(self.bytes)?;
        if desk.json() {
            return write_json(&[("bytes", Member::Bytes(random.expose()))]);
        }
        if !self.hex {
            return write(random.expose(), self.raw);
        }
        let mut line = Zeroizing::new(Vec::with_capacity(2 * random.expose().len() + 1));
        for byte in random.expose() {
            line.extend([byte >> 4, byte & 15].map(|digit| if digit < 10 { b'0' + digit } else { b'a' - 10 + digit }));
        }
        line.push(b'\n');
        output::bytes(&line)?;
        Ok(())
    }
}
