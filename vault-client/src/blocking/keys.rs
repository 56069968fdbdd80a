//! The keys, blocking.

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
use crate::methods::{EACH_MAX, PAGE, keys_handle};
use crate::operation::{Operation, keys};

keys_handle! { [] [] }
