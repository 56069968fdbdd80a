//! `get` and `set` over the socket against a bare echo.

use vault_proto::Codec;

use crate::daemon::{self, Site, name};
use crate::echo::Echo;

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
            for shape @ (connections, depth) in SHAPES {
                // Sets on names of their own; gets all of one.
                let own = |client: usize| request(codec, &name(if operation == "set" { client } else { 0 }));
                let same = |_: usize| first.clone();
                let (ours, theirs) = (Side(&ours, &daemon, &own), Side(&theirs, &echo.process, &same));
                line(&format!("{connections} × {depth}"), shape, ours, theirs, wanted(operation, codec, shape));
            }
        }
    }
    println!("\nresident after the load: {:.1} MiB", daemon.resident_mib());
}

fn wanted(operation: &str, codec: Codec, shape: Shape) -> &'static str {
    match (operation, codec, shape) {
        ("get", Codec::Postcard, (8, 1)) => "wanted 0.7",
        ("get", Codec::Postcard, (8, 16)) => "wanted 0.4",
        _ => "",
    }
}

type MakeRequest = fn(Codec, &str) -> Vec<u8>;
const OPERATIONS: [(&str, MakeRequest); 2] = [("get", daemon::get), ("set", daemon::set)];
const SHAPES: [Shape; 6] = [(1, 1), (8, 1), (64, 1), (1, 16), (8, 16), (64, 16)];
