//! The operations of the vault itself as methods.

/// Expands to their methods: `[async] [.await]` for the asynchronous client,
/// `[] []` for the blocking one. The client brings `run`.
macro_rules! vault_methods {
    ([$($async:tt)?] [$($wait:tt)*]) => {
        /// State of the daemon and the vault; answered while sealed.
        pub $($async)? fn status(&self) -> Result<StatusInfo, ClientError> {
            self.run(operation::status())$($wait)*
        }

        /// Who the kernel says the caller is, and what that allows.
        pub $($async)? fn whoami(&self) -> Result<Identity, ClientError> {
            self.run(operation::whoami())$($wait)*
        }

        /// Stores a new version of a secret; answers its number.
        pub $($async)? fn set(&self, target: impl Into<Target>, value: &[u8]) -> Result<u64, ClientError> {
            self.run(operation::set(target.into(), SecretBytes::new(value.to_vec()), None))$($wait)*
        }

        /// The same when `version` is current (0 = absent), else a conflict.
        pub $($async)? fn set_if(
            &self,
            target: impl Into<Target>,
            value: &[u8],
            version: u64,
        ) -> Result<u64, ClientError> {
            self.run(operation::set(target.into(), SecretBytes::new(value.to_vec()), Some(version)))$($wait)*
        }

        /// Reads the current value.
        pub $($async)? fn get(&self, target: impl Into<Target>) -> Result<Secret, ClientError> {
            self.run(operation::get(target.into(), None))$($wait)*
        }

        /// Reads a kept older version.
        pub $($async)? fn get_version(&self, target: impl Into<Target>, version: u64) -> Result<Secret, ClientError> {
            self.run(operation::get(target.into(), Some(version)))$($wait)*
        }

        /// One page of names and states, never a value.
        pub $($async)? fn list(&self, query: &ListQuery) -> Result<Page, ClientError> {
            self.run(operation::list(query))$($wait)*
        }

        /// Every page from where the query starts.
        pub $($async)? fn list_all(&self, query: &ListQuery) -> Result<Vec<SecretInfo>, ClientError> {
            let mut query = query.clone();
            let mut all = Vec::new();
            loop {
                let page = self.list(&query)$($wait)*?;
                if !page.advances(&query) || all.len() > LIST_ALL_MAX {
                    return Err(ProtocolError::EndlessList.into());
                }
                all.extend(page.secrets);
                match all.last() {
                    Some(last) if page.more => query = query.after(last),
                    _ => return Ok(all),
                }
            }
        }

        /// Deletes a secret; it can be undeleted until retention ends.
        pub $($async)? fn delete(&self, target: impl Into<Target>) -> Result<Deletion, ClientError> {
            self.run(operation::delete(target.into(), false, None))$($wait)*
        }

        /// The same when `version` is current, else a conflict.
        pub $($async)? fn delete_if(&self, target: impl Into<Target>, version: u64) -> Result<Deletion, ClientError> {
            self.run(operation::delete(target.into(), false, Some(version)))$($wait)*
        }

        /// Erases every version, now and for ever.
        pub $($async)? fn destroy(&self, target: impl Into<Target>) -> Result<Deletion, ClientError> {
            self.run(operation::delete(target.into(), true, None))$($wait)*
        }

        /// The same when `version` is current, else a conflict.
        pub $($async)? fn destroy_if(&self, target: impl Into<Target>, version: u64) -> Result<Deletion, ClientError> {
            self.run(operation::delete(target.into(), true, Some(version)))$($wait)*
        }

        /// Brings a deleted secret back; answers the version that is current again.
        pub $($async)? fn undelete(&self, target: impl Into<Target>) -> Result<u64, ClientError> {
            self.run(operation::undelete(target.into()))$($wait)*
        }

        /// Every version of one secret with its state and times, newest first.
        pub $($async)? fn history(&self, target: impl Into<Target>) -> Result<Vec<VersionInfo>, ClientError> {
            self.run(operation::history(target.into()))$($wait)*
        }

        /// Opens a sealed vault. Operator.
        pub $($async)? fn unseal(&self, secret: UnlockSecret) -> Result<(), ClientError> {
            self.run(operation::unseal(secret))$($wait)*
        }

        /// Seals the vault: drains writes, drops every key. Operator.
        pub $($async)? fn seal(&self) -> Result<(), ClientError> {
            self.run(operation::seal())$($wait)*
        }

        /// The key slots. Operator.
        pub $($async)? fn slots(&self) -> Result<Vec<SlotInfo>, ClientError> {
            self.run(operation::slots())$($wait)*
        }

        /// Adds a key slot; needs an existing slot's secret. Operator.
        pub $($async)? fn slot_add(
            &self,
            existing: UnlockSecret,
            new: NewSlot,
            label: &str,
        ) -> Result<SlotAddition, ClientError> {
            self.run(operation::slot_add(existing, new, label))$($wait)*
        }

        /// Removes a key slot; the last one stays. Operator.
        pub $($async)? fn slot_remove(&self, id: &str) -> Result<(), ClientError> {
            self.run(operation::slot_remove(id))$($wait)*
        }

        /// Replaces the root key. Only slots whose secret is given survive. Operator.
        pub $($async)? fn rekey_root(
            &self,
            keep: Vec<UnlockSecret>,
            drop_slots: bool,
        ) -> Result<RekeyReport, ClientError> {
            self.run(operation::rekey_root(keep, drop_slots))$($wait)*
        }

        /// Replaces the scope-wrap key, or one user's scope keys. Operator.
        pub $($async)? fn rekey_scope(&self, user: Option<&str>) -> Result<RekeyReport, ClientError> {
            self.run(operation::rekey_scope(user))$($wait)*
        }

        /// Users with counts, sizes and held state. Operator.
        pub $($async)? fn users(&self) -> Result<Vec<UserInfo>, ClientError> {
            self.run(operation::users())$($wait)*
        }

        /// Releases a held user. Operator.
        pub $($async)? fn user_confirm(&self, user: &str) -> Result<(), ClientError> {
            self.run(operation::user_confirm(user))$($wait)*
        }

        /// Gives one user's scopes to another. Operator.
        pub $($async)? fn user_move(&self, from: &str, to: &str) -> Result<UserChange, ClientError> {
            self.run(operation::user_move(from, to))$($wait)*
        }

        /// Shreds everything a user has. Operator.
        pub $($async)? fn user_remove(&self, user: &str) -> Result<UserChange, ClientError> {
            self.run(operation::user_remove(user))$($wait)*
        }

        /// Every secret of a user, names and states, never a value. Operator.
        pub $($async)? fn user_secrets(&self, user: &str) -> Result<Vec<SecretInfo>, ClientError> {
            self.list_all(&ListQuery::new().user(user))$($wait)*
        }

        /// The last lines of the audit log, oldest first. Operator.
        pub $($async)? fn audit_tail(&self, lines: u32) -> Result<Vec<AuditLine>, ClientError> {
            self.run(operation::audit_tail(lines))$($wait)*
        }

        /// Verifies the audit chain from the oldest kept file. Operator.
        pub $($async)? fn audit_verify(&self) -> Result<AuditReport, ClientError> {
            self.run(operation::audit_verify())$($wait)*
        }

        /// Starts a new audit file; the chain goes on. Operator.
        pub $($async)? fn audit_rotate(&self) -> Result<(), ClientError> {
            self.run(operation::audit_rotate())$($wait)*
        }

        /// Makes a consistent copy to be read with `backup_read`. Operator.
        pub $($async)? fn backup_begin(&self, verify: bool) -> Result<BackupInfo, ClientError> {
            self.run(operation::backup_begin(verify))$($wait)*
        }

        /// Reads a piece of the copy, whatever the server gives at that offset;
        /// empty at its end. Operator.
        pub $($async)? fn backup_read(&self, id: u64, offset: u64) -> Result<Vec<u8>, ClientError> {
            self.run(operation::backup_read(id, offset))$($wait)*
        }

        /// Drops the copy; `kept` when the caller has it durably, so that it
        /// counts as a backup. Operator.
        pub $($async)? fn backup_end(&self, id: u64, kept: bool) -> Result<(), ClientError> {
            self.run(operation::backup_end(id, kept))$($wait)*
        }

        /// Checks every record under its key. Operator.
        pub $($async)? fn check(&self) -> Result<CheckReport, ClientError> {
            self.run(operation::check())$($wait)*
        }
    };
}
pub(crate) use vault_methods;

/// More entries than any vault of one user holds.
pub(crate) const LIST_ALL_MAX: usize = 1_000_000;
