//! `vaultctl key import`: material of one's own, in a key that was made for it
//! with `--origin external`.

use std::io;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use vault_client::{KeySpec, SecretBytes, Wrapping};
use vault_stream::Header;
use zeroize::Zeroizing;

use super::Desk;
use super::files::{FileError, Source, open_data_key};
use super::message::read;
use super::pem;
use super::secret::{Member, from_base64, write_json};
use super::typed::{ContextArgs, KeyName, days, hex32};
use super::words::one_of;
use super::wrap::{self, wrap};
use crate::failure::Failure;
use crate::output::{self, hex};
use crate::time::{now_ms, rfc3339, short};

/// Bring material into a key: 32 bytes, an HMAC key, or PKCS#8 as DER or PEM
#[derive(Debug, Args)]
#[command(after_help = "The material is wrapped here, to a key that the daemon makes for this one import.\n\n\
                        Examples:\n  vaultctl key import orders material.bin\n  \
                        vaultctl key import orders --sealed material.vlt")]
pub(super) struct Import {
    /// The key
    key: KeyName,
    /// The material [default: standard input]
    file: Option<PathBuf>,
    /// It is in base64
    #[arg(long, conflicts_with = "sealed")]
    base64: bool,
    /// It is a file that `key encrypt` made
    #[arg(long)]
    sealed: bool,
    #[command(flatten)]
    context: ContextArgs,
    /// It is wrapped already, under the parameters with this token
    #[arg(long, value_name = "HEX", value_parser = hex32, conflicts_with_all = ["base64", "sealed"])]
    token: Option<[u8; 32]>,
    /// The material is gone after so many days, until it is imported again [default: it stays]
    #[arg(long, value_name = "DAYS", value_parser = days)]
    expires: Option<u32>,
}

/// What is needed to wrap material elsewhere: a public key and a token, good for a day
#[derive(Debug, Args)]
pub(super) struct Parameters {
    /// The key
    key: KeyName,
    /// How the material will be wrapped
    #[arg(long, value_parser = one_of::<Wrapping>(), default_value = "aes-kwp-sha256")]
    wrapping: Wrapping,
    /// The key to wrap it to
    #[arg(long, value_parser = one_of::<KeySpec>(), default_value = "rsa-3072")]
    spec: KeySpec,
}

/// Delete imported material; importing the same again brings the key back
#[derive(Debug, Args)]
pub(super) struct DeleteMaterial {
    /// The key
    key: KeyName,
}

impl Import {
    pub(super) fn run(&self, desk: &Desk<'_>) -> Result<(), Failure> {
        let given = self.material(desk)?;
        let expires_at = self.expires.map(|days| now_ms().saturating_add(u64::from(days) * DAY_MS));
        let key = self.key.as_str();
        let done = if let Some(token) = &self.token {
            desk.act.import_material(key, token, given.expose(), expires_at)
        } else {
            let parameters = desk.act.parameters_for_import(key, wrap::WRAPPING, wrap::SPEC);
            let parameters = parameters.map_err(self.key.failed())?;
            let wrapped = wrap(&parameters.public, given.expose())?;
            desk.act.import_material(key, &parameters.token, &wrapped, expires_at)
        };
        done.map_err(self.key.failed())?;
        desk.told(&json!({ "key": key, "expires_at": expires_at.and_then(rfc3339) }), || match expires_at {
            Some(at) => format!("{key} has its material until {}; keep a copy of it", short(at)),
            None => format!("{key} has its material"),
        })
    }

    fn material(&self, desk: &Desk<'_>) -> Result<SecretBytes, Failure> {
        let mut source = Source::open(self.file.as_deref())?;
        if self.sealed {
            let name = source.said();
            return self.unsealed(desk, &mut source).map_err(|failure| failure.about(name));
        }
        let given = read(source, MATERIAL_MAX)?;
        if self.token.is_some() {
            return Ok(given);
        }
        if self.base64 {
            return Ok(from_base64("the material", given.expose())?);
        }
        match pem::decode(pem::PRIVATE, given.expose()) {
            Some(der) => Ok(der?),
            None => Ok(given),
        }
    }

    fn unsealed(&self, desk: &Desk<'_>, source: &mut Source) -> Result<SecretBytes, Failure> {
        let header = Header::read(source).map_err(FileError::from)?;
        let (key, _) = open_data_key(desk, &header, None, &self.context.pairs())?;
        let mut material = Bounded(Zeroizing::new(Vec::with_capacity(MATERIAL_MAX)));
        vault_stream::decrypt(&header, &key, source, &mut material, |_| {}).map_err(FileError::from)?;
        Ok(SecretBytes::new(std::mem::take(&mut *material.0)))
    }
}

impl Parameters {
    pub(super) fn run(&self, desk: &Desk<'_>) -> Result<(), Failure> {
        let found = desk.act.parameters_for_import(self.key.as_str(), self.wrapping, self.spec);
        let found = found.map_err(self.key.failed())?;
        if desk.json() {
            return write_json(&[
                ("key", Member::Plain(found.key.into())),
                ("token", Member::Plain(hex(&found.token).into())),
                ("public", Member::Bytes(&found.public)),
                ("valid_until", Member::Plain(rfc3339(found.valid_until).into())),
            ]);
        }
        output::bytes(&pem::encode(pem::PUBLIC, &found.public))?;
        output::note(&format!(
            "Wrap it to this until {}, then `vaultctl key import {} FILE --token {}`",
            short(found.valid_until),
            self.key,
            hex(&found.token)
        ));
        Ok(())
    }
}

impl DeleteMaterial {
    pub(super) fn run(&self, desk: &Desk<'_>) -> Result<(), Failure> {
        let pending = desk.act.delete_imported_material(self.key.as_str()).map_err(self.key.failed())?;
        desk.told(&json!({ "key": self.key.as_str(), "erasure_pending": pending }), || {
            format!("{} waits for its material", self.key)
        })
    }
}

/// Takes so much and no more, and never moves.
struct Bounded(Zeroizing<Vec<u8>>);

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > MATERIAL_MAX {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// More than an RSA key of 4,096 bits takes, wrapped or as PEM.
const MATERIAL_MAX: usize = 8_192;
const DAY_MS: u64 = 86_400_000;
