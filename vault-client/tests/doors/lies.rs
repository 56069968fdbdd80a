//! A server that does not keep to the protocol: every lie is a typed error, and
//! none makes the client wait, allocate or loop without end.

use std::time::Duration;

use vault_client::{ClientError, ListQuery, ProtocolError, Reply};
use vault_proto::frame::FrameError;
use vault_proto::hello::HelloError;
use vault_proto::latest::Response;

use crate::door::{Door, KINDS, Kind, options};
use crate::server::{Server, info, value};

#[test]
fn an_oversized_frame_is_refused_at_its_header() {
    for kind in KINDS {
        let error = answered_with(kind, &[0xff; 4]);
        let FrameError::TooLarge { len, .. } = frame(&error) else { panic!("{error:?}") };
        assert_eq!(len, u64::from(u32::MAX));
        assert_eq!(error.exit_code(), 8);
    }
}

#[test]
fn an_empty_frame_is_refused() {
    for kind in KINDS {
        assert_eq!(frame(&answered_with(kind, &[0; 4])), FrameError::Empty);
    }
}

#[test]
fn garbage_in_a_frame_is_refused() {
    for kind in KINDS {
        let error = answered_with(kind, b"\x08\0\0\0canary-x");
        assert!(matches!(error, ClientError::Protocol(ProtocolError::Decode(_))), "{error:?}");
        assert!(!format!("{error} {error:?}").contains("canary"));
    }
}

#[test]
fn garbage_instead_of_a_hello_is_refused() {
    for kind in KINDS {
        for (bytes, expected) in [
            (b"HTTP/1.1", ProtocolError::Hello(HelloError::BadMagic)),
            (b"VLTP\x01\x01\x09\x00", ProtocolError::Hello(HelloError::BadStatus(9))),
            (b"VLTP\x03\x01\x00\x00", ProtocolError::NotOffered),
            (b"VLTP\x01\x02\x00\x00", ProtocolError::NotOffered),
        ] {
            let server = Server::start(move |peer| {
                peer.raw(bytes);
                peer.silence();
            });
            let error = Door::connect(kind, options(&server)).err().unwrap();
            assert!(matches!(error, ClientError::Protocol(got) if got == expected), "{error:?}");
        }
    }
}

#[test]
fn an_answer_to_another_question_is_refused() {
    for kind in KINDS {
        for offset in [1, 1_000, u64::MAX] {
            let server = Server::start(move |peer| {
                peer.hello();
                while let Some(request) = peer.request() {
                    peer.answer(request.id.wrapping_add(offset), Ok(value(b"of somebody else")));
                }
            });
            let door = Door::connect(kind, options(&server)).unwrap();
            let error = door.get("n").unwrap_err();
            assert!(matches!(error, ClientError::Protocol(ProtocolError::UnexpectedId)), "{error:?}");
        }
    }
}

#[test]
fn a_reply_of_another_kind_is_refused() {
    for kind in KINDS {
        let server = Server::start(|peer| {
            peer.hello();
            while let Some(request) = peer.request() {
                peer.answer(request.id, Ok(Reply::Done {}));
            }
        });
        let door = Door::connect(kind, options(&server)).unwrap();
        let error = door.get("n").unwrap_err();
        assert!(matches!(error, ClientError::Protocol(ProtocolError::UnexpectedReply)), "{error:?}");
        let error = door.status().unwrap_err();
        assert!(matches!(error, ClientError::Protocol(ProtocolError::UnexpectedReply)), "{error:?}");
    }
}

#[test]
fn an_answer_nobody_asked_for_does_not_answer_the_next_question() {
    for kind in KINDS {
        let server = Server::start(|peer| {
            peer.hello();
            if peer.number == 1 {
                // Guesses the first id and answers before it is asked.
                std::thread::sleep(Duration::from_millis(20));
                peer.answer(1, Ok(value(b"poison")));
                peer.silence();
                return;
            }
            while let Some(request) = peer.request() {
                peer.answer(request.id, Ok(value(b"honest")));
            }
        });
        let door = Door::connect(kind, options(&server)).unwrap();
        std::thread::sleep(Duration::from_millis(80));
        assert_eq!(door.get("n").unwrap().expose(), b"honest");
        assert_eq!(server.connections(), 2);
    }
}

#[test]
fn an_answer_together_with_the_hello_is_refused() {
    for kind in KINDS {
        let server = Server::start(|peer| {
            let mut both = b"VLTP\x01\x01\x00\x00".to_vec();
            let response = Response { id: 1, stamp: None, result: Ok(value(b"poison").into()) };
            both.extend(peer.encode(&response));
            peer.raw(&both);
            peer.silence();
        });
        let error = Door::connect(kind, options(&server)).err().unwrap();
        assert!(matches!(error, ClientError::Protocol(ProtocolError::UnexpectedId)), "{error:?}");
    }
}

#[test]
fn a_list_that_never_ends_ends() {
    for kind in KINDS {
        for secrets in [vec![], vec!["a"]] {
            let server = Server::start(move |peer| {
                peer.hello();
                while let Some(request) = peer.request() {
                    let secrets = secrets.iter().map(|name| info(name)).collect();
                    peer.answer(request.id, Ok(Reply::List { secrets, more: true }));
                }
            });
            let door = Door::connect(kind, options(&server)).unwrap();
            let error = door.list_all(&ListQuery::new()).unwrap_err();
            assert!(matches!(error, ClientError::Protocol(ProtocolError::EndlessList)), "{error:?}");
        }
    }
}

fn answered_with(kind: Kind, bytes: &'static [u8]) -> ClientError {
    let server = Server::start(move |peer| {
        peer.hello();
        if peer.request().is_some() {
            peer.raw(bytes);
            peer.silence();
        }
    });
    let door = Door::connect(kind, options(&server)).unwrap();
    door.get("n").unwrap_err()
}

fn frame(error: &ClientError) -> FrameError {
    match error {
        ClientError::Protocol(ProtocolError::Frame(error)) => *error,
        other => panic!("{other:?}"),
    }
}
