//! The door: the socket, who may come in, and how many.

mod accept;
mod gate;
mod peer;
mod socket;

pub use accept::{Door, accept};
pub use gate::{Full, Gate, Seat};
pub use peer::{Credentials, Peer, PeerRefused};
pub use socket::{Socket, SocketError};

#[cfg(test)]
mod tests;
