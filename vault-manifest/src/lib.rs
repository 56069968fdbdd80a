//! What an app declares: its secrets and their rules. One place for both sides:
//! the vault that enforces a declaration and the client libraries that test
//! against it know the same rules.

pub mod limits;
mod manifest;
pub mod rules;
mod spec;
#[cfg(feature = "text")]
pub mod text;

pub use manifest::{Change, Manifest, ManifestError, PERSONAL};
pub use spec::{Broken, Field, Scope, Spec, WriteMode, is_description};
