//! The vault beside OpenBao and Redis, in one run and in turns.

use vault_proto::Codec;

use super::startup::size_mb;
use super::table::{Request, Side, header, row};
use crate::daemon::{self, Site, name};
use crate::peers;

pub(crate) fn measure() {
    let peers = peers::installed();
    if peers.is_empty() {
        return;
    }
    let site = Site::new("peers");
    let target = site.target(Codec::Postcard);
    let set = |client: usize| daemon::set(Codec::Postcard, &name(client));
    let get = |_: usize| daemon::get(Codec::Postcard, &name(0));
    let first = site.serve();
    target.connect().ask(&set(0));
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
        header(&format!("beside {}", peer.name), "vault", "peer");
        println!("({})", peer.how);
        let their_get = |_: usize| peer.get.clone();
        let kinds: [(&str, Request<'_>, Request<'_>); 2] =
            [("read", &get, &their_get), ("durable write", &set, &*peer.set)];
        for ((operation, ours, theirs), wanted) in kinds.into_iter().zip(peer.wanted) {
            let ours = Side(&target, &daemon, ours);
            let theirs = Side(&peer.target, &peer.process, theirs);
            row(operation, ours, theirs, &format!("wanted {wanted}"));
        }
    }
}

/// After which a daemon that was read from once is idle.
const SETTLE: std::time::Duration = std::time::Duration::from_millis(300);
