//! A key slot opened by a passphrase, through Argon2id (RFC 9106).
//!
//! Parameters come from a file that an attacker may have written. Two threats:
//! absurd cost (the daemon runs out of memory at the next unseal) and absurdly
//! low cost, which a careless re-wrap would copy forward. So parameters from a
//! file are only ever *checked*, before a byte of working memory is asked for,
//! and new slots take theirs from [`KdfParams::policy_default`].

use zeroize::Zeroizing;

use super::slot_label;
use crate::hazmat::argon2id::{self, Cost};
use crate::host::{EntropyError, Host};
use crate::keys::{SecretBytes, SlotKey};
use crate::limits::{
    ARGON2_LANES_MAX, ARGON2_MEMORY_KIB_MAX, ARGON2_MEMORY_KIB_MIN, ARGON2_PASSES_MAX, ARGON2_WORK_MAX, PASSPHRASE_MAX,
    PASSPHRASE_MIN,
};

/// Argon2id parameters as a slot holds them: not yet believed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KdfParams {
    /// Memory, in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
    /// Salt.
    pub salt: [u8; 16],
}

/// Parameters within the limits. Having one is the permission to spend the work.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CheckedParams(KdfParams);

/// Why parameters are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParamsError {
    /// Not 29 bytes.
    #[error("{found} bytes of parameters, expected {expected}")]
    Length {
        /// Bytes found.
        found: usize,
        /// 29.
        expected: usize,
    },
    /// An algorithm this version does not know.
    #[error("unknown password hash {found}")]
    Algorithm {
        /// The byte found.
        found: u8,
    },
    /// A parameter beyond its limit.
    #[error("Argon2id {parameter} {asked} is outside {min} to {max}")]
    OutOfBounds {
        /// Which one.
        parameter: &'static str,
        /// What the slot asks for.
        asked: u64,
        /// Least accepted.
        min: u64,
        /// Most accepted.
        max: u64,
    },
}

/// Why a passphrase gave no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PassphraseError {
    /// Too short or too long.
    #[error("a passphrase has {min} to {max} bytes, this has {found}")]
    Length {
        /// Bytes found.
        found: usize,
        /// Least.
        min: usize,
        /// Most.
        max: usize,
    },
    /// The machine would not give the memory.
    #[error("{memory_kib} KiB for the password hash could not be had: free memory or raise the service's limit")]
    Memory {
        /// What was asked for.
        memory_kib: u32,
    },
}

impl KdfParams {
    /// Length of the encoded form.
    pub const LEN: usize = 29;

    /// What new slots use, with a fresh salt: 64 MiB, 3 passes, 4 lanes (RFC 9106, second choice).
    pub fn policy_default(host: &Host) -> Result<Self, EntropyError> {
        let Cost { memory_kib, passes, lanes } = POLICY;
        Ok(Self { memory_kib, passes, lanes, salt: host.random()? })
    }

    /// Is a key made with these cheaper to guess than policy has it: by less memory, or less work over it? Lanes make
    /// nothing dearer to guess.
    pub(crate) fn is_below_policy(&self) -> bool {
        let work = |memory_kib: u32, passes: u32| u64::from(memory_kib) * u64::from(passes);
        self.memory_kib < POLICY.memory_kib
            || work(self.memory_kib, self.passes) < work(POLICY.memory_kib, POLICY.passes)
    }

    /// Algorithm 1 (Argon2id version 0x13) ‖ u32be KiB ‖ u32be passes ‖ u32be lanes ‖ salt.
    #[must_use]
    pub fn encode(&self) -> [u8; Self::LEN] {
        let mut bytes = [ALGORITHM; Self::LEN];
        bytes[1..5].copy_from_slice(&self.memory_kib.to_be_bytes());
        bytes[5..9].copy_from_slice(&self.passes.to_be_bytes());
        bytes[9..13].copy_from_slice(&self.lanes.to_be_bytes());
        bytes[13..].copy_from_slice(&self.salt);
        bytes
    }

