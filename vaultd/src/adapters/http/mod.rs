//! What every HTTP door has in common: a socket of its own, so many
//! connections, deadlines, and bytes of secrets that are erased. What a request
//! means is the door's own.

mod accept;
mod body;
mod hall;
mod leftovers;
pub mod limits;
mod listen;
mod pace;

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::{Request, Response};

use crate::listener::Credentials;

pub(crate) use accept::accept;
pub(super) use body::{BodyError, read};
pub(super) use hall::Hall;
pub(super) use leftovers::Leftovers;
pub use listen::Listening;

/// An answer whose bytes are all there.
pub(super) type Answered = Response<Full<Bytes>>;

/// One kind of HTTP door.
pub(crate) trait Door: Send + Sync + 'static {
    /// What log lines call it.
    const NAME: &'static str;

    /// Its connections and their pace.
    fn hall(&self) -> &Hall;

    /// Answers a request. `from` is the kernel's word on who is at the other end, on a Unix socket.
    fn handle(
        self: Arc<Self>,
        request: Request<Incoming>,
        from: Option<Credentials>,
        leftovers: Arc<Leftovers>,
    ) -> impl Future<Output = Answered> + Send;

    /// The JSON that tells a client that there are as many connections as there may be.
    fn too_many(&self) -> Vec<u8>;
}
