//! The files of an audit log, as somebody who can write them may leave them,
//! under a vault that remembers how far the log had come.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use vault_core::access::Caller;
use vault_core::audit::{AuditLog, Event, FileOptions, FileSink, OnFull, UnlockError};
use vault_core::limits::{AUDIT_LINE_MAX, AUDIT_TAIL_MAX};
use vault_core::names::{App, User};
use vault_core::store::memory::MemoryStore;
use vault_core::{NewVault, UnsealError, Vault};

use super::{Rows, host, is_right, key, put, secret};

/// The first byte says what follows: the bytes of the files, oldest first, a
/// NUL between them; or a script of changes to the lines of genuine ones.
///
/// What is then taken without an alarm and verified is what was written, from
/// some line on, the one the vault remembers included. No file keeps the vault
/// from opening where the log may have gaps; and once it is open, the log goes
/// on, and opens next time where it may have none.
pub fn audit_file(data: &[u8]) {
    let Some((&mode, rest)) = data.split_first() else { return };
    let made = made();
    let files =
        if mode & 1 == 0 { scripted(rest) } else { rest.split(|&byte| byte == 0).map(<[u8]>::to_vec).collect() };
    let files = &files[..files.len().min(FILES_MAX)];
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("audit.log");
    for (age, file) in (0..).zip(files.iter().rev()) {
        let path = if age == 0 { path.clone() } else { dir.path().join(format!("audit.log.{age}")) };
        std::fs::write(&path, file).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }

    let store = Arc::new(MemoryStore::from_rows(made.rows.iter().cloned()));
    let open = |on_full| {
        let sink = FileSink::open(&path, OPTIONS).unwrap();
        let log = Arc::new(AuditLog::open(sink, on_full, &host()).unwrap());
        Vault::open(store.clone(), host(), log).unwrap().unseal(&key()).map_err(|(_, error)| error)
    };
    // Before anything is written to them.
    let trust = trust(files);
    let mut refused = false;
    if mode & 2 != 0 {
        match open(OnFull::Deny) {
            Ok(_) => {}
            Err(UnsealError::Audit(UnlockError::Alarmed(report))) => {
                assert!(trust != Trust::Whole, "refused: {:?}", report.alarms);
                refused = true;
            }
            Err(error) => panic!("{error}"),
        }
    }
    let Ok(vault) = open(OnFull::Gap) else { panic!("a log that may have gaps kept its vault from opening") };
    let alarms = vault.troubles();
    let report = vault.audit().verify().unwrap();
    let quiet = alarms.is_empty() && report.holds() && !refused;
    match trust {
        Trust::Whole => assert!(quiet, "{alarms:?}, {:?}", report.problems),
        Trust::Cut => {}
        Trust::None => assert!(!quiet, "taken for genuine: {report:?}"),
    }
    assert!(!is_right(&vault));
    let tail = vault.audit().tail(AUDIT_TAIL_MAX).unwrap();
    assert!((1..=AUDIT_TAIL_MAX).contains(&tail.len()) && tail.iter().all(|line| line.len() < 3 * AUDIT_LINE_MAX));
    let problems = vault.audit().verify().unwrap().problem_count();
    assert_eq!(problems, report.problem_count(), "the log did not go on as it was");
    drop(vault.seal());

    let vault = match open(OnFull::Deny) {
        Ok(vault) => vault,
        Err(error) => panic!("the alarm does not end: {error}"),
    };
    assert_eq!(vault.audit().verify().unwrap().problem_count(), problems);
    let last = files.last().map(Vec::as_slice).unwrap_or_default();
    set_aside(dir.path(), &last[end_of_lines(last)..]);
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trust {
    /// As the log left them, or without the oldest files.
    Whole,
    /// Genuine up to the last line that is under the vault's key, the one it
    /// remembers included: what is gone or new behind it nobody can tell.
    Cut,
    None,
}

/// Told from the bytes alone: what the log writes is never read here.
fn trust(files: &[Vec<u8>]) -> Trust {
    let genuine = lines_of(&made().files);
    if files == made().files || files == &made().files[1..] {
        return Trust::Whole;
    }
    let torn = files.iter().rev().skip(1).any(|file| end_of_lines(file) < file.len());
    let found = lines_of(files);
    let Some(keyed) = found.iter().rposition(|line| is_keyed(line)) else { return Trust::None };
    let known = genuine.windows(keyed + 1).position(|window| *window == found[..=keyed]);
    match known {
        Some(start) if !torn && (start..=start + keyed).contains(&made().remembered) => Trust::Cut,
        _ => Trust::None,
    }
}

/// As a reader of the format would find it: the last member is `mac`, not `hash`.
fn is_keyed(line: &[u8]) -> bool {
    line.len() > 75 && line[..line.len() - 67].ends_with(b",\"mac\":\"")
}

/// Every whole line, its line feed included.
fn lines_of(files: &[Vec<u8>]) -> Vec<&[u8]> {
    files.iter().flat_map(|file| file[..end_of_lines(file)].split_inclusive(|&byte| byte == b'\n')).collect()
}

fn end_of_lines(file: &[u8]) -> usize {
    file.iter().rposition(|&byte| byte == b'\n').map_or(0, |feed| feed + 1)
}

/// Torn bytes are evidence.
fn set_aside(dir: &Path, torn: &[u8]) {
    let aside = std::fs::read(dir.join("audit.log.torn-1")).unwrap_or_default();
    assert_eq!(aside, torn);
}

/// Changes to the genuine files, taken as one list of lines with marks between files.
fn scripted(script: &[u8]) -> Vec<Vec<u8>> {
    const BETWEEN: &[u8] = &[0];
    let made = made();
    let mut pieces: Vec<Vec<u8>> = Vec::new();
    for file in &made.files {
        if !pieces.is_empty() {
            pieces.push(BETWEEN.to_vec());
        }
        pieces.extend(file.split_inclusive(|&byte| byte == b'\n').map(<[u8]>::to_vec));
    }
    let mut steps = script.chunks(6).take(24);
    while let Some(&[op, a, b, at_high, at_low, x]) = steps.next() {
        if pieces.is_empty() {
            break;
        }
        let (a, b) = (usize::from(a) % pieces.len(), usize::from(b) % pieces.len());
        let at = usize::from(u16::from_be_bytes([at_high, at_low]));
        match op % 8 {
            0 => drop(pieces.remove(a)),
            1 => pieces.swap(a, b),
            2 => {
                let len = pieces[a].len();
                pieces[a][at % len] ^= x;
            }
            3 => {
                let len = pieces[a].len();
                pieces[a].truncate((at % len).max(1));
            }
            4 => pieces.insert(b, pieces[a].clone()),
            // What the log of the same vault might have been.
            5 => pieces.insert(b, made.otherwise[at % made.otherwise.len()].clone()),
            6 => pieces.insert(b, BETWEEN.to_vec()),
            // A number made as large as it gets, or larger.
            _ => {
                let digit = |at: &usize| pieces[a].get(*at).is_some_and(u8::is_ascii_digit);
                if let Some(from) = (at % pieces[a].len()..pieces[a].len()).find(digit) {
                    let end = (from..).find(|at| !digit(at)).unwrap_or(from);
                    pieces[a].splice(from..end, NUMBERS[usize::from(x) % NUMBERS.len()].bytes());
                }
            }
        }
    }
    pieces.concat().split(|&byte| byte == 0).map(<[u8]>::to_vec).collect()
}

struct Made {
    /// A sealed vault that remembers a line in the middle.
    rows: Rows,
    files: Vec<Vec<u8>>,
    /// Which of all lines.
    remembered: usize,
    /// Lines under the same key, of a log that parted from this one before that.
    otherwise: Vec<Vec<u8>>,
}

fn made() -> &'static Made {
    static MADE: OnceLock<Made> = OnceLock::new();
    MADE.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("audit.log");
        let new_log = |path: &Path| {
            let sink = FileSink::open(path, OPTIONS).unwrap();
            Arc::new(AuditLog::open(sink, OnFull::Gap, &host()).unwrap())
        };
        let store = Arc::new(MemoryStore::new());
        let new = NewVault { slots: &[(key(), "key file")], development: false };
        let vault = Vault::create(store.clone(), host(), new_log(&path), &new).unwrap();
        put(&vault, "a", b"value of a");
        drop(vault.seal());

        let elsewhere = dir.path().join("otherwise");
        std::fs::copy(&path, &elsewhere).unwrap();
        let other = Arc::new(MemoryStore::from_rows(store.rows()));
        let vault = super::open(other, new_log(&elsewhere));
        put(&vault, "elsewhere", b"never here");
        drop(vault.seal());

        let vault = super::open(store.clone(), new_log(&path));
        put(&vault, "api_key", b"value of api_key");
        vault.audit().rotate().unwrap();
        let remembered = vault.audit().sync().unwrap();
        put(&vault, "mail/bob", b"value of bob");
        let rows = store.rows();
        // What came later is in the log only.
        let stranger = Caller::new(User::Uid(1_001), None);
        assert!(vault.caller(&stranger).get(&App::personal(), &secret("a"), None).is_err());
        let _end = vault.audit().lock().unwrap();
        assert!(vault.audit().record(&Event::of("status", "sealed")).is_ok());

        let read = |path: PathBuf| std::fs::read(path).unwrap();
        let files = vec![read(dir.path().join("audit.log.1")), read(path)];
        let head: String = remembered.head.iter().map(|byte| format!("{byte:02x}")).collect();
        let names_it = |line: &&[u8]| line.windows(64).any(|window| window == head.as_bytes());
        let remembered = lines_of(&files).iter().position(names_it).unwrap();
        let elsewhere = read(elsewhere);
        let otherwise = elsewhere.split_inclusive(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect();
        Made { rows, files, remembered, otherwise }
    })
}

