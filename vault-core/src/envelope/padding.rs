//! Hides a length within a size class: `u32be length ‖ record ‖ zeros`, the
//! whole padded to max(256, Padmé), zeros verified.
//!
//! Padmé (Nikitin et al., PURBs, PoPETs 2019) keeps the overhead under 12 %
//! and leaks O(log log L) bits of the length.

use std::ops::Range;

const LEAST: usize = 256;

pub(super) fn padded_len(record_len: usize) -> usize {
    let len = record_len + 4;
    if len <= LEAST {
        return LEAST;
    }
    let exponent = len.ilog2();
    let significant = exponent.ilog2() + 1;
    let mask = (1_usize << (exponent - significant)) - 1;
    (len + mask) & !mask
}

pub(super) fn pad_into(bytes: &mut Vec<u8>, record: &[u8]) {
    let end = bytes.len() + padded_len(record.len());
    bytes.extend_from_slice(&crate::codec::lp_prefix(record));
    bytes.extend_from_slice(record);
    bytes.resize(end, 0);
}

pub(super) fn unpad(padded: &[u8]) -> Option<Range<usize>> {
    let (len, rest) = padded.split_first_chunk::<4>()?;
    let len = u32::from_be_bytes(*len) as usize;
    let zeros = rest.get(len..)?;
    // OR over all of them: the time does not tell where a wrong byte lies.
    let clean = zeros.iter().fold(0, |acc, byte| acc | byte) == 0;
    (clean && padded.len() == padded_len(len)).then_some(4..4 + len)
}
