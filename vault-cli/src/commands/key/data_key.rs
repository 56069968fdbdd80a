//! `vaultctl key data-key`: a key to encrypt something with elsewhere.

use clap::Args;
use serde_json::Value;
use vault_client::{Encrypted, KeySpec};

use super::Desk;
use super::secret::{Member, base64, write_json};
use super::typed::{ContextArgs, KeyName};
use super::words::one_of;
use crate::failure::Failure;
use crate::output;

/// Make a data key: use it and forget it, keep its sealed form beside what it encrypts
#[derive(Debug, Args)]
pub(super) struct DataKey {
    /// The key that seals it
    key: KeyName,
    /// How long, 1 to 1,024
    #[arg(long, value_name = "N", default_value_t = 32)]
    bytes: u32,
    /// A pair of this spec and not one key
    #[arg(long, value_name = "SPEC", value_parser = one_of::<KeySpec>(), conflicts_with = "bytes")]
    pair: Option<KeySpec>,
    /// Its sealed form alone
    #[arg(long)]
    sealed_only: bool,
    #[command(flatten)]
    context: ContextArgs,
}

impl DataKey {
    pub(super) fn run(&self, desk: &Desk<'_>) -> Result<(), Failure> {
        let (key, context) = (self.key.as_str(), self.context.pairs());
        let failed = self.key.failed();
        match (self.pair, self.sealed_only) {
            (None, false) => {
                let made = desk.act.generate_data_key(key, &context, self.bytes).map_err(failed)?;
                show(desk, &made.sealed, &[("plaintext", made.plaintext.expose())])
            }
            (None, true) => {
                let made = desk.act.generate_data_key_without_plaintext(key, &context, self.bytes).map_err(failed)?;
                show(desk, &made, &[])
            }
            (Some(spec), false) => {
                let made = desk.act.generate_data_key_pair(key, &context, spec).map_err(failed)?;
                show(desk, &made.sealed, &[("private", made.private.expose()), ("public", &made.public)])
            }
            (Some(spec), true) => {
                let made = desk.act.generate_data_key_pair_without_plaintext(key, &context, spec).map_err(failed)?;
                show(desk, &made.sealed, &[("public", &made.public)])
            }
        }
    }
}

fn show(desk: &Desk<'_>, sealed: &Encrypted, others: &[(&str, &[u8])]) -> Result<(), Failure> {
    if desk.json() {
        let plain = |value: Value| Member::Plain(value);
        let mut members = vec![("key", plain(sealed.key.as_str().into())), ("version", plain(sealed.version.into()))];
        members.extend(others.iter().map(|(name, bytes)| (*name, Member::Bytes(bytes))));
        members.push(("sealed", Member::Bytes(&sealed.ciphertext)));
        return write_json(&members);
    }
    for (name, bytes) in others.iter().copied().chain([("sealed", &sealed.ciphertext[..])]) {
        output::bytes(format!("{name:<10} ").as_bytes())?;
        let mut line = base64(bytes);
        line.push(b'\n');
        output::bytes(&line)?;
    }
    Ok(())
}
