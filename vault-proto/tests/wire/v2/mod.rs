//! Version 2: every message that version 1 does not have, and arbitrary ones.

mod key_calls;
pub(crate) mod key_samples;
mod key_strategy;
pub(crate) mod samples;
pub(crate) mod strategy;
