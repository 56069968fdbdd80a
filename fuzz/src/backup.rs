//! A backup that went through other hands, given to everything that reads one:
//! `vaultd verify`, `vaultd restore`, and the served vault's own proof of its copy.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tempfile::TempDir;
use vault_core::access::{Caller, Reopen, Write};
use vault_core::names::{App, User};
use vault_core::store::sqlite::SqliteStore;
use vault_core::{Open, Vault, Verb, Verbs};
use vaultd::exit::Failure;
use vaultd::keyfile::{self, Key};
use vaultd::service::{CoreEngine, Engine, RestorePlan, Restored, Unlock as Presented, Verified, VerifyPlan};

use super::{SECRETS, create, fill, is_right, log, put, secret};

/// Any bytes as a backup; or, unless they begin as a database does, a script of
/// changes to a genuine one.
///
/// What verifies can be restored and then holds every secret, what does not is
/// refused and leaves nothing behind, and neither touches the backup.
pub fn backup(data: &[u8]) {
    let made = made().lock().unwrap_or_else(PoisonError::into_inner);
    let bytes = if data.starts_with(b"SQLite format 3") { data.to_vec() } else { made.scripted(data) };
    let dir = tempfile::tempdir().unwrap();
    let (backup, restored) = (dir.path().join("copy"), dir.path().join("restored.vault"));
    std::fs::write(&backup, &bytes).unwrap();
    std::fs::set_permissions(&backup, std::fs::Permissions::from_mode(0o600)).unwrap();

    let engine = CoreEngine::system();
    let unlock = || Presented::Key(made.key.duplicate());
    let verified = engine.verify(VerifyPlan { backup: backup.clone(), unlock: unlock() });
    assert_eq!(names_in(dir.path()), ["copy"], "something was made beside the backup");
    let plan = RestorePlan { backup: backup.clone(), vault: restored.clone(), unlock: unlock(), owner: None };
    let became = engine.restore(plan);
    let sound = is_sound(&verified, &became);
    assert!(std::fs::read(&backup).unwrap() == bytes, "the backup was changed");
    if sound {
        let store = Arc::new(SqliteStore::open(&restored).unwrap());
        let vault = super::open(store, log());
        assert!(!is_right(&vault), "it verified, and a value is damaged");
    } else {
        assert_eq!(names_in(dir.path()), ["copy"], "a failed restore left something behind");
    }
    if bytes == made.newest || bytes == made.earlier {
        assert!(sound, "a genuine backup was refused");
    }
    if let Some(sequence) = made.proves(&backup) {
        assert_eq!(verified.ok().map(|found| found.sequence), Some(sequence), "proved in one way, not in the other");
        assert!(sound, "the vault proved a damaged copy");
    }
}

/// Do the two commands agree, and say what is wrong without a value?
fn is_sound(verified: &Result<Verified, Failure>, restored: &Result<Restored, Failure>) -> bool {
    match (verified, restored) {
        (Ok(verified), Ok(restored)) => {
            assert!(verified.problems.is_empty(), "restored: {:?}", verified.problems);
            assert_eq!((&verified.vault_id, verified.sequence), (&restored.vault_id, restored.sequence));
            assert_eq!(verified.records, restored.records);
            true
        }
        (found, Err(refused)) => {
            let said = match found {
                Ok(verified) => verified.problems.join("; "),
                Err(failure) => failure.to_string(),
            };
            assert!(!said.is_empty(), "it verified, and was not restored: {refused}");
            for text in [said, refused.to_string()] {
                let told = SECRETS.iter().any(|(_, value)| text.contains(std::str::from_utf8(value).unwrap()));
                assert!(!told && !text.contains(char::is_control), "{text:?}");
            }
            false
        }
        (Err(failure), Ok(_)) => panic!("restored, and does not verify: {failure}"),
    }
}

/// A vault that is served, and two backups of it.
struct Made {
    vault: Vault<Open>,
    newest: Vec<u8>,
    earlier: Vec<u8>,
    key: Key,
    dir: TempDir,
}

fn made() -> &'static Mutex<Made> {
    static MADE: OnceLock<Mutex<Made>> = OnceLock::new();
    MADE.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let key_path = dir.path().join("key");
        std::fs::write(&key_path, super::KEY).unwrap();
        std::fs::set_permissions(&key_path, std::fs::Permissions::from_mode(0o600)).unwrap();
        let vault = create(Arc::new(SqliteStore::create(&dir.path().join("a.vault")).unwrap()));
        fill(&vault);
        let earlier = copy_of(&vault, &dir.path().join("earlier"));
        // On pages of its own, and one that is free again.
        put(&vault, "long", &[b'l'; 6_000]);
        put(&vault, "gone", &[b'g'; 6_000]);
        let caller = super::caller();
        let destroy = Write::Destroy { if_version: None };
        vault.caller(&caller).write(&App::personal(), &secret("gone"), destroy).unwrap();
        let newest = copy_of(&vault, &dir.path().join("newest"));
        Mutex::new(Made { vault, newest, earlier, key: keyfile::read(&key_path).unwrap(), dir })
    })
}

