//! What operations on keys take and return beyond the protocol's own types.

mod answers;
mod asks;

pub use answers::{DataKey, DataKeyPair, Listed, Mac, SealedDataKeyPair, Signature};
pub use asks::{Decrypt, Message, NewAccessKey, NewGrant, NewKey, ReEncrypt};

pub(crate) use asks::pairs;
