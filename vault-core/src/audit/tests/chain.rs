//! The bytes, and the chain over seals and restarts.

use super::*;
use crate::limits::AUDIT_LINE_MAX;

/// Every byte of the first lines of a log. MACs and hashes were computed with
/// Python's `hmac` and `hashlib` from the format in the module's text.
#[test]
fn golden_lines() {
    let sink = MemorySink::new();
    let log = open_unlocked(&sink, OnFull::Gap);
    reads(&log, 1);
    log.lock().unwrap();
    assert_eq!(text(&sink), GOLDEN);
}

#[test]
fn sealed_open_sealed_open_is_one_chain() {
    let sink = MemorySink::new();
    let log = open(&sink);
    assert_eq!(log.record(&Event::of("unseal", "wrong_passphrase")), Ok(Flushed::Written));
    assert!(matches!(log.verify(), Err(VerifyError::Sealed)));
    log.unlock(key(), None).unwrap();
    reads(&log, 3);
    log.lock().unwrap();
    assert_eq!(log.record(&Event::of("status", "ok")), Ok(Flushed::Written));
    let report = log.unlock(key(), Some(log.checkpoint())).unwrap();
    assert_eq!((report.alarms, report.plain), (vec![], 1));

    let report = log.verify().unwrap();
    assert!(report.holds(), "{report:?}");
    assert_eq!((report.first, report.last, report.verified, report.plain, report.uncovered), (1, 9, 6, 3, 0));
    let expected =
        ["audit.begin", "unseal", "audit.unlock", "get", "get", "get", "audit.lock", "status", "audit.unlock"];
    assert_eq!(ops(&sink), expected);
    let links: Vec<bool> = text(&sink).lines().map(|line| line.contains("\"mac\"")).collect();
    assert_eq!(links, [false, false, true, true, true, true, true, false, true]);
}

#[test]
fn a_restart_continues_the_chain() {
    let sink = MemorySink::new();
    let log = open_unlocked(&sink, OnFull::Gap);
    reads(&log, 2);
    let checkpoint = log.sync().unwrap();
    drop(log); // no seal: a crash
    let log = open(&sink);
    assert_eq!(log.record(&Event::of("start", "ok")), Ok(Flushed::Written));
    let report = log.unlock(key(), Some(checkpoint)).unwrap();
    assert_eq!(report.alarms, []);
    let report = log.verify().unwrap();
    assert!(report.holds(), "{report:?}");
    assert_eq!(report.last, 6);
}

#[test]
fn another_key_verifies_nothing() {
    let sink = MemorySink::new();
    let log = open_unlocked(&sink, OnFull::Gap);
    reads(&log, 2);
    drop(log);
    let log = open(&sink);
    let report = log.unlock(key_of(1), None).unwrap();
    assert!(matches!(report.alarms[..], [Alarm::Broken { count: 3, .. }]), "{report:?}");
}

/// The longest of everything, with every character that JSON makes longer.
#[test]
fn the_longest_line_fits() {
    const WORD: &str = "\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}";
    let sink = MemorySink::new();
    let log = open_unlocked(&sink, OnFull::Gap);
    let user = User::parse(&format!("ext:{}", "\"".repeat(128))).unwrap();
    let app = App::parse(&"a".repeat(63)).unwrap();
    let written = log.record(&Event {
        op: WORD,
        outcome: WORD,
        who: Who { uid: Some(u32::MAX), user: Some(&user), pid: Some(i32::MIN) },
        app: Some(&app),
        name: Some([0xff; 16]),
        version: Some(u64::MAX),
        request: u64::MAX,
        detail: Some(Detail::Word(WORD)),
    });
    assert_eq!(written, Ok(Flushed::Written));
    let longest = text(&sink).lines().map(str::len).max().unwrap();
    // The members only a first line or a gap line has: "lost" and "prev".
    assert!(longest + 28 + 74 < AUDIT_LINE_MAX, "{longest}");
    assert!(log.verify().unwrap().holds());
}

