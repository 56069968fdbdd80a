//! The daemon's errors in words and numbers.

use vault_proto::latest::{KeyState, KeyUsage, Thing, WebhookReason, WireError};

pub(super) fn describe(error: &WireError) -> String {
    match error {
        WireError::Sealed {} => "the vault is sealed".into(),
        WireError::Missing { expired: false } => "no such secret".into(),
        WireError::Missing { expired: true } => "the secret has expired".into(),
        WireError::Forbidden { needs: None } => "not allowed".into(),
        WireError::Forbidden { needs: Some(needs) } => format!("not allowed: needs {needs}"),
        WireError::Held { user } => format!("{user} is held: its login name changed since its secrets were stored"),
        WireError::Conflict { current: 0 } => "the secret is absent".into(),
        WireError::Conflict { current } => format!("the secret is at version {current}"),
        WireError::TooLarge { len, max } => format!("{len} bytes, at most {max} are accepted"),
        WireError::OverQuota { quota, limit } => format!("over the quota {quota} of {limit}"),
        WireError::Busy { .. } => "the daemon is busy".into(),
        WireError::Corrupt { what } => format!("cannot be proven genuine: {what}"),
        WireError::ReadOnly { reason } => format!("writes are refused: {reason}"),
        WireError::Indeterminate {} => "the change may or may not have been made".into(),
        WireError::Unavailable { reason } => format!("the daemon cannot serve this now: {reason}"),
        WireError::Unsupported { what } => format!("not supported: {what}"),
        WireError::Invalid { field, expected } => format!("{field} is not acceptable: expected {expected}"),
        WireError::WrongSecret {} => "the secret opens no key slot".into(),
        WireError::NotDeclared { app, name: Some(name) } => format!("the app {app} declares no secret {name}"),
        WireError::NotDeclared { app, name: None } => format!("the app {app} declares no such secret"),
        WireError::NoSuchApp { app } => format!("no such app: {app}"),
        WireError::Suspended { app } => format!("the app {app} is suspended"),
        WireError::Orphans { values: 1 } => "1 stored value would be lost".into(),
        WireError::Orphans { values } => format!("{values} stored values would be lost"),
        WireError::BadToken {} => "the token is not accepted".into(),
        WireError::WebhookRefused { reason } => format!("the webhook is not genuine: {}", webhook(*reason)),
        WireError::StateRefused {} => "the OAuth state is unknown, used or too old".into(),
        WireError::NotFound { what } => format!("no such {}", thing(*what)),
        WireError::KeyState { state } => format!("the key {}", state_words(*state)),
        WireError::WrongUsage { usage } => format!("the key is not for that: it is {}", usage_words(*usage)),
        WireError::InvalidCiphertext {} => "the ciphertext does not open here".into(),
        WireError::IncorrectKey {} => "the ciphertext was made by another key".into(),
        WireError::InvalidSignature {} => "the signature is not valid".into(),
        WireError::InvalidMac {} => "the MAC is not valid".into(),
        WireError::IncorrectMaterial { expected } => format!("the key material does not fit: expected {expected}"),
        WireError::InvalidImportToken {} => "the import token is not the latest for this key".into(),
        WireError::ExpiredImportToken {} => "the import token has expired".into(),
        WireError::AlreadyExists { what } => format!("there is such {} already", a_thing(*what)),
        WireError::LimitExceeded { limit, max } => format!("over the limit of {max} {limit}"),
        WireError::PolicyNotEnforced { statement } => {
            format!("statement {statement} of the policy is not one that is enforced here; nothing was stored")
        }
        WireError::KeyCannot { what } => format!("keys of this kind cannot {what}"),
        WireError::DryRun {} => "the request would have succeeded; nothing was done".into(),
        other => format!("the daemon refused: {other:?}"),
    }
}

