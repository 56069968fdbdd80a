//! Redis: plaintext, every write synced before its answer.

use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use super::Peer;
use crate::daemon::{Site, VALUE, name};
use crate::process::{self, Process};
use crate::wire::{Place, Target, Wire};

pub(super) fn start() -> Option<Peer> {
    let binary = ["/usr/bin/redis-server", "/usr/local/bin/redis-server"].map(PathBuf::from);
    let binary = binary.into_iter().find(|path| path.is_file())?;
    let site = Site::empty("redis");
    let socket = site.directory().join("redis.sock");
    let mut command = Command::new(&binary);
    command.args(["--port", "0", "--unixsocket"]).arg(&socket).arg("--dir").arg(site.directory());
    command.args(["--appendonly", "yes", "--appendfsync", "always", "--save", ""]);
    let begun = Instant::now();
    let process = Process::spawn(command, &site.directory().join("log"));
    let target = Target::plain(Place::Unix(socket), Wire::Resp);
    let mut connection = process::until("Redis answers", || {
        let mut connection = target.try_connect()?;
        let answer = connection.try_ask(&request(&["PING"])).ok()?;
        Wire::Resp.is_good(&answer).then_some(connection)
    });
    let started = begun.elapsed();
    let value = "x".repeat(VALUE);
    let set = move |client: usize| request(&["SET", &name(client), &value]);
    connection.ask(&set(0));
    Some(Peer {
        name: "Redis",
        process,
        target,
        get: request(&["GET", &name(0)]),
        set: Box::new(set),
        started,
        binary,
        wanted: [0.75, 0.75],
        how: "Unix socket, appendfsync always, plaintext, no audit",
        _site: site,
    })
}

fn request(words: &[&str]) -> Vec<u8> {
    let mut request = format!("*{}\r\n", words.len());
    for word in words {
        request.push_str(&format!("${}\r\n{word}\r\n", word.len()));
    }
    request.into_bytes()
}
