//! What the commands ask for vaults.

use super::{
    CheckPlan, Checked, InitPlan, Initialised, OpenPlan, RestorePlan, Restored, SeedValue, Service, Verified,
    VerifyPlan,
};
use crate::exit::Failure;

/// Makes, opens and proves vaults.
pub trait Engine {
    /// What serves one.
    type Service: Service;

    /// Makes a vault. Leaves nothing behind when it fails.
    fn init(&self, plan: InitPlan) -> Result<Initialised, Failure>;
    /// Takes the lock and gets ready to serve, sealed.
    fn open(&self, plan: OpenPlan) -> Result<Self::Service, Failure>;
    /// Stores a development seed: values that are set already stay as they are.
    fn seed(&self, service: &Self::Service, values: Vec<SeedValue>) -> Result<(), Failure>;
    /// Makes a vault of a backup. Leaves nothing behind when it fails.
    fn restore(&self, plan: RestorePlan) -> Result<Restored, Failure>;
    /// Proves a backup.
    fn verify(&self, plan: VerifyPlan) -> Result<Verified, Failure>;
    /// Checks a vault that no daemon serves.
    fn check(&self, plan: CheckPlan) -> Result<Checked, Failure>;
}

/// The engine this binary is built with.
#[must_use]
pub fn engine() -> impl Engine {
    absent::Absent
}

/// Until the core's is linked in: every command that needs it says so.
mod absent {
    use vault_proto::Codec;

    use super::*;
    use crate::config::Policy;
    use crate::exit::Exit;
    use crate::listener::Peer;
    use crate::service::{Handled, Room, VaultLock, Withhold};

    pub(super) struct Absent;

    /// No value of this type exists, so nothing can be served by it.
    pub(super) enum Never {}

    fn unavailable<T>() -> Result<T, Failure> {
        Err(Failure::new(Exit::Unavailable, "this build has no vault engine").hint("use a complete build"))
    }

    impl Engine for Absent {
        type Service = Never;

        fn init(&self, _: InitPlan) -> Result<Initialised, Failure> {
            unavailable()
        }
        fn open(&self, _: OpenPlan) -> Result<Never, Failure> {
            unavailable()
        }
        fn seed(&self, service: &Never, _: Vec<SeedValue>) -> Result<(), Failure> {
            match *service {}
        }
        fn restore(&self, _: RestorePlan) -> Result<Restored, Failure> {
            unavailable()
        }
        fn verify(&self, _: VerifyPlan) -> Result<Verified, Failure> {
            unavailable()
        }
        fn check(&self, _: CheckPlan) -> Result<Checked, Failure> {
            unavailable()
        }
    }

    impl VaultLock for Never {}

    impl Service for Never {
        fn handle(&self, _: &Peer, _: Codec, _: &[u8], _: &mut Room, _: &mut Vec<u8>) -> Handled {
            match *self {}
        }
        fn refuse_busy(&self, _: &Peer, _: Codec, _: &[u8], _: &mut Vec<u8>) {
            match *self {}
        }
        fn flush(&self) -> Result<(), Withhold> {
            match *self {}
        }
        fn closed(&self, _: &Peer) {
            match *self {}
        }
        fn auto_unseal(&self) -> Result<bool, Failure> {
            match *self {}
        }
        fn reload(&self, _: &Policy) {
            match *self {}
        }
        fn reopen_audit(&self) -> Result<(), Failure> {
            match *self {}
        }
        fn shut_down(&self) -> Result<(), Failure> {
            match *self {}
        }
    }
}
