//! Keys that are used and not seen.

mod bounded;
mod call;
mod grant;
mod reply;
mod words;

pub use call::{KeyCall, KeyRequest};
pub use grant::{ContextPair, GrantConstraint, GrantInfo, GrantPlace, PolicyStatement, Principal};
pub use reply::{
    AliasInfo, Decrypted, Encrypted, ImportParameters, KeyCensus, KeyInfo, KeyMaterialInfo, KeyReply, KeyTag,
    KeyVersion, PublicKey, ReEncrypted, RotationStatus, VersionCensus,
};
pub use words::{
    EncryptionAlgorithm, GrantOperation, KeyOrigin, KeySpec, KeyState, KeyUsage, MacAlgorithm, MaterialSource,
    SigningAlgorithm, Thing, Wrapping,
};
