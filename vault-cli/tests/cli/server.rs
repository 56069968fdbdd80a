//! A server in a thread, speaking the protocol through `vault-proto`.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use vault_proto::frame::{Split, split};
use vault_proto::hello::ClientHello;
use vault_proto::latest::*;
use vault_proto::latest::{VaultCall as Call, VaultReply as Reply};
use vault_proto::v1::Request;
use vault_proto::{Codec, Dialect, latest};

pub(crate) struct Server {
    pub(crate) path: PathBuf,
    /// The calls received, as they print: without secrets.
    log: Arc<Mutex<Vec<String>>>,
    pub(crate) directory: tempfile::TempDir,
}

type Answer = Result<Reply, WireError>;

impl Server {
    /// Answers every call with what `answer` says, on every connection.
    pub(crate) fn new(mut answer: impl FnMut(Call) -> Answer + Send + 'static) -> Self {
        Self::stamped(move |call| (None, Some(answer(call))))
    }

    /// The same with a stamp; no answer at all closes the connection.
    pub(crate) fn stamped(answer: impl FnMut(Call) -> (Option<Stamp>, Option<Answer>) + Send + 'static) -> Self {
        let answer = Arc::new(Mutex::new(answer));
        Self::raw(move |stream, log| {
            let mut peer = Peer::meet(stream);
            while let Some(request) = peer.request() {
                log.lock().unwrap().push(format!("{:?}", request.call));
                let (stamp, result) = (answer.lock().unwrap())(request.call);
                let Some(result) = result else { return };
                let result = result.map(latest::Reply::Vault);
                peer.respond(&Response { id: request.id, stamp, result });
            }
        })
    }

    /// Does with every connection what it likes.
    pub(crate) fn raw(script: impl Fn(UnixStream, &Mutex<Vec<String>>) + Send + Sync + 'static) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("vaultd.sock");
        let listener = UnixListener::bind(&path).unwrap();
        let log = Arc::new(Mutex::new(Vec::new()));
        let (calls, script) = (Arc::clone(&log), Arc::new(script));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { return };
                // A test that fails must not leave a thread reading for ever.
                stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
                let (calls, script) = (Arc::clone(&calls), Arc::clone(&script));
                thread::spawn(move || script(stream, &calls));
            }
        });
        Self { path, log, directory }
    }

    /// A vault that works, in memory, for one user.
    pub(crate) fn vault() -> Self {
        let mut vault = Vault::default();
        Self::new(move |call| vault.answer(call))
    }

    /// One that holds these already.
    pub(crate) fn holding(secrets: &[(&str, &[u8])]) -> Self {
        let mut vault = Vault::default();
        for (name, value) in secrets {
            vault.secrets.insert((*name).to_owned(), vec![Some(value.to_vec())]);
        }
        Self::new(move |call| vault.answer(call))
    }

    /// Everything is refused like this.
    pub(crate) fn refusing(error: WireError) -> Self {
        Self::new(move |_| Err(error.clone()))
    }

    pub(crate) fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }
}

struct Peer {
    stream: UnixStream,
    dialect: Dialect,
    received: Vec<u8>,
}

impl Peer {
    fn meet(mut stream: UnixStream) -> Self {
        let mut dialect = Dialect::newest(Codec::Postcard);
        let mut bytes = [0; 8];
        let _ = stream.read_exact(&mut bytes);
        if let Ok(hello) = ClientHello::parse(&bytes) {
            dialect = hello.dialect().unwrap_or(dialect);
            let _ = stream.write_all(&hello.answer().encode());
        }
        Self { stream, dialect, received: Vec::new() }
    }

    fn request(&mut self) -> Option<Request> {
        loop {
            if let Split::Frame(range) = split(&self.received).unwrap() {
                let end = range.end;
                let request = self.dialect.decode_request(&self.received[range]).unwrap();
                self.received.drain(..end);
                match request.call {
                    latest::Call::Vault(call) => return Some(Request { id: request.id, call }),
                    about => self.respond(&Response { id: request.id, stamp: None, result: Ok(declared(about)) }),
                }
                continue;
            }
            let mut piece = [0; 65_536];
            match self.stream.read(&mut piece) {
                Ok(0) | Err(_) => return None,
                Ok(bytes) => self.received.extend_from_slice(&piece[..bytes]),
            }
        }
    }

