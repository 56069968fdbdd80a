//! Bytes into the dispatcher: a vault in files, served as the daemon serves it,
//! and one user's connection to it.
//!
//! The first byte says who connects, in which codec and which version. The rest
//! is requests, each after its length as u16 little-endian; the last may be cut
//! short. A
//! vault is made once and lives through all inputs, so each input begins by
//! undoing what the last one did.

use std::sync::{Mutex, PoisonError};

use tempfile::TempDir;
use vault_core::host::Host;
use vault_proto::latest::{
    self, AppCall, KeyCall, KeyReply, KeyRequest, KeySpec, NewSlot, Request, Response, SecretBytes, UnlockSecret,
    WireError,
};
use vault_proto::v1::{Call, Reply};
use vault_proto::{Codec, Dialect, Version, frame};
use vaultd::accounts::SystemAccounts;
use vaultd::config::{Audit, KeySource, Policy};
use vaultd::keyfile::{self, Key};
use vaultd::listener::{Credentials, Peer};
use vaultd::service::{CoreEngine, Engine, Handled, InFlight, InitPlan, NewSlotPlan, OpenPlan, Room, Service};

/// Requests to a served vault. Whatever they are, each is answered with one
/// frame, nobody reads another user's secret, and the vault still serves it.
pub fn session(data: &[u8]) {
    let mut world = WORLD.lock().unwrap_or_else(PoisonError::into_inner);
    // A panic in here leaves nothing behind that could be in doubt.
    let mut now = world.take().unwrap_or_else(World::make);
    now.run(data);
    *world = Some(now);
}

/// Shuts the vault down and removes its files. A process that ends without it
/// leaves a temporary directory.
pub fn end_session() {
    drop(WORLD.lock().unwrap_or_else(PoisonError::into_inner).take());
}

static WORLD: Mutex<Option<World>> = Mutex::new(None);

struct World {
    service: <CoreEngine as Engine>::Service,
    policy: Policy,
    key: Key,
    /// What the owner stored and nobody else may see.
    canary: String,
    connections: u64,
    /// The last input changed something.
    changed: bool,
    /// The newest sequence seen.
    sequence: u64,
    // Last: it goes when nothing uses it any more.
    _dir: TempDir,
}

/// One end of the conversation, and what it has been told.
struct Client {
    peer: Peer,
    room: Room,
    dialect: Dialect,
    backup: u64,
    slot: String,
    key: String,
    sealed: Vec<u8>,
    /// Scopes were given to somebody else or shredded: an operator's right.
    moved: bool,
}

