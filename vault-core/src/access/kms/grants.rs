//! Granting, and what is known about a key's use.

use super::Kms;
use crate::kms::{self, Census, Grant, GrantId, KeyId, KeyRef, KmsError, NewGrant, Page, PolicyStatement};

impl Kms<'_> {
    /// Lets somebody do something with a key.
    pub fn create_grant(&self, new: &NewGrant<'_>) -> Result<GrantId, KmsError> {
        self.add("kms.create_grant", |desk, txn| kms::create_grant(desk, txn, new))
    }

    /// The grants on one of the caller's keys, oldest first, after a given number.
    pub fn list_grants(&self, key: &KeyRef, after: Option<u64>, limit: usize) -> Result<Page<Grant>, KmsError> {
        self.look("kms.list_grants", |desk| kms::list_grants(desk, key, after, limit))
    }

    /// The grants that the caller is named to retire, in an order of no meaning.
    pub fn list_retirable_grants(&self, after: Option<(&KeyId, u64)>, limit: usize) -> Result<Page<Grant>, KmsError> {
        self.look("kms.list_retirable_grants", |desk| kms::list_retirable(desk, after, limit))
    }

    /// Takes a grant on one of the caller's keys back.
    pub fn revoke_grant(&self, key: &KeyRef, id: &GrantId) -> Result<(), KmsError> {
        self.change("kms.revoke_grant", |desk, txn| kms::revoke_grant(desk, txn, key, id))
    }

    /// Gives a grant up.
    pub fn retire_grant(&self, key: &KeyId, id: &GrantId) -> Result<(), KmsError> {
        self.change("kms.retire_grant", |desk, txn| kms::retire_grant(desk, txn, key, id))
    }

    /// The key's policy, which is every key's.
    pub fn key_policy(&self, key: &KeyRef) -> Result<Vec<PolicyStatement>, KmsError> {
        self.look("kms.key_policy", |desk| kms::policy(desk, key))
    }

    /// Accepts the policy that every key has; refuses every other.
    pub fn put_key_policy(&self, key: &KeyRef, statements: &[PolicyStatement]) -> Result<(), KmsError> {
        self.look("kms.put_key_policy", |desk| kms::put_policy(desk, key, statements))
    }

    /// What is there of each version of a key, and what used it since the vault was opened.
    pub fn census(&self, key: &KeyRef) -> Result<Census, KmsError> {
        self.look("kms.census", |desk| kms::census(desk, key))
    }
}
