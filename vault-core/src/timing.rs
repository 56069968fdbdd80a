//! A door for measurements only (feature `timing`, which nothing that is
//! shipped asks for): comparisons of secrets as the vault makes them, with
//! keys made for the purpose. No key of a vault comes near it.

use crate::apps::ActsFor;
use crate::envelope::{self, CallerContext, Context, Kind};
use crate::hazmat::hmac_sha2::{HmacKey, Sha2};
use crate::header::{Header, Slot, SlotId, SlotKind};
use crate::host::Host;
use crate::keys::{HeaderMacKey, RootKey};
use crate::names::{App, User};
use crate::tokens::{Role, TokenRecord};

/// What is genuine, and whether anything else passes for it.
pub struct Door {
    key: [u8; 32],
    mac: HeaderMacKey,
    token: TokenRecord,
    mac_key: HmacKey,
    /// An envelope that opens; bytes 36 to 67 are its commitment.
    pub envelope: Vec<u8>,
    /// A header that is genuine; its last 32 bytes are its MAC.
    pub header: Vec<u8>,
    /// The hash of a token.
    pub token_hash: [u8; 32],
    /// An HMAC-SHA-256 of [`Self::MESSAGE`] under a KMS key.
    pub message_mac: Vec<u8>,
}

impl Door {
    /// What the KMS key authenticates.
    pub const MESSAGE: &[u8] = b"a message";

    /// Makes them; none without randomness.
    #[must_use]
    pub fn make() -> Option<Self> {
        let host = Host::system();
        let entropy = &*host.entropy;
        let mut key = [0; 32];
        entropy.fill(&mut key).ok()?;
        let root = RootKey::make(entropy).ok()?;
        let slot = Slot {
            id: SlotId(SOME_ID),
            kind: SlotKind::KeyFile,
            label: "a slot".to_owned(),
            params: Vec::new(),
            wrap: vec![2; 117],
        };
        let header = Header {
            vault: SOME_ID,
            development: true,
            epoch: 1,
            generation: 1,
            root_version: 1,
            slots: vec![slot],
            keyring: vec![3; 300],
        };
        let mac = root.derive_header_mac(&SOME_ID);
        let header = header.encode(&mac);
        let envelope = envelope::seal(&key, Kind::Value, 1, &place(), b"a value", entropy).ok()?;
        let token_hash = host.random().ok()?;
        let token = TokenRecord {
            id: SOME_ID,
            app: App::personal(),
            role: Role::Extension,
            acts_for: ActsFor::OwnUser,
            made_by: User::Uid(1),
            label: String::new(),
            made_ms: 0,
            expires_ms: 0,
            revoked_ms: 0,
            hash: token_hash,
        };
        let mac_key = HmacKey::new(Sha2::Sha256, &key);
        let message_mac = mac_key.mac(Self::MESSAGE);
        Some(Self { key, mac, token, mac_key, envelope, header, token_hash, message_mac })
    }

    /// Opens an envelope; that of a wrong commitment is refused before anything is decrypted.
    #[must_use]
    pub fn opens(&self, envelope: &[u8]) -> bool {
        envelope::open(&self.key, Kind::Value, &place(), envelope).is_ok()
    }

    /// Checks a header's MAC.
    #[must_use]
    pub fn is_genuine(&self, header: &[u8]) -> bool {
        Header::verify(header, &self.mac).is_ok()
    }

    /// Is this the token's hash?
    #[must_use]
    pub fn is_token(&self, hash: &[u8]) -> bool {
        hash.try_into().is_ok_and(|hash| self.token.is(hash))
    }

    /// Is this the message's MAC?
    #[must_use]
    pub fn verifies(&self, mac: &[u8]) -> bool {
        self.mac_key.verify(Self::MESSAGE, mac)
    }
}

fn place() -> Context<'static> {
    Context { vault: &SOME_ID, scope: &SOME_ID, name: b"a name", version: 1, caller: CallerContext::EMPTY }
}

const SOME_ID: [u8; 16] = [9; 16];
