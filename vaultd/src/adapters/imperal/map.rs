//! The vault's answers in the words of the wire. Nothing of the vault's own
//! types goes further out, and no name that a client has sent comes back.

use serde_json::{Value, json};
use vault_proto::latest::{Gate, Reply, SecretScope, SecretStatus, VaultReply, WireError, WriteMode};

use super::auth::ClaimsError;
use super::route::{Action, RouteError};
use super::value::{self, NotAValue};
use super::wire::Answer;
use crate::adapters::http::BodyError;

/// A call's reply.
pub(super) fn reply(reply: Reply) -> Answer {
    match reply {
        Reply::Vault(VaultReply::Value(found)) => match value::encode(found.value.expose()) {
            Ok(body) => Answer::value(body),
            Err(error) => refused(422, "VALUE_NOT_TEXT", &error),
        },
        Reply::Vault(VaultReply::Set { version }) => Answer::json(200, &json!({ "is_set": true, "version": version })),
        Reply::Vault(VaultReply::Deleted { was_set, .. }) => Answer::json(200, &json!({ "was_set": was_set })),
        Reply::Status(status) => Answer::json(200, &described(status)),
        Reply::Declared { secrets } => Answer::json(200, &secrets.into_iter().map(described).collect()),
        Reply::Gate(found) => Answer::json(200, &gate(found)),
        _ => refused(503, "UNAVAILABLE", &"an answer of another call"),
    }
}

/// What is known of a secret. *Set* means that a read would find it: a value
/// whose time has passed is not.
fn described(status: SecretStatus) -> Value {
    let seconds = |ms: Option<u64>| ms.map(|ms| ms / 1_000);
    json!({
        "name": status.name,
        "description": status.description.unwrap_or_default(),
        "is_set": status.is_set && !status.expired,
        "last_accessed_at": seconds(status.last_read_at),
        "scope": match status.scope {
            SecretScope::User => "user",
            SecretScope::App => "app",
        },
        "write_mode": match status.write_mode {
            WriteMode::User => "user",
            WriteMode::Extension => "extension",
            WriteMode::Both => "both",
        },
        "required": status.required,
        "max_bytes": status.max_bytes,
        "version": status.version,
        "set_at": seconds(status.set_at),
        "expires_at": seconds(status.expires_at),
        "expired": status.expired,
        "rotation_due": status.rotation_due,
    })
}

fn gate(gate: Gate) -> Value {
    let missing = gate.unmet.into_iter().map(|unmet| {
        json!({
            "name": unmet.name,
            "description": unmet.description,
            "expired": unmet.expired,
            "set_with": unmet.set_with,
        })
    });
    json!({ "ready": gate.ready, "missing": missing.collect::<Value>() })
}

/// Whatever the vault refuses, when nothing more is known.
pub(super) fn error(error: &WireError) -> Answer {
    match error {
        WireError::Missing { expired: false } => refused(404, "SECRET_NOT_SET", &"the secret is not set"),
        WireError::Missing { expired: true } => refused(404, "SECRET_EXPIRED", &"the secret's time has passed"),
        WireError::NotDeclared { .. } => refused(404, "SECRET_NOT_DECLARED", &"the app declares no such secret"),
        WireError::BadToken {} => refused(401, "TOKEN_REFUSED", &"the token is unknown, expired or revoked"),
        WireError::Forbidden { needs } => forbidden("FORBIDDEN", needs.as_deref()),
        WireError::NoSuchApp { .. } => another_app(),
        WireError::Suspended { .. } => refused(403, "APP_SUSPENDED", &"the app is suspended"),
        WireError::Held { user } => refused(
            403,
            "USER_HELD",
            &format_args!("{user} now has another login name: an operator must run `vaultctl user confirm {user}`"),
        ),
        WireError::TooLarge { len, max } => {
            refused(413, "VALUE_TOO_LARGE", &format_args!("{len} bytes, at most {max} are accepted"))
        }
        WireError::OverQuota { quota, limit } => {
            refused(413, "OVER_QUOTA", &format_args!("over the quota {quota} of {limit}"))
        }
        WireError::Invalid { field, expected } => {
            let code = match field.as_str() {
                "name" => "NAME_INVALID",
                "user" | "acting user" => "ACTING_USER_INVALID",
                _ => "INVALID",
            };
            refused(422, code, &format_args!("{field} is not acceptable: expected {expected}"))
        }
        WireError::Sealed {} => refused(503, "SEALED", &"the vault is sealed: an operator must unseal it"),
        WireError::Busy { .. } => refused(503, "BUSY", &"too much waits for the disk: try again"),
        WireError::ReadOnly { reason } => refused(503, "READ_ONLY", &format_args!("writes are refused: {reason}")),
        WireError::Corrupt { what } => refused(503, "CORRUPT", &format_args!("damaged: {what}")),
        WireError::Indeterminate {} => {
            refused(503, "INDETERMINATE", &"it may or may not have happened: read, then try again")
        }
        WireError::Unavailable { reason } => refused(503, "UNAVAILABLE", reason),
        _ => refused(503, "UNAVAILABLE", &"the vault cannot answer this now"),
    }
}

/// A refusal to act for the user.
pub(super) fn acting_error(found: &WireError) -> Answer {
    match found {
        WireError::Forbidden { needs } => forbidden("ACTING_USER_FORBIDDEN", needs.as_deref()),
        found => error(found),
    }
}