impl World {
    fn make() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (vault, key_path) = (dir.path().join("vault.db"), dir.path().join("key"));
        // The same in every run, so that an input may hold it.
        let key = key();
        keyfile::create(&key_path, &key, None).unwrap();
        let engine = CoreEngine::system();
        let slot = NewSlotPlan::KeyFile(key.duplicate());
        engine.init(InitPlan { vault: vault.clone(), slot, recovery: false, owner: None, development: false }).unwrap();
        // Root alone is an operator, whoever runs this.
        let policy = Policy::new(ROOT);
        let plan = OpenPlan {
            audit_path: vault.with_extension("audit"),
            vault,
            audit: Audit::default(),
            anchor: None,
            key: Some(KeySource::File(key_path)),
            policy: policy.clone(),
            development: false,
            hardening: Vec::new(),
        };
        let service = engine.open(plan).unwrap();
        assert!(service.auto_unseal().unwrap());
        let random: [u8; 16] = Host::system().random().unwrap();
        let canary = random.iter().map(|byte| format!("{byte:02x}")).collect();
        Self { service, policy, key, canary, connections: 0, changed: true, sequence: 0, _dir: dir }
    }

    fn run(&mut self, data: &[u8]) {
        let Some((&first, mut rest)) = data.split_first() else { return };
        if self.shows_canary(data) {
            return;
        }
        self.reset();
        let codec = if first & 1 == 0 { Codec::Postcard } else { Codec::Json };
        let version = if first & NEWER == 0 { Version::V1 } else { Version::V2 };
        let dialect = Dialect { version, codec };
        let mut client = self.connect(PEERS[usize::from((first & !NEWER) >> 1) % PEERS.len()], dialect);
        let mut requests = 0;
        while let Some((length, bytes)) = rest.split_first_chunk::<2>()
            && requests < REQUESTS_MAX
        {
            let (payload, after) = bytes.split_at(usize::from(u16::from_le_bytes(*length)).min(bytes.len()));
            (rest, requests) = (after, requests + 1);
            if !payload.is_empty() && !self.request(&mut client, payload) {
                // As after a lost connection, the client comes back.
                self.service.closed(&client.peer);
                client = Client { moved: client.moved, ..self.connect(client.peer.uid(), dialect) };
            }
        }
        self.service.closed(&client.peer);
        self.canary_is_served(client.moved);
    }

    /// One request as it came. False: the connection has ended.
    fn request(&mut self, client: &mut Client, payload: &[u8]) -> bool {
        let Ok(request) = client.dialect.decode_request(payload) else {
            let (open, response) = self.exchange(client, payload);
            assert_eq!((open, response.id), (false, 0));
            assert!(matches!(response.result, Err(WireError::Invalid { .. })));
            return false;
        };
        if self.is_left_out(&request.call) {
            return true;
        }
        let id = request.id;
        let moves = matches!(request.call, latest::Call::Vault(Call::UserMove { .. } | Call::UserRemove { .. }));
        let (open, response) = match client.fill_in(request) {
            Some(filled) => self.exchange(client, &filled),
            None => self.exchange(client, payload),
        };
        assert_eq!((open, response.id), (true, id));
        client.moved |= moves && response.result.is_ok();
        if client.peer.uid() != OWNER && !client.moved {
            match &response.result {
                Ok(latest::Reply::Vault(Reply::Value(value))) => {
                    assert!(!self.shows_canary(value.value.expose()), "another user's value");
                }
                Ok(latest::Reply::Vault(Reply::BackupChunk { bytes })) => {
                    assert!(!self.shows_canary(bytes), "a value in a backup");
                }
                Ok(latest::Reply::Key(KeyReply::Decrypted(opened))) => {
                    assert!(!self.shows_canary(opened.plaintext.expose()), "another user's plaintext");
                }
                _ => {}
            }
        }
        match response.result {
            Ok(latest::Reply::Vault(reply)) => client.told(reply),
            Ok(latest::Reply::Key(KeyReply::Info(key))) => client.key = key.id,
            Ok(latest::Reply::Key(KeyReply::Encrypted(sealed))) => client.sealed = sealed.ciphertext,
            Err(error @ (WireError::Corrupt { .. } | WireError::Indeterminate {})) => panic!("{error:?}"),
            _ => {}
        }
        true
    }

    /// Hands one payload in and takes its answer out. False: and that was all.
    fn exchange(&mut self, client: &mut Client, payload: &[u8]) -> (bool, Response) {
        const BEFORE: &[u8] = b"an earlier answer";
        let mut out = BEFORE.to_vec();
        let handled = self.service.handle(&client.peer, client.dialect, payload, &mut client.room, &mut out);
        assert!(out.starts_with(BEFORE), "an earlier answer was touched");
        let mut answer = out.split_off(BEFORE.len());
        let open = match handled {
            Handled::Replied => true,
            Handled::Close => false,
            Handled::Queued(ticket) => {
                assert!(answer.is_empty(), "answered and queued");
                self.changed = true;
                answer = ticket.wait().unwrap();
                true
            }
            Handled::NoRoom => panic!("nothing else is queued, and there is no room"),
        };
        self.service.flush(self.service.batch()).unwrap();
        assert_eq!(frame::split(&answer), Ok(frame::Split::Frame(frame::HEADER..answer.len())), "one whole frame");
        // JSON has values in base64; these are looked at when they are decoded.
        let theirs = client.peer.uid() == OWNER || client.moved;
        assert!(theirs || !self.shows_canary(&answer), "another user's secret");
        let response = client.dialect.decode_response(&answer[frame::HEADER..]).unwrap();
        if let Some(stamp) = response.stamp {
            assert!(stamp.sequence >= self.sequence, "the vault's history went back");
            self.sequence = stamp.sequence;
        }
        (open, response)
    }

    /// Not asked: what runs Argon2 or makes an RSA key, what would lock us out of our own vault, and
    /// what tells the vault the secret it must not tell.
    fn is_left_out(&self, call: &latest::Call) -> bool {
        let call = match call {
            latest::Call::Vault(call) => call,
            latest::Call::Key(KeyRequest { operation, .. }) => return makes_rsa(operation),
            _ => return false,
        };
        match call {
            Call::Unseal { secret: UnlockSecret::Passphrase(_) }
            | Call::SlotAdd { existing: UnlockSecret::Passphrase(_), .. }
            | Call::SlotAdd { new: NewSlot::Passphrase(_), .. } => true,
            Call::RekeyRoot { keep, .. } => {
                let ours = |secret: &UnlockSecret| matches!(secret, UnlockSecret::KeyFile(key) if key.expose() == self.key.expose());
                !keep.iter().any(ours) || keep.iter().any(|secret| matches!(secret, UnlockSecret::Passphrase(_)))
            }
            Call::Set { value, .. } => self.shows_canary(value.expose()),
            _ => false,
        }
    }

    fn shows_canary(&self, bytes: &[u8]) -> bool {
        bytes.windows(self.canary.len()).any(|window| window == self.canary.as_bytes())
    }

    /// The owner's secret and nothing else, one slot, unsealed.
    fn reset(&mut self) {
        if !std::mem::take(&mut self.changed) {
            return;
        }
        let mut root = self.connect(ROOT, Dialect::newest(Codec::Postcard));
        let keep = vec![UnlockSecret::KeyFile(SecretBytes::new(self.key.expose().to_vec()))];
        if let Reply::Slots { slots } = self.call(&mut root, Call::SlotList {}).unwrap()
            && slots.len() > 1
        {
            self.call(&mut root, Call::RekeyRoot { keep, drop_slots: true }).unwrap();
        }
        let Ok(Reply::Users { users }) = self.call(&mut root, Call::UserList {}) else { panic!("no list of users") };
        for user in users {
            self.call(&mut root, Call::UserRemove { user: user.user }).unwrap();
        }
        let apps = self.ask(&mut root, latest::Call::App(AppCall::List {}));
        let Ok(latest::Reply::Apps { apps }) = apps else { panic!("no list of apps") };
        for latest::AppInfo { app, .. } in apps {
            self.ask(&mut root, latest::Call::App(AppCall::Remove { app, shred: true })).unwrap();
        }
        self.service.closed(&root.peer);
        let mut owner = self.connect(OWNER, Dialect::newest(Codec::Postcard));
        let value = SecretBytes::new(self.canary.clone().into_bytes());
        self.call(&mut owner, Call::Set { app: None, name: NAME.into(), value, if_version: Some(0) }).unwrap();
        self.service.closed(&owner.peer);
        self.changed = false;
    }

    fn canary_is_served(&mut self, moved: bool) {
        // An operator may have sealed it.
        assert!(self.service.auto_unseal().unwrap(), "the vault opens again");
        let mut owner = self.connect(OWNER, Dialect::newest(Codec::Postcard));
        match self.call(&mut owner, Call::Get { app: None, name: NAME.into(), version: None }) {
            Ok(Reply::Value(value)) => {
                assert!(moved || value.value.expose() == self.canary.as_bytes(), "a wrong value");
            }
            Err(WireError::Missing { .. }) => assert!(moved, "the owner's secret is gone"),
            // Another login's scopes were moved here.
            Err(WireError::Held { .. }) if moved => {}
            other => panic!("the owner was answered {other:?}"),
        }
        self.service.closed(&owner.peer);
    }

    fn call(&mut self, client: &mut Client, call: Call) -> Result<Reply, WireError> {
        match self.ask(client, call.into())? {
            latest::Reply::Vault(reply) => Ok(reply),
            other => panic!("the vault's call was answered {other:?}"),
        }
    }

    fn ask(&mut self, client: &mut Client, call: latest::Call) -> Result<latest::Reply, WireError> {
        let payload = client.encode(&Request { id: 7, acting: None, call });
        self.exchange(client, &payload).1.result
    }

    fn connect(&mut self, uid: u32, dialect: Dialect) -> Client {
        self.connections += 1;
        let creds = Credentials { uid, gid: uid, pid: None };
        let peer = Peer::admit(creds, &self.policy, &SystemAccounts, self.connections).unwrap();
        let room = Room::new(InFlight::new(self.policy.limits.max_in_flight_per_uid));
        let (slot, key, sealed) = (String::new(), String::new(), Vec::new());
        Client { peer, room, dialect, backup: 0, slot, key, sealed, moved: false }
    }
}

