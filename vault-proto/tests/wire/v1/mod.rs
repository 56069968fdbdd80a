//! Version 1: every message, and arbitrary ones.

pub(crate) mod samples;
pub(crate) mod strategy;
