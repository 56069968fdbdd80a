//! Reading a request's body into one buffer that is erased.

use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::leftovers::Leftovers;
use super::limits::DISCARD_MAX;

/// Why there is no body. The connection ends with the answer: where the next request would begin is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BodyError {
    /// It did not arrive in time.
    #[error("the body did not arrive in time")]
    TooSlow,
    /// It ended early.
    #[error("the body ended early")]
    Broken,
    /// It is too long.
    #[error("a body has at most {max} bytes")]
    TooLarge {
        /// Most.
        max: usize,
    },
}

/// Reads a body. One that is too long is read on for a while and thrown away:
/// closing with bytes unread would reset the connection before the client has
/// read the answer.
pub(crate) async fn read(
    body: Incoming,
    max: usize,
    wait: Duration,
    leftovers: &Leftovers,
) -> Result<Zeroizing<Vec<u8>>, BodyError> {
    timeout(wait, read_all(body, max, leftovers)).await.unwrap_or(Err(BodyError::TooSlow))
}

async fn read_all(mut body: Incoming, max: usize, leftovers: &Leftovers) -> Result<Zeroizing<Vec<u8>>, BodyError> {
    // What is announced is at most a limit of ours, what is not as well.
    let announced = body.size_hint().upper().and_then(|len| usize::try_from(len).ok()).unwrap_or(max);
    let mut whole = Zeroizing::new(Vec::with_capacity(announced.min(max)));
    let mut len = 0_usize;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| BodyError::Broken)?;
        let Ok(data) = frame.into_data() else { continue };
        len = len.saturating_add(data.len());
        if len <= max {
            whole.extend_from_slice(&data);
        }
        leftovers.add(data);
        if len > DISCARD_MAX {
            break;
        }
    }
    if len > max { Err(BodyError::TooLarge { max }) } else { Ok(whole) }
}