impl Client {
    fn told(&mut self, reply: Reply) {
        match reply {
            Reply::BackupReady(info) => self.backup = info.id,
            Reply::SlotAdded { slot, .. } => self.slot = slot.id,
            Reply::Checked(report) => assert!(report.problems.is_empty(), "{:?}", report.problems),
            Reply::AuditVerified(report) => assert!(report.problems.is_empty(), "{:?}", report.problems),
            _ => {}
        }
    }

    /// What no input can know: 0 and the empty string stand for the last one told.
    fn fill_in(&self, Request { id, acting, call }: Request) -> Option<Vec<u8>> {
        let call = match call {
            latest::Call::Vault(Call::BackupRead { id: 0, offset }) => {
                Call::BackupRead { id: self.backup, offset }.into()
            }
            latest::Call::Vault(Call::BackupEnd { id: 0, kept }) => Call::BackupEnd { id: self.backup, kept }.into(),
            latest::Call::Vault(Call::SlotRemove { id }) if id.is_empty() => {
                Call::SlotRemove { id: self.slot.clone() }.into()
            }
            latest::Call::Key(KeyRequest { dry_run, mut operation }) => {
                if !self.name_key(&mut operation) {
                    return None;
                }
                latest::Call::Key(KeyRequest { dry_run, operation })
            }
            _ => return None,
        };
        Some(self.encode(&Request { id, acting, call }))
    }

