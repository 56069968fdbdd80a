//! Who may connect at all.

use serde::Deserialize;

/// `[access]`, as written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct AccessFile {
    pub(super) allow_groups: Vec<String>,
    pub(super) allow_dynamic_uids: bool,
}

/// Who may connect at all; what each may then do is policy and quotas.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Access {
    /// Only members of these groups; everybody when empty.
    pub allow_groups: Vec<GroupRef>,
    /// Let uids 61184 to 65519 in, which systemd gives to whichever service
    /// starts next: secrets kept under one can be read by its next holder.
    pub allow_dynamic_uids: bool,
}

/// A group that exists, by name and number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupRef {
    /// As written in the configuration.
    pub name: String,
    /// What the system says it is.
    pub gid: u32,
}

impl Access {
    /// May somebody with this primary group and these others connect?
    #[must_use]
    pub fn allows_groups(&self, gid: u32, others: &[u32]) -> bool {
        self.allow_groups.is_empty()
            || self.allow_groups.iter().any(|group| group.gid == gid || others.contains(&group.gid))
    }
}
