//! Argon2id version 0x13, RFC 9106.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use zeroize::Zeroize;

/// Memory, passes and lanes, already checked against policy.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Cost {
    pub(crate) memory_kib: u32,
    pub(crate) passes: u32,
    pub(crate) lanes: u32,
}

/// False when the machine cannot give the memory or the parameters are not
/// Argon2's. The working memory is erased.
pub(crate) fn derive(secret: &[u8], salt: &[u8; 16], cost: Cost, out: &mut [u8; 32]) -> bool {
    let Ok(params) = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(out.len())) else { return false };
    let mut memory: Vec<Block> = Vec::new();
    if memory.try_reserve_exact(params.block_count()).is_err() {
        return false;
    }
    memory.resize(params.block_count(), Block::default());
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let done = argon.hash_password_into_with_memory(secret, salt, out, &mut memory).is_ok();
    memory.iter_mut().for_each(Zeroize::zeroize);
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 9106 section 5.3 uses a secret key and associated data, which the
    /// vault never does: the vector runs on the same primitive with both set.
    #[test]
    fn rfc_9106_section_5_3() {
        let data = argon2::AssociatedData::new(&[4; 12]).unwrap();
        let mut builder = argon2::ParamsBuilder::new();
        let params = builder.m_cost(32).t_cost(3).p_cost(4).data(data).build().unwrap();
        let argon = Argon2::new_with_secret(&[3; 8], Algorithm::Argon2id, Version::V0x13, params).unwrap();
        let mut out = [0; 32];
        argon.hash_password_into(&[1; 32], &[2; 16], &mut out).unwrap();
        let tag = [
            0x0d, 0x64, 0x0d, 0xf5, 0x8d, 0x78, 0x76, 0x6c, 0x08, 0xc0, 0x37, 0xa3, 0x4a, 0x8b, 0x53, 0xc9, 0xd0, 0x1e,
            0xf0, 0x45, 0x2d, 0x75, 0xb6, 0x5e, 0xb5, 0x25, 0x20, 0xe9, 0x6b, 0x01, 0xe6, 0x59,
        ];
        assert_eq!(out, tag);
    }

    /// Known answer for our own call, computed once with the reference
    /// implementation: `echo -n password | argon2 somesaltsomesalt -id -t 2 -k 256 -p 1 -l 32 -r`.
    #[test]
    fn known_answer() {
        let mut out = [0; 32];
        assert!(derive(b"password", b"somesaltsomesalt", Cost { memory_kib: 256, passes: 2, lanes: 1 }, &mut out));
        let hex: String = out.iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(hex, "cab746b4621993fdc91ec50787980b414a90a692f0bc68dfe19f9c25b3cba9ec");
    }

    #[test]
    fn impossible_parameters_are_refused() {
        let mut out = [0; 32];
        assert!(!derive(b"x", &[0; 16], Cost { memory_kib: 1, passes: 0, lanes: 0 }, &mut out));
    }
}
