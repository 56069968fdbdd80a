//! An embedded secrets vault: authenticated encryption under a sealed root key,
//! kept in one SQLite file.
//!
//! Synchronous, no sockets, no unsafe code; time, randomness and storage are
//! arguments. The floors, from the ground: limits, names, hazmat, store →
//! envelope, audit, integrity → keys → seal, barrier → secrets → vault, access.

pub mod audit;
pub mod codec;
pub mod envelope;
mod hazmat;
pub mod host;
pub mod keys;
pub mod limits;
pub mod names;
pub mod seal;
pub mod store;
