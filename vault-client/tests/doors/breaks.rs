//! Connections that end, stall or never begin. Counted at the server: what was
//! executed once was sent once.

use std::net::Shutdown;
use std::time::{Duration, Instant};

use vault_client::{Call, ClientError, Reply, SecretBytes, WireError};
use vault_proto::hello::{Refusal, ServerHello};

use crate::door::{Door, KINDS, options};
use crate::server::{Server, value};

#[test]
fn nobody_there() {
    for kind in KINDS {
        let server = Server::vault();
        let nowhere = server.path.with_file_name("nothing.sock");
        let error = Door::connect(kind, options(&server).socket(&nowhere)).err().unwrap();
        assert!(matches!(&error, ClientError::NotRunning { path } if *path == nowhere), "{error:?}");
        assert_eq!((error.exit_code(), error.retryable()), (7, true));
    }
}

#[test]
fn a_path_too_long_for_a_socket_is_an_error() {
    for kind in KINDS {
        let server = Server::vault();
        let long = format!("/tmp/{}", "x".repeat(200));
        let error = Door::connect(kind, options(&server).socket(long)).err().unwrap();
        assert!(matches!(error, ClientError::Unavailable(_)), "{error:?}");
    }
}

#[test]
fn a_server_of_the_wrong_uid_is_sent_nothing() {
    for kind in KINDS {
        let server = Server::start(|peer| {
            // Whatever comes is recorded as a call, should anything come.
            let mut byte = [0];
            let got = std::io::Read::read(&mut peer.stream, &mut byte);
            assert_eq!(got.unwrap_or(0), 0);
        });
        let wrong = rustix::process::geteuid().as_raw().wrapping_add(77);
        let error = Door::connect(kind, options(&server).server_uid(wrong)).err().unwrap();
        let own = rustix::process::geteuid().as_raw();
        assert!(matches!(error, ClientError::ServerUid { uid, expected: Some(e), .. } if uid == own && e == wrong));
        assert!(error.hint().contains("--server-uid"));
        assert_eq!(error.exit_code(), 4);
        assert!(server.log().is_empty());
    }
}

#[test]
fn silence_is_a_timeout() {
    for kind in KINDS {
        let server = Server::start(|peer| {
            peer.hello();
            peer.silence();
        });
        let brief = Duration::from_millis(100);
        let door = Door::connect(kind, options(&server).deadline(brief)).unwrap();
        let begun = Instant::now();
        let read = door.get("n").unwrap_err();
        assert!(matches!(read, ClientError::Timeout { may_have_happened: false, after } if after == brief), "{read:?}");
        assert!(begun.elapsed() >= brief && begun.elapsed() < brief * 20);
        let wrote = door.set("n", b"x").unwrap_err();
        assert!(matches!(wrote, ClientError::Timeout { may_have_happened: true, .. }), "{wrote:?}");
        assert_eq!((wrote.exit_code(), read.exit_code()), (12, 7));
        // Neither went out a second time: one connection each, both given up.
        assert_eq!(server.connections(), 2);
    }
}

#[test]
fn silence_instead_of_a_hello_is_a_timeout() {
    for kind in KINDS {
        let server = Server::start(|peer| peer.silence());
        let error = Door::connect(kind, options(&server).deadline(Duration::from_millis(80))).err().unwrap();
        assert!(matches!(error, ClientError::Timeout { may_have_happened: false, .. }), "{error:?}");
    }
}

#[test]
fn a_pipeline_into_silence_ends_after_one_deadline() {
    for kind in KINDS {
        let server = Server::start(|peer| {
            peer.hello();
            peer.silence();
        });
        let door = Door::connect(kind, options(&server).deadline(Duration::from_millis(100))).unwrap();
        let begun = Instant::now();
        let results = door.pipeline((0..50).map(|_| get()).collect());
        assert!(results.iter().all(|result| matches!(result, Err(ClientError::Timeout { .. }))));
        assert!(begun.elapsed() < Duration::from_secs(2));
    }
}

#[test]
fn a_long_call_waits_longer() {
    for kind in KINDS {
        let server = Server::start(|peer| {
            peer.hello();
            while let Some(request) = peer.request() {
                std::thread::sleep(Duration::from_millis(150));
                let report = vault_proto::latest::CheckReport { records: 1, problems: vec![] };
                peer.answer(request.id, Ok(Reply::Checked(report)));
            }
        });
        let door = Door::connect(kind, options(&server).deadline(Duration::from_millis(50))).unwrap();
        assert_eq!(door.check().unwrap().records, 1);
    }
}

#[test]
fn a_read_is_sent_again_when_the_connection_breaks() {
    for kind in KINDS {
        let server = Server::start(|peer| {
            peer.hello();
            let Some(request) = peer.request() else { return };
            if peer.number > 1 {
                peer.answer(request.id, Ok(value(b"second")));
                peer.silence();
            }
        });
        let door = Door::connect(kind, options(&server)).unwrap();
        assert_eq!(door.get("n").unwrap().expose(), b"second");
        assert_eq!((server.connections(), server.log()), (2, vec!["get", "get"]));
    }
}

#[test]
fn a_read_is_sent_again_once_only() {
    for kind in KINDS {
        let server = Server::start(|peer| {
            peer.hello();
            peer.request();
        });
        let door = Door::connect(kind, options(&server)).unwrap();
        let error = door.get("n").unwrap_err();
        assert!(matches!(error, ClientError::Unavailable(_)), "{error:?}");
        assert_eq!(server.log(), ["get", "get"]);
    }
}

