//! A vault that goes back in time, through both clients.

use std::sync::{Arc, Mutex};

use vault_client::{ClientError, Incarnation, Reply, StampMemory};
use vault_proto::latest::{Response, Stamp};

use crate::door::{Door, KINDS, options};
use crate::server::Server;

#[test]
fn a_rollback_is_noticed_and_a_restore_must_be_accepted() {
    for kind in KINDS {
        let (server, now) = stamped();
        let door = Door::connect(kind, options(&server)).unwrap();
        door.set("n", b"x").unwrap();
        *now.lock().unwrap() = Stamp { incarnation: [1; 16], sequence: 9 };
        let error = door.set("n", b"x").unwrap_err();
        assert!(matches!(error, ClientError::RollbackSuspected { seen: 10, now: 9 }), "{error:?}");
        assert_eq!(error.exit_code(), 14);

        *now.lock().unwrap() = Stamp { incarnation: [2; 16], sequence: 3 };
        let error = door.set("n", b"x").unwrap_err();
        let ClientError::UnknownIncarnation { now: found, .. } = &error else { panic!("{error:?}") };
        assert!(error.hint().contains(&found.to_string()));
        door.accept_incarnation(*found);
        door.set("n", b"x").unwrap();
    }
}

#[test]
fn connections_that_share_a_memory_share_what_was_seen() {
    for kind in KINDS {
        let (server, now) = stamped();
        let memory = StampMemory::isolated();
        let door = Door::connect(kind, options(&server).memory(memory.clone())).unwrap();
        door.set("n", b"x").unwrap();
        *now.lock().unwrap() = Stamp { incarnation: [1; 16], sequence: 4 };
        let other = Door::connect(kind, options(&server).memory(memory)).unwrap();
        assert!(matches!(other.set("n", b"x"), Err(ClientError::RollbackSuspected { .. })));
    }
}

#[test]
fn a_file_carries_it_to_the_next_process() {
    for kind in KINDS {
        let (server, now) = stamped();
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("stamps.json");
        let door = Door::connect(kind, options(&server).memory(StampMemory::file(&file))).unwrap();
        door.set("n", b"x").unwrap();
        drop(door);
        *now.lock().unwrap() = Stamp { incarnation: [7; 16], sequence: 1 };

        let door = Door::connect(kind, options(&server).memory(StampMemory::file(&file))).unwrap();
        let error = door.set("n", b"x").unwrap_err();
        assert!(matches!(error, ClientError::UnknownIncarnation { known: Incarnation([1, ..]), .. }), "{error:?}");
        drop(door);

        let accepting = options(&server).memory(StampMemory::file(&file)).accept_incarnation(true);
        Door::connect(kind, accepting).unwrap().set("n", b"x").unwrap();
        let after = Door::connect(kind, options(&server).memory(StampMemory::file(&file))).unwrap();
        after.set("n", b"x").unwrap();
    }
}

/// Answers every call, with a stamp that the test may change.
fn stamped() -> (Server, Arc<Mutex<Stamp>>) {
    let now = Arc::new(Mutex::new(Stamp { incarnation: [1; 16], sequence: 10 }));
    let shown = Arc::clone(&now);
    let server = Server::start(move |peer| {
        peer.hello();
        while let Some(request) = peer.request() {
            let stamp = Some(*shown.lock().unwrap());
            peer.respond(&Response { id: request.id, stamp, result: Ok(Reply::Set { version: 1 }.into()) });
        }
    });
    (server, now)
}
