//! Who has scopes, and how much.

use std::collections::BTreeMap;

use crate::barrier::{Barrier, Fault};
use crate::names::User;
use crate::secrets::scan_directory;

/// One user.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UserInfo {
    /// Who.
    pub user: User,
    /// The login name its scopes were made under.
    pub login: Option<String>,
    /// The login name differs from today's.
    pub held: bool,
    /// Apps with a scope.
    pub apps: u64,
    /// Secrets that are not destroyed.
    pub secrets: u64,
    /// Bytes of stored ciphertext.
    pub bytes: u64,
}

/// Every user that has a scope; `login_of` gives today's login names.
pub(crate) fn overview(barrier: &Barrier, login_of: &dyn Fn(u32) -> Option<String>) -> Result<Vec<UserInfo>, Fault> {
    let mut users: BTreeMap<User, UserInfo> = BTreeMap::new();
    for (_, entry) in scan_directory(barrier)? {
        let today = entry.user.uid().and_then(login_of);
        let held = entry.is_held(today.as_deref());
        let usage = barrier.usage(&entry.scope)?;
        let info = users.entry(entry.user.clone()).or_insert_with(|| UserInfo {
            user: entry.user,
            login: entry.login,
            held: false,
            apps: 0,
            secrets: 0,
            bytes: 0,
        });
        info.held |= held;
        info.apps += 1;
        info.secrets += usage.secrets;
        info.bytes += usage.bytes;
    }
    Ok(users.into_values().collect())
}