#[test]
fn a_write_is_never_sent_again() {
    for kind in KINDS {
        let server = Server::start(|peer| {
            peer.hello();
            peer.request();
        });
        let door = Door::connect(kind, options(&server)).unwrap();
        let error = door.set("n", b"x").unwrap_err();
        assert!(matches!(error, ClientError::Indeterminate(_)), "{error:?}");
        assert_eq!((error.exit_code(), error.retryable()), (12, false));
        assert_eq!(server.log(), ["set"]);
        // The next call finds a new connection.
        let error = door.set("n", b"y").unwrap_err();
        assert!(matches!(error, ClientError::Indeterminate(_)), "{error:?}");
        assert_eq!((server.connections(), server.log()), (2, vec!["set", "set"]));
    }
}

#[test]
fn an_end_in_the_middle_of_a_reply_is_the_same() {
    for kind in KINDS {
        let server = Server::start(|peer| {
            peer.hello();
            while let Some(request) = peer.request() {
                let response =
                    vault_proto::latest::Response { id: request.id, stamp: None, result: Ok(value(b"whole").into()) };
                let bytes = peer.encode(&response);
                if peer.number == 1 {
                    peer.raw(&bytes[..bytes.len() - 2]);
                    return;
                }
                peer.raw(&bytes);
            }
        });
        let door = Door::connect(kind, options(&server)).unwrap();
        assert_eq!(door.get("n").unwrap().expose(), b"whole");
        assert_eq!(server.log(), ["get", "get"]);
    }
    for kind in KINDS {
        let server = Server::start(|peer| {
            peer.hello();
            if peer.request().is_some() {
                peer.raw(&[200, 0, 0, 0, 1, 2, 3]);
            }
        });
        let door = Door::connect(kind, options(&server)).unwrap();
        assert!(matches!(door.set("n", b"x"), Err(ClientError::Indeterminate(_))));
        assert_eq!(server.log(), ["set"]);
    }
}

#[test]
fn an_idle_connection_that_was_closed_is_replaced_before_a_write() {
    for kind in KINDS {
        let server = Server::start(|peer| {
            peer.hello();
            while let Some(request) = peer.request() {
                peer.answer(request.id, Ok(Reply::Set { version: peer.number as u64 }));
                if peer.number == 1 {
                    peer.stream.shutdown(Shutdown::Both).unwrap();
                    return;
                }
            }
        });
        let door = Door::connect(kind, options(&server)).unwrap();
        assert_eq!(door.set("n", b"x").unwrap(), 1);
        std::thread::sleep(Duration::from_millis(50));
        assert_eq!(door.set("n", b"x").unwrap(), 2);
        assert_eq!(server.log(), ["set", "set"]);
    }
}

#[test]
fn in_a_broken_pipeline_each_call_gets_what_is_due() {
    for kind in KINDS {
        let server = Server::start(|peer| {
            peer.hello();
            while let Some(request) = peer.request() {
                match (peer.number, request.call) {
                    // Answers the first, reads the rest of what is on the way, goes.
                    (1, _) => {
                        peer.answer(request.id, Ok(value(b"first")));
                        for _ in 0..3 {
                            peer.request();
                        }
                        return;
                    }
                    (_, Call::Get { .. }) => peer.answer(request.id, Ok(value(b"again"))),
                    (_, _) => peer.answer(request.id, Ok(Reply::Set { version: 9 })),
                }
            }
        });
        let door = Door::connect(kind, options(&server).in_flight(4)).unwrap();
        let results = door.pipeline(vec![get(), get(), set(), get()]);
        assert_eq!(read(&results[0]), b"first");
        assert_eq!(read(&results[1]), b"again");
        assert!(matches!(results[2], Err(ClientError::Indeterminate(_))), "{:?}", results[2]);
        assert_eq!(read(&results[3]), b"again");
        assert_eq!(server.log().iter().filter(|call| **call == "set").count(), 1);
    }
}

#[test]
fn refusals_in_the_hello_say_why() {
    let table = [
        (Refusal::NoCommonVersion, "unsupported", 8),
        (Refusal::TooManyConnections, "busy", 9),
        (Refusal::NotAllowed, "forbidden", 4),
        (Refusal::ShuttingDown, "unavailable", 7),
    ];
    for kind in KINDS {
        for (refusal, code, exit) in table {
            let server = Server::start(move |peer| {
                peer.raw(&ServerHello::Refused(refusal).encode());
                peer.silence();
            });
            let error = Door::connect(kind, options(&server)).err().unwrap();
            assert!(matches!(error, ClientError::Refused(why) if why == refusal), "{error:?}");
            assert_eq!((error.code(), error.exit_code()), (code, exit));
        }
    }
}

#[test]
fn a_word_about_the_connection_ends_it_for_everybody_on_it() {
    for kind in KINDS {
        let server = Server::start(|peer| {
            peer.hello();
            if peer.request().is_some() {
                peer.answer(0, Err(WireError::Busy { retry_after_ms: 5 }));
            }
        });
        let door = Door::connect(kind, options(&server)).unwrap();
        let error = door.get("n").unwrap_err();
        assert!(matches!(error, ClientError::Server(WireError::Busy { retry_after_ms: 5 })), "{error:?}");
        assert_eq!(server.connections(), 1);
    }
}

fn get() -> Call {
    Call::Get { app: None, name: "n".into(), version: None }
}

fn set() -> Call {
    Call::Set { app: None, name: "n".into(), value: SecretBytes::new(vec![1]), if_version: None }
}

fn read(result: &Result<Reply, ClientError>) -> &[u8] {
    match result {
        Ok(Reply::Value(read)) => read.value.expose(),
        other => panic!("{other:?}"),
    }
}
