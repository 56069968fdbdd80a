//! A server that does not keep to the protocol.

use vault_proto::DecodeError;
use vault_proto::frame::FrameError;
use vault_proto::hello::HelloError;

/// What the server did. After any of these the connection is given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProtocolError {
    /// Its hello is none.
    #[error(transparent)]
    Hello(#[from] HelloError),
    /// It agreed to what was not offered.
    #[error("it agreed to a version or codec that was not offered")]
    NotOffered,
    /// A frame that is not acceptable.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// A response that does not decode.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// A response to something that was not asked, or out of order.
    #[error("a response to something that was not asked")]
    UnexpectedId,
    /// A reply that does not belong to the call.
    #[error("a reply that does not belong to the call")]
    UnexpectedReply,
    /// Pages that repeat themselves or never end.
    #[error("a list that does not end")]
    EndlessList,
}
