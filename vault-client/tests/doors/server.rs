//! A server in a thread, speaking the protocol through `vault-proto` and doing
//! what a test tells it to.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use vault_proto::frame::{Split, split};
use vault_proto::hello::{ClientHello, ServerHello};
use vault_proto::latest::{self, *};
use vault_proto::latest::{VaultCall as Call, VaultReply as Reply};
use vault_proto::v1::Request;
use vault_proto::{Codec, Dialect, Version};

pub(crate) struct Server {
    pub(crate) path: PathBuf,
    pub(crate) connections: Arc<AtomicUsize>,
    /// Names of the calls received in full, over all connections.
    pub(crate) log: Arc<Mutex<Vec<&'static str>>>,
    _directory: tempfile::TempDir,
}

/// One accepted connection.
pub(crate) struct Peer {
    pub(crate) stream: UnixStream,
    /// From 1.
    pub(crate) number: usize,
    pub(crate) dialect: Dialect,
    received: Vec<u8>,
    log: Arc<Mutex<Vec<&'static str>>>,
}

impl Server {
    /// Runs `script` for every connection, each in a thread.
    pub(crate) fn start(script: impl Fn(&mut Peer) + Send + Sync + 'static) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("vaultd.sock");
        let listener = UnixListener::bind(&path).unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let log = Arc::new(Mutex::new(Vec::new()));
        let (counter, calls, script) = (Arc::clone(&connections), Arc::clone(&log), Arc::new(script));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { return };
                // A test that fails must not leave a thread reading for ever.
                stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
                let number = counter.fetch_add(1, Ordering::SeqCst) + 1;
                let (log, script) = (Arc::clone(&calls), Arc::clone(&script));
                thread::spawn(move || {
                    let dialect = Dialect::newest(Codec::Postcard);
                    script(&mut Peer { stream, number, dialect, received: Vec::new(), log });
                });
            }
        });
        Self { path, connections, log, _directory: directory }
    }

    /// A vault that works, in memory.
    pub(crate) fn vault() -> Self {
        let vault = Arc::new(Mutex::new(Vault::default()));
        Self::start(move |peer| {
            peer.hello();
            while let Some(request) = peer.request() {
                let result = vault.lock().unwrap().answer(request.call);
                peer.answer(request.id, result);
            }
        })
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub(crate) fn log(&self) -> Vec<&'static str> {
        self.log.lock().unwrap().clone()
    }
}

impl Peer {
    /// Agrees to what the client offers.
    pub(crate) fn hello(&mut self) {
        self.hello_up_to(Version::NEWEST);
    }

    /// The same for a server that is no newer than this.
    pub(crate) fn hello_up_to(&mut self, version: Version) {
        let mut bytes = [0; 8];
        self.stream.read_exact(&mut bytes).unwrap_or_default();
        if let Ok(dialect) = ClientHello::parse(&bytes).map(|hello| hello.dialect().unwrap()) {
            self.dialect = Dialect { version: dialect.version.min(version), ..dialect };
            let Dialect { version, codec } = self.dialect;
            self.raw(&ServerHello::Agreed { version: version.wire(), codec }.encode());
        }
    }

    /// The next request, which is one of the vault's own; none at the end.
    pub(crate) fn request(&mut self) -> Option<Request> {
        let latest::Request { id, call, .. } = self.any_request()?;
        let latest::Call::Vault(call) = call else { panic!("{call:?}") };
        Some(Request { id, call })
    }

    /// The next request, whatever it asks; none at the end.
    pub(crate) fn any_request(&mut self) -> Option<latest::Request> {
        loop {
            if let Split::Frame(range) = split(&self.received).unwrap() {
                let end = range.end;
                let request = self.dialect.decode_request(&self.received[range]).unwrap();
                self.received.drain(..end);
                self.log.lock().unwrap().push(name(&request.call));
                return Some(request);
            }
            let mut piece = [0; 65_536];
            match self.stream.read(&mut piece) {
                Ok(0) | Err(_) => return None,
                Ok(bytes) => self.received.extend_from_slice(&piece[..bytes]),
            }
        }
    }

    pub(crate) fn answer(&mut self, id: u64, result: Result<Reply, WireError>) {
        self.respond(&Response { id, stamp: None, result: result.map(latest::Reply::Vault) });
    }

    /// An answer that may be one of version 2's own.
    pub(crate) fn answer_any(&mut self, id: u64, result: Result<latest::Reply, WireError>) {
        self.respond(&Response { id, stamp: None, result });
    }

    pub(crate) fn respond(&mut self, response: &Response) {
        let bytes = self.encode(response);
        self.raw(&bytes);
    }

    pub(crate) fn encode(&self, response: &Response) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.dialect.encode_response_frame(response, &mut bytes).unwrap();
        bytes
    }

    /// The client may be gone already; that is its affair.
    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes);
    }

    /// Says nothing until the client goes.
    pub(crate) fn silence(&mut self) {
        let mut byte = [0; 1024];
        while self.stream.read(&mut byte).is_ok_and(|bytes| bytes > 0) {}
    }
}

pub(crate) fn value(bytes: &[u8]) -> Reply {
    Reply::Value(ValueReply { value: SecretBytes::new(bytes.to_vec()), version: 1 })
}

pub(crate) fn info(name: &str) -> SecretInfo {
    SecretInfo {
        app: "personal".into(),
        name: name.into(),
        version: 1,
        state: VersionState::Live,
        set_at: 0,
        set_by: "uid:0".into(),
        size_class: 256,
        last_read_at: None,
        expires_at: None,
    }
}

fn name(call: &latest::Call) -> &'static str {
    let latest::Call::Vault(call) = call else { return "other" };
    match call {
        Call::Set { .. } => "set",
        Call::Get { .. } => "get",
        Call::Status {} => "status",
        Call::List { .. } => "list",
        Call::Delete { .. } => "delete",
        Call::Check {} => "check",
        _ => "other",
    }
}

#[derive(Default)]
struct Vault {
    secrets: BTreeMap<(Option<String>, String), (Vec<u8>, u64)>,
}

impl Vault {
    fn answer(&mut self, call: Call) -> Result<Reply, WireError> {
        match call {
            Call::Set { app, name, value, if_version } => {
                let slot = self.secrets.entry((app, name)).or_default();
                if if_version.is_some_and(|version| version != slot.1) {
                    return Err(WireError::Conflict { current: slot.1 });
                }
                *slot = (value.expose().to_vec(), slot.1 + 1);
                Ok(Reply::Set { version: slot.1 })
            }
            Call::Get { app, name, .. } => match self.secrets.get(&(app, name)) {
                Some((bytes, version)) => {
                    Ok(Reply::Value(ValueReply { value: SecretBytes::new(bytes.clone()), version: *version }))
                }
                None => Err(WireError::Missing { expired: false }),
            },
            Call::Delete { app, name, .. } => {
                let was_set = self.secrets.remove(&(app, name)).is_some();
                Ok(Reply::Deleted { was_set, erasure_pending: false })
            }
            Call::List { after, limit, .. } => {
                let names = self.secrets.keys().map(|(_, name)| name);
                let rest: Vec<_> = names.filter(|name| after.as_ref().is_none_or(|(_, after)| *name > after)).collect();
                let secrets = rest.iter().take(limit as usize).map(|name| info(name)).collect();
                Ok(Reply::List { secrets, more: rest.len() > limit as usize })
            }
            Call::Check {} => Ok(Reply::Checked(CheckReport { records: 1, problems: vec![] })),
            _ => Err(WireError::Unsupported { what: "in this test".into() }),
        }
    }
}
