//! What kind of call it is: how long it may take, and whether it may be sent
//! twice. Written as full lists, so that a new call has to be placed.

use std::time::Duration;

use vault_proto::latest::{Call, Reply, Response, Stamp};

use crate::error::{ClientError, ProtocolError};
use crate::options::Options;
use crate::stamps::ServerStamps;

/// May it be sent again when nobody knows whether it was executed? Only what
/// changes nothing.
pub(crate) fn repeatable(call: &Call) -> bool {
    match call {
        Call::Status {}
        | Call::WhoAmI {}
        | Call::Get { .. }
        | Call::List { .. }
        | Call::History { .. }
        | Call::SlotList {}
        | Call::UserList {}
        | Call::AuditTail { .. }
        | Call::AuditVerify {}
        | Call::BackupRead { .. }
        | Call::Check {} => true,
        Call::Set { .. }
        | Call::Delete { .. }
        | Call::Undelete { .. }
        | Call::Unseal { .. }
        | Call::Seal {}
        | Call::SlotAdd { .. }
        | Call::SlotRemove { .. }
        | Call::RekeyRoot { .. }
        | Call::RekeyScope { .. }
        | Call::UserConfirm { .. }
        | Call::UserMove { .. }
        | Call::UserRemove { .. }
        | Call::AuditRotate {}
        | Call::BackupBegin { .. }
        | Call::BackupEnd { .. } => false,
    }
}

/// How long it may take.
pub(crate) fn budget(call: &Call, options: &Options) -> Duration {
    if long(call) { options.long_deadline } else { options.deadline }
}

/// Would it hold up the calls behind it? Responses come back in order, so on a
/// shared connection a long call makes short ones miss their deadlines. Backups
/// stay: a copy may belong to the connection that asked for it.
#[cfg_attr(not(feature = "tokio"), expect(dead_code, reason = "a blocking client does one thing at a time"))]
pub(crate) fn alone(call: &Call) -> bool {
    long(call) && !matches!(call, Call::BackupBegin { .. })
}

fn long(call: &Call) -> bool {
    matches!(
        call,
        Call::Unseal { .. }
            | Call::Seal {}
            | Call::SlotAdd { .. }
            | Call::SlotRemove { .. }
            | Call::RekeyRoot { .. }
            | Call::RekeyScope { .. }
            | Call::UserMove { .. }
            | Call::UserRemove { .. }
            | Call::AuditVerify {}
            | Call::BackupBegin { .. }
            | Call::Check {}
    )
}

/// Turns a response into its reply, after looking at where the vault stands.
/// `floor` is what was remembered when the request was sent: responses on
/// several connections may overtake each other, so a lower sequence than one
/// seen since then means nothing.
pub(crate) fn settle(
    response: Response,
    stamps: &ServerStamps,
    floor: Option<Stamp>,
    options: &Options,
) -> Result<Reply, ClientError> {
    if let Some(stamp) = response.stamp {
        stamps.observe(floor, stamp, options.accept_incarnation)?;
    }
    response.result.map_err(ClientError::Server)
}

/// What becomes of a call whose connection broke: its error, or `None` to send
/// it again on another connection. `sent` when its last byte was written; a part
/// of a frame is never executed.
pub(crate) fn after_break(error: &ClientError, sent: bool, call: &Call) -> Option<ClientError> {
    let may_have_happened = sent && !repeatable(call);
    match error {
        ClientError::Unavailable(io) if may_have_happened => Some(ClientError::Indeterminate(io.clone())),
        ClientError::Unavailable(_) => None,
        ClientError::Timeout { after, .. } => Some(ClientError::Timeout { after: *after, may_have_happened }),
        // What the server said, or did, about the connection as a whole.
        other => Some(other.clone()),
    }
}

/// A response that answers nothing that was asked. Id 0 is the server's word
/// about the connection as a whole.
pub(crate) fn unasked(response: Response) -> ClientError {
    match response.result {
        Err(error) if response.id == 0 => ClientError::Server(error),
        _ => ProtocolError::UnexpectedId.into(),
    }
}
