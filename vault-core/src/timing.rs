//! A door for measurements only (feature `timing`, which nothing that is
//! shipped asks for): two comparisons of secrets as the vault makes them, with
//! keys made for the purpose. No key of a vault comes near it.

use crate::envelope::{self, CallerContext, Context, Kind};
use crate::header::{Header, Slot, SlotId, SlotKind};
use crate::host::Host;
use crate::keys::{HeaderMacKey, RootKey};

/// A genuine envelope and a genuine header, and whether others pass for them.
#[derive(Debug)]
pub struct Door {
    key: [u8; 32],
    mac: HeaderMacKey,
    /// An envelope that opens; bytes 36 to 67 are its commitment.
    pub envelope: Vec<u8>,
    /// A header that is genuine; its last 32 bytes are its MAC.
    pub header: Vec<u8>,
}

impl Door {
    /// Makes both; none without randomness.
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
        Some(Self { key, mac, envelope, header })
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
}

fn place() -> Context<'static> {
    Context { vault: &SOME_ID, scope: &SOME_ID, name: b"a name", version: 1, caller: CallerContext::EMPTY }
}

const SOME_ID: [u8; 16] = [9; 16];
