//! A disk that forgets and fails on command, beneath a real vault.
//!
//! The C library's file calls are defined here, so what is compiled into a test
//! binary binds to them and not to the library's: SQLite, the standard library,
//! and rustix, which this package's tests ask to go by the C library. Every
//! write, truncation, sync, renaming and removal beneath a watched directory is
//! recorded in [`calls`], and can be made to fail, as can opening and reading.
//! From the record, [`Disk`] rebuilds what a power cut could have left.

pub mod calls;
pub mod disk;
mod symbols;

pub use calls::{Event, Failure, Kind};
pub use disk::Disk;