/// The genuine files as they are and by a script, with every step.
pub(super) fn seeds() -> Vec<Vec<u8>> {
    let files = made().files.join(&0);
    let mut seeds = vec![[&[1], &files[..]].concat(), [&[3], &files[..]].concat(), vec![1], vec![0]];
    // From a damaged file the way out is to start once with gaps.
    for mode in [0, 2] {
        for op in 0..8 {
            seeds.push(vec![mode, op, 7, 3, 0, 7, 1]);
        }
    }
    // Numbers that a counter cannot follow: where the log ends, and before.
    let last = u8::try_from(lines_of(&made().files).len()).unwrap();
    for (mode, line, number) in [(0, last, 0), (2, last, 1), (0, last - 2, 0), (2, 3, 2), (0, last, 2)] {
        seeds.push(vec![mode, 7, line, 0, 0, 0, number]);
    }
    // A higher number than any that follows it.
    seeds.push(vec![2, 2, last - 2, 0, 0, 8, 7]);
    seeds
}

const NUMBERS: [&str; 4] = ["18446744073709551615", "18446744073709551614", "18446744073709551616", "0"];
const OPTIONS: FileOptions = FileOptions { file_max: 1 << 20, files_kept: FILES_MAX - 1, reserve: 0 };
const FILES_MAX: usize = 6;