    fn name_key(&self, call: &mut KeyCall) -> bool {
        let known = match call {
            KeyCall::Decrypt { ciphertext, .. } if ciphertext.is_empty() => {
                ciphertext.clone_from(&self.sealed);
                return true;
            }
            KeyCall::Describe { key }
            | KeyCall::Enable { key }
            | KeyCall::Disable { key }
            | KeyCall::ScheduleDeletion { key, .. }
            | KeyCall::CancelDeletion { key }
            | KeyCall::Tag { key, .. }
            | KeyCall::CreateAlias { key, .. }
            | KeyCall::Encrypt { key, .. }
            | KeyCall::Sign { key, .. }
            | KeyCall::GenerateMac { key, .. }
            | KeyCall::GenerateDataKey { key, .. }
            | KeyCall::GetPublicKey { key }
            | KeyCall::Rotate { key }
            | KeyCall::CreateGrant { key, .. }
            | KeyCall::ListGrants { key, .. }
            | KeyCall::Export { key }
            | KeyCall::Census { key } => key,
            _ => return false,
        };
        let unnamed = known.is_empty();
        if unnamed {
            known.clone_from(&self.key);
        }
        unnamed
    }

    fn encode(&self, request: &Request) -> Vec<u8> {
        let mut framed = Vec::new();
        self.dialect.encode_request_frame(request, &mut framed).unwrap();
        framed.split_off(frame::HEADER)
    }
}

fn makes_rsa(call: &KeyCall) -> bool {
    match call {
        KeyCall::Create { spec, .. }
        | KeyCall::GenerateDataKeyPair { spec, .. }
        | KeyCall::GenerateDataKeyPairWithoutPlaintext { spec, .. } => {
            matches!(spec, KeySpec::Rsa2048 | KeySpec::Rsa3072 | KeySpec::Rsa4096)
        }
        KeyCall::GetParametersForImport { .. } => true,
        _ => false,
    }
}

/// A user's day and an operator's, in both codecs.
pub(super) fn seeds() -> Vec<Vec<u8>> {
    let text = |text: &str| text.to_owned();
    let ours = || UnlockSecret::KeyFile(SecretBytes::new(key().expose().to_vec()));
    let list = |user, after, deleted| Call::List { app: None, user, after, limit: 10, deleted };
    let set = |app: Option<&str>, name: &str, if_version| {
        let value = SecretBytes::new(b"a value".to_vec());
        Call::Set { app: app.map(text), name: text(name), value, if_version }
    };
    let user = || {
        vec![
            Call::Status {},
            Call::WhoAmI {},
            set(None, "a", Some(0)),
            set(Some("personal"), "a/b", None),
            set(None, "a", Some(1)),
            Call::Get { app: None, name: text("a"), version: Some(1) },
            Call::Get { app: None, name: text(NAME), version: None },
            list(None, None, false),
            list(None, Some((text("personal"), text("a"))), true),
            Call::Delete { app: None, name: text("a"), destroy: false, if_version: Some(2) },
            Call::Undelete { app: None, name: text("a") },
            Call::History { app: None, name: text("a") },
            Call::Delete { app: Some(text("personal")), name: text("a/b"), destroy: true, if_version: None },
            Call::SlotList {},
            Call::UserList {},
        ]
    };
    let operator = || {
        vec![
            set(None, "a", None),
            Call::SlotList {},
            Call::SlotAdd { existing: ours(), new: NewSlot::RecoveryKey {}, label: text("spare") },
            Call::SlotRemove { id: String::new() },
            Call::RekeyRoot { keep: vec![ours()], drop_slots: true },
            Call::RekeyScope { user: None },
            Call::RekeyScope { user: Some(format!("uid:{OWNER}")) },
            Call::UserList {},
            list(Some(format!("uid:{OWNER}")), None, true),
            Call::BackupBegin { verify: true },
            Call::BackupRead { id: 0, offset: 0 },
            Call::BackupEnd { id: 0, kept: true },
            Call::AuditTail { lines: 9 },
            Call::AuditVerify {},
            Call::AuditRotate {},
            Call::Check {},
            Call::Get { app: None, name: text(NAME), version: None },
            Call::Seal {},
            Call::Get { app: None, name: text("a"), version: None },
            Call::Unseal { secret: ours() },
        ]
    };
    let users = || {
        vec![
            Call::UserConfirm { user: format!("uid:{OWNER}") },
            Call::UserMove { from: format!("uid:{OWNER}"), to: text("uid:1001") },
            Call::UserRemove { user: text("uid:1001") },
            Call::Status {},
        ]
    };
    let mut seeds = Vec::new();
    for (bit, codec) in [(0, Codec::Postcard), (1, Codec::Json)] {
        for (peer, calls) in [(0, user()), (1, operator()), (2, operator()), (2, users())] {
            let mut seed = vec![bit | peer << 1];
            for (id, call) in (1..).zip(calls) {
                let mut payload = Vec::new();
                codec.encode(&vault_proto::v1::Request { id, call }, &mut payload).unwrap();
                seed.extend_from_slice(&u16::try_from(payload.len()).unwrap().to_le_bytes());
                seed.extend_from_slice(&payload);
            }
            seeds.push(seed);
        }
        let mut seed = vec![NEWER | bit];
        for (id, call) in (1..).zip(a_day_with_keys()) {
            let mut payload = Vec::new();
            codec.encode(&Request { id, acting: None, call }, &mut payload).unwrap();
            seed.extend_from_slice(&u16::try_from(payload.len()).unwrap().to_le_bytes());
            seed.extend_from_slice(&payload);
        }
        seeds.push(seed);
    }
    seeds
}

