//! Deriving a secret shared with somebody whose public key is known. It is the
//! raw x coordinate: whoever uses it puts it through a KDF.

use super::KmsError;
use super::desk::Desk;
use super::grant::Operation;
use super::id::KeyRef;
use super::material::Material;
use super::room::Use;
use super::spec::KeyUsage;
use super::state::Needs;
use crate::barrier::Fault;
use crate::keys::SecretBytes;

/// `peer` is a SubjectPublicKeyInfo of the same curve.
pub(crate) fn derive_shared_secret(desk: &Desk<'_>, key: &KeyRef, peer: &[u8]) -> Result<SecretBytes, KmsError> {
    let found = desk.may(key, Operation::DeriveSharedSecret, None, Needs::Enabled)?;
    desk.usable(&found, KeyUsage::KeyAgreement)?;
    let (_, material) = desk.current(&found, Use::Make)?;
    let Material::Ecdh(key) = &*material else { return Err(Fault::Corrupt { what: "a key's material" }.into()) };
    let expected = "a DER SubjectPublicKeyInfo with a point of the key's curve";
    key.agree(peer).map_err(|_| KmsError::Invalid { field: "public key", expected })
}
