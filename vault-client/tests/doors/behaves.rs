//! A server that behaves.

use vault_client::{Call, ClientError, Codec, ListQuery, Reply, SecretBytes, WireError};

use crate::door::{Door, KINDS, options};
use crate::server::Server;

#[test]
fn what_is_set_is_what_is_got_in_both_codecs() {
    for kind in KINDS {
        for codec in [Codec::Postcard, Codec::Json] {
            let server = Server::vault();
            let door = Door::connect(kind, options(&server).codec(codec)).unwrap();
            assert_eq!(door.set("api_token", b"hunter2").unwrap(), 1);
            assert_eq!(door.set("api_token", b"hunter3").unwrap(), 2);
            let secret = door.get("api_token").unwrap();
            assert_eq!((secret.expose(), secret.version()), (&b"hunter3"[..], 2));
            assert!(!format!("{secret:?}").contains("hunter"));
            assert!(door.delete("api_token").unwrap().was_set);
            let gone = door.get("api_token");
            assert!(matches!(gone, Err(ClientError::Server(WireError::Missing { expired: false }))));
            assert_eq!(server.connections(), 1);
        }
    }
}

#[test]
fn a_lost_comparison_is_a_conflict() {
    for kind in KINDS {
        let server = Server::vault();
        let door = Door::connect(kind, options(&server)).unwrap();
        assert_eq!(door.set_if(("billing", "token"), b"a", 0).unwrap(), 1);
        let lost = door.set_if(("billing", "token"), b"b", 0).unwrap_err();
        assert!(matches!(lost, ClientError::Server(WireError::Conflict { current: 1 })), "{lost:?}");
        assert_eq!(lost.exit_code(), 6);
    }
}

#[test]
fn values_of_every_size_travel() {
    for kind in KINDS {
        for codec in [Codec::Postcard, Codec::Json] {
            let server = Server::vault();
            let door = Door::connect(kind, options(&server).codec(codec)).unwrap();
            for len in [1, 255, 4_096, 16_384, 65_536] {
                let value: Vec<u8> = (0..len).map(|i| (i % 251) as u8).collect();
                door.set("n", &value).unwrap();
                assert_eq!(door.get("n").unwrap().expose(), value);
            }
        }
    }
}

#[test]
fn pages_are_put_together() {
    for kind in KINDS {
        let server = Server::vault();
        let door = Door::connect(kind, options(&server)).unwrap();
        for i in 0..25 {
            door.set(&format!("n{i:02}"), b"x").unwrap();
        }
        let names: Vec<_> = door.list_all(&ListQuery::new().limit(10)).unwrap();
        assert_eq!(names.len(), 25);
        assert!(names.is_sorted_by(|a, b| a.name < b.name));
        assert_eq!(server.log().iter().filter(|call| **call == "list").count(), 3);
    }
}

#[test]
fn a_pipeline_answers_in_order_however_large() {
    for kind in KINDS {
        let server = Server::vault();
        let door = Door::connect(kind, options(&server)).unwrap();
        // Far more than the sockets hold in either direction.
        let mut calls = Vec::new();
        for i in 0..200_u32 {
            let value = SecretBytes::new(i.to_le_bytes().repeat(10_000));
            calls.push(Call::Set { app: None, name: format!("n{i}"), value, if_version: None });
            calls.push(Call::Get { app: None, name: format!("n{i}"), version: None });
        }
        let results = door.pipeline(calls);
        assert_eq!(results.len(), 400);
        for (i, pair) in (0..200_u32).zip(results.chunks(2)) {
            assert!(matches!(pair[0], Ok(Reply::Set { version: 1 })));
            let Ok(Reply::Value(read)) = &pair[1] else { panic!("{:?}", pair[1]) };
            assert_eq!(read.value.expose(), i.to_le_bytes().repeat(10_000));
        }
        assert_eq!(server.connections(), 1);
        assert!(door.pipeline(Vec::new()).is_empty());
    }
}

#[test]
fn one_refusal_in_a_pipeline_is_its_own() {
    for kind in KINDS {
        let server = Server::vault();
        let door = Door::connect(kind, options(&server)).unwrap();
        let set = |len: usize| Call::Set {
            app: None,
            name: "n".into(),
            value: SecretBytes::new(vec![1; len]),
            if_version: None,
        };
        let results = door.pipeline(vec![set(1), set(2 << 20), Call::WhoAmI {}, set(1)]);
        assert!(matches!(results[0], Ok(Reply::Set { version: 1 })));
        assert!(matches!(results[1], Err(ClientError::Unsendable(_))));
        assert!(matches!(results[2], Err(ClientError::Server(WireError::Unsupported { .. }))));
        assert!(matches!(results[3], Ok(Reply::Set { version: 2 })));
    }
}
