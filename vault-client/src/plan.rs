//! What kind of call it is: how long it may take, and whether it may be sent
//! twice. Written as full lists, so that a new call has to be placed.

use std::time::Duration;

use vault_proto::latest::{
    AccessKeyCall, AppCall, Call, KeyCall, KeyRequest, KeySpec, Reply, Response, SecretCall, Stamp, TokenCall,
    VaultCall, VaultReply,
};

use crate::error::{ClientError, ProtocolError};
use crate::operation::Read;
use crate::options::Options;
use crate::stamps::ServerStamps;

/// May it be sent again when nobody knows whether it was executed? Only what
/// changes nothing.
pub(crate) fn repeatable(call: &Call) -> bool {
    match call {
        Call::Vault(call) => vault_repeatable(call),
        Call::App(call) => match call {
            AppCall::List {} | AppCall::Show { .. } | AppCall::Add { dry_run: true, .. } => true,
            AppCall::Add { .. }
            | AppCall::Remove { .. }
            | AppCall::Suspend { .. }
            | AppCall::Owner { .. }
            | AppCall::Bind { .. }
            | AppCall::Unbind { .. } => false,
        },
        Call::Token(call) => match call {
            TokenCall::List { .. } | TokenCall::Present { .. } => true,
            TokenCall::Create { .. } | TokenCall::Revoke { .. } => false,
        },
        Call::Secret(call) => match call {
            SecretCall::Declared { .. }
            | SecretCall::Describe { .. }
            | SecretCall::Require { .. }
            | SecretCall::VerifyWebhook { replay_id: None, .. } => true,
            // One with an id is remembered: the second time it is a copy.
            SecretCall::VerifyWebhook { .. }
            | SecretCall::SetPending { .. }
            | SecretCall::Promote { .. }
            | SecretCall::Reject { .. }
            | SecretCall::OauthBegin { .. }
            | SecretCall::OauthRedeem { .. } => false,
        },
        Call::AccessKey(call) => match call {
            AccessKeyCall::List { .. } => true,
            AccessKeyCall::Create { .. } | AccessKeyCall::Revoke { .. } => false,
        },
        Call::Key(KeyRequest { dry_run, operation }) => *dry_run || key_repeatable(operation),
    }
}

fn key_repeatable(call: &KeyCall) -> bool {
    match call {
        KeyCall::Describe { .. }
        | KeyCall::List { .. }
        | KeyCall::ListTags { .. }
        | KeyCall::ListAliases { .. }
        | KeyCall::Encrypt { .. }
        | KeyCall::Decrypt { .. }
        | KeyCall::ReEncrypt { .. }
        | KeyCall::GenerateDataKey { .. }
        | KeyCall::GenerateDataKeyWithoutPlaintext { .. }
        | KeyCall::GenerateDataKeyPair { .. }
        | KeyCall::GenerateDataKeyPairWithoutPlaintext { .. }
        | KeyCall::GenerateRandom { .. }
        | KeyCall::GenerateMac { .. }
        | KeyCall::VerifyMac { .. }
        | KeyCall::Sign { .. }
        | KeyCall::Verify { .. }
        | KeyCall::GetPublicKey { .. }
        | KeyCall::DeriveSharedSecret { .. }
        | KeyCall::GetRotationStatus { .. }
        | KeyCall::ListRotations { .. }
        | KeyCall::Export { .. }
        | KeyCall::ListGrants { .. }
        | KeyCall::ListRetirableGrants { .. }
        | KeyCall::GetPolicy { .. }
        // Accepts what is there or refuses: it changes nothing.
        | KeyCall::PutPolicy { .. }
        | KeyCall::Census { .. } => true,
        KeyCall::Create { .. }
        | KeyCall::Enable { .. }
        | KeyCall::Disable { .. }
        | KeyCall::ScheduleDeletion { .. }
        | KeyCall::CancelDeletion { .. }
        | KeyCall::UpdateDescription { .. }
        | KeyCall::Tag { .. }
        | KeyCall::Untag { .. }
        | KeyCall::CreateAlias { .. }
        | KeyCall::UpdateAlias { .. }
        | KeyCall::DeleteAlias { .. }
        | KeyCall::Rotate { .. }
        | KeyCall::EnableRotation { .. }
        | KeyCall::DisableRotation { .. }
        | KeyCall::GetParametersForImport { .. }
        | KeyCall::ImportMaterial { .. }
        | KeyCall::DeleteImportedMaterial { .. }
        | KeyCall::CreateGrant { .. }
        | KeyCall::RevokeGrant { .. }
        | KeyCall::RetireGrant { .. } => false,
    }
}

