//! Who is asking: what the kernel said at accept, and nothing a payload says.

use interprocess::local_socket::traits::StreamCommon as _;
use interprocess::os::unix::uds_local_socket::tokio::Stream;

use crate::accounts::Accounts;
use vault_core::Verbs;

use crate::config::{Operators, Policy};

/// The other end of one connection. Fixed at accept: a process that changes its
/// uid afterwards, or passes the socket on, acts as who connected.
#[derive(Debug, Clone)]
pub struct Peer {
    creds: Credentials,
    groups: Box<[u32]>,
    connection: u64,
}

/// What the kernel says of a socket's other end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Credentials {
    /// The effective uid it connected with.
    pub uid: u32,
    /// The effective gid it connected with.
    pub gid: u32,
    /// The process that connected, in our pid namespace. An audit hint: by now
    /// it may be gone and its number another's.
    pub pid: Option<i32>,
}

/// Why a peer is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PeerRefused {
    /// The kernel gave no credentials.
    #[error("no peer credentials")]
    Unknown,
    /// Every uid outside our user namespace looks like this one, so it is nobody.
    #[error("the overflow uid is no identity")]
    OverflowUid,
    /// systemd gives it to another service next time.
    #[error("uid {uid} is dynamic and `access.allow_dynamic_uids` is false")]
    DynamicUid {
        /// The uid.
        uid: u32,
    },
    /// In none of the configured groups.
    #[error("uid {uid} is in none of `access.allow_groups`")]
    NotInGroups {
        /// The uid.
        uid: u32,
    },
}

impl Credentials {
    /// Asks the kernel.
    pub fn of(stream: &Stream) -> Result<Self, PeerRefused> {
        let creds = stream.peer_creds().map_err(|_| PeerRefused::Unknown)?;
        let (Some(uid), Some(gid)) = (creds.euid(), creds.egid()) else {
            return Err(PeerRefused::Unknown);
        };
        Ok(Self { uid, gid, pid: creds.pid() })
    }

    /// What can be told from the uid alone, before anything is looked up.
    pub fn check_uid(&self, policy: &Policy) -> Result<(), PeerRefused> {
        if self.uid == OVERFLOW_UID || self.uid == u32::MAX {
            return Err(PeerRefused::OverflowUid);
        }
        if DYNAMIC_UIDS.contains(&self.uid) && !policy.access.allow_dynamic_uids {
            return Err(PeerRefused::DynamicUid { uid: self.uid });
        }
        Ok(())
    }
}

impl Peer {
    /// Lets somebody in, or not. Looks the supplementary groups up when the
    /// configuration names any, which may block on a directory service.
    pub fn admit(
        creds: Credentials,
        policy: &Policy,
        accounts: &dyn Accounts,
        connection: u64,
    ) -> Result<Self, PeerRefused> {
        creds.check_uid(policy)?;
        let groups = if Self::needs_groups(policy) { accounts.gids_of(creds.uid) } else { Vec::new() };
        if !policy.access.allows_groups(creds.gid, &groups) {
            return Err(PeerRefused::NotInGroups { uid: creds.uid });
        }
        Ok(Self { creds, groups: groups.into(), connection })
    }

    /// Must [`Peer::admit`] ask the account database?
    #[must_use]
    pub fn needs_groups(policy: &Policy) -> bool {
        !policy.access.allow_groups.is_empty() || policy.operators.need_groups()
    }

    /// Who.
    #[must_use]
    pub fn uid(&self) -> u32 {
        self.creds.uid
    }

    /// The group it connected with.
    #[must_use]
    pub fn gid(&self) -> u32 {
        self.creds.gid
    }

    /// The process that connected, as an audit hint only.
    #[must_use]
    pub fn pid(&self) -> Option<i32> {
        self.creds.pid
    }

    /// Its supplementary groups; empty when the configuration names no group.
    #[must_use]
    pub fn groups(&self) -> &[u32] {
        &self.groups
    }

    /// A number no other connection of this daemon has.
    #[must_use]
    pub fn connection(&self) -> u64 {
        self.connection
    }

    /// The operator verbs it holds under these grants.
    #[must_use]
    pub fn verbs(&self, operators: &Operators) -> Verbs {
        operators.verbs(self.creds.uid, self.creds.gid, &self.groups)
    }
}

/// What the kernel shows for a uid that has no number here (`overflowuid`).
const OVERFLOW_UID: u32 = 65_534;
/// systemd's `DynamicUser=` range.
const DYNAMIC_UIDS: std::ops::RangeInclusive<u32> = 61_184..=65_519;
