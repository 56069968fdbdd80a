//! `vaultctl key sign`: a signature over a file of any size. What is signed is
//! its digest, made here; Ed25519 alone signs the message itself.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::Value;
use sha2::{Digest, Sha256, Sha384, Sha512};
use vault_client::{KeySpec, Message, SecretBytes, SigningAlgorithm};
use vault_proto::limits::KEY_PLAINTEXT_MAX;
use zeroize::Zeroizing;

use super::Desk;
use super::files::Source;
use super::message::read;
use super::secret::{self, Member};
use super::typed::KeyName;
use super::words::{Word as _, one_of};
use crate::failure::Failure;
use crate::input::InputError;

/// Sign a file, or what is piped in
#[derive(Debug, Args)]
pub(super) struct Sign {
    /// The key
    key: KeyName,
    #[command(flatten)]
    what: SignedArgs,
    /// The bytes of the signature and not base64
    #[arg(long)]
    raw: bool,
}

/// What is signed, and how.
#[derive(Debug, Args)]
pub(super) struct SignedArgs {
    /// What to sign [default: standard input]
    file: Option<PathBuf>,
    /// How [default: what the key's spec is best at]
    #[arg(long, value_parser = one_of::<SigningAlgorithm>())]
    algorithm: Option<SigningAlgorithm>,
    /// It is the digest already, its bytes
    #[arg(long)]
    digest: bool,
}

/// What goes to the daemon.
pub(super) struct Signed {
    pub(super) algorithm: SigningAlgorithm,
    is_digest: bool,
    bytes: SecretBytes,
}

impl Sign {
    pub(super) fn run(&self, desk: &Desk<'_>) -> Result<(), Failure> {
        let signed = self.what.read(desk, &self.key)?;
        let made = desk.act.sign(self.key.as_str(), signed.message(), signed.algorithm).map_err(self.key.failed())?;
        if desk.json() {
            return secret::write_json(&[
                ("key", Member::Plain(made.key.into())),
                ("algorithm", Member::Plain(Value::from(signed.algorithm.word()))),
                ("signature", Member::Bytes(&made.signature)),
            ]);
        }
        secret::write(&made.signature, self.raw)
    }
}

impl SignedArgs {
    pub(super) fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    pub(super) fn read(&self, desk: &Desk<'_>, key: &KeyName) -> Result<Signed, Failure> {
        let algorithm = match self.algorithm {
            Some(algorithm) => algorithm,
            None => best(desk.keys.describe(key.as_str()).map_err(key.failed())?.spec),
        };
        let source = Source::open(self.file.as_deref())?;
        let hash: fn(File) -> io::Result<Vec<u8>> = match hash(algorithm) {
            Hash::Sha256 if !self.digest => digest::<Sha256>,
            Hash::Sha384 if !self.digest => digest::<Sha384>,
            Hash::Sha512 if !self.digest => digest::<Sha512>,
            _ => {
                let bytes = read(source, KEY_PLAINTEXT_MAX)?;
                return Ok(Signed { algorithm, is_digest: self.digest, bytes });
            }
        };
        let digest = hash(source.file).map_err(|source| InputError::Io { what: "the message", source })?;
        Ok(Signed { algorithm, is_digest: true, bytes: SecretBytes::new(digest) })
    }
}

impl Signed {
    pub(super) fn message(&self) -> Message<'_> {
        match self.is_digest {
            true => Message::Digest(self.bytes.expose()),
            false => Message::Raw(self.bytes.expose()),
        }
    }
}

enum Hash {
    /// The message itself is signed.
    None,
    Sha256,
    Sha384,
    Sha512,
}

fn hash(algorithm: SigningAlgorithm) -> Hash {
    use SigningAlgorithm as A;
    match algorithm {
        A::RsassaPssSha256 | A::RsassaPkcs1Sha256 | A::EcdsaSha256 => Hash::Sha256,
        A::RsassaPssSha384 | A::RsassaPkcs1Sha384 | A::EcdsaSha384 => Hash::Sha384,
        A::RsassaPssSha512 | A::RsassaPkcs1Sha512 | A::EcdsaSha512 => Hash::Sha512,
        A::Ed25519Sha512 => Hash::None,
    }
}

/// A key that signs nothing is refused by the daemon, whatever is asked of it.
fn best(spec: KeySpec) -> SigningAlgorithm {
    match spec {
        KeySpec::Ed25519 => SigningAlgorithm::Ed25519Sha512,
        KeySpec::EccNistP384 => SigningAlgorithm::EcdsaSha384,
        KeySpec::EccNistP521 => SigningAlgorithm::EcdsaSha512,
        KeySpec::EccNistP256 | KeySpec::EccSecgP256k1 => SigningAlgorithm::EcdsaSha256,
        _ => SigningAlgorithm::RsassaPssSha256,
    }
}

fn digest<D: Digest>(mut file: File) -> io::Result<Vec<u8>> {
    let mut hash = D::new();
    let mut buffer = Zeroizing::new(vec![0; 65_536]);
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(hash.finalize().to_vec()),
            Ok(len) => hash.update(&buffer[..len]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