    /// Reads the encoded form; every field is fixed width, so there is one form only.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParamsError> {
        let bytes: &[u8; Self::LEN] =
            bytes.try_into().map_err(|_| ParamsError::Length { found: bytes.len(), expected: Self::LEN })?;
        let [algorithm, a, b, c, d, e, f, g, h, i, j, k, l, salt @ ..] = *bytes;
        if algorithm != ALGORITHM {
            return Err(ParamsError::Algorithm { found: algorithm });
        }
        let memory_kib = u32::from_be_bytes([a, b, c, d]);
        Ok(Self { memory_kib, passes: u32::from_be_bytes([e, f, g, h]), lanes: u32::from_be_bytes([i, j, k, l]), salt })
    }

    /// Believes the parameters, if each is within its limit and the work is too.
    pub fn checked(self) -> Result<CheckedParams, ParamsError> {
        within("memory (KiB)", self.memory_kib, ARGON2_MEMORY_KIB_MIN, ARGON2_MEMORY_KIB_MAX)?;
        within("passes", self.passes, 1, ARGON2_PASSES_MAX)?;
        within("lanes", self.lanes, 1, ARGON2_LANES_MAX)?;
        let work = u64::from(self.memory_kib) * u64::from(self.passes);
        if work > ARGON2_WORK_MAX {
            let (min, max) = (u64::from(ARGON2_MEMORY_KIB_MIN), ARGON2_WORK_MAX);
            return Err(ParamsError::OutOfBounds { parameter: "work (KiB × passes)", asked: work, min, max });
        }
        Ok(CheckedParams(self))
    }

    /// Tiny parameters for a vault that is never written to a file: tests and
    /// the in-process vault open in milliseconds. Crate-private on purpose, and
    /// [`KdfParams::checked`] refuses them, so that no file and no configuration
    /// can ask for them.
    pub(crate) fn in_memory_only(salt: [u8; 16]) -> CheckedParams {
        CheckedParams(Self { memory_kib: 64, passes: 1, lanes: 1, salt })
    }
}

impl CheckedParams {
    /// The parameters, to be stored in a slot.
    #[must_use]
    pub fn params(&self) -> &KdfParams {
        &self.0
    }
}

/// Is this long enough, and not too long, to open a *new* slot? An existing
/// slot is opened by whatever opened it before.
pub fn check_new(passphrase: &SecretBytes) -> Result<(), PassphraseError> {
    check_length(passphrase, PASSPHRASE_MIN)
}

/// The slot key a passphrase gives in this place. Takes the time and memory
/// the parameters say; runs one at a time is the caller's to see to.
pub fn derive_slot_key(
    passphrase: &SecretBytes,
    params: &CheckedParams,
    vault_id: &[u8; 16],
    slot_id: &[u8; 16],
) -> Result<SlotKey, PassphraseError> {
    check_length(passphrase, 1)?;
    let KdfParams { memory_kib, passes, lanes, salt } = params.0;
    let mut hash = Zeroizing::new([0; 32]);
    if !argon2id::derive(passphrase.expose(), &salt, Cost { memory_kib, passes, lanes }, &mut hash) {
        return Err(PassphraseError::Memory { memory_kib });
    }
    Ok(slot_label::derive(&hash, LABEL, vault_id, slot_id))
}

fn check_length(passphrase: &SecretBytes, min: usize) -> Result<(), PassphraseError> {
    let found = passphrase.expose().len();
    if (min..=PASSPHRASE_MAX).contains(&found) {
        Ok(())
    } else {
        Err(PassphraseError::Length { found, min, max: PASSPHRASE_MAX })
    }
}

fn within(parameter: &'static str, asked: u32, min: u32, max: u32) -> Result<(), ParamsError> {
    if (min..=max).contains(&asked) {
        Ok(())
    } else {
        Err(ParamsError::OutOfBounds { parameter, asked: asked.into(), min: min.into(), max: max.into() })
    }
}

