//! Requests that are signed: AWS Signature Version 4, verified. Exactly the
//! headers that a client says it has signed are made canonical, each as it
//! arrived, because clients differ in what they sign; the body's hash is always
//! taken here. No socket, no vault, no clock of its own.
//!
//! Source: AWS General Reference, "Signature Version 4 signing process"; HMAC is RFC 2104.

mod authorization;
mod claim;
mod error;
mod moment;
mod replays;

pub use claim::Claim;
pub use error::SignatureError;
pub use replays::Replays;
