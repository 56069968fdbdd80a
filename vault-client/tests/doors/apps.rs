//! Apps, tokens and declared secrets, and servers that have none of them.

use std::sync::{Arc, Mutex};

use vault_client::{
    ActsFor, AppChanged, Call, ClientError, Codec, ErrorKind, NewApp, NewToken, OauthFlow, Presented, ProtocolError,
    Role, SecretBytes, Webhook, WebhookScheme, WireError, operation,
};
use vault_proto::latest::{self, Acting, AppCall, OauthBegun, Reply, SecretCall, TokenCall, TokenCreated, ValueReply};
use vault_proto::{EncodeError, Version};

use crate::door::{Door, KINDS, options};
use crate::server::{Server, value};

type Seen = Arc<Mutex<Vec<(Option<Acting>, latest::Call)>>>;

const TOKEN: &[u8] = b"vlt_0123";

/// Answers what version 2 adds, takes one token, and remembers what it was asked.
fn apps() -> (Server, Seen) {
    let seen = Seen::default();
    let asked = Arc::clone(&seen);
    let server = Server::start(move |peer| {
        peer.hello();
        while let Some(request) = peer.any_request() {
            let result = answer(&request.call);
            asked.lock().unwrap().push((request.acting, request.call));
            peer.answer_any(request.id, result);
        }
    });
    (server, seen)
}

fn presented() -> Presented {
    Presented { app: "billing".into(), role: Role::Extension, acts_for: ActsFor::Any, expires_at: None }
}

fn answer(call: &latest::Call) -> Result<Reply, WireError> {
    let secret = || SecretBytes::new(TOKEN.to_vec());
    Ok(match call {
        latest::Call::Vault(Call::Get { .. }) => value(b"sk_live").into(),
        latest::Call::Vault(Call::Check {}) => {
            vault_client::Reply::Checked(latest::CheckReport { records: 1, problems: vec![] }).into()
        }
        latest::Call::Vault(_) => vault_client::Reply::Done {}.into(),
        latest::Call::App(AppCall::List {}) => Reply::Apps { apps: vec![] },
        latest::Call::App(AppCall::Add { dry_run, .. }) => {
            Reply::AppChanged(AppChanged { made: true, changes: vec![], orphaned: 0, applied: !dry_run })
        }
        latest::Call::App(AppCall::Show { app }) => return Err(WireError::NoSuchApp { app: app.clone() }),
        latest::Call::App(_) => vault_client::Reply::Done {}.into(),
        latest::Call::Token(TokenCall::Present { token }) if token.expose() == TOKEN => Reply::Presented(presented()),
        latest::Call::Token(TokenCall::Present { .. }) => return Err(WireError::BadToken {}),
        latest::Call::Token(TokenCall::Create { .. }) => {
            Reply::TokenCreated(TokenCreated { id: "t1".into(), token: secret(), expires_at: Some(9) })
        }
        latest::Call::Token(TokenCall::List { .. }) => Reply::Tokens { tokens: vec![] },
        latest::Call::Token(_) => vault_client::Reply::Done {}.into(),
        latest::Call::Secret(SecretCall::Describe { name, .. }) => {
            return Err(WireError::NotDeclared { app: "billing".into(), name: Some(name.clone()) });
        }
        latest::Call::Secret(SecretCall::SetPending { .. }) => vault_client::Reply::Set { version: 4 }.into(),
        latest::Call::Secret(SecretCall::Promote { version, .. }) => Reply::Promoted { version: *version },
        latest::Call::Secret(SecretCall::VerifyWebhook { body, .. }) if body.expose() == b"genuine" => {
            Reply::Webhook { timestamp: Some(7) }
        }
        latest::Call::Secret(SecretCall::VerifyWebhook { .. }) => {
            return Err(WireError::WebhookRefused { reason: vault_client::WebhookReason::BadSignature });
        }
        latest::Call::Secret(SecretCall::OauthBegin { .. }) => {
            Reply::OauthBegun(OauthBegun { state: secret(), code_challenge: "c".into(), expires_at: 9 })
        }
        // A reply that belongs to nothing that is asked here.
        latest::Call::Secret(_) | latest::Call::AccessKey(_) | latest::Call::Key(_) => {
            Reply::Webhook { timestamp: None }
        }
    })
}

