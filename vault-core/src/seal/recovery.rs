//! The recovery key: 256 random bits a person writes down once.
//!
//! Text: key ‖ CRC-24 as 56 characters of Crockford's base32 in 8 groups of 7,
//! always the same length, no bits left over, so one key has one spelling.
//! A CRC, not a hash: it finds *every* error within 24 neighbouring bits, so
//! every single mistyped character and every pair of neighbours exchanged, and
//! all but one in 2²⁴ of the rest. It says nothing about the key that the text
//! does not hold anyway. Characters are turned into bits and back without
//! looking anything up by a secret index.

use subtle::{ConditionallySelectable, ConstantTimeEq};
use zeroize::{Zeroize, Zeroizing};

use super::slot_label;
use crate::host::{EntropyError, Host};
use crate::keys::{SecretBytes, SlotKey, key_type};
use crate::limits::RECOVERY_TEXT_MAX;

key_type! {
    /// A recovery key.
    pub RecoveryKey
}

/// Why a text is not a recovery key. Names places, never characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecoveryError {
    /// Something is missing, or there is too much.
    #[error("a recovery key has {expected} characters beside hyphens and spaces, this has {found}")]
    Length {
        /// Characters found.
        found: usize,
        /// 56.
        expected: usize,
    },
    /// More white space than anybody types.
    #[error("a recovery key is at most {max} bytes with its hyphens and spaces, this is {found}: give the key alone")]
    TooLong {
        /// Bytes found.
        found: usize,
        /// Most accepted.
        max: usize,
    },
    /// A character that no recovery key holds.
    #[error("character {position} (hyphens and spaces not counted) is never part of a recovery key")]
    Character {
        /// Counted from 1.
        position: usize,
    },
    /// Right shape, wrong checksum: mistyped.
    #[error("the recovery key is mistyped: its checksum does not fit; compare it group by group")]
    Checksum,
}

impl RecoveryKey {
    /// A new one.
    pub fn make(host: &Host) -> Result<Self, EntropyError> {
        Self::fill_with(|key| host.entropy.fill(key))
    }

    /// The text to print, once. ASCII.
    #[must_use]
    pub fn to_text(&self) -> SecretBytes {
        let mut coded = Zeroizing::new([0; CODED_LEN]);
        coded[..32].copy_from_slice(self.expose());
        coded[32..].copy_from_slice(&crc24(self.expose()));
        // Exact capacity: a growing Vec would leave copies behind.
        let mut text = Vec::with_capacity(SYMBOLS + SYMBOLS / GROUP - 1);
        for index in 0..SYMBOLS {
            if index > 0 && index % GROUP == 0 {
                text.push(b'-');
            }
            text.push(symbol(five_bits(&coded, index)));
        }
        SecretBytes::new(text)
    }

    /// Reads what a person typed, as forgiving as Crockford says: case does not
    /// matter, O is 0, I and L are 1, hyphens and white space are skipped.
    pub fn parse(text: &SecretBytes) -> Result<Self, RecoveryError> {
        let typed = text.expose();
        if typed.len() > RECOVERY_TEXT_MAX {
            return Err(RecoveryError::TooLong { found: typed.len(), max: RECOVERY_TEXT_MAX });
        }
        let wanted = typed.iter().filter(|&&b| !is_separator(b));
        let found = wanted.clone().count();
        let mut coded = Zeroizing::new([0; CODED_LEN]);
        for (index, &byte) in wanted.enumerate() {
            let Some(bits) = value(byte) else { return Err(RecoveryError::Character { position: index + 1 }) };
            if index < SYMBOLS {
                put_five_bits(&mut coded, index, bits);
            }
        }
        if found != SYMBOLS {
            return Err(RecoveryError::Length { found, expected: SYMBOLS });
        }
        Self::fill_with(|key| {
            key.copy_from_slice(&coded[..32]);
            if bool::from(crc24(key).ct_eq(&coded[32..])) {
                Ok(())
            } else {
                key.zeroize();
                Err(RecoveryError::Checksum)
            }
        })
    }

