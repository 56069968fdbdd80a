//! Both versions of the protocol, served at once by one daemon.
#![allow(clippy::panic, clippy::unwrap_used, reason = "helpers of tests, outside a test function")]

use vault_client::{Call, Codec, Options, Reply, SecretBytes, StampMemory, WireError};
use vault_proto::latest::{self, Acting, AppCall};
use vault_proto::{Dialect, Version, v1, v2};
use vault_tests::site::Site;
use vault_tests::wire::Wire;

fn dialects() -> impl Iterator<Item = Dialect> {
    [Version::V1, Version::V2]
        .into_iter()
        .flat_map(|version| [Codec::Postcard, Codec::Json].map(|codec| Dialect { version, codec }))
}

fn set(name: &str, value: &[u8]) -> Call {
    Call::Set { app: None, name: name.into(), value: SecretBytes::new(value.to_vec()), if_version: None }
}

fn get(name: &str) -> Call {
    Call::Get { app: None, name: name.into(), version: None }
}

#[test]
fn an_older_client_and_a_newer_one_share_a_vault() {
    let site = Site::new();
    let daemon = site.serve();
    let mut wires: Vec<_> = dialects().map(|dialect| Wire::speaking(daemon.socket(), dialect)).collect();
    for writer in 0..wires.len() {
        let value = [writer as u8; 9];
        let Ok(Reply::Set { version }) = wires[writer].ask(set("shared", &value)) else { panic!("not set") };
        for wire in &mut wires {
            let Ok(Reply::Value(read)) = wire.ask(get("shared")) else { panic!("not read") };
            assert_eq!((read.value.expose(), read.version), (&value[..], version));
        }
    }
}

#[test]
fn what_version_1_asks_is_answered_alike_in_both() {
    let site = Site::new();
    let daemon = site.serve();
    daemon.client().set("a", b"x").unwrap();
    daemon.client().set("b/c", b"y").unwrap();
    let calls = || {
        vec![
            Call::WhoAmI {},
            get("a"),
            get("nothing"),
            get("Not A Name"),
            Call::History { app: None, name: "a".into() },
            Call::List { app: None, user: None, after: None, limit: 10, deleted: true },
            Call::List { app: None, user: None, after: None, limit: 0, deleted: true },
            Call::Delete { app: None, name: "a".into(), destroy: false, if_version: Some(7) },
            set("large", &vec![7; 65_537]),
            Call::SlotList {},
            Call::UserList {},
            Call::BackupRead { id: 1, offset: 0 },
        ]
    };
    let asked: Vec<_> = dialects()
        .map(|dialect| {
            let mut wire = Wire::speaking(daemon.socket(), dialect);
            let mut answers: Vec<_> = calls().into_iter().map(|call| wire.ask(call)).collect();
            for answer in &mut answers {
                // Each of them reads, and that is what is told here.
                if let Ok(Reply::List { secrets, .. }) = answer {
                    secrets.iter_mut().for_each(|secret| secret.last_read_at = None);
                }
            }
            answers
        })
        .collect();
    assert!(asked[0].iter().any(Result::is_ok) && asked[0].iter().any(Result::is_err));
    for other in &asked[1..] {
        assert_eq!(other, &asked[0]);
    }
}

#[test]
fn a_message_of_the_other_version_ends_the_connection() {
    let site = Site::new();
    let daemon = site.serve();
    for codec in [Codec::Postcard, Codec::Json] {
        let (mut old, mut new) = (Vec::new(), Vec::new());
        codec.encode(&v1::Request { id: 7, call: Call::Seal {} }, &mut old).unwrap();
        let call = latest::Call::App(AppCall::List {});
        codec.encode(&v2::Request { id: 7, acting: None, call }, &mut new).unwrap();
        for (version, foreign) in [(Version::V1, new), (Version::V2, old)] {
            let mut wire = Wire::speaking(daemon.socket(), Dialect { version, codec });
            wire.frame(&foreign);
            let answer = wire.response().unwrap();
            assert!(matches!(answer.result, Err(WireError::Invalid { field, .. }) if field == "request"));
            assert_eq!(answer.id, 0);
            assert!(wire.is_closed());
        }
    }
    assert!(!daemon.client().status().unwrap().sealed, "nobody sealed it");
}

#[test]
fn nothing_over_a_ceiling_of_version_2_is_decoded() {
    let site = Site::new();
    let daemon = site.serve();
    let longest = "a".repeat(vault_proto::limits::WORD_MAX);
    for codec in [Codec::Postcard, Codec::Json] {
        let dialect = Dialect { version: Version::V2, codec };
        let mut wire = Wire::speaking(daemon.socket(), dialect);
        // Too long for an app's name, and answered for that; the connection goes on.
        let show = |app: &str| latest::Call::App(AppCall::Show { app: app.to_owned() });
        assert!(wire.ask_any(None, show(&longest)).is_err());
        let acting = Some(Acting { app: longest.clone(), user: None });
        assert!(wire.ask_any(acting, get("a").into()).is_err());
        assert!(wire.ask(Call::Status {}).is_ok());
        // Longer than any word: no message.
        let mut request = Vec::new();
        let call = show(&format!("{longest}a"));
        codec.encode(&v2::Request { id: 9, acting: None, call }, &mut request).unwrap();
        wire.frame(&request);
        let answer = wire.response().unwrap();
        assert!(
            matches!(answer.result, Err(WireError::Invalid { field, expected }) if field == "request" && expected == "malformed")
        );
        assert!(wire.is_closed());
    }
}

#[test]
fn whoever_acts_is_not_served_as_themselves() {
    let site = Site::new();
    let daemon = site.serve();
    let options = || Options::new().socket(daemon.socket()).memory(StampMemory::isolated());
    let own = vault_client::blocking::Client::connect(options()).unwrap();
    own.set("token", b"of a person").unwrap();
    let acting = own.acting("personal", None);
    for acting in [acting, own.acting("billing", Some("uid:0")), own.acting("no such app", None)] {
        assert!(acting.get("token").is_err());
        assert!(acting.set("token", b"overwritten").is_err());
        assert!(acting.list_all(&vault_client::ListQuery::new()).is_err());
    }
    assert_eq!(own.get("token").unwrap().expose(), b"of a person");
}