/// RFC 9106, second choice.
const POLICY: Cost = Cost { memory_kib: 64 * 1024, passes: 3, lanes: 4 };
const LABEL: &str = "vault/v1/slot/passphrase";
const ALGORITHM: u8 = 1;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const VAULT: [u8; 16] = [0xa1; 16];
    const SLOT: [u8; 16] = [0xb2; 16];

    fn params(memory_kib: u32, passes: u32, lanes: u32) -> KdfParams {
        KdfParams { memory_kib, passes, lanes, salt: *b"somesaltsomesalt" }
    }

    fn hex(key: &SlotKey) -> String {
        key.expose().iter().map(|b| format!("{b:02x}")).collect()
    }

    #[test]
    fn less_memory_or_less_work_over_it_is_below_policy() {
        let Cost { memory_kib, passes, lanes } = POLICY;
        let below = |memory_kib, passes, lanes| params(memory_kib, passes, lanes).is_below_policy();
        assert!(!below(memory_kib, passes, lanes));
        assert!(!below(memory_kib, passes, lanes + 1) && !below(memory_kib, passes, lanes - 1), "lanes cost nobody");
        assert!(!below(memory_kib, passes + 1, lanes) && !below(memory_kib + 1, passes, lanes));
        assert!(below(memory_kib, passes - 1, lanes));
        assert!(below(memory_kib - 1, passes, lanes) && below(memory_kib - 1, passes * 4, lanes), "less memory");
        assert!(!below(memory_kib * passes, 1, lanes), "the same work, over more memory");
        assert!(below(memory_kib * passes - 1, 1, lanes) && below(memory_kib + 1, passes - 1, lanes), "less work");
    }

    /// Argon2id by the reference command line tool
    /// (`echo -n 'correct horse' | argon2 somesaltsomesalt -id -t 2 -k 19456 -p 1 -l 32 -r`),
    /// then HMAC-SHA256 by Python.
    #[test]
    fn known_answer_at_the_floor() {
        let checked = params(19_456, 2, 1).checked().unwrap();
        let key = derive_slot_key(&SecretBytes::from(&b"correct horse"[..]), &checked, &VAULT, &SLOT).unwrap();
        assert_eq!(hex(&key), "49b75dde5d10d3a9b49c5fd17e1d70952b777e0bc69cd5b4d5d63a0d05a67274");
    }

    /// The same, `-t 1 -k 64`.
    #[test]
    fn known_answer_in_memory_only() {
        let checked = KdfParams::in_memory_only(*b"somesaltsomesalt");
        let key = derive_slot_key(&SecretBytes::from(&b"correct horse"[..]), &checked, &VAULT, &SLOT).unwrap();
        assert_eq!(hex(&key), "9bbdcd6de9e41fb4b7da04a88cd08e38158a9e14e614eb762f565b23bb5099b6");
        let from_a_file = KdfParams::parse(&checked.params().encode()).unwrap().checked();
        assert!(matches!(from_a_file, Err(ParamsError::OutOfBounds { asked: 64, .. })));
    }

    #[test]
    fn mistake_4_every_bound_is_checked_before_any_work() {
        let (floor, top) = (ARGON2_MEMORY_KIB_MIN, ARGON2_MEMORY_KIB_MAX);
        for good in [params(floor, 1, 1), params(top, 4, 16), params(floor, 16, 16)] {
            assert!(good.clone().checked().is_ok(), "{good:?}");
        }
        for (bad, name) in [
            (params(floor - 1, 1, 1), "memory (KiB)"),
            (params(top + 1, 1, 1), "memory (KiB)"),
            (params(u32::MAX, 1, 1), "memory (KiB)"),
            (params(floor, 0, 1), "passes"),
            (params(floor, 17, 1), "passes"),
            (params(floor, 1, 0), "lanes"),
            (params(floor, 1, 17), "lanes"),
            (params(top, 5, 1), "work (KiB × passes)"),
        ] {
            let refused = bad.checked();
            assert!(matches!(refused, Err(ParamsError::OutOfBounds { parameter, .. }) if parameter == name), "{name}");
        }
    }

    #[test]
    fn the_default_is_within_its_own_limits_and_salted_afresh() {
        let (one, two) = (KdfParams::policy_default(&Host::system()), KdfParams::policy_default(&Host::system()));
        let (one, two) = (one.unwrap(), two.unwrap());
        assert_eq!((one.memory_kib, one.passes, one.lanes), (65_536, 3, 4));
        assert_ne!(one.salt, two.salt);
        assert!(one.checked().is_ok());
    }

    #[test]
    fn lengths() {
        let of = |n: usize| SecretBytes::new(vec![b'x'; n]);
        assert!(check_new(&of(7)).is_err() && check_new(&of(8)).is_ok());
        assert!(check_new(&of(4_096)).is_ok() && check_new(&of(4_097)).is_err());
        let checked = KdfParams::in_memory_only([0; 16]);
        for (n, good) in [(0, false), (1, true), (4_096, true), (4_097, false)] {
            assert_eq!(derive_slot_key(&of(n), &checked, &VAULT, &SLOT).is_ok(), good, "{n}");
        }
    }

    #[test]
    fn encoding_is_fixed() {
        let bytes = params(65_536, 3, 4).encode();
        assert_eq!(bytes[..13], [1, 0, 1, 0, 0, 0, 0, 0, 3, 0, 0, 0, 4]);
        assert_eq!(bytes[13..], *b"somesaltsomesalt");
        assert_eq!(KdfParams::parse(&bytes[1..]), Err(ParamsError::Length { found: 28, expected: 29 }));
        let mut other = bytes;
        other[0] = 2;
        assert_eq!(KdfParams::parse(&other), Err(ParamsError::Algorithm { found: 2 }));
    }

    proptest! {
        #[test]
        fn any_bytes_never_panic_and_what_parses_encodes_back(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            if let Ok(params) = KdfParams::parse(&bytes) {
                prop_assert_eq!(&params.encode()[..], &bytes[..]);
                let _ = params.checked();
            }
        }

        #[test]
        fn round_trip(memory_kib: u32, passes: u32, lanes: u32, salt: [u8; 16]) {
            let params = KdfParams { memory_kib, passes, lanes, salt };
            prop_assert_eq!(KdfParams::parse(&params.encode()), Ok(params.clone()));
            if let Ok(checked) = params.checked() {
                let asked = checked.params();
                prop_assert!(u64::from(asked.memory_kib) * u64::from(asked.passes) <= ARGON2_WORK_MAX);
            }
        }
    }
}
