//! The system's users and groups, behind a trait so that a test brings its own.

use std::ffi::OsStr;

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
}

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
}

/// A NUL would make the lookup panic on its way into C.
fn plain(name: &str) -> Option<&OsStr> {
    (!name.contains('\0')).then_some(OsStr::new(name))
}