#[test]
fn every_kind_of_operation_finds_its_answer_in_both_codecs() {
    for kind in KINDS {
        for codec in [Codec::Postcard, Codec::Json] {
            let (server, seen) = apps();
            let door = Door::connect(kind, options(&server).codec(codec)).unwrap();
            assert_eq!(door.run(operation::apps()).unwrap(), []);
            let dry = NewApp { dry_run: true, ..NewApp::new("billing", vec![]) };
            assert!(!door.run(operation::app_add(dry)).unwrap().applied);
            door.run(operation::app_suspend("billing", true)).unwrap();
            let new = NewToken {
                app: "billing".into(),
                role: Role::Panel,
                acts_for: ActsFor::Fixed("ext:alice".into()),
                expires_after_s: Some(60),
                label: "web".into(),
            };
            let created = door.run(operation::token_create(new)).unwrap();
            assert_eq!((created.token.expose(), created.expires_at), (TOKEN, Some(9)));
            door.run(operation::token_revoke("t1")).unwrap();
            let pending = operation::set_pending(("billing", "key").into(), SecretBytes::new(vec![1]), Some(3));
            assert_eq!(door.run(pending).unwrap(), 4);
            assert_eq!(door.run(operation::promote("key".into(), 4)).unwrap(), 4);
            door.run(operation::oauth_begin(OauthFlow::new("billing", "github"))).unwrap();
            let webhook = |body| Webhook::new(("billing", "key"), WebhookScheme::Github {}, body).header("x", "y");
            assert_eq!(door.run(operation::verify_webhook(webhook(b"genuine"))).unwrap(), Some(7));
            let forged = door.run(operation::verify_webhook(webhook(b"forged"))).unwrap_err();
            assert_eq!((forged.kind(), forged.code()), (ErrorKind::NotGenuine, "webhook_refused"));
            // Nobody was acted for.
            assert!(seen.lock().unwrap().iter().all(|(acting, _)| acting.is_none()));
            assert_eq!(server.connections(), 1);
        }
    }
}

#[test]
fn the_errors_of_apps_are_told_apart() {
    for kind in KINDS {
        let (server, _) = apps();
        let door = Door::connect(kind, options(&server)).unwrap();
        let undeclared = door.run(operation::describe(("billing", "other").into())).unwrap_err();
        assert_eq!(undeclared.kind(), ErrorKind::NotDeclared);
        assert!(undeclared.to_string().contains("billing declares no secret other"), "{undeclared}");
        let unknown = door.run(operation::app("nothing")).unwrap_err();
        assert_eq!((unknown.kind(), unknown.code()), (ErrorKind::NotDeclared, "no_such_app"));
    }
}

#[test]
fn a_reply_to_another_call_is_not_taken() {
    for kind in KINDS {
        let (server, _) = apps();
        let door = Door::connect(kind, options(&server)).unwrap();
        // One of version 2's own, and one of version 1's.
        let gate = door.run(operation::require("billing", None));
        assert!(matches!(gate, Err(ClientError::Protocol(ProtocolError::UnexpectedReply))), "{gate:?}");
        let status = door.status();
        assert!(matches!(status, Err(ClientError::Protocol(ProtocolError::UnexpectedReply))), "{status:?}");
        let results = door.run_all(vec![operation::tokens(None), operation::tokens(Some("billing"))]);
        assert!(results.into_iter().all(|tokens| tokens.is_ok_and(|tokens| tokens.is_empty())));
    }
}

#[test]
fn whoever_acts_says_so_with_each_call() {
    for kind in KINDS {
        let (server, seen) = apps();
        let door = Door::connect(kind, options(&server)).unwrap().acting("billing", Some("uid:1001"));
        assert_eq!(door.get("key").unwrap().expose(), b"sk_live");
        let get = || Call::Get { app: None, name: "key".into(), version: None };
        assert!(door.pipeline(vec![get(), get()]).into_iter().all(|result| result.is_ok()));
        door.check().unwrap();
        let acting = Some(Acting { app: "billing".into(), user: Some("uid:1001".into()) });
        let seen = seen.lock().unwrap();
        assert_eq!(seen.len(), 4);
        assert!(seen.iter().all(|(said, _)| *said == acting), "{seen:?}");
    }
}

