//! Wrapping material to the key that an import gave out: it leaves this process
//! in no other form. RSAES-OAEP with SHA-256 around an AES-256 key, then RFC 5649
//! under that: one way for material of every length.

use aws_lc_rs::error::Unspecified;
use aws_lc_rs::key_wrap::{AES_256, AesKek, KeyWrapPadded as _};
use aws_lc_rs::rand;
use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey};
use vault_client::{KeySpec, Wrapping};
use zeroize::Zeroizing;

use crate::failure::Problem;

/// How [`wrap`] does it.
pub(super) const WRAPPING: Wrapping = Wrapping::RsaAesKeyWrapSha256;
/// To a key of this spec.
pub(super) const SPEC: KeySpec = KeySpec::Rsa3072;

/// The daemon's public key is none.
#[derive(Debug, thiserror::Error)]
#[error("the material could not be wrapped to the key that the daemon gave out")]
pub(super) struct WrapError(#[from] Unspecified);

impl Problem for WrapError {
    fn code(&self) -> &'static str {
        "protocol"
    }

    fn hint(&self) -> String {
        "nothing was sent; `vaultctl status` shows which daemon this is".into()
    }
}

/// `public`: SubjectPublicKeyInfo, DER.
pub(super) fn wrap(public: &[u8], material: &[u8]) -> Result<Vec<u8>, WrapError> {
    let public = PublicEncryptingKey::from_der(public).map_err(|_| Unspecified)?;
    let public = OaepPublicEncryptingKey::new(public)?;
    let mut key = Zeroizing::new([0; 32]);
    rand::fill(&mut *key)?;
    let mut wrapped = vec![0; public.ciphertext_size()];
    let len = public.encrypt(&OAEP_SHA256_MGF1SHA256, &*key, &mut wrapped, None)?.len();
    wrapped.truncate(len);
    // Whole blocks of 8 and one more.
    let mut under = vec![0; material.len().next_multiple_of(8) + 8];
    let kek = AesKek::new(&AES_256, &*key)?;
    wrapped.extend_from_slice(kek.wrap_with_padding(material, &mut under)?);
    Ok(wrapped)
}
