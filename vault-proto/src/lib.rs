//! The vault socket protocol: a fixed-layout hello, length-prefixed frames, and
//! messages version by version.
//!
//! Nothing here does I/O. The daemon and the clients hand in bytes and get
//! messages back, so the same code runs behind a blocking socket, an
//! asynchronous one and a fuzzer.
//!
//! # A connection
//!
//! 1. The client sends [`hello::ClientHello`] (8 bytes), the server answers
//!    [`hello::ServerHello`] (8 bytes) with the version and codec of all that
//!    follows, or with the reason why nothing follows.
//! 2. Both sides send frames ([`frame`]): a length, then one message in the
//!    agreed [`Dialect`]: a version and a codec. Requests may be pipelined; responses come back in
//!    request order and carry the request's id.
//!
//! # What is refused
//!
//! The peer is not trusted, on either side. A length is checked before anything
//! is allocated for it; a message has one postcard encoding and any other bytes
//! are refused; JSON with unknown, repeated or positional fields is refused; no
//! type is recursive, so no input can make the decoder recurse. A
//! [`DecodeError`] says what kind of thing was wrong and where, and never
//! repeats the input: what does not parse may still hold a secret.
//!
//! # How a version is added
//!
//! A shipped version is frozen by the vectors in `tests/vectors/wire`: its types
//! change in no field and no order, whatever the temptation. What is new goes
//! into the next one beside it, as `v2/` beside `v1/` (types that did not change
//! are used from there), implements [`Message`], and [`latest`] names it. A daemon
//! then answers the highest version both sides know, and keeps `v1` for as long as
//! it says so; [`Dialect`] turns the old version into the new one and back.

pub mod codec;
pub mod dialect;
pub mod frame;
pub mod hello;
pub mod latest;
pub mod limits;
pub mod v1;
pub mod v2;

mod buffer;
mod shape;

pub use buffer::{erase, reserve};
pub use codec::{Codec, DecodeError, EncodeError, Message};
pub use dialect::{Dialect, Version};
