//! SHA-256 (FIPS 180-4) of something secret.

use sha2::{Digest as _, Sha256};

/// The hash, without a copy of what was hashed. `Sha256::digest` hands its state
/// from one function to the next by value: only the last one is erased, and what
/// had been waiting for a whole block stays on the stack in the others.
pub(crate) fn sha256(secret: &[u8]) -> [u8; 32] {
    let mut state = Sha256::new();
    state.update(secret);
    state.finalize_reset().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_the_hash_it_stands_for() {
        // FIPS 180-4, the examples of one block and of two.
        let hex = |hash: [u8; 32]| hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let (one, two) = (sha256(b"abc"), sha256(b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"));
        assert_eq!(hex(one), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(hex(two), "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
        for len in [0, 55, 56, 63, 64, 65, 101, 1_000] {
            assert_eq!(sha256(&vec![7; len]), <[u8; 32]>::from(Sha256::digest(vec![7; len])));
        }
    }
}
