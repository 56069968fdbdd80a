use std::os::unix::fs::PermissionsExt as _;

use super::*;
use crate::error::ClientError;

fn at(incarnation: u8, sequence: u64) -> Stamp {
    Stamp { incarnation: [incarnation; 16], sequence }
}

fn seen(memory: &StampMemory, stamp: Stamp) -> Result<(), ClientError> {
    let server = memory.server(Path::new("/no/such.sock"));
    let floor = server.floor();
    server.observe(floor, stamp, false)
}

#[test]
fn a_sequence_that_falls_is_a_rollback() {
    let memory = StampMemory::isolated();
    seen(&memory, at(1, 5)).unwrap();
    seen(&memory, at(1, 5)).unwrap();
    seen(&memory, at(1, 9)).unwrap();
    let fallen = seen(&memory, at(1, 8));
    assert!(matches!(fallen, Err(ClientError::RollbackSuspected { seen: 9, now: 8 })), "{fallen:?}");
    // It stays an alarm until the vault is where it was.
    assert!(seen(&memory, at(1, 8)).is_err());
    seen(&memory, at(1, 9)).unwrap();
}

#[test]
fn responses_that_overtake_each_other_are_no_rollback() {
    let memory = StampMemory::isolated();
    seen(&memory, at(1, 5)).unwrap();
    let server = memory.server(Path::new("/no/such.sock"));
    let floor = server.floor();
    server.observe(floor, at(1, 7), false).unwrap();
    server.observe(floor, at(1, 6), false).unwrap();
    assert_eq!(server.floor(), Some(at(1, 7)));
}

#[test]
fn another_incarnation_waits_to_be_accepted() {
    let memory = StampMemory::isolated();
    seen(&memory, at(1, 5)).unwrap();
    assert!(matches!(seen(&memory, at(2, 9)), Err(ClientError::UnknownIncarnation { .. })));
    memory.accept(Path::new("/no/such.sock"), Incarnation([2; 16]));
    seen(&memory, at(2, 3)).unwrap();
    // The old one is now the unknown one: a restore cannot be undone in silence.
    assert!(matches!(seen(&memory, at(1, 5)), Err(ClientError::UnknownIncarnation { .. })));
    let server = memory.server(Path::new("/no/such.sock"));
    server.observe(server.floor(), at(3, 1), true).unwrap();
    seen(&memory, at(3, 1)).unwrap();
}

#[test]
fn a_file_remembers_for_the_next_process() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("vaultd/stamps.json");
    seen(&StampMemory::file(&path), at(1, 5)).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(std::fs::metadata(path.parent().unwrap()).unwrap().permissions().mode() & 0o777, 0o700);

    let next = StampMemory::file(&path);
    assert!(matches!(seen(&next, at(1, 4)), Err(ClientError::RollbackSuspected { seen: 5, now: 4 })));
    assert!(matches!(seen(&next, at(2, 9)), Err(ClientError::UnknownIncarnation { .. })));
    next.accept(Path::new("/no/such.sock"), Incarnation([2; 16]));
    seen(&next, at(2, 9)).unwrap();
    assert_eq!(next.warning(), None);
    drop(next);
    assert!(matches!(seen(&StampMemory::file(&path), at(2, 8)), Err(ClientError::RollbackSuspected { .. })));
}

#[test]
fn two_processes_keep_the_higher_sequence() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("stamps.json");
    let (one, two) = (StampMemory::file(&path), StampMemory::file(&path));
    // The second has read the file before the first writes it.
    two.server(Path::new("/no/such.sock"));
    seen(&one, at(1, 9)).unwrap();
    seen(&two, at(1, 3)).unwrap();
    drop((one, two));
    assert!(seen(&StampMemory::file(&path), at(1, 8)).is_err());
}

#[test]
fn a_file_that_does_not_read_is_a_warning_and_stays() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("stamps.json");
    for damaged in ["", "{", r#"{"version":2,"servers":{}}"#] {
        std::fs::write(&path, damaged).unwrap();
        let memory = StampMemory::file(&path);
        seen(&memory, at(1, 5)).unwrap();
        assert!(memory.warning().is_some(), "{damaged}");
        assert!(seen(&memory, at(1, 4)).is_err());
        drop(memory);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), damaged);
    }
}

#[test]
fn a_link_is_not_followed() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("stamps.json");
    std::os::unix::fs::symlink(directory.path().join("elsewhere"), &path).unwrap();
    let memory = StampMemory::file(&path);
    seen(&memory, at(1, 5)).unwrap();
    assert!(memory.warning().is_some());
    drop(memory);
    assert!(!directory.path().join("elsewhere").exists());
}

#[test]
fn home_is_where_the_specification_says() {
    let state = |name: &str| (name == "XDG_STATE_HOME").then(|| "/state".into());
    let home = |name: &str| (name == "HOME").then(|| "/home/ann".into());
    assert_eq!(file::home(state), Some("/state/vaultd/stamps.json".into()));
    assert_eq!(file::home(home), Some("/home/ann/.local/state/vaultd/stamps.json".into()));
    assert_eq!(file::home(|_| None), None);
    assert_eq!(file::home(|_| Some("relative".into())), None);
}

#[test]
fn an_incarnation_prints_and_parses() {
    let incarnation = Incarnation([0xa7; 16]);
    assert_eq!(incarnation.to_string().parse(), Ok(incarnation));
    assert_eq!("a7".parse::<Incarnation>(), Err(BadIncarnation));
    assert_eq!("+7".repeat(16).parse::<Incarnation>(), Err(BadIncarnation));
}
