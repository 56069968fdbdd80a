//! The system's users and groups, behind a trait so that a test brings its own.

use std::ffi::OsStr;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// What the account database answers. Calls may block on the network where
/// accounts come from a directory service; nobody calls them on a read path.
pub trait Accounts: Send + Sync {
    /// The uid of a login name.
    fn uid_of(&self, login: &str) -> Option<u32>;
    /// The primary group of a login name.
    fn primary_gid_of(&self, login: &str) -> Option<u32>;
    /// The login name of a uid.
    fn login_of(&self, uid: u32) -> Option<String>;
    /// The gid of a group name.
    fn gid_of(&self, group: &str) -> Option<u32>;
    /// Every group a uid is a member of; none for a uid without an account.
    fn gids_of(&self, uid: u32) -> Vec<u32>;
    /// Differs once the machine's own accounts have changed, as far as that can
    /// be told without asking a network. What was looked up before is stale then.
    fn edition(&self) -> Edition {
        Edition::default()
    }
}

/// Which state of the account file something was looked up in. Tools replace
/// the file, so its inode tells; its times tell of an editor that does not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Edition([i128; 4]);

/// The machine's own database.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemAccounts;

impl Accounts for SystemAccounts {
    fn uid_of(&self, login: &str) -> Option<u32> {
        uzers::get_user_by_name(plain(login)?).map(|user| user.uid())
    }

    fn primary_gid_of(&self, login: &str) -> Option<u32> {
        uzers::get_user_by_name(plain(login)?).map(|user| user.primary_group_id())
    }

    fn login_of(&self, uid: u32) -> Option<String> {
        uzers::get_user_by_uid(uid).and_then(|user| user.name().to_str().map(str::to_owned))
    }

    fn gid_of(&self, group: &str) -> Option<u32> {
        uzers::get_group_by_name(plain(group)?).map(|group| group.gid())
    }

    fn gids_of(&self, uid: u32) -> Vec<u32> {
        let groups = uzers::get_user_by_uid(uid).and_then(|user| user.groups()).unwrap_or_default();
        groups.iter().map(uzers::Group::gid).collect()
    }

    fn edition(&self) -> Edition {
        edition_of(Path::new("/etc/passwd"))
    }
}

fn edition_of(path: &Path) -> Edition {
    let nanoseconds = |seconds: i64, rest: i64| i128::from(seconds) * 1_000_000_000 + i128::from(rest);
    std::fs::metadata(path).map_or_else(
        |_| Edition::default(),
        |found| {
            Edition([
                i128::from(found.dev()) << 64 | i128::from(found.ino()),
                i128::from(found.len()),
                nanoseconds(found.mtime(), found.mtime_nsec()),
                nanoseconds(found.ctime(), found.ctime_nsec()),
            ])
        },
    )
}

/// A NUL would make the lookup panic on its way into C.
fn plain(name: &str) -> Option<&OsStr> {
    (!name.contains('\0')).then_some(OsStr::new(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edited_or_replaced_file_is_another_edition() {
        let dir = crate::testing::TempDir::new();
        let path = dir.path().join("passwd");
        std::fs::write(&path, "alice").unwrap();
        let first = edition_of(&path);
        assert_eq!(edition_of(&path), first);
        let new = dir.path().join("passwd+");
        std::fs::write(&new, "alice").unwrap();
        std::fs::rename(&new, &path).unwrap();
        let replaced = edition_of(&path);
        assert_ne!(replaced, first);
        std::fs::write(&path, "alicia").unwrap();
        assert_ne!(edition_of(&path), replaced);
        std::fs::remove_file(&path).unwrap();
        assert_eq!(edition_of(&path), Edition::default());
    }
}
