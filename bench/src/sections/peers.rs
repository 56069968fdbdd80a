//! The vault beside OpenBao and Redis, in one run and in turns.

use vault_proto::Codec;

use super::startup::size_mb;
use crate::daemon::{self, Site, name};
use crate::load::{Clients, Load, ROUND, ROUNDS, beside};
use crate::peers;

pub(crate) fn measure() {
    let peers = peers::installed();
    if peers.is_empty() {
        return;
    }
    let site = Site::new("peers");
    let target = site.target(Codec::Postcard);
    let set = |client: usize| vec![daemon::set(Codec::Postcard, &name(client))];
    let get = |_: usize| vec![daemon::get(Codec::Postcard, &name(0))];
    let first = site.serve();
    target.connect().ask(&set(0)[0]);
    drop(first);
    let (daemon, started) = site.serve_timed();
    std::thread::sleep(SETTLE);
    println!("{:<10} {:>16} {:>14} {:>12}", "", "start to answer", "idle memory", "binary");
    let us = (started.read, daemon.resident_mib(), size_mb(&daemon::vaultd()));
    let them = peers.iter().map(|peer| (peer.name, (peer.started, peer.process.resident_mib(), size_mb(&peer.binary))));
    for (name, (started, resident, size)) in std::iter::once(("vaultd", us)).chain(them) {
        println!(
            "{name:<10} {:>13.1} ms {resident:>10.1} MiB {:>9.1} MB",
            started.as_secs_f64() * 1e3,
            size.unwrap_or_default()
        );
    }
    for peer in &peers {
        println!("\n{:<24} {:>11} {:>11} {:>9}   ({})", peer.name, "vault /s", "peer /s", "ratio", peer.how);
        let their_set = |client: usize| vec![(peer.set)(client)];
        let their_get = |_: usize| vec![peer.get.clone()];
        type Requests<'a> = &'a (dyn Fn(usize) -> Vec<Vec<u8>> + Sync);
        let kinds: [(&str, Requests<'_>, Requests<'_>); 2] =
            [("read", &get, &their_get), ("durable write", &set, &their_set)];
        for ((operation, ours, theirs), wanted) in kinds.into_iter().zip(peer.wanted) {
            for connections in [1, 8] {
                let ours = Load {
                    target: &target,
                    server: &daemon,
                    requests: ours,
                    connections,
                    depth: 1,
                    clients: Clients::Threads,
                };
                let theirs = Load {
                    target: &peer.target,
                    server: &peer.process,
                    requests: theirs,
                    connections,
                    depth: 1,
                    clients: Clients::Threads,
                };
                let both = beside(ROUNDS, || ours.run(ROUND), || theirs.run(ROUND));
                let wanted = if connections == 8 { format!("wanted {wanted}") } else { String::new() };
                println!(
                    "{:<24} {:>11.0} {:>11.0} {:>9.2}   {wanted}",
                    format!("{operation}, {connections}"),
                    both.ours.rate,
                    both.theirs.rate,
                    both.ratio
                );
            }
        }
    }
}

/// After which a daemon that was read from once is idle.
const SETTLE: std::time::Duration = std::time::Duration::from_millis(300);