    /// The slot key this recovery key gives in this place.
    #[must_use]
    pub fn derive_slot_key(&self, vault_id: &[u8; 16], slot_id: &[u8; 16]) -> SlotKey {
        slot_label::derive(self.expose(), LABEL, vault_id, slot_id)
    }
}

fn is_separator(byte: u8) -> bool {
    byte == b'-' || byte.is_ascii_whitespace()
}

/// The character for five bits.
fn symbol(bits: u8) -> u8 {
    let mut found = 0;
    for (index, letter) in (0_u8..).zip(ALPHABET) {
        found.conditional_assign(letter, index.ct_eq(&bits));
    }
    found
}

/// The five bits of a character. Whether it is one is no secret, which one is.
fn value(byte: u8) -> Option<u8> {
    let mut upper = byte.to_ascii_uppercase();
    upper.conditional_assign(&b'0', upper.ct_eq(&b'O'));
    upper.conditional_assign(&b'1', upper.ct_eq(&b'I') | upper.ct_eq(&b'L'));
    let mut found = u8::MAX;
    for (index, letter) in (0_u8..).zip(ALPHABET) {
        found.conditional_assign(&index, letter.ct_eq(&upper));
    }
    (found != u8::MAX).then_some(found)
}

fn five_bits(coded: &[u8; CODED_LEN], index: usize) -> u8 {
    (0..5).fold(0, |bits, i| {
        let at = index * 5 + i;
        bits << 1 | (coded[at / 8] >> (7 - at % 8) & 1)
    })
}

fn put_five_bits(coded: &mut [u8; CODED_LEN], index: usize, bits: u8) {
    for i in 0..5 {
        let at = index * 5 + i;
        coded[at / 8] |= (bits >> (4 - i) & 1) << (7 - at % 8);
    }
}

/// CRC-24 of RFC 9580 (OpenPGP): polynomial 0x864CFB, start 0xB704CE. Without branches on the key.
fn crc24(bytes: &[u8]) -> [u8; 3] {
    let mut crc: u32 = 0x00B7_04CE;
    for &byte in bytes {
        crc ^= u32::from(byte) << 16;
        for _ in 0..8 {
            let carry = (crc >> 23) & 1;
            crc = (crc << 1) ^ (0x0186_4CFB & carry.wrapping_neg());
        }
    }
    let [_, high, middle, low] = crc.to_be_bytes();
    [high, middle, low]
}