pub(super) fn code(error: &WireError) -> &'static str {
    match error {
        WireError::Sealed {} => "sealed",
        WireError::Missing { expired: false } => "missing",
        WireError::Missing { expired: true } => "expired",
        WireError::Forbidden { .. } => "forbidden",
        WireError::Held { .. } => "held",
        WireError::Conflict { .. } => "conflict",
        WireError::TooLarge { .. } => "too_large",
        WireError::OverQuota { .. } => "over_quota",
        WireError::Busy { .. } => "busy",
        WireError::Corrupt { .. } => "corrupt",
        WireError::ReadOnly { .. } => "read_only",
        WireError::Indeterminate {} => "indeterminate",
        WireError::Unavailable { .. } => "unavailable",
        WireError::Unsupported { .. } => "unsupported",
        WireError::Invalid { .. } => "invalid",
        WireError::WrongSecret {} => "wrong_secret",
        WireError::NotDeclared { .. } => "not_declared",
        WireError::NoSuchApp { .. } => "no_such_app",
        WireError::Suspended { .. } => "suspended",
        WireError::Orphans { .. } => "orphans",
        WireError::BadToken {} => "bad_token",
        WireError::WebhookRefused { .. } => "webhook_refused",
        WireError::StateRefused {} => "state_refused",
        WireError::NotFound { .. } => "not_found",
        WireError::KeyState { state: KeyState::Enabled } => "enabled",
        WireError::KeyState { state: KeyState::Disabled } => "disabled",
        WireError::KeyState { state: KeyState::PendingDeletion } => "pending_deletion",
        WireError::KeyState { state: KeyState::PendingImport } => "pending_import",
        WireError::WrongUsage { .. } => "wrong_usage",
        WireError::InvalidCiphertext {} => "invalid_ciphertext",
        WireError::IncorrectKey {} => "incorrect_key",
        WireError::InvalidSignature {} => "invalid_signature",
        WireError::InvalidMac {} => "invalid_mac",
        WireError::IncorrectMaterial { .. } => "incorrect_material",
        WireError::InvalidImportToken {} => "invalid_import_token",
        WireError::ExpiredImportToken {} => "expired_import_token",
        WireError::AlreadyExists { .. } => "already_exists",
        WireError::LimitExceeded { .. } => "limit_exceeded",
        WireError::PolicyNotEnforced { .. } => "policy_not_enforced",
        WireError::KeyCannot { .. } => "key_cannot",
        WireError::DryRun {} => "dry_run",
        _ => "refused",
    }
}

pub(super) fn exit_code(error: &WireError) -> u8 {
    match error {
        // Set or not makes no difference to what is not declared: the name is wrong.
        WireError::Invalid { .. }
        | WireError::NotDeclared { .. }
        | WireError::WrongUsage { .. }
        | WireError::KeyCannot { .. }
        | WireError::IncorrectKey {}
        | WireError::IncorrectMaterial { .. }
        | WireError::InvalidImportToken {}
        | WireError::PolicyNotEnforced { .. } => 2,
        WireError::Missing { expired: false } | WireError::NoSuchApp { .. } | WireError::NotFound { .. } => 3,
        WireError::Forbidden { .. }
        | WireError::Held { .. }
        | WireError::WrongSecret {}
        | WireError::Suspended { .. }
        | WireError::BadToken {}
        | WireError::WebhookRefused { .. }
        | WireError::InvalidCiphertext {}
        | WireError::InvalidSignature {}
        | WireError::InvalidMac {} => 4,
        WireError::Sealed {} => 5,
        WireError::Conflict { .. }
        | WireError::Orphans { .. }
        | WireError::AlreadyExists { .. }
        | WireError::KeyState { .. } => 6,
        WireError::Unavailable { .. } => 7,
        WireError::Corrupt { .. } => 8,
        WireError::Busy { .. } => 9,
        WireError::TooLarge { .. } | WireError::OverQuota { .. } | WireError::LimitExceeded { .. } => 10,
        WireError::ReadOnly { .. } => 11,
        WireError::Indeterminate {} => 12,
        WireError::Missing { expired: true } | WireError::StateRefused {} | WireError::ExpiredImportToken {} => 13,
        WireError::DryRun {} => 0,
        _ => 1,
    }
}