/// In version 2.
fn a_day_with_keys() -> Vec<latest::Call> {
    use latest::{EncryptionAlgorithm, GrantOperation, KeyOrigin, KeyUsage};
    let key = String::new;
    let create = |spec, usage| KeyCall::Create {
        spec,
        usage,
        origin: KeyOrigin::Internal,
        exportable: true,
        description: "a key".into(),
        tags: Vec::new(),
    };
    let context = || vec![latest::ContextPair { key: "tenant".into(), value: "blue".into() }];
    let algorithm = EncryptionAlgorithm::SymmetricDefault;
    let operations = vec![
        create(KeySpec::SymmetricDefault, KeyUsage::EncryptDecrypt),
        KeyCall::CreateAlias { alias: "alias/a".into(), key: key() },
        KeyCall::Encrypt { key: key(), plaintext: SecretBytes::new(vec![1]), context: context(), algorithm },
        KeyCall::Rotate { key: key() },
        KeyCall::Decrypt { key: None, ciphertext: Vec::new(), context: context(), algorithm },
        KeyCall::GenerateDataKey { key: "alias/a".into(), context: context(), len: 32 },
        KeyCall::CreateGrant {
            key: key(),
            grantee: "uid:1002".into(),
            retiring: None,
            operations: vec![GrantOperation::Decrypt],
            constraint: Some(latest::GrantConstraint::Subset(context())),
            name: Some("batch".into()),
        },
        KeyCall::ListGrants { key: key(), after: None, limit: 10 },
        KeyCall::Export { key: key() },
        KeyCall::Census { key: key() },
        KeyCall::Disable { key: key() },
        KeyCall::Encrypt { key: key(), plaintext: SecretBytes::new(vec![1]), context: context(), algorithm },
        KeyCall::ScheduleDeletion { key: key(), days: 7 },
        KeyCall::CancelDeletion { key: key() },
        create(KeySpec::Ed25519, KeyUsage::SignVerify),
        KeyCall::GetPublicKey { key: key() },
        KeyCall::List { after: None, limit: 10 },
    ];
    let keys = operations.into_iter().map(|operation| latest::Call::Key(KeyRequest { dry_run: false, operation }));
    let app = AppCall::Add {
        app: "billing".into(),
        description: String::new(),
        owner: None,
        secrets: Vec::new(),
        prune: false,
        dry_run: false,
    };
    keys.chain([latest::Call::App(app), Call::Check {}.into()]).collect()
}

fn key() -> Key {
    Key::make(&super::host()).unwrap()
}

/// The bit of the first byte that asks for version 2.
const NEWER: u8 = 0x80;
const ROOT: u32 = 0;
/// Whose canary it is; never who sends an input.
const OWNER: u32 = 1_003;
const PEERS: [u32; 3] = [1_001, 1_002, ROOT];
const NAME: &str = "canary";
/// Each may take a sync of the disk.
const REQUESTS_MAX: usize = 64;
