//! Making keys and taking care of them.

use super::Kms;
use std::collections::BTreeMap;

use crate::kms::{self, Alias, AliasInfo, KeyId, KeyInfo, KeyRef, KmsError, NewKey, Page};

impl Kms<'_> {
    /// Makes a key of the caller's own.
    pub fn create_key(&self, new: &NewKey) -> Result<KeyInfo, KmsError> {
        // Before the writer is asked for: making an RSA key takes long.
        let prepared = kms::prepare(self.open().barrier.host(), new);
        self.add("kms.create_key", |desk, txn| kms::create(desk, txn, &prepared?))
    }

    /// What is known about a key.
    pub fn describe_key(&self, key: &KeyRef) -> Result<KeyInfo, KmsError> {
        self.look("kms.describe_key", |desk| kms::describe(desk, key))
    }

    /// The caller's own keys, in an order of no meaning, after a given one.
    pub fn list_keys(&self, after: Option<&KeyId>, limit: usize) -> Result<Page<KeyId>, KmsError> {
        self.look("kms.list_keys", |desk| kms::list(desk, after, limit))
    }

    /// Lets a disabled key be used again.
    pub fn enable_key(&self, key: &KeyRef) -> Result<(), KmsError> {
        self.change("kms.enable_key", |desk, txn| kms::enable(desk, txn, key))
    }

    /// Lets nobody use a key until it is enabled again.
    pub fn disable_key(&self, key: &KeyRef) -> Result<(), KmsError> {
        self.change("kms.disable_key", |desk, txn| kms::disable(desk, txn, key))
    }

    /// Announces a key's deletion, 7 to 30 days ahead; returns its date.
    pub fn schedule_key_deletion(&self, key: &KeyRef, days: u32) -> Result<u64, KmsError> {
        self.change("kms.schedule_key_deletion", |desk, txn| kms::schedule_deletion(desk, txn, key, days))
    }

    /// Keeps a key from its deletion; it comes back disabled.
    pub fn cancel_key_deletion(&self, key: &KeyRef) -> Result<(), KmsError> {
        self.change("kms.cancel_key_deletion", |desk, txn| kms::cancel_deletion(desk, txn, key))
    }

    /// Replaces a key's description.
    pub fn update_key_description(&self, key: &KeyRef, description: &str) -> Result<(), KmsError> {
        self.add("kms.update_key_description", |desk, txn| kms::describe_as(desk, txn, key, description))
    }

    /// Adds tags, replacing those of the same name.
    pub fn tag_key(&self, key: &KeyRef, tags: &BTreeMap<String, String>) -> Result<(), KmsError> {
        self.add("kms.tag_key", |desk, txn| kms::tag(desk, txn, key, tags))
    }

    /// Removes tags.
    pub fn untag_key(&self, key: &KeyRef, names: &[String]) -> Result<(), KmsError> {
        self.change("kms.untag_key", |desk, txn| kms::untag(desk, txn, key, names))
    }

    /// A key's tags.
    pub fn list_key_tags(&self, key: &KeyRef) -> Result<BTreeMap<String, String>, KmsError> {
        self.look("kms.list_key_tags", |desk| kms::list_tags(desk, key))
    }

    /// Names a key of the caller's own.
    pub fn create_alias(&self, alias: &Alias, key: &KeyId) -> Result<(), KmsError> {
        self.add("kms.create_alias", |desk, txn| kms::create_alias(desk, txn, alias, key))
    }

    /// Points an alias to another key of the same kind.
    pub fn update_alias(&self, alias: &Alias, key: &KeyId) -> Result<(), KmsError> {
        self.change("kms.update_alias", |desk, txn| kms::update_alias(desk, txn, alias, key))
    }

    /// Takes a name away; the key stays.
    pub fn delete_alias(&self, alias: &Alias) -> Result<(), KmsError> {
        self.change("kms.delete_alias", |desk, txn| kms::delete_alias(desk, txn, alias))
    }

    /// The caller's aliases, of one key or of all, in an order of no meaning.
    pub fn list_aliases(
        &self,
        key: Option<&KeyId>,
        after: Option<&Alias>,
        limit: usize,
    ) -> Result<Page<AliasInfo>, KmsError> {
        self.look("kms.list_aliases", |desk| kms::list_aliases(desk, key, after, limit))
    }
}
