//! Version 2: every message that version 1 does not have, and arbitrary ones.

pub(crate) mod samples;
pub(crate) mod strategy;
