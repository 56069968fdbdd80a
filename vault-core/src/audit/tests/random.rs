//! Any order of everything.

use proptest::prelude::*;

use super::*;

#[derive(Clone, Debug)]
enum Step {
    Reads(u64),
    Draft,
    Sync,
    Lock,
    Unlock,
    Rotate,
    Restart,
    Room(Option<u64>),
    Maintain,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (1..5_u64).prop_map(Step::Reads),
        2 => Just(Step::Draft),
        2 => Just(Step::Sync),
        1 => Just(Step::Lock),
        2 => Just(Step::Unlock),
        1 => Just(Step::Rotate),
        1 => Just(Step::Restart),
        1 => prop_oneof![2 => Just(None), 1 => (0..2_000_u64).prop_map(Some)].prop_map(Step::Room),
        2 => Just(Step::Maintain),
    ];
    proptest::collection::vec(step, 1..40)
}

fn run(steps: &[Step], on_full: OnFull) -> (MemorySink, AuditLog) {
    let sink = MemorySink::new();
    let host = host();
    let mut log = AuditLog::open(sink.clone(), on_full, &host).unwrap();
    let mut remembered = None;
    let mut drafts = Drafts::default();
    for step in steps {
        match step {
            Step::Reads(count) => {
                for _ in 0..*count {
                    log.draft(&mut drafts, &Event::of("get", "ok"));
                }
                let _ = log.append(&mut drafts);
            }
            Step::Draft => log.draft(&mut drafts, &Event::of("list", "ok")),
            Step::Sync => remembered = Some(log.sync().unwrap()),
            Step::Lock => remembered = Some(log.lock().unwrap()),
            Step::Unlock => {
                let report = log.unlock(key(), remembered).unwrap();
                assert_eq!(report.alarms, []);
            }
            Step::Rotate => {
                let _ = log.rotate();
                // As the vault does: what it remembers must not be rotated away.
                remembered = Some(log.sync().unwrap());
            }
            Step::Restart => {
                drop(log);
                log = AuditLog::open(sink.clone(), on_full, &host).unwrap();
            }
            Step::Room(room) => sink.set_room(*room),
            Step::Maintain => log.maintain(),
        }
    }
    sink.set_room(None);
    log.maintain();
    let _ = log.record(&Event::of("end", "ok"));
    assert_eq!(log.unlock(key(), remembered).unwrap().alarms, []);
    (sink, log)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_history_verifies(steps in steps(), deny: bool) {
        let (_, log) = run(&steps, if deny { OnFull::Deny } else { OnFull::Gap });
        let report = log.verify().unwrap();
        prop_assert!(report.holds(), "{:?}", report);
        prop_assert_eq!(report.uncovered, 0);
        prop_assert_eq!(report.last, log.state().sequence);
    }

    #[test]
    fn any_changed_byte_is_found(steps in steps(), at: prop::sample::Index, change in 1..=255_u8) {
        let (sink, log) = run(&steps, OnFull::Gap);
        sink.edit(|files| {
            let place = at.index(files.iter().map(Vec::len).sum());
            let mut before = 0;
            for file in files {
                if let Some(byte) = place.checked_sub(before).and_then(|at| file.get_mut(at)) {
                    *byte ^= change;
                    break;
                }
                before += file.len();
            }
        });
        prop_assert!(!log.verify().unwrap().holds());
    }

    #[test]
    fn any_file_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..5_000)) {
        let sink = MemorySink::new();
        sink.edit(|files| files.push(bytes));
        let log = open(&sink);
        let _ = log.unlock(key(), Some(Checkpoint { sequence: 3, head: [1; 32] }));
        let _ = log.verify();
        let _ = log.tail(10);
    }
}