pub(super) fn hint(error: &WireError) -> String {
    match error {
        WireError::Sealed {} => "an operator opens it with `vaultctl unseal`".into(),
        WireError::Missing { expired: false } => "`vaultctl ls` shows what is there".into(),
        WireError::Missing { expired: true } => "set it anew with `vaultctl set`".into(),
        WireError::Forbidden { .. } => "`vaultctl whoami` shows who you are here and what that allows".into(),
        WireError::Held { user } => {
            format!("an operator decides: `vaultctl user confirm {user}`, `user move` or `user rm`")
        }
        WireError::Conflict { .. } => "somebody else changed it: look at it again, then repeat".into(),
        WireError::TooLarge { .. } => "shorten it, or store where it is kept instead".into(),
        WireError::OverQuota { .. } => "remove what is not needed, or ask the operator for more".into(),
        WireError::Busy { retry_after_ms } => format!("try again in {retry_after_ms} ms"),
        WireError::Corrupt { .. } => "keep the file as it is and run `vaultd check`".into(),
        WireError::ReadOnly { .. } => "reads go on; `vaultctl status` says what an operator has to do".into(),
        WireError::Indeterminate {} => "read back what is stored before trying again".into(),
        WireError::Unavailable { .. } => "try again shortly".into(),
        WireError::Unsupported { .. } => "the daemon is older than this client, or not configured for it".into(),
        WireError::WrongSecret {} => "check the passphrase, key file or recovery key".into(),
        WireError::NotDeclared { app, .. } => format!("`vaultctl app show {app}` lists what it declares"),
        WireError::NoSuchApp { .. } => "`vaultctl app ls` shows those you may know of".into(),
        WireError::Suspended { app } => format!("its owner or an operator resumes it: `vaultctl app resume {app}`"),
        WireError::Orphans { .. } => "declare them again, or agree to losing them with --prune".into(),
        WireError::BadToken {} => "ask whoever runs the app for a new one".into(),
        WireError::WebhookRefused { .. } => "do not act on it".into(),
        WireError::StateRefused {} => "begin the authorisation again".into(),
        WireError::NotFound { what: Thing::Key | Thing::Alias } => {
            "`vaultctl key ls` shows your own; another's key needs a grant".into()
        }
        WireError::KeyState { state: KeyState::Disabled } => "its owner enables it: `vaultctl key enable`".into(),
        WireError::KeyState { state: KeyState::PendingDeletion } => {
            "its owner can cancel the deletion: `vaultctl key undelete`".into()
        }
        WireError::KeyState { state: KeyState::PendingImport } => "import its material first".into(),
        WireError::InvalidCiphertext {} => {
            "give the same context as when it was encrypted; the key must be there, and yours or granted to you".into()
        }
        WireError::InvalidSignature {} | WireError::InvalidMac {} => "do not act on the message".into(),
        WireError::InvalidImportToken {} | WireError::ExpiredImportToken {} => {
            "ask for new parameters for the import".into()
        }
        WireError::PolicyNotEnforced { .. } => "use grants to let others use a key".into(),
        _ => String::new(),
    }
}

fn thing(what: Thing) -> &'static str {
    match what {
        Thing::Key => "key",
        Thing::Alias => "alias",
        Thing::Grant => "grant",
        Thing::AccessKey => "access key",
    }
}

fn a_thing(what: Thing) -> &'static str {
    match what {
        Thing::Key => "a key",
        Thing::Alias => "an alias",
        Thing::Grant => "a grant",
        Thing::AccessKey => "an access key",
    }
}

fn state_words(state: KeyState) -> &'static str {
    match state {
        KeyState::Enabled => "is enabled",
        KeyState::Disabled => "is disabled",
        KeyState::PendingDeletion => "is pending deletion",
        KeyState::PendingImport => "waits for its material",
    }
}

fn usage_words(usage: KeyUsage) -> &'static str {
    match usage {
        KeyUsage::EncryptDecrypt => "to encrypt and decrypt",
        KeyUsage::Mac => "to make and verify MACs",
        KeyUsage::SignVerify => "to sign and verify",
        KeyUsage::KeyAgreement => "to derive shared secrets",
    }
}

fn webhook(reason: WebhookReason) -> &'static str {
    match reason {
        WebhookReason::NoHeader => "a header of its scheme is missing",
        WebhookReason::BadHeader => "a header of its scheme cannot be read",
        WebhookReason::BadSignature => "the signature is another's",
        WebhookReason::TooOld => "it was signed too long ago, or in the future",
        WebhookReason::Replayed => "it has been here before",
        WebhookReason::BadSecret => "the stored signing secret is none of this scheme",
    }
}