#[test]
fn what_an_attacker_may_name_stays_inside_its_string() {
    let sink = MemorySink::new();
    let log = open_unlocked(&sink, OnFull::Gap);
    let user = User::parse("ext:\",\"mac\":\"00\"}\\n{\"seq\":1").unwrap();
    let written =
        log.record(&Event { who: Who { user: Some(&user), ..Who::default() }, ..Event::of("get", "missing") });
    assert_eq!(written, Ok(Flushed::Written));
    let line = text(&sink).lines().last().unwrap().to_owned();
    assert_eq!(member(&line, "user"), user.to_string());
    assert!(log.verify().unwrap().holds());
}

#[test]
fn keys_stay_silent() {
    let sink = MemorySink::new();
    let log = open_unlocked(&sink, OnFull::Gap);
    reads(&log, 1);
    let said = format!("{:?} {:?} {:?}", log.state(), log.verify().unwrap(), log.checkpoint());
    let canary = "42".repeat(4);
    assert!(!said.contains(&canary) && !said.contains("66, 66, 66") && !text(&sink).contains(&canary));
}

#[test]
fn tail_gives_the_last_lines_over_files() {
    let sink = MemorySink::new();
    let log = open_unlocked(&sink, OnFull::Gap);
    reads(&log, 3);
    log.rotate().unwrap();
    reads(&log, 1);
    let all: Vec<String> = text(&sink).lines().map(str::to_owned).collect();
    for count in [0, 1, 2, 3, 5, all.len(), 1_000, usize::MAX] {
        assert_eq!(log.tail(count).unwrap(), all[all.len().saturating_sub(count)..], "{count}");
    }
}

/// Many threads, with rotation and syncs between: one chain, no line missing.
#[test]
fn threads_share_one_chain() {
    let sink = MemorySink::new();
    let log = open_unlocked(&sink, OnFull::Deny);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..50).for_each(|_| reads(&log, 5)));
        }
        scope.spawn(|| {
            for _ in 0..2 {
                log.rotate().unwrap();
                log.sync().unwrap();
                assert!(log.verify().unwrap().holds());
            }
        });
    });
    let report = log.verify().unwrap();
    assert!(report.holds(), "{report:?}");
    assert_eq!(ops(&sink).iter().filter(|op| *op == "get").count(), 4 * 50 * 5);
    assert_eq!(log.sync().unwrap().sequence, report.last);
}

#[test]
fn clocks_beyond_reason_do_not_stop_the_log() {
    struct Far;
    impl Clock for Far {
        fn now_ms(&self) -> u64 {
            u64::MAX
        }
    }
    let sink = MemorySink::new();
    let host = Host { clock: Arc::new(Far), ..Host::system() };
    let log = AuditLog::open(sink.clone(), OnFull::Gap, &host).unwrap();
    log.unlock(key(), None).unwrap();
    assert_eq!(member(text(&sink).lines().next().unwrap(), "time"), "9999-12-30T22:00:00.999Z");
}

const GOLDEN: &str = r#"{"seq":1,"time":"2026-01-02T03:04:05.678Z","op":"audit.begin","outcome":"ok","request":0,"prev":"0000000000000000000000000000000000000000000000000000000000000000","hash":"8771a96a7010e717d7f51121f4fa93e133fa525e38f1d446b9dcbbb72b2efba8"}
{"seq":2,"time":"2026-01-02T03:04:06.678Z","op":"audit.unlock","outcome":"ok","request":0,"mac":"3dcf4bb5732f9c1259938d6e98a84adae8f5a38f19790f21905999280ba41297"}
{"seq":3,"time":"2026-01-02T03:04:07.678Z","op":"get","outcome":"ok","uid":1000,"user":"uid:1000","pid":4711,"app":"billing","name":"abababababababababababababababab","version":3,"request":0,"mac":"5cbec08cfda25ea583eb67ac94cd8f67d03d6d4c7f039de9ab644ba86b83fe64"}
{"seq":4,"time":"2026-01-02T03:04:09.678Z","op":"audit.lock","outcome":"ok","request":0,"mac":"aba378234802e19991a21a03e1f0e643a04633bdb0ad96f80b533079123e7dff"}
"#;
