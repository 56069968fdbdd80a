//! What no honest client sends: the answer is a typed error or the end of that
//! connection, and nobody else notices.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests, outside a test function")]

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use vault_client::{Call, Codec, Reply, SecretBytes, WireError};
use vault_proto::hello::{Refusal, ServerHello};
use vault_proto::limits::FRAME_MAX;
use vault_tests::site::Config;
use vault_tests::wire::{Hello, Wire};
use vault_tests::{Daemon, Site, until};

/// Runs something hostile beside a client that sets and gets without a pause
/// and must never be refused or kept waiting.
fn beside_an_honest_client(config: &Config, hostile: impl FnOnce(&Daemon)) {
    let site = Site::new();
    let daemon = site.serve_with(config);
    let (done, rounds) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        let honest = scope.spawn(|| {
            let vault = daemon.client();
            let mut slowest = Duration::ZERO;
            while !done.load(Ordering::Relaxed) || rounds.load(Ordering::Relaxed) < 3 {
                let (round, began) = (rounds.load(Ordering::Relaxed), Instant::now());
                vault.set("honest", round.to_string().as_bytes()).unwrap();
                assert_eq!(vault.get("honest").unwrap().expose(), round.to_string().as_bytes());
                slowest = slowest.max(began.elapsed());
                rounds.fetch_add(1, Ordering::Relaxed);
            }
            slowest
        });
        until("the honest client is at it", || (rounds.load(Ordering::Relaxed) > 2).then_some(()));
        // Also when it fails, or the honest client would go on for ever.
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| hostile(&daemon)));
        done.store(true, Ordering::Relaxed);
        let slowest = honest.join().unwrap();
        if let Err(panic) = result {
            std::panic::resume_unwind(panic);
        }
        assert!(slowest < Duration::from_secs(5), "the honest client waited {slowest:?}");
    });
    assert!(!daemon.log().contains("internal error"), "{}", daemon.log());
    assert_eq!(daemon.terminate(), 0);
}

fn fast() -> Config {
    Config { limits: "first_frame_ms = 300\nwrite_deadline_ms = 300".into(), ..Config::default() }
}

#[test]
fn hellos_that_are_none_get_nothing_and_others_a_reason() {
    beside_an_honest_client(&fast(), |daemon| {
        let hello = |bytes: &[u8]| Wire::silent(daemon.socket()).hello(bytes);
        let refused = |refusal| Hello::Answer(Ok(ServerHello::Refused(refusal)));
        assert_eq!(hello(b"VLTP\x03\x09\x01\x00"), refused(Refusal::NoCommonVersion));
        assert_eq!(hello(b"VLTP\xff\xff\x01\x00"), refused(Refusal::NoCommonVersion));
        for codec in [0, 3, 0xff] {
            assert_eq!(
                hello(&[b'V', b'L', b'T', b'P', 1, 1, codec, 0]),
                refused(Refusal::UnknownCodec),
                "codec {codec}"
            );
        }
        for garbage in
            [&b"GET / HTTP/1.1\r\n\r\n"[..], b"\0\0\0\0\0\0\0\0", b"VLTP\x02\x01\x01\x00", b"VLTP\x01\x01\x01\x07"]
        {
            assert_eq!(hello(garbage), Hello::Closed, "{garbage:?}");
        }
        // A newer client that still knows our newest version is met there.
        let agreed = Hello::Answer(Ok(ServerHello::Agreed { version: 2, codec: Codec::Postcard }));
        assert_eq!(hello(b"VLTP\x01\x63\x01\x00"), agreed);
        // Half a hello, and silence.
        assert_eq!(hello(b"VLT"), Hello::Closed);
        assert_eq!(hello(b""), Hello::Closed);
    });
}

#[test]
fn a_frame_too_long_is_refused_before_it_is_read() {
    beside_an_honest_client(&fast(), |daemon| {
        for codec in [Codec::Postcard, Codec::Json] {
            for len in [FRAME_MAX as u32 + 1, 1 << 30, u32::MAX] {
                let mut wire = Wire::connect(daemon.socket(), codec);
                wire.send(&len.to_le_bytes());
                let response = wire.response().unwrap();
                let max = FRAME_MAX as u64;
                assert_eq!((response.id, response.result), (0, Err(WireError::TooLarge { len: u64::from(len), max })));
                assert!(wire.is_closed());
            }
            let mut wire = Wire::connect(daemon.socket(), codec);
            wire.send(&[0; 4]);
            assert!(matches!(wire.response().unwrap().result, Err(WireError::Invalid { .. })), "an empty frame");
            assert!(wire.is_closed());
        }
    });
}