#[test]
fn each_connection_begins_with_the_token() {
    for kind in KINDS {
        let (server, seen) = apps();
        let door = Door::connect(kind, options(&server)).unwrap();
        assert_eq!(door.presented().unwrap(), None);
        assert_eq!(server.connections(), 1);
        let door = door.presenting(TOKEN).acting("billing", None);
        assert_eq!(door.get("key").unwrap().expose(), b"sk_live");
        assert_eq!(door.presented().unwrap(), Some(presented()));
        // Takes long, so the asynchronous client asks it on a connection of its own.
        door.check().unwrap();
        assert_eq!(server.connections(), if kind == crate::door::Kind::Async { 3 } else { 2 });
        let seen = seen.lock().unwrap();
        let presents = seen.iter().filter(|(_, call)| matches!(call, latest::Call::Token(TokenCall::Present { .. })));
        // One was asked for by name; the first connection, which had no token, began
        // with none. Neither is done in the app's name.
        assert_eq!(presents.count(), server.connections());
        let named = seen.iter().filter(|(acting, _)| acting.is_none()).count();
        assert_eq!(named, server.connections(), "{seen:?}");
    }
}

#[test]
fn a_refused_token_refuses_every_call_unasked() {
    for kind in KINDS {
        let (server, seen) = apps();
        let door = Door::connect(kind, options(&server)).unwrap().presenting(b"vlt_stolen");
        for _ in 0..2 {
            let refused = door.get("key").unwrap_err();
            assert!(matches!(refused, ClientError::Server(WireError::BadToken {})), "{refused:?}");
            assert_eq!(refused.kind(), ErrorKind::Forbidden);
        }
        let asked = seen.lock().unwrap();
        assert!(asked.iter().all(|(_, call)| matches!(call, latest::Call::Token(_))), "{asked:?}");
    }
}

#[test]
fn a_server_that_answers_the_token_with_something_else_is_not_trusted() {
    for kind in KINDS {
        let server = Server::start(|peer| {
            peer.hello();
            while let Some(request) = peer.any_request() {
                peer.answer(request.id, Ok(value(b"poison")));
            }
        });
        let door = Door::connect(kind, options(&server)).unwrap().presenting(TOKEN);
        let error = door.get("key").unwrap_err();
        assert!(matches!(error, ClientError::Protocol(ProtocolError::UnexpectedReply)), "{error:?}");
    }
}

#[test]
fn an_older_server_is_spoken_to_in_its_version() {
    for kind in KINDS {
        for codec in [Codec::Postcard, Codec::Json] {
            let server = Server::start(|peer| {
                peer.hello_up_to(Version::V1);
                while let Some(request) = peer.request() {
                    assert_eq!(peer.dialect.version, Version::V1);
                    let read = ValueReply { value: SecretBytes::new(b"old".to_vec()), version: 1 };
                    peer.answer(request.id, Ok(vault_client::Reply::Value(read)));
                }
            });
            let door = Door::connect(kind, options(&server).codec(codec)).unwrap();
            assert_eq!(door.get("key").unwrap().expose(), b"old");
            let unknown = door.run(operation::apps()).unwrap_err();
            assert!(
                matches!(unknown, ClientError::Unsendable(EncodeError::NotInVersion { version: 1 })),
                "{unknown:?}"
            );
            assert_eq!((unknown.code(), unknown.exit_code()), ("unsupported", 1));
            assert!(unknown.hint().contains("older"));
            // The connection goes on, and what is known is not done in another's stead.
            assert_eq!(door.get("key").unwrap().expose(), b"old");
            let door = door.acting("billing", None);
            assert!(matches!(door.get("key"), Err(ClientError::Unsendable(EncodeError::NotInVersion { .. }))));
            let door = door.presenting(TOKEN);
            assert!(matches!(door.get("key"), Err(ClientError::Unsendable(EncodeError::NotInVersion { .. }))));
            assert_eq!(server.log(), ["get", "get"]);
        }
    }
}

#[test]
fn a_webhook_is_sent_again_only_when_that_changes_nothing() {
    let webhook = || Webhook::new("key", WebhookScheme::Github {}, b"genuine");
    for kind in KINDS {
        for (webhook, repeated) in [(webhook(), true), (webhook().once("delivery-1"), false)] {
            let server = Server::start(|peer| {
                peer.hello();
                let Some(request) = peer.any_request() else { return };
                // The first connection ends after the call arrived.
                if peer.number > 1 {
                    peer.answer_any(request.id, Ok(Reply::Webhook { timestamp: None }));
                    peer.silence();
                }
            });
            let door = Door::connect(kind, options(&server)).unwrap();
            let result = door.run(operation::verify_webhook(webhook));
            match repeated {
                true => assert_eq!(result.unwrap(), None),
                false => assert!(matches!(result, Err(ClientError::Indeterminate(_))), "{result:?}"),
            }
        }
    }
}
