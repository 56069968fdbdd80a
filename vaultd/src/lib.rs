//! The vault daemon: one file, one Unix socket.
//!
//! This crate is what stands between the kernel's word on who is asking and the
//! core's one path (decide, do, record): configuration, the socket, one session
//! per connection, and the commands of the `vaultd` binary. It holds no key and
//! takes no decision on a secret; both are behind [`service::Service`], which
//! is also where a test puts its own.

pub mod accounts;
pub mod adapters;
pub mod commands;
pub mod config;
pub mod daemon;
pub mod exit;
pub mod hardening;
pub mod keyfile;
pub mod listener;
pub mod logging;
pub mod service;
pub mod session;

/// The daemon's version, as `status` tells it.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

#[cfg(test)]
mod testing;