#[test]
fn payloads_that_are_no_message_end_the_connection_with_a_reason() {
    beside_an_honest_client(&fast(), |daemon| {
        let refused = |codec, payload: &[u8]| {
            let mut wire = Wire::connect(daemon.socket(), codec);
            wire.frame(payload);
            let result = wire.response().unwrap_or_else(|| panic!("no reason for {payload:?}")).result;
            assert!(wire.is_closed(), "{payload:?}");
            match result {
                Err(WireError::Invalid { field, expected }) => (field, expected),
                other => panic!("{payload:?}: {other:?}"),
            }
        };
        // Each codec's bytes to the other, garbage, nothing but zeros.
        let mut as_postcard = Wire::connect(daemon.socket(), Codec::Postcard);
        let status = as_postcard.encode(Call::Status {})[4..].to_vec();
        refused(Codec::Json, &status);
        refused(Codec::Postcard, br#"{"id":1,"call":{"status":{}}}"#);
        for payload in [&[0xff; 64][..], &[0; 64], b"\x01", b"CANARY-CANARY-CANARY"] {
            for codec in [Codec::Postcard, Codec::Json] {
                let (field, expected) = refused(codec, payload);
                assert!(!format!("{field}{expected}").contains("CANARY"), "errors do not repeat what was sent");
            }
        }
        // A whole message and a byte more.
        assert_eq!(refused(Codec::Postcard, &[&status[..], b"\0"].concat()).1, "trailing");
        assert_eq!(refused(Codec::Json, br#"{"id":1,"call":{"status":{}}} x"#).1, "trailing");
        // Ambiguous, or not meant.
        for json in [
            &br#"{"id":1,"id":2,"call":{"status":{}}}"#[..],
            br#"{"id":1,"call":{"status":{}},"uid":0}"#,
            br#"{"id":1,"call":{"get":{"name":"a","name":"b"}}}"#,
            br#"{"id":1,"call":{"get":{"name":"a","user":"uid:1002"}}}"#,
            br#"[1,{"status":{}}]"#,
            br#"{"id":-1,"call":{"status":{}}}"#,
            br#"{"id":1,"call":{"set":{"name":"a","value":"not base64!"}}}"#,
            br#"{"id":1,"call":{"no_such_call":{}}}"#,
        ] {
            refused(Codec::Json, json);
        }
        let deep = [&b"{\"id\":"[..], &b"[".repeat(100_000)].concat();
        refused(Codec::Json, &deep);
    });
}

#[test]
fn half_a_frame_and_then_silence_ends_only_itself() {
    beside_an_honest_client(&fast(), |daemon| {
        let halves: Vec<Vec<u8>> =
            vec![vec![9], vec![200, 0, 0], [&[200, 0, 0, 0][..], &[b'{'; 100]].concat(), vec![0, 0, 16, 0]];
        let mut waiting: Vec<_> = (0..40)
            .map(|n| {
                let mut wire = Wire::connect(daemon.socket(), Codec::Json);
                wire.send(&halves[n % halves.len()]);
                wire
            })
            .collect();
        // Idle between frames is no offence.
        let mut idle = Wire::connect(daemon.socket(), Codec::Json);
        assert!(idle.ask(Call::Status {}).is_ok());
        let began = Instant::now();
        for wire in &mut waiting {
            assert!(wire.is_closed());
        }
        assert!(began.elapsed() < Duration::from_secs(10));
        assert!(idle.ask(Call::WhoAmI {}).is_ok());
    });
}

#[test]
fn a_thousand_tiny_frames_at_once_are_answered_in_order() {
    beside_an_honest_client(&Config::default(), |daemon| {
        for codec in [Codec::Postcard, Codec::Json] {
            let mut wire = Wire::connect(daemon.socket(), codec);
            let mut bytes = Vec::new();
            for n in 0..1_000 {
                let call = match n % 4 {
                    0 => Call::Status {},
                    1 => Call::Get { app: None, name: "nothing".into(), version: None },
                    2 => Call::Set {
                        app: None,
                        name: format!("n{}", n % 40),
                        value: SecretBytes::new(vec![1]),
                        if_version: None,
                    },
                    _ => Call::WhoAmI {},
                };
                bytes.extend(wire.encode(call));
            }
            wire.send(&bytes);
            for id in 1..=1_000 {
                let response = wire.response().unwrap();
                assert_eq!(response.id, id, "in request order");
                match (id - 1) % 4 {
                    1 => assert_eq!(response.result, Err(WireError::Missing { expired: false })),
                    2 => assert!(matches!(response.result, Ok(Reply::Set { .. })), "{:?}", response.result),
                    _ => assert!(response.result.is_ok()),
                }
            }
        }
    });
}

#[test]
fn whoever_asks_and_never_listens_is_cut_off() {
    beside_an_honest_client(&fast(), |daemon| {
        daemon.client().set("large", &[7; 65_536]).unwrap();
        let mut deaf = Wire::connect(daemon.socket(), Codec::Postcard);
        let mut bytes = Vec::new();
        for _ in 0..300 {
            bytes.extend(deaf.encode(Call::Get { app: None, name: "large".into(), version: None }));
        }
        deaf.send(&bytes);
        until("it is cut off", || daemon.log().contains("the answers were not read in time").then_some(()));
    });
}

#[test]
fn names_that_break_a_rule_are_told_the_rule_and_the_connection_goes_on() {
    beside_an_honest_client(&Config::default(), |daemon| {
        for codec in [Codec::Postcard, Codec::Json] {
            let mut wire = Wire::connect(daemon.socket(), codec);
            let long = "a".repeat(64);
            let names = [
                "", "A", "1a", "a b", "a/", "/a", "a/b/c", "a/../b", "a\0", "ä", "a\n", "a-b", "a/-x", "*", "..",
                &long, "a/A",
            ];
            for name in names {
                let calls = [
                    Call::Get { app: None, name: name.into(), version: None },
                    Call::Set { app: None, name: name.into(), value: SecretBytes::new(vec![1]), if_version: None },
                    Call::Delete { app: None, name: name.into(), destroy: true, if_version: None },
                    Call::Undelete { app: None, name: name.into() },
                    Call::History { app: None, name: name.into() },
                ];
                for call in calls {
                    let said = format!("{call:?}");
                    assert!(
                        matches!(wire.ask(call), Err(WireError::Invalid { field, .. }) if field == "name"),
                        "{said}"
                    );
                }
            }
            for app in ["", "A", "1", "a b", "a/b", "../a", &long] {
                let result = wire.ask(Call::Get { app: Some(app.into()), name: "a".into(), version: None });
                assert!(matches!(result, Err(WireError::Invalid { field, .. }) if field == "app"), "{app:?}");
            }
            let list = |limit, user: Option<&str>| Call::List {
                app: None,
                user: user.map(Into::into),
                after: None,
                limit,
                deleted: false,
            };
            for call in [
                list(0, None),
                list(1_001, None),
                list(10, Some("root")),
                list(10, Some("uid:+1")),
                list(10, Some("uid:01")),
            ] {
                assert!(matches!(wire.ask(call), Err(WireError::Invalid { .. })));
            }
            for value in [0, 65_537] {
                let call = Call::Set {
                    app: None,
                    name: "a".into(),
                    value: SecretBytes::new(vec![1; value]),
                    if_version: None,
                };
                assert!(
                    matches!(wire.ask(call), Err(WireError::Invalid { .. } | WireError::TooLarge { .. })),
                    "{value}"
                );
            }
            // No such app is not told apart from one that may not be used.
            let other = wire.ask(Call::Get { app: Some("billing".into()), name: "a".into(), version: None });
            assert!(matches!(other, Err(WireError::Missing { .. } | WireError::Forbidden { .. })), "{other:?}");
            assert!(wire.ask(Call::Status {}).is_ok());
        }
    });
}

#[test]
fn connections_beyond_the_limit_are_told_so_and_others_stay() {
    let config = Config { limits: "max_connections_per_uid = 20".into(), ..Config::default() };
    beside_an_honest_client(&config, |daemon| {
        let mut held = Vec::new();
        let mut refused = 0;
        for _ in 0..200 {
            let mut wire = Wire::silent(daemon.socket());
            match wire.hello(b"VLTP\x01\x01\x02\x00") {
                Hello::Answer(Ok(ServerHello::Agreed { .. })) => held.push(wire),
                Hello::Answer(Ok(ServerHello::Refused(Refusal::TooManyConnections))) => refused += 1,
                other => panic!("{other:?}"),
            }
        }
        assert!(held.len() < 20 && refused >= 180, "{} held, {refused} refused", held.len());
        drop(held);
        until("places are free again", || {
            let mut wire = Wire::silent(daemon.socket());
            matches!(wire.hello(b"VLTP\x01\x01\x02\x00"), Hello::Answer(Ok(ServerHello::Agreed { .. }))).then_some(())
        });
    });
}
