//! `get` and `set` over the socket against a bare echo.

use vault_proto::Codec;

use crate::daemon::{self, Site, name};
use crate::echo::Echo;
use crate::load::Clients;

use super::table::{Shape, Side, header, line};

pub(crate) fn measure() {
    let site = Site::new("socket");
    let daemon = site.serve();
    let echo = Echo::start(site.directory());
    for codec in [Codec::Postcard, Codec::Json] {
        for (operation, request) in OPERATIONS {
            header(&format!("{operation}, {codec:?}"), "vault", "echo");
            let ours = site.target(codec);
            let first = request(codec, &name(0));
            let mut connection = ours.connect();
            connection.ask(&daemon::set(codec, &name(0)));
            let theirs = echo.target(first.len(), connection.ask(&first).len());
            for (connections, depth) in SHAPES {
                // Sets on names of their own; gets all of one.
                let own = |client: usize| request(codec, &name(if operation == "set" { client } else { 0 }));
                let same = |_: usize| first.clone();
                let (ours, theirs) = (Side(&ours, &daemon, &own), Side(&theirs, &echo.process, &same));
                let shape = Shape(connections, depth, Clients::Threads);
                let wanted = wanted(operation, codec, connections, depth);
                line(&format!("{connections} × {depth}"), shape, ours, theirs, wanted);
            }
        }
    }
    println!("\nresident after the load: {:.1} MiB", daemon.resident_mib());
}

fn wanted(operation: &str, codec: Codec, connections: usize, depth: usize) -> &'static str {
    match (operation, codec, connections, depth) {
        ("get", Codec::Postcard, 8, 1) => "wanted 0.7",
        ("get", Codec::Postcard, 8, 16) => "wanted 0.4",
        _ => "",
    }
}

type MakeRequest = fn(Codec, &str) -> Vec<u8>;
const OPERATIONS: [(&str, MakeRequest); 2] = [("get", daemon::get), ("set", daemon::set)];
/// Connections, and requests in flight on each.
const SHAPES: [(usize, usize); 6] = [(1, 1), (8, 1), (64, 1), (1, 16), (8, 16), (64, 16)];
