//! Key policies: the one that is enforced, and the refusal of every other. What
//! a policy could say beyond it is said with grants. A policy that were stored
//! and not enforced would be a promise that nobody keeps.

use super::KmsError;
use super::desk::Desk;
use super::id::KeyRef;
use super::state::Needs;

/// One statement of a policy, as far as it matters here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PolicyStatement {
    /// It allows; else it denies.
    pub allows: bool,
    /// It is about the key's owner and nobody else.
    pub owner: bool,
    /// It is about every operation.
    pub every_operation: bool,
    /// It has conditions.
    pub conditional: bool,
}

impl PolicyStatement {
    /// The owner may do everything: the policy of every key.
    pub const OWNER: Self = Self { allows: true, owner: true, every_operation: true, conditional: false };
}

pub(crate) fn policy(desk: &Desk<'_>, key: &KeyRef) -> Result<Vec<PolicyStatement>, KmsError> {
    desk.own(key, Needs::Nothing)?;
    Ok(vec![PolicyStatement::OWNER])
}

/// Accepts the policy that every key has, and names the first statement that
/// is another.
pub(crate) fn put_policy(desk: &Desk<'_>, key: &KeyRef, statements: &[PolicyStatement]) -> Result<(), KmsError> {
    desk.own(key, Needs::Kept)?;
    let other = |statement: &PolicyStatement| *statement != PolicyStatement::OWNER;
    match statements.iter().position(other) {
        Some(statement) => Err(KmsError::PolicyNotEnforced { statement }),
        // Without any statement nobody could do anything with the key.
        None if statements.is_empty() => Err(KmsError::PolicyNotEnforced { statement: 0 }),
        None => Ok(()),
    }
}
