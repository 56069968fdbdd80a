//! Client of the vault daemon: asynchronous ([`Client`]) and blocking
//! ([`blocking::Client`]), the same operations.
//!
//! ```no_run
//! use vault_client::{Options, blocking::Client};
//!
//! # fn main() -> Result<(), vault_client::ClientError> {
//! let vault = Client::connect(Options::new())?;
//! vault.set("api_token", b"hunter2")?;
//! let token = vault.get("api_token")?;
//! assert_eq!(token.expose(), b"hunter2");
//! let other = vault.get(("billing", "api_token"))?; // of an app
//! # let _ = other;
//! # Ok(())
//! # }
//! ```
//!
//! # Acting as an app
//!
//! ```no_run
//! # use vault_client::{ErrorKind, Options, SecretBytes, blocking::Client};
//! # fn main() -> Result<(), vault_client::ClientError> {
//! # let vault = Client::connect(Options::new())?;
//! let billing = vault.acting("billing", Some("uid:1001"));
//! match billing.get(("billing", "stripe_key")) {
//!     Ok(key) => drop(key),
//!     Err(error) if error.kind() == ErrorKind::NotSet => drop(billing.require("billing", None)?.unmet),
//!     Err(error) => return Err(error),
//! }
//! // Without a uid of its own, with a token instead:
//! let token = SecretBytes::new(b"as it was shown once".to_vec());
//! let billing = vault.presenting(token).acting("billing", Some("ext:alice"));
//! # let _ = billing;
//! # Ok(())
//! # }
//! ```
//!
//! # Keys
//!
//! ```no_run
//! # use vault_client::{NewKey, Options, blocking::Client};
//! # fn main() -> Result<(), vault_client::ClientError> {
//! # let vault = Client::connect(Options::new())?;
//! let keys = vault.keys();
//! let key = keys.create(NewKey::symmetric())?;
//! keys.create_alias("alias/orders", &key.id)?;
//! let context = &[("tenant", "blue")];
//! let sealed = keys.encrypt("alias/orders", b"4111 1111", context)?;
//! let opened = keys.decrypt(&sealed.ciphertext, context)?; // the ciphertext names its key
//! assert_eq!(opened.plaintext.expose(), b"4111 1111");
//! let data_key = keys.generate_data_key("alias/orders", context, 32)?;
//! # let _ = data_key;
//! # Ok(())
//! # }
//! ```
//!
//! # What it promises
//!
//! - *The server is checked first.* Before the first byte the kernel is asked
//!   whose the server is: root, ourselves or the owner of the socket's
//!   directory, or exactly the uid that was configured. Somebody else's process
//!   on a familiar path gets nothing.
//! - *Nothing is cached.* A value lives in the [`Secret`] that `get` returned and
//!   is erased with it; buffers are erased as they are used up.
//! - *No call waits for ever.* Each has a deadline, connecting included.
//! - *Nothing happens twice unnoticed.* A call that was sent and not answered is
//!   sent again only when it reads; a write answers
//!   [`ClientError::Indeterminate`].
//! - *A vault that went back in time is noticed.* Every reply carries where the
//!   vault's history stands; see [`StampMemory`] for what is remembered where.
//!   The request that meets a changed vault has been sent by then: this is an
//!   alarm, not a lock.

mod answers;
mod asks;
pub mod blocking;
#[cfg(feature = "tokio")]
mod client;
mod dial;
mod error;
mod inbox;
mod keys;
mod methods;
pub mod operation;
mod options;
mod peer;
mod plan;
pub mod socket;
mod stamps;
pub mod store;
mod target;

pub use answers::{Deletion, Identity, ListQuery, Page, Secret, SlotAddition, UserChange};
pub use asks::{NewApp, NewToken, OauthFlow, Webhook};
#[cfg(feature = "tokio")]
pub use client::{Client, Keys};
pub use error::{ClientError, ErrorKind, ProtocolError};
pub use keys::{
    DataKey, DataKeyPair, Decrypt, Listed, Mac, Message, NewAccessKey, NewGrant, NewKey, ReEncrypt, SealedDataKeyPair,
    Signature,
};
pub use options::Options;
pub use stamps::{BadIncarnation, Incarnation, StampMemory, StampWarning};
pub use target::Target;
pub use vault_proto::Codec;
pub use vault_proto::latest::{
    AccessKeyCreated, AccessKeyInfo, ActsFor, AliasInfo, AppChanged, AppDetail, AppInfo, AuditLine, AuditReport,
    BackupInfo, Binding, ChangeKind, CheckReport, ContextPair, Decrypted, Encrypted, EncryptionAlgorithm, Gate,
    GrantConstraint, GrantInfo, GrantOperation, HmacEncoding, ImportParameters, KeyCensus, KeyInfo, KeyMaterialInfo,
    KeyOrigin, KeySpec, KeyState, KeyTag, KeyUsage, KeyVersion, MacAlgorithm, MaterialSource, NewSlot, OauthBegun,
    OauthRedeemed, PolicyStatement, Presented, Principal, PublicKey, ReEncrypted, RekeyReport, Role, RotationStatus,
    SecretBytes, SecretInfo, SecretScope, SecretSpec, SecretStatus, SigningAlgorithm, SlotInfo, SpecChange, StatusInfo,
    Thing, TokenCreated, TokenInfo, UnlockSecret, UnmetSecret, UserInfo, ValueReply, VersionCensus, VersionInfo,
    VersionState, WebhookHeader, WebhookReason, WebhookScheme, WireError, Wrapping, WriteMode,
};
/// The vault's own calls and replies, for a pipeline.
pub use vault_proto::latest::{VaultCall as Call, VaultReply as Reply};