const LABEL: &str = "vault/v1/slot/recovery";
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CODED_LEN: usize = 35;
const SYMBOLS: usize = 56;
const GROUP: usize = 7;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(bytes: [u8; 32]) -> RecoveryKey {
        RecoveryKey::fill_with(|key| {
            *key = bytes;
            Ok::<(), ()>(())
        })
        .unwrap()
    }

    fn text(key: &RecoveryKey) -> String {
        String::from_utf8(key.to_text().into_vec()).unwrap()
    }

    fn parse(text: &str) -> Result<[u8; 32], RecoveryError> {
        RecoveryKey::parse(&SecretBytes::from(text.as_bytes())).map(|key| *key.expose())
    }

    const COUNT: &str = "000G40R-40M30E2-09185GR-38E1W81-24GK2GA-HC5RR34-D1P70X3-RFT5WF7";

    fn counting() -> [u8; 32] {
        std::array::from_fn(|i| i as u8)
    }

    /// Texts computed with a separate Python implementation.
    #[test]
    fn known_texts() {
        assert_eq!(text(&key(counting())), COUNT);
        assert_eq!(text(&key([0; 32])), "0000000-0000000-0000000-0000000-0000000-0000000-0000000-007FE2G");
        assert_eq!(text(&key([0xff; 32])), "ZZZZZZZ-ZZZZZZZ-ZZZZZZZ-ZZZZZZZ-ZZZZZZZ-ZZZZZZZ-ZZZZZZZ-ZZJHEFH");
    }

    #[test]
    fn crc_check_value() {
        assert_eq!(crc24(b"123456789"), [0x21, 0xcf, 0x02]);
    }

    /// Computed with Python's `hmac`, as in `key_file`.
    #[test]
    fn known_answer() {
        let slot = key(counting()).derive_slot_key(&[0xa1; 16], &[0xb2; 16]);
        let hex: String = slot.expose().iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(hex, "339881e800b0bd08e0947e2e4bdcc5e87faa697213dd65c6560a3e9ca901cfd6");
    }

    #[test]
    fn forgiving_as_crockford_says() {
        let typed = COUNT.to_lowercase().replace('0', "o").replace('1', "l").replace('-', "  ");
        assert_eq!(parse(&typed), Ok(counting()));
        assert_eq!(parse(&COUNT.replace('1', "I").replace('0', "O").replace('-', "")), Ok(counting()));
        assert_eq!(parse(&format!("  {COUNT}\r\n")), Ok(counting()));
    }

    #[test]
    fn errors_tell_mistyped_from_incomplete() {
        assert_eq!(parse(""), Err(RecoveryError::Length { found: 0, expected: 56 }));
        assert_eq!(parse(&COUNT[1..]), Err(RecoveryError::Length { found: 55, expected: 56 }));
        assert_eq!(parse(&format!("{COUNT}0")), Err(RecoveryError::Length { found: 57, expected: 56 }));
        assert_eq!(parse(&COUNT.replacen('4', "U", 1)), Err(RecoveryError::Character { position: 5 }));
        assert_eq!(parse(&COUNT.replacen('4', "ä", 1)), Err(RecoveryError::Character { position: 5 }));
        assert_eq!(parse(&COUNT.replacen('4', "5", 1)), Err(RecoveryError::Checksum));
        assert_eq!(parse(&format!("{COUNT:256}")), Ok(counting()));
        assert_eq!(parse(&format!("{COUNT:257}")), Err(RecoveryError::TooLong { found: 257, max: 256 }));
        assert_eq!(parse(&"0".repeat(1 << 20)), Err(RecoveryError::TooLong { found: 1 << 20, max: 256 }));
    }

    #[test]
    fn mistake_8_every_single_substitution_and_neighbour_swap_is_found() {
        let right: Vec<u8> = COUNT.bytes().filter(|&b| b != b'-').collect();
        let refused = |symbols: &[u8]| {
            assert_eq!(parse(std::str::from_utf8(symbols).unwrap()), Err(RecoveryError::Checksum));
        };
        let mut tried = 0;
        for index in 0..SYMBOLS {
            for &letter in ALPHABET.iter().filter(|&&letter| letter != right[index]) {
                let mut wrong = right.clone();
                wrong[index] = letter;
                refused(&wrong);
                tried += 1;
            }
            if index > 0 && right[index] != right[index - 1] {
                let mut wrong = right.clone();
                wrong.swap(index, index - 1);
                refused(&wrong);
                tried += 1;
            }
        }
        assert!(tried > SYMBOLS * 31);
    }

    #[test]
    fn silence() {
        let key = key(counting());
        assert_eq!(format!("{key:?} {:?}", key.to_text()), "RecoveryKey(..) SecretBytes(..)");
    }

    proptest! {
        #[test]
        fn round_trip(bytes: [u8; 32]) {
            let text = text(&key(bytes));
            prop_assert_eq!(text.len(), 63);
            prop_assert_eq!(parse(&text), Ok(bytes));
        }

        #[test]
        fn any_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = RecoveryKey::parse(&SecretBytes::new(bytes));
        }

        #[test]
        fn any_substitution_in_any_key_is_found(bytes: [u8; 32], at in 0..SYMBOLS, letter in 0..32_usize) {
            let mut symbols: Vec<u8> = text(&key(bytes)).bytes().filter(|&b| b != b'-').collect();
            let same = symbols[at] == ALPHABET[letter];
            symbols[at] = ALPHABET[letter];
            let parsed = parse(std::str::from_utf8(&symbols).unwrap());
            prop_assert_eq!(parsed, if same { Ok(bytes) } else { Err(RecoveryError::Checksum) });
        }
    }
}
