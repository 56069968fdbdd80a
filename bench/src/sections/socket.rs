//! `get` and `set` over the socket against a bare echo.

use vault_proto::Codec;

use crate::daemon::{self, Site, name};
use crate::echo::Echo;
use crate::load::{Load, ROUND, ROUNDS, beside};

pub(crate) fn measure() {
    let site = Site::new("socket");
    let daemon = site.serve();
    let echo = Echo::start(site.directory());
    for codec in [Codec::Postcard, Codec::Json] {
        for (operation, request) in OPERATIONS {
            println!(
                "\n{:<24} {:>11} {:>11} {:>7} {:>12} {:>12}",
                format!("{operation}, {codec:?}"),
                "vault /s",
                "echo /s",
                "ratio",
                "vault µs cpu",
                "echo µs cpu"
            );
            let ours = site.target(codec);
            let first = request(codec, &name(0));
            let mut connection = ours.connect();
            connection.ask(&daemon::set(codec, &name(0)));
            let theirs = echo.target(first.len(), connection.ask(&first).len());
            for (connections, depth) in SHAPES {
                // Sets on names of their own; gets all of one.
                let own = |client: usize| vec![request(codec, &name(if operation == "set" { client } else { 0 }))];
                let same = |_: usize| vec![first.clone()];
                let ours = Load { target: &ours, server: &daemon, requests: &own, connections, depth };
                let theirs = Load { target: &theirs, server: &echo.process, requests: &same, connections, depth };
                let both = beside(ROUNDS, || ours.run(ROUND), || theirs.run(ROUND));
                println!(
                    "{:<24} {:>11.0} {:>11.0} {:>7.2} {:>12.2} {:>12.2} {}",
                    format!("{connections} × {depth}"),
                    both.ours.rate,
                    both.theirs.rate,
                    both.ratio,
                    both.ours.cost,
                    both.theirs.cost,
                    wanted(operation, codec, connections, depth)
                );
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