/// A refusal of what was asked of one secret.
pub(super) fn secret_error(action: Action, found: &WireError) -> Answer {
    match (action, found) {
        (Action::Put | Action::Delete, WireError::Forbidden { needs }) => {
            forbidden("SECRET_WRITE_FORBIDDEN", needs.as_deref())
        }
        (Action::Get, WireError::Forbidden { needs }) => forbidden("SECRET_READ_FORBIDDEN", needs.as_deref()),
        (_, found) => error(found),
    }
}

/// A request that is about nothing.
pub(super) fn route_error(error: RouteError) -> Answer {
    match error {
        RouteError::Path => refused(404, "NO_SUCH_PATH", &error),
        RouteError::Method { allow } => refused(405, "METHOD_NOT_ALLOWED", &error).allowing(allow),
        RouteError::Query => refused(422, "QUERY_INVALID", &error),
    }
}

/// Headers that say nothing, or two things.
pub(super) fn claims_error(error: ClaimsError) -> Answer {
    match error {
        ClaimsError::NoToken => refused(401, "TOKEN_MISSING", &error),
        ClaimsError::Twice => refused(422, "HEADER_REPEATED", &error),
        ClaimsError::Ext => refused(403, "EXT_FORBIDDEN", &error),
        ClaimsError::User => refused(422, "ACTING_USER_INVALID", &error),
    }
}

/// A body that is no value.
pub(super) fn body_error(error: NotAValue) -> Answer {
    refused(422, "BODY_INVALID", &error)
}

/// A path or header that names another app than the token's.
pub(super) fn another_app() -> Answer {
    refused(403, "EXT_FORBIDDEN", &"the token is of another app than the path or `X-Ext-Id` says")
}

/// A refusal: a status, a word for programs, a sentence for people.
pub(super) fn refused(status: u16, code: &str, message: &dyn std::fmt::Display) -> Answer {
    Answer::json(status, &json!({ "detail": { "error_code": code, "message": message.to_string() } }))
}

fn forbidden(code: &str, needs: Option<&str>) -> Answer {
    match needs {
        Some(needs) => refused(403, code, &format_args!("not allowed; needs {needs}")),
        None => refused(403, code, &"not allowed"),
    }
}

/// A body that was not read.
pub(super) fn unread(error: BodyError) -> Answer {
    let (status, code) = match error {
        BodyError::TooSlow => (408, "BODY_TOO_SLOW"),
        BodyError::Broken => (400, "BODY_BROKEN"),
        BodyError::TooLarge { .. } => (413, "BODY_TOO_LARGE"),
    };
    refused(status, code, &error).closing()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(answer: &Answer) -> (u16, String) {
        let body: Value = serde_json::from_slice(answer.body()).unwrap();
        (answer.status(), body["detail"]["error_code"].as_str().unwrap().to_owned())
    }

    #[test]
    fn statuses_are_those_of_the_table() {
        let invalid = |field: &str| WireError::Invalid { field: field.into(), expected: "x".into() };
        for (found, status, code) in [
            (WireError::Missing { expired: false }, 404, "SECRET_NOT_SET"),
            (WireError::Missing { expired: true }, 404, "SECRET_EXPIRED"),
            (WireError::NotDeclared { app: "a".into(), name: None }, 404, "SECRET_NOT_DECLARED"),
            (WireError::BadToken {}, 401, "TOKEN_REFUSED"),
            (WireError::Forbidden { needs: None }, 403, "FORBIDDEN"),
            (WireError::Suspended { app: "a".into() }, 403, "APP_SUSPENDED"),
            (WireError::Held { user: "uid:1".into() }, 403, "USER_HELD"),
            (WireError::TooLarge { len: 2, max: 1 }, 413, "VALUE_TOO_LARGE"),
            (WireError::OverQuota { quota: "q".into(), limit: 1 }, 413, "OVER_QUOTA"),
            (invalid("name"), 422, "NAME_INVALID"),
            (invalid("acting user"), 422, "ACTING_USER_INVALID"),
            (invalid("x"), 422, "INVALID"),
            (WireError::Sealed {}, 503, "SEALED"),
            (WireError::Busy { retry_after_ms: 1 }, 503, "BUSY"),
            (WireError::ReadOnly { reason: "disk full".into() }, 503, "READ_ONLY"),
            (WireError::Corrupt { what: "x".into() }, 503, "CORRUPT"),
            (WireError::Indeterminate {}, 503, "INDETERMINATE"),
            (WireError::Unavailable { reason: "x".into() }, 503, "UNAVAILABLE"),
            (WireError::Conflict { current: 1 }, 503, "UNAVAILABLE"),
        ] {
            assert_eq!(told(&error(&found)), (status, code.to_owned()), "{found:?}");
        }
        let forbidden = WireError::Forbidden { needs: Some("x".into()) };
        assert_eq!(told(&acting_error(&forbidden)), (403, "ACTING_USER_FORBIDDEN".to_owned()));
        assert_eq!(told(&secret_error(Action::Get, &forbidden)), (403, "SECRET_READ_FORBIDDEN".to_owned()));
        assert_eq!(told(&secret_error(Action::Put, &forbidden)), (403, "SECRET_WRITE_FORBIDDEN".to_owned()));
        assert_eq!(told(&secret_error(Action::Meta, &forbidden)), (403, "FORBIDDEN".to_owned()));
    }

    #[test]
    fn a_value_that_is_not_text_is_not_a_missing_one() {
        let value = vault_proto::latest::SecretBytes::new(vec![0xff]);
        let found = vault_proto::latest::ValueReply { value, version: 1 };
        assert_eq!(told(&reply(Reply::Vault(VaultReply::Value(found)))), (422, "VALUE_NOT_TEXT".to_owned()));
    }
}
