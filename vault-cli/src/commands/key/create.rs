//! `vaultctl key create`.

use clap::Args;
use vault_client::{ClientError, ErrorKind, KeyOrigin, KeySpec, KeyTag, KeyUsage, NewKey};

use super::Desk;
use super::show::info_json;
use super::typed::{AliasName, days, pair};
use super::words::{Word as _, one_of};
use crate::failure::{Failure, Problem};
use crate::output;

/// Make a key; its id on standard output
#[derive(Debug, Args)]
pub(super) struct Create {
    /// What to call it
    #[arg(long, value_name = "NAME")]
    alias: Option<AliasName>,
    /// What it is made of
    #[arg(long, value_parser = one_of::<KeySpec>(), default_value = "symmetric")]
    spec: KeySpec,
    /// What it is for [default: what its spec is for]
    #[arg(long, value_parser = one_of::<KeyUsage>())]
    usage: Option<KeyUsage>,
    /// For people
    #[arg(long, value_name = "TEXT", default_value = "")]
    description: String,
    /// For programs; repeatable
    #[arg(long = "tag", value_name = "NAME=VALUE", value_parser = pair)]
    tags: Vec<(String, String)>,
    /// Its material may be handed out, to you; never changes
    #[arg(long)]
    exportable: bool,
    /// New material every so many days, 90d to 2560d
    #[arg(long, value_name = "DAYS", value_parser = days)]
    rotate_every: Option<u32>,
    /// Made in the vault, or brought in with `key import`
    #[arg(long, value_parser = one_of::<KeyOrigin>(), default_value = "vault")]
    origin: KeyOrigin,
}

/// Why no key was made, or not all of it.
#[derive(Debug, thiserror::Error)]
enum CreateError {
    #[error("an RSA key encrypts or signs, and not both")]
    Usage,
    #[error("{alias} names a key already")]
    Taken { alias: AliasName },
    #[error("the key {id} was made, but {what} failed: {source}")]
    Half { id: String, what: &'static str, source: ClientError },
}

impl Problem for CreateError {
    fn code(&self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::Taken { .. } => "already_exists",
            Self::Half { source, .. } => source.code(),
        }
    }

    fn exit(&self) -> u8 {
        match self {
            Self::Usage => 2,
            Self::Taken { .. } => 6,
            Self::Half { source, .. } => source.exit_code(),
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Usage => "say --usage encrypt or --usage sign".into(),
            Self::Taken { alias } => format!("`vaultctl key alias mv {alias} KEY` points it to another key"),
            Self::Half { id, what: ALIAS, .. } => format!("`vaultctl key alias add NAME {id}` names it"),
            Self::Half { id, .. } => format!("`vaultctl key rotation on {id} --every 365d` rotates it"),
        }
    }
}

impl Create {
    pub(super) fn run(&self, desk: &Desk<'_>) -> Result<(), Failure> {
        let tags = self.tags.iter().map(|(name, value)| KeyTag { name: name.clone(), value: value.clone() });
        let new = NewKey {
            spec: self.spec,
            usage: self.usage()?,
            origin: self.origin,
            exportable: self.exportable,
            description: self.description.clone(),
            tags: tags.collect(),
        };
        // A key without its name would stay behind for a week at least.
        if let Some(alias) = &self.alias {
            match desk.keys.describe(alias.as_str()) {
                Ok(_) => return Err(CreateError::Taken { alias: alias.clone() }.into()),
                Err(error) if error.kind() == ErrorKind::NotSet => {}
                Err(error) => return Err(Failure::from(error).about(alias.as_str())),
            }
        }
        let made = desk.act.create(new)?;
        let half = |what| {
            let id = made.id.clone();
            move |source| CreateError::Half { id, what, source }
        };
        if let Some(alias) = &self.alias {
            desk.act.create_alias(alias.as_str(), &made.id).map_err(half(ALIAS))?;
        }
        if let Some(days) = self.rotate_every {
            desk.act.enable_rotation(&made.id, days).map_err(half("turning rotation on"))?;
        }
        if desk.json() {
            let aliases: Vec<_> = self.alias.iter().map(AliasName::as_str).collect();
            output::json(&info_json(&made, &aliases))?;
            return Ok(());
        }
        output::text(&format!("{}\n", made.id))?;
        if self.origin == KeyOrigin::External && output::stderr_is_terminal() {
            output::note(&format!("It waits for its material: `vaultctl key import {} FILE`", made.id));
        }
        Ok(())
    }

    fn usage(&self) -> Result<KeyUsage, CreateError> {
        match (self.usage, self.spec) {
            (Some(usage), _) => Ok(usage),
            (None, KeySpec::SymmetricDefault) => Ok(KeyUsage::EncryptDecrypt),
            (None, spec) if spec.word().starts_with("hmac") => Ok(KeyUsage::Mac),
            (None, spec) if spec.word().starts_with("rsa") => Err(CreateError::Usage),
            (None, _) => Ok(KeyUsage::SignVerify),
        }
    }
}

const ALIAS: &str = "naming it";
