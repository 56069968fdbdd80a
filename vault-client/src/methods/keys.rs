//! The handle `Keys`, with the operations on keys as its methods.

/// Expands to it, beside a `Client`: `[async] [.await]` for the asynchronous
/// client, `[] []` for the blocking one.
macro_rules! keys_handle {
    ([$($async:tt)?] [$($wait:tt)*]) => {
        /// The keys of a client's caller, and those that were granted. A `key` is an id
        /// or an alias of the caller's own.
        #[derive(Debug, Clone)]
        pub struct Keys {
            client: Client,
            dry_run: bool,
        }

        impl Client {
            /// The keys.
            #[must_use]
            pub fn keys(&self) -> Keys {
                Keys { client: self.clone(), dry_run: false }
            }
        }

        impl Keys {
            /// Everything is decided and tried and nothing is done: what would have
            /// succeeded ends with the error `dry_run`.
            #[must_use]
            pub fn dry_run(self, dry_run: bool) -> Self {
                Self { dry_run, ..self }
            }

            $($async)? fn run<T>(&self, operation: Operation<T>) -> Result<T, ClientError> {
                self.client.run(operation.dry_run(self.dry_run))$($wait)*
            }

            /// Makes a key of the caller's own.
            pub $($async)? fn create(&self, new: NewKey) -> Result<KeyInfo, ClientError> {
                self.run(keys::create(new))$($wait)*
            }

            /// What is known about a key.
            pub $($async)? fn describe(&self, key: &str) -> Result<KeyInfo, ClientError> {
                self.run(keys::describe(key))$($wait)*
            }

            /// Ids of the caller's own keys, after a given one, in an order of no meaning.
            pub $($async)? fn list(&self, after: Option<&str>, limit: u32) -> Result<Listed<String>, ClientError> {
                self.run(keys::list(after, limit))$($wait)*
            }

            /// Every one of them.
            pub $($async)? fn list_all(&self) -> Result<Vec<String>, ClientError> {
                let mut all: Vec<String> = Vec::new();
                loop {
                    let page = self.list(all.last().map(String::as_str), PAGE)$($wait)*?;
                    let nothing = page.items.is_empty();
                    all.extend(page.items);
                    match page.more {
                        false => return Ok(all),
                        true if nothing || all.len() > EACH_MAX => return Err(ProtocolError::EndlessList.into()),
                        true => {}
                    }
                }
            }

            /// Lets a disabled key be used again.
            pub $($async)? fn enable(&self, key: &str) -> Result<(), ClientError> {
                self.run(keys::enable(key))$($wait)*
            }

            /// Lets nobody use a key until it is enabled.
            pub $($async)? fn disable(&self, key: &str) -> Result<(), ClientError> {
                self.run(keys::disable(key))$($wait)*
            }

            /// Announces a key's deletion, 7 to 30 days ahead; answers its date in
            /// milliseconds since 1970, UTC.
            pub $($async)? fn schedule_deletion(&self, key: &str, days: u32) -> Result<u64, ClientError> {
                self.run(keys::schedule_deletion(key, days))$($wait)*
            }

            /// Keeps a key from its deletion; it comes back disabled.
            pub $($async)? fn cancel_deletion(&self, key: &str) -> Result<(), ClientError> {
                self.run(keys::cancel_deletion(key))$($wait)*
            }

            /// Replaces a key's description.
            pub $($async)? fn update_description(&self, key: &str, description: &str) -> Result<(), ClientError> {
                self.run(keys::update_description(key, description))$($wait)*
            }

            /// Adds tags, by name and value, replacing those of the same name.
            pub $($async)? fn tag(&self, key: &str, tags: &[(&str, &str)]) -> Result<(), ClientError> {
                self.run(keys::tag(key, tags))$($wait)*
            }

            /// Removes tags.
            pub $($async)? fn untag(&self, key: &str, names: &[&str]) -> Result<(), ClientError> {
                self.run(keys::untag(key, names))$($wait)*
            }

            /// A key's tags, by name.
            pub $($async)? fn tags(&self, key: &str) -> Result<Vec<KeyTag>, ClientError> {
                self.run(keys::tags(key))$($wait)*
            }

            /// Names a key of the caller's own, given by its id.
            pub $($async)? fn create_alias(&self, alias: &str, key: &str) -> Result<(), ClientError> {
                self.run(keys::create_alias(alias, key))$($wait)*
            }

            /// Points an alias to another key of the same kind, given by its id.
            pub $($async)? fn update_alias(&self, alias: &str, key: &str) -> Result<(), ClientError> {
                self.run(keys::update_alias(alias, key))$($wait)*
            }

            /// Takes a name away; the key stays.
            pub $($async)? fn delete_alias(&self, alias: &str) -> Result<(), ClientError> {
                self.run(keys::delete_alias(alias))$($wait)*
            }

            /// The caller's aliases, of one key (by its id) or of all, after a given
            /// one, in an order of no meaning.
            pub $($async)? fn aliases(
                &self,
                key: Option<&str>,
                after: Option<&str>,
                limit: u32,
            ) -> Result<Listed<AliasInfo>, ClientError> {
                self.run(keys::aliases(key, after, limit))$($wait)*
            }

            /// Every one of them.
            pub $($async)? fn all_aliases(&self, key: Option<&str>) -> Result<Vec<AliasInfo>, ClientError> {
                let mut all: Vec<AliasInfo> = Vec::new();
                loop {
                    let after = all.last().map(|last| last.alias.as_str());
                    let page = self.aliases(key, after, PAGE)$($wait)*?;
                    let nothing = page.items.is_empty();
                    all.extend(page.items);
                    match page.more {
                        false => return Ok(all),
                        true if nothing || all.len() > EACH_MAX => return Err(ProtocolError::EndlessList.into()),
                        true => {}
                    }
                }
            }

            /// Encrypts under the current version of a symmetric key. The context, by
            /// name and value, is authenticated and has to be given again.
            pub $($async)? fn encrypt(
                &self,
                key: &str,
                plaintext: &[u8],
                context: &[(&str, &str)],
            ) -> Result<Encrypted, ClientError> {
                self.run(keys::encrypt(key, plaintext, context, EncryptionAlgorithm::SymmetricDefault))$($wait)*
            }

            /// The same in another way: under an RSA key, without a context.
            pub $($async)? fn encrypt_with(
                &self,
                key: &str,
                plaintext: &[u8],
                algorithm: EncryptionAlgorithm,
            ) -> Result<Encrypted, ClientError> {
                self.run(keys::encrypt(key, plaintext, &[], algorithm))$($wait)*
            }

            /// Decrypts with the key and version that the ciphertext names.
            pub $($async)? fn decrypt(
                &self,
                ciphertext: &[u8],
                context: &[(&str, &str)],
            ) -> Result<Decrypted, ClientError> {
                self.run(keys::decrypt(&Decrypt::new(ciphertext, context)))$($wait)*
            }

            /// The same under a given key, or in another way.
            pub $($async)? fn decrypt_with(&self, what: &Decrypt<'_>) -> Result<Decrypted, ClientError> {
                self.run(keys::decrypt(what))$($wait)*
            }

            /// Moves a ciphertext to another key, version or context; the plaintext
            /// stays in the vault.
            pub $($async)? fn re_encrypt(&self, what: &ReEncrypt<'_>) -> Result<ReEncrypted, ClientError> {
                self.run(keys::re_encrypt(what))$($wait)*
            }

            /// Makes a data key of 1 to 1,024 bytes, in clear and sealed.
            pub $($async)? fn generate_data_key(
                &self,
                key: &str,
                context: &[(&str, &str)],
                len: u32,
            ) -> Result<DataKey, ClientError> {
                self.run(keys::generate_data_key(key, context, len))$($wait)*
            }

            /// Makes a data key, sealed alone.
            pub $($async)? fn generate_data_key_without_plaintext(
                &self,
                key: &str,
                context: &[(&str, &str)],
                len: u32,
            ) -> Result<Encrypted, ClientError> {
                self.run(keys::generate_data_key_without_plaintext(key, context, len))$($wait)*
            }

            /// Makes a data key pair, its private half in clear and sealed.
            pub $($async)? fn generate_data_key_pair(
                &self,
                key: &str,
                context: &[(&str, &str)],
                spec: KeySpec,
            ) -> Result<DataKeyPair, ClientError> {
                self.run(keys::generate_data_key_pair(key, context, spec))$($wait)*
            }

            /// Makes a data key pair, its private half sealed alone.
            pub $($async)? fn generate_data_key_pair_without_plaintext(
                &self,
                key: &str,
                context: &[(&str, &str)],
                spec: KeySpec,
            ) -> Result<SealedDataKeyPair, ClientError> {
                self.run(keys::generate_data_key_pair_without_plaintext(key, context, spec))$($wait)*
            }

            /// Random bytes, 1 to 1,024.
            pub $($async)? fn generate_random(&self, len: u32) -> Result<SecretBytes, ClientError> {
                self.run(keys::generate_random(len))$($wait)*
            }

            /// Makes a message's MAC.
            pub $($async)? fn generate_mac(
                &self,
                key: &str,
                message: &[u8],
                algorithm: MacAlgorithm,
            ) -> Result<Mac, ClientError> {
                self.run(keys::generate_mac(key, message, algorithm))$($wait)*
            }

            /// Verifies a message's MAC; answers the key's id, or the error
            /// `invalid_mac`.
            pub $($async)? fn verify_mac(
                &self,
                key: &str,
                message: &[u8],
                algorithm: MacAlgorithm,
                mac: &[u8],
            ) -> Result<String, ClientError> {
                self.run(keys::verify_mac(key, message, algorithm, mac))$($wait)*
            }

            /// Signs a message or its digest.
            pub $($async)? fn sign(
                &self,
                key: &str,
                message: Message<'_>,
                algorithm: SigningAlgorithm,
            ) -> Result<Signature, ClientError> {
                self.run(keys::sign(key, message, algorithm))$($wait)*
            }

            /// Verifies a signature; answers the key's id, or the error
            /// `invalid_signature`.
            pub $($async)? fn verify(
                &self,
                key: &str,
                message: Message<'_>,
                algorithm: SigningAlgorithm,
                signature: &[u8],
            ) -> Result<String, ClientError> {
                self.run(keys::verify(key, message, algorithm, signature))$($wait)*
            }

            /// The public half of a key.
            pub $($async)? fn public_key(&self, key: &str) -> Result<PublicKey, ClientError> {
                self.run(keys::public_key(key))$($wait)*
            }

            /// The secret shared with the holder of a public key, a DER
            /// SubjectPublicKeyInfo. It is raw: put it through a KDF.
            pub $($async)? fn derive_shared_secret(&self, key: &str, peer: &[u8]) -> Result<SecretBytes, ClientError> {
                self.run(keys::derive_shared_secret(key, peer))$($wait)*
            }

            /// Gives a symmetric key new material now; answers the new version.
            pub $($async)? fn rotate(&self, key: &str) -> Result<u32, ClientError> {
                self.run(keys::rotate(key))$($wait)*
            }

            /// Rotates a key every so many days from now on, 90 to 2,560.
            pub $($async)? fn enable_rotation(&self, key: &str, days: u32) -> Result<(), ClientError> {
                self.run(keys::enable_rotation(key, days))$($wait)*
            }

            /// No automatic rotation any more.
            pub $($async)? fn disable_rotation(&self, key: &str) -> Result<(), ClientError> {
                self.run(keys::disable_rotation(key))$($wait)*
            }

            /// How a key is rotated.
            pub $($async)? fn rotation_status(&self, key: &str) -> Result<RotationStatus, ClientError> {
                self.run(keys::rotation_status(key))$($wait)*
            }

            /// Versions of a key's material, oldest first, after a given one.
            pub $($async)? fn rotations(
                &self,
                key: &str,
                after: Option<u32>,
                limit: u32,
            ) -> Result<Listed<KeyMaterialInfo>, ClientError> {
                self.run(keys::rotations(key, after, limit))$($wait)*
            }

            /// What an import needs; `spec` is that of the key to wrap to, RSA of any
            /// size.
            pub $($async)? fn parameters_for_import(
                &self,
                key: &str,
                wrapping: Wrapping,
                spec: KeySpec,
            ) -> Result<ImportParameters, ClientError> {
                self.run(keys::parameters_for_import(key, wrapping, spec))$($wait)*
            }

            /// Imports a key's material, or the same again; `expires_at` in
            /// milliseconds since 1970, UTC.
            pub $($async)? fn import_material(
                &self,
                key: &str,
                token: &[u8; 32],
                wrapped: &[u8],
                expires_at: Option<u64>,
            ) -> Result<(), ClientError> {
                self.run(keys::import_material(key, token, wrapped, expires_at))$($wait)*
            }

            /// Deletes imported material; answers whether its erasure still waits for
            /// readers.
            pub $($async)? fn delete_imported_material(&self, key: &str) -> Result<bool, ClientError> {
                self.run(keys::delete_imported_material(key))$($wait)*
            }

            /// The material of a key that was made exportable: 32 bytes, an HMAC key,
            /// or PKCS#8.
            pub $($async)? fn export(&self, key: &str) -> Result<SecretBytes, ClientError> {
                self.run(keys::export(key))$($wait)*
            }

            /// Lets somebody do something with a key; answers the grant's id.
            pub $($async)? fn create_grant(&self, new: NewGrant) -> Result<[u8; 32], ClientError> {
                self.run(keys::create_grant(new))$($wait)*
            }

            /// The grants on one of the caller's keys, oldest first, after a given
            /// number.
            pub $($async)? fn grants(
                &self,
                key: &str,
                after: Option<u64>,
                limit: u32,
            ) -> Result<Listed<GrantInfo>, ClientError> {
                self.run(keys::grants(key, after, limit))$($wait)*
            }

            /// Every one of them.
            pub $($async)? fn all_grants(&self, key: &str) -> Result<Vec<GrantInfo>, ClientError> {
                let mut all: Vec<GrantInfo> = Vec::new();
                loop {
                    let page = self.grants(key, all.last().map(|last| last.number), PAGE)$($wait)*?;
                    let nothing = page.items.is_empty();
                    all.extend(page.items);
                    match page.more {
                        false => return Ok(all),
                        true if nothing || all.len() > EACH_MAX => return Err(ProtocolError::EndlessList.into()),
                        true => {}
                    }
                }
            }

            /// The grants that the caller is named to retire, after a given one, in
            /// an order of no meaning.
            pub $($async)? fn retirable_grants(
                &self,
                after: Option<&GrantInfo>,
                limit: u32,
            ) -> Result<Listed<GrantInfo>, ClientError> {
                self.run(keys::retirable_grants(after, limit))$($wait)*
            }

            /// Takes a grant on one of the caller's keys back.
            pub $($async)? fn revoke_grant(&self, key: &str, grant: &[u8; 32]) -> Result<(), ClientError> {
                self.run(keys::revoke_grant(key, grant))$($wait)*
            }

            /// Gives a grant up; the key is given by its id.
            pub $($async)? fn retire_grant(&self, key: &str, grant: &[u8; 32]) -> Result<(), ClientError> {
                self.run(keys::retire_grant(key, grant))$($wait)*
            }

            /// The key's policy, which is every key's.
            pub $($async)? fn policy(&self, key: &str) -> Result<Vec<PolicyStatement>, ClientError> {
                self.run(keys::policy(key))$($wait)*
            }

            /// Accepts the policy that every key has; refuses every other.
            pub $($async)? fn put_policy(
                &self,
                key: &str,
                statements: Vec<PolicyStatement>,
            ) -> Result<(), ClientError> {
                self.run(keys::put_policy(key, statements))$($wait)*
            }

            /// What is there of each version of a key, and what used it since the
            /// vault was opened.
            pub $($async)? fn census(&self, key: &str) -> Result<KeyCensus, ClientError> {
                self.run(keys::census(key))$($wait)*
            }
        }
    };
}
pub(crate) use keys_handle;

/// A full page.
pub(crate) const PAGE: u32 = 1_000;
/// A user has no more keys, aliases, or grants on one of them: a server that
/// goes on repeats itself.
pub(crate) const EACH_MAX: usize = 10_000;