    fn respond(&mut self, response: &Response) {
        let mut bytes = Vec::new();
        self.dialect.encode_response_frame(response, &mut bytes).unwrap();
        // The client may be gone already; that is its affair.
        let _ = self.stream.write_all(&bytes);
    }
}

/// What is said of any app, and written into no log.
fn declared(call: latest::Call) -> latest::Reply {
    let spec = |(name, write_mode): (&str, _)| SecretSpec {
        name: name.into(),
        description: "d".into(),
        required: false,
        write_mode,
        scope: SecretScope::User,
        max_bytes: 100,
        rotation_hint_days: None,
        env_fallback: None,
        reveal: false,
        keep_versions: 2,
        instances: name == "mailbox",
        expires_after_days: None,
    };
    match call {
        latest::Call::App(AppCall::Show { app }) => {
            let secrets: Vec<_> = DECLARED.into_iter().map(spec).collect();
            let (owner, description) = ("uid:1".into(), String::new());
            let info = AppInfo { app, description, owner, suspended: false, secrets: 0, made_at: 0 };
            latest::Reply::App(AppDetail { info, secrets, bindings: Vec::new() })
        }
        latest::Call::Secret(SecretCall::Describe { app, name }) => latest::Reply::Status(SecretStatus {
            app: app.unwrap_or_default(),
            reveal: name == "shown",
            name,
            description: None,
            scope: SecretScope::User,
            write_mode: WriteMode::User,
            required: false,
            max_bytes: 100,
            is_set: true,
            version: Some(1),
            pending: None,
            set_at: None,
            set_by: None,
            last_read_at: None,
            expires_at: None,
            expired: false,
            rotation_due: false,
        }),
        other => panic!("{other:?}"),
    }
}

const DECLARED: [(&str, WriteMode); 5] = [
    ("api_key", WriteMode::User),
    ("client_secret", WriteMode::Both),
    ("extra", WriteMode::Both),
    ("mailbox", WriteMode::User),
    ("token", WriteMode::Extension),
];

/// By name; the versions from 1, `None` when deleted.
#[derive(Default)]
struct Vault {
    secrets: BTreeMap<String, Vec<Option<Vec<u8>>>>,
}

impl Vault {
    fn answer(&mut self, call: Call) -> Answer {
        let missing = || WireError::Missing { expired: false };
        match call {
            Call::Set { name, value, if_version, .. } => {
                let versions = self.secrets.entry(name).or_default();
                let current = versions.len() as u64;
                if if_version.is_some_and(|wanted| wanted != current) {
                    return Err(WireError::Conflict { current });
                }
                versions.push(Some(value.expose().to_vec()));
                Ok(Reply::Set { version: current + 1 })
            }
            Call::Get { name, version, .. } => {
                let versions = self.secrets.get(&name).ok_or_else(missing)?;
                let version = version.unwrap_or(versions.len() as u64);
                let value = versions.get(version as usize - 1).and_then(Option::as_ref).ok_or_else(missing)?;
                Ok(Reply::Value(ValueReply { value: SecretBytes::new(value.clone()), version }))
            }
            Call::Delete { name, destroy, .. } => {
                let was_set = match destroy {
                    true => self.secrets.remove(&name).is_some(),
                    false => self.secrets.get_mut(&name).and_then(|versions| versions.last_mut()?.take()).is_some(),
                };
                Ok(Reply::Deleted { was_set, erasure_pending: false })
            }
            Call::List { deleted, .. } => {
                let live = |versions: &Vec<Option<Vec<u8>>>| versions.last().is_some_and(Option::is_some);
                let shown = self.secrets.iter().filter(|(_, versions)| deleted || live(versions));
                let secrets = shown.map(|(name, versions)| {
                    let state = if live(versions) { VersionState::Live } else { VersionState::Deleted };
                    SecretInfo { version: versions.len() as u64, state, ..info(name) }
                });
                Ok(Reply::List { secrets: secrets.collect(), more: false })
            }
            _ => Err(WireError::Unsupported { what: "in this test".into() }),
        }
    }
}

pub(crate) fn info(name: &str) -> SecretInfo {
    SecretInfo {
        app: "personal".into(),
        name: name.into(),
        version: 1,
        state: VersionState::Live,
        set_at: 1_785_146_400_123,
        set_by: "uid:1000".into(),
        size_class: 256,
        last_read_at: None,
        expires_at: None,
    }
}
