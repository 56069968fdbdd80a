//! The configuration: one TOML file, every `serve` flag also in it.
//!
//! A setting that is silently ignored is a hole somebody believes closed, so
//! unknown keys, values out of range and accounts that do not exist are errors,
//! each with the place it stands at. The file decides who is an operator: it is
//! read only when nobody but its owner and root could have written it.

mod access;
mod audit;
mod aws_kms;
mod error;
mod limits;
mod listen;
mod mode;
mod operators;
mod read;
mod settings;
mod show;

pub use access::{Access, GroupRef};
pub use audit::{Audit, OnFull};
pub use aws_kms::{Account, AwsKmsSettings, Region};
pub use error::ConfigError;
pub use limits::Limits;
pub use listen::{BadListen, Listen};
pub use mode::SocketMode;
pub use operators::{Operators, Principal};
pub use read::FILE_MAX;
pub use settings::{KeySource, Overrides, Policy, Settings};

#[cfg(test)]
mod tests;
