//! Making and verifying MACs.

use std::fmt;

use super::KmsError;
use super::algorithm::MacAlgorithm;
use super::desk::Desk;
use super::grant::Operation;
use super::id::{KeyId, KeyRef};
use super::material::Material;
use super::room::Use;
use super::spec::KeyUsage;
use super::state::Needs;
use crate::barrier::Fault;
use crate::limits;

/// A message to authenticate.
pub struct NewMac<'r> {
    /// The HMAC key.
    pub key: &'r KeyRef,
    /// The message.
    pub message: &'r [u8],
    /// How.
    pub algorithm: MacAlgorithm,
}

/// A message's MAC. Redacted in `Debug`: it may serve as a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Mac {
    /// The key.
    pub key: KeyId,
    /// The MAC, as long as the hash.
    pub mac: Vec<u8>,
}

impl fmt::Debug for NewMac<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, message, algorithm } = self;
        f.debug_struct("NewMac")
            .field("key", key)
            .field("message", &format_args!("{} bytes", message.len()))
            .field("algorithm", algorithm)
            .finish()
    }
}

impl fmt::Debug for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mac").field("key", &self.key).finish_non_exhaustive()
    }
}

pub(crate) fn make_mac(desk: &Desk<'_>, request: &NewMac<'_>) -> Result<Mac, KmsError> {
    with_key(desk, request, Operation::GenerateMac, |material| match material {
        Material::Mac(key) => Ok(key.mac(request.message)),
        _ => Err(KmsError::Fault(Fault::Corrupt { what: "a key's material" })),
    })
    .map(|(key, mac)| Mac { key, mac })
}

/// Says yes, or [`KmsError::InvalidMac`].
pub(crate) fn verify_mac(desk: &Desk<'_>, request: &NewMac<'_>, mac: &[u8]) -> Result<KeyId, KmsError> {
    with_key(desk, request, Operation::VerifyMac, |material| match material {
        Material::Mac(key) if key.verify(request.message, mac) => Ok(()),
        Material::Mac(_) => Err(KmsError::InvalidMac),
        _ => Err(KmsError::Fault(Fault::Corrupt { what: "a key's material" })),
    })
    .map(|(key, ())| key)
}

fn with_key<T>(
    desk: &Desk<'_>,
    request: &NewMac<'_>,
    operation: Operation,
    run: impl FnOnce(&Material) -> Result<T, KmsError>,
) -> Result<(KeyId, T), KmsError> {
    let found = desk.may(request.key, operation, None, Needs::Enabled)?;
    desk.usable(&found, KeyUsage::Mac)?;
    if found.record.spec.mac_algorithm() != Some(request.algorithm) {
        return Err(KmsError::WrongUsage { usage: found.record.usage });
    }
    check_message(request.message)?;
    let use_ = if operation == Operation::GenerateMac { Use::Make } else { Use::Open };
    let (_, material) = desk.current(&found, use_)?;
    Ok((found.record.id, run(&material)?))
}

pub(super) fn check_message(message: &[u8]) -> Result<(), KmsError> {
    let len = message.len();
    if len > limits::KMS_MESSAGE_MAX {
        return Err(KmsError::TooLarge { what: "message", len, max: limits::KMS_MESSAGE_MAX });
    }
    Ok(())
}
