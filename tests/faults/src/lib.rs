//! A disk that forgets and fails on command, beneath a real vault.
//!
//! The C library's file calls are defined here, so the SQLite that is compiled
//! into a test binary binds to them and not to the library's: every write,
//! truncation, sync and unlink beneath a watched directory passes through
//! [`calls`], is recorded, and can be made to fail. From the record, [`Disk`]
//! rebuilds what a power cut could have left.

pub mod calls;
pub mod disk;

pub use calls::{Event, Failure};
pub use disk::Disk;
