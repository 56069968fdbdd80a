//! `vaultctl key public-key`.

use clap::Args;
use serde_json::Value;

use super::Desk;
use super::pem;
use super::secret::{Member, write, write_json};
use super::typed::KeyName;
use super::words::Word as _;
use crate::failure::Failure;
use crate::output;

/// Write a key's public half, PEM or with --der the bytes of a SubjectPublicKeyInfo
#[derive(Debug, Args)]
pub(super) struct PublicKey {
    /// The key
    key: KeyName,
    /// As PEM, which is the default
    #[arg(long, conflicts_with = "der")]
    pem: bool,
    /// As DER
    #[arg(long)]
    der: bool,
}

impl PublicKey {
    pub(super) fn run(&self, desk: &Desk<'_>) -> Result<(), Failure> {
        let found = desk.act.public_key(self.key.as_str()).map_err(self.key.failed())?;
        if desk.json() {
            return write_json(&[
                ("key", Member::Plain(found.key.into())),
                ("spec", Member::Plain(Value::from(found.spec.word()))),
                ("usage", Member::Plain(Value::from(found.usage.word()))),
                ("public", Member::Bytes(&found.spki)),
            ]);
        }
        if self.der {
            return write(&found.spki, true);
        }
        output::bytes(&pem::encode(pem::PUBLIC, &found.spki))?;
        Ok(())
    }
}
