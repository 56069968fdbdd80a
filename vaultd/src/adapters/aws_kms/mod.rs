//! The door for clients of AWS KMS: JSON 1.1. docs/KMS.md.

pub mod error;
mod marker;
pub mod names;
pub mod ops;
pub mod sigv4;
pub mod wire;
mod words;