fn copy_of(vault: &Vault<Open>, path: &Path) -> Vec<u8> {
    vault.caller(&operator()).backup(path, None::<Reopen<'_, SqliteStore>>).unwrap();
    std::fs::read(path).unwrap()
}

fn operator() -> Caller {
    Caller::new(User::Uid(0), None).with_verbs(Verbs::NONE.with(Verb::Backup))
}

impl Made {
    /// Does the vault take this file for a whole copy of itself? At which sequence?
    fn proves(&self, file: &Path) -> Option<u64> {
        let copy = self.dir.path().join("proven");
        let reopen = |_: &Path| SqliteStore::open_backup(file);
        let proven = self.vault.caller(&operator()).backup(&copy, Some(&reopen));
        std::fs::remove_file(copy).unwrap();
        proven.ok()
    }

    /// Each step of eight bytes: what to do, two pages, a place, bytes.
    fn scripted(&self, script: &[u8]) -> Vec<u8> {
        let mut bytes = self.newest.clone();
        for step in script.chunks_exact(8).take(STEPS_MAX) {
            let &[op, a, b, at_high, at_low, x, y, z] = step else { break };
            let pages = (bytes.len() / PAGE).max(1);
            let (a, b) = (usize::from(a) % pages * PAGE, usize::from(b) % pages * PAGE);
            let at = a + usize::from(u16::from_be_bytes([at_high, at_low])) % PAGE;
            let page = |bytes: &[u8], at: usize| bytes.get(at..at + PAGE).map(<[u8]>::to_vec);
            match op % 8 {
                0 => bytes.get_mut(at).into_iter().for_each(|byte| *byte ^= x),
                // The numbers of the format: offsets, counts, page numbers.
                1 => bytes.splice(at.min(bytes.len())..(at + 2).min(bytes.len()), [x, y]).for_each(drop),
                2 => bytes.splice(at.min(bytes.len())..(at + 4).min(bytes.len()), [0, x, y, z]).for_each(drop),
                3 => bytes.truncate(at),
                4 => bytes.extend(vec![x; usize::from(u16::from_be_bytes([y, z]))]),
                5 => {
                    if let (Some(left), Some(right)) = (page(&bytes, a), page(&bytes, b)) {
                        bytes[a..a + PAGE].copy_from_slice(&right);
                        bytes[b..b + PAGE].copy_from_slice(&left);
                    }
                }
                6 => {
                    if let Some(from) = page(&bytes, a) {
                        bytes.extend(from);
                    }
                }
                // A page of the backup before.
                _ => {
                    if let (Some(from), true) = (page(&self.earlier, b), bytes.len() >= a + PAGE) {
                        bytes[a..a + PAGE].copy_from_slice(&from);
                    }
                }
            }
            bytes.truncate(LONGEST);
        }
        bytes
    }
}

fn names_in(dir: &Path) -> Vec<String> {
    let name = |path: PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
    std::fs::read_dir(dir).unwrap().map(|entry| name(entry.unwrap().path())).collect()
}

/// The whole, the whole of the backup before, and one step of each kind.
pub(super) fn seeds() -> Vec<Vec<u8>> {
    let made = made().lock().unwrap_or_else(PoisonError::into_inner);
    let pages = |bytes: &[u8]| u8::try_from(bytes.len() / PAGE).unwrap();
    let mut seeds = vec![Vec::new(), b"SQLite format 3\0".to_vec()];
    // Every page put back, then the length.
    let mut older: Vec<u8> = (0..pages(&made.earlier)).flat_map(|page| [7, page, page, 0, 0, 0, 0, 0]).collect();
    older.extend([3, pages(&made.earlier), 0, 0, 0, 0, 0, 0]);
    seeds.push(older);
    seeds.extend((0..8).map(|op| vec![op, op, 1, 0x0f, 0xc0, 1, 0, 2]));
    // The end of each page is in a record, its start says what kind of page it is.
    for page in 0..pages(&made.newest) {
        seeds.push(vec![0, page, 0, 0x0f, 0xf0, 1, 0, 0]);
        seeds.push(vec![1, page, 0, 0, 3, 0, 1, 0]);
    }
    // The header of the file: the size of a page, versions, free pages, the schema's number.
    for at in [16, 18, 24, 28, 32, 36, 44, 56, 60, 68, 100, 103, 105, 108] {
        seeds.push(vec![1, 0, 0, 0, at, 0, 1, 0]);
    }
    seeds
}

const PAGE: usize = 4_096;
const STEPS_MAX: usize = 32;
const LONGEST: usize = 32 * PAGE;
