//! Who waits for queued work, and in which form the answer reaches them.

use tokio::sync::oneshot;
use vault_proto::Dialect;
use vault_proto::latest::{Reply, Response, Stamp, WireError};

use super::shared::encode;
use super::{Answer, Permit};

/// Somebody who waits for an answer.
pub(super) enum Waiter {
    /// A session: one frame, in the dialect of its connection.
    Session(Dialect, Answer),
    /// A door of this process: the answer as it is.
    Door(oneshot::Sender<Result<Reply, WireError>>, Permit),
}

impl Waiter {
    /// A door that waits, and where the answer will arrive. When this is dropped
    /// unanswered, what was queued may have been done or not.
    pub(super) fn door(permit: Permit) -> (oneshot::Receiver<Result<Reply, WireError>>, Self) {
        let (to, from) = oneshot::channel();
        (from, Self::Door(to, permit))
    }

    /// Answers, to a session with a stamp. False when nobody waits any more; what
    /// was not taken is erased.
    pub(super) fn answer(
        self,
        id: u64,
        result: Result<Reply, WireError>,
        stamp: impl FnOnce() -> Option<Stamp>,
    ) -> bool {
        match self {
            Self::Session(dialect, answer) => {
                let mut frame = Vec::new();
                encode(dialect, Response { id, stamp: stamp(), result }, &mut frame);
                answer.send(frame)
            }
            Self::Door(to, permit) => {
                drop(permit);
                to.send(result).is_ok()
            }
        }
    }
}