fn vault_repeatable(call: &VaultCall) -> bool {
    match call {
        VaultCall::Status {}
        | VaultCall::WhoAmI {}
        | VaultCall::Get { .. }
        | VaultCall::List { .. }
        | VaultCall::History { .. }
        | VaultCall::SlotList {}
        | VaultCall::UserList {}
        | VaultCall::AuditTail { .. }
        | VaultCall::AuditVerify {}
        | VaultCall::BackupRead { .. }
        | VaultCall::Check {} => true,
        VaultCall::Set { .. }
        | VaultCall::Delete { .. }
        | VaultCall::Undelete { .. }
        | VaultCall::Unseal { .. }
        | VaultCall::Seal {}
        | VaultCall::SlotAdd { .. }
        | VaultCall::SlotRemove { .. }
        | VaultCall::RekeyRoot { .. }
        | VaultCall::RekeyScope { .. }
        | VaultCall::UserConfirm { .. }
        | VaultCall::UserMove { .. }
        | VaultCall::UserRemove { .. }
        | VaultCall::AuditRotate {}
        | VaultCall::BackupBegin { .. }
        | VaultCall::BackupEnd { .. } => false,
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
    long(call) && !matches!(call, Call::Vault(VaultCall::BackupBegin { .. }))
}

fn long(call: &Call) -> bool {
    match call {
        Call::Vault(call) => vault_long(call),
        // Both may shred what many users stored.
        Call::App(AppCall::Remove { .. } | AppCall::Add { prune: true, .. }) => true,
        Call::Key(KeyRequest { operation, .. }) => key_long(operation),
        Call::App(_) | Call::Token(_) | Call::Secret(_) | Call::AccessKey(_) => false,
    }
}

/// RSA keys take seconds to make; retirable grants are looked for on every key there is.
fn key_long(call: &KeyCall) -> bool {
    match call {
        KeyCall::Create { spec, .. }
        | KeyCall::GenerateDataKeyPair { spec, .. }
        | KeyCall::GenerateDataKeyPairWithoutPlaintext { spec, .. } => {
            matches!(spec, KeySpec::Rsa2048 | KeySpec::Rsa3072 | KeySpec::Rsa4096)
        }
        KeyCall::GetParametersForImport { .. } | KeyCall::ListRetirableGrants { .. } => true,
        _ => false,
    }
}

fn vault_long(call: &VaultCall) -> bool {
    matches!(
        call,
        VaultCall::Unseal { .. }
            | VaultCall::Seal {}
            | VaultCall::SlotAdd { .. }
            | VaultCall::SlotRemove { .. }
            | VaultCall::RekeyRoot { .. }
            | VaultCall::RekeyScope { .. }
            | VaultCall::UserMove { .. }
            | VaultCall::UserRemove { .. }
            | VaultCall::AuditVerify {}
            | VaultCall::BackupBegin { .. }
            | VaultCall::Check {}
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

/// The answers of a pipeline, whose calls are version 1's: so are these.
pub(crate) fn vault_replies(results: Vec<Result<Reply, ClientError>>) -> Vec<Result<VaultReply, ClientError>> {
    let own = |reply| match reply {
        Reply::Vault(reply) => Ok(reply),
        _ => Err(ProtocolError::UnexpectedReply.into()),
    };
    results.into_iter().map(|result| result.and_then(own)).collect()
}

/// The answers of operations, each read its own way.
pub(crate) fn read_each<T>(results: Vec<Result<Reply, ClientError>>, reads: &[Read<T>]) -> Vec<Result<T, ClientError>> {
    let unread = || ClientError::from(ProtocolError::UnexpectedReply);
    results
        .into_iter()
        .zip(reads)
        .map(|(result, read)| result.and_then(|reply| read.read(reply).ok_or_else(unread)))
        .collect()
}

/// The answer to the token that a connection begins with.
pub(crate) fn presented(response: Response, id: u64) -> Result<(), ClientError> {
    if response.id != id {
        return Err(unasked(response));
    }
    match response.result {
        Ok(Reply::Presented(_)) => Ok(()),
        Ok(_) => Err(ProtocolError::UnexpectedReply.into()),
        Err(error) => Err(ClientError::Server(error)),
    }
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
