//! What group commit gains: many clients' sets, each on a name of its own,
//! against one client, each of whose sets is a commit by itself.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Instant;

use vault_proto::Codec;

use crate::daemon::{self, Site, name};
use crate::load::{Clients, Load, ROUNDS, Sample, beside, median};

pub(crate) fn measure() {
    let site = Site::new("durable");
    let daemon = site.serve();
    let target = site.target(Codec::Postcard);
    let own = |client: usize| vec![daemon::set(Codec::Postcard, &name(client))];
    let load = |connections| Load {
        target: &target,
        server: &daemon,
        requests: &own,
        connections,
        depth: 1,
        clients: Clients::Threads,
    };
    println!("{:<12} {:>10} {:>18} {:>7} {:>12}", "clients", "sets /s", "one commit each /s", "ratio", "vault µs cpu");
    for connections in [1, 8, 64] {
        let (many, one) = (load(connections), load(1));
        let both = beside(ROUNDS, || many.run(TIME), || one.run(TIME));
        let Sample { rate, cost } = both.ours;
        println!("{connections:<12} {rate:>10.0} {:>18.0} {:>7.2} {cost:>12.1}", both.theirs.rate, both.ratio);
    }
    println!("the disk alone, 4 KiB and an fdatasync: {:.0} /s", syncs_per_second(site.directory()));
}

/// Over bytes that are there already, as a log that goes round is written.
fn syncs_per_second(directory: &Path) -> f64 {
    let file = File::create(directory.join("sync")).unwrap();
    file.write_all_at(&vec![1; SYNCS as usize * PAGE], 0).unwrap();
    file.sync_all().unwrap();
    median((0..ROUNDS).map(|_| {
        let begun = Instant::now();
        for page in 0..u64::from(SYNCS) {
            file.write_all_at(&[0; PAGE], page * PAGE as u64).unwrap();
            file.sync_data().unwrap();
        }
        f64::from(SYNCS) / begun.elapsed().as_secs_f64()
    }))
}

const TIME: std::time::Duration = std::time::Duration::from_millis(500);
const SYNCS: u32 = 100;
const PAGE: usize = 4_096;
