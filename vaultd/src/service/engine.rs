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
