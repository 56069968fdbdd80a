//! Keys, against servers that behave and that do not.

use std::sync::{Arc, Mutex};

use vault_client::{
    ClientError, Decrypt, EncryptionAlgorithm, ErrorKind, KeySpec, KeyUsage, NewKey, ProtocolError, SecretBytes,
    WireError, operation::keys,
};
use vault_proto::latest::{self, Encrypted, KeyCall, KeyReply, Reply};

use crate::door::{Door, KINDS, Kind, options};
use crate::server::Server;

const CONTEXT: &[(&str, &str)] = &[("tenant", "blue")];

fn encrypted() -> Encrypted {
    Encrypted { key: "k".into(), version: 1, ciphertext: vec![1, 2] }
}

/// Answers each call with what `answer` says, and remembers which were tried only.
fn server(answer: fn(&KeyCall) -> Result<Reply, WireError>) -> (Server, Arc<Mutex<Vec<bool>>>) {
    let tried = Arc::<Mutex<Vec<bool>>>::default();
    let seen = Arc::clone(&tried);
    let server = Server::start(move |peer| {
        peer.hello();
        while let Some(request) = peer.any_request() {
            let latest::Call::Key(call) = &request.call else { return };
            seen.lock().unwrap().push(call.dry_run);
            peer.answer_any(request.id, answer(&call.operation));
        }
    });
    (server, tried)
}

fn encrypt() -> vault_client::operation::Operation<Encrypted> {
    keys::encrypt("k", b"x", CONTEXT, EncryptionAlgorithm::SymmetricDefault)
}

#[test]
fn a_dry_run_says_so_with_each_call_and_an_operation_on_nothing_of_keys_is_left_alone() {
    for kind in KINDS {
        let (server, tried) = server(|_| Err(WireError::DryRun {}));
        let door = Door::connect(kind, options(&server)).unwrap();
        let error = door.run(encrypt().dry_run(true)).unwrap_err();
        assert_eq!((error.kind(), error.code(), error.retryable()), (ErrorKind::DryRun, "dry_run", false));
        drop(door.run(encrypt()));
        match &door {
            Door::Blocking(client) => drop(client.keys().dry_run(true).describe("k")),
            Door::Async(runtime, client) => drop(runtime.block_on(client.keys().dry_run(true).describe("k"))),
        }
        assert_eq!(*tried.lock().unwrap(), [true, false, true]);
    }
}

#[test]
fn a_reply_to_another_call_is_not_taken() {
    for kind in KINDS {
        let (server, _) = server(|call| match call {
            KeyCall::Encrypt { .. } => Ok(Reply::Key(KeyReply::Random { bytes: SecretBytes::new(vec![1]) })),
            KeyCall::Enable { .. } => Ok(Reply::Key(KeyReply::Encrypted(encrypted()))),
            _ => Ok(vault_client::Reply::Done {}.into()),
        });
        let door = Door::connect(kind, options(&server)).unwrap();
        let wrong = |error| matches!(error, Err(ClientError::Protocol(ProtocolError::UnexpectedReply)));
        assert!(wrong(door.run(encrypt()).map(drop)));
        assert!(wrong(door.run(keys::enable("k"))));
        assert!(wrong(door.run(keys::decrypt(&Decrypt::new(b"c", CONTEXT))).map(drop)));
    }
}

#[test]
fn a_list_that_does_not_end_is_given_up() {
    for kind in KINDS {
        // A page of nothing that promises more, and one that is always the same.
        for nothing in [true, false] {
            let answer: fn(&KeyCall) -> Result<Reply, WireError> = match nothing {
                true => |_| Ok(Reply::Key(KeyReply::Keys { ids: vec![], more: true })),
                false => |_| Ok(Reply::Key(KeyReply::Keys { ids: vec!["k".into(); 1_000], more: true })),
            };
            let (server, _) = server(answer);
            let door = Door::connect(kind, options(&server)).unwrap();
            let listed = match &door {
                Door::Blocking(client) => client.keys().list_all(),
                Door::Async(runtime, client) => runtime.block_on(client.keys().list_all()),
            };
            assert!(matches!(listed, Err(ClientError::Protocol(ProtocolError::EndlessList))), "{kind:?}");
        }
    }
}

#[test]
fn what_changes_a_key_is_not_sent_twice_and_what_only_computes_is() {
    for kind in KINDS {
        let broken = || {
            Server::start(|peer| {
                peer.hello();
                let Some(request) = peer.any_request() else { return };
                // The first connection ends after the call arrived.
                if peer.number > 1 {
                    peer.answer_any(request.id, Ok(Reply::Key(KeyReply::Encrypted(encrypted()))));
                    peer.silence();
                }
            })
        };
        let server = broken();
        let door = Door::connect(kind, options(&server)).unwrap();
        assert_eq!(door.run(encrypt()).unwrap(), encrypted());
        let server = broken();
        let door = Door::connect(kind, options(&server)).unwrap();
        let rotated = door.run(keys::rotate("k"));
        assert!(matches!(rotated, Err(ClientError::Indeterminate(_))), "{rotated:?}");
    }
}

/// RSA keys take seconds to make: nothing else waits behind one.
#[test]
fn what_takes_long_has_a_connection_of_its_own() {
    let (server, _) = server(|_| Err(WireError::KeyCannot { what: "x".into() }));
    let door = Door::connect(Kind::Async, options(&server)).unwrap();
    drop(door.run(keys::create(NewKey::symmetric())));
    assert_eq!(server.connections(), 1);
    drop(door.run(keys::create(NewKey::new(KeySpec::Rsa4096, KeyUsage::SignVerify))));
    assert_eq!(server.connections(), 2);
}
