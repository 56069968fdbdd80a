//! The keys, asynchronously.

use vault_proto::latest::{
    AliasInfo, Decrypted, Encrypted, EncryptionAlgorithm, GrantInfo, ImportParameters, KeyCensus, KeyInfo,
    KeyMaterialInfo, KeySpec, KeyTag, MacAlgorithm, PolicyStatement, PublicKey, ReEncrypted, RotationStatus,
    SecretBytes, SigningAlgorithm, Wrapping,
};

use super::Client;
use crate::error::{ClientError, ProtocolError};
use crate::keys::{
    DataKey, DataKeyPair, Decrypt, Listed, Mac, Message, NewGrant, NewKey, ReEncrypt, SealedDataKeyPair, Signature,
};
use crate::methods::{EACH_MAX, PAGE, key_methods};
use crate::operation::{Operation, keys};

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

    key_methods! { [async] [.await] }

    async fn run<T>(&self, operation: Operation<T>) -> Result<T, ClientError> {
        self.client.run(operation.dry_run(self.dry_run)).await
    }
}
