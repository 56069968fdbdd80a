//! What a daemon costs before it is asked anything.

use std::path::Path;
use std::time::Duration;

use crate::daemon::{self, Site};
use crate::fill;
use crate::load::median;

pub(crate) fn measure() {
    let site = Site::new("startup");
    let vault = fill::open(&site);
    fill::fill(&vault, 0, SECRETS);
    drop(vault.seal());
    let mut starts = Vec::new();
    let mut resident = Vec::new();
    for _ in 0..STARTS {
        let (daemon, started) = site.serve_timed();
        std::thread::sleep(SETTLE);
        resident.push(daemon.resident_mib());
        starts.push(started);
    }
    let milliseconds = |of: fn(&daemon::Started) -> Duration| median(starts.iter().map(|s| of(s).as_secs_f64() * 1e3));
    println!("key-file slot, {SECRETS} secrets, median of {STARTS} starts");
    println!("{:<36} {:>8.1} ms", "start until the socket accepts", milliseconds(|started| started.socket));
    println!("{:<36} {:>8.1} ms   wanted 20", "start until a first read", milliseconds(|started| started.read));
    println!("{:<36} {:>8.1} MiB  wanted 10", "resident, idle", median(resident));
    for binary in ["vaultd", "vaultctl"] {
        let path = daemon::vaultd().with_file_name(binary);
        match size_mb(&path) {
            Some(size) => println!("{binary:<36} {size:>8.1} MB"),
            None => println!("{binary:<36} not built"),
        }
    }
}

pub(crate) fn size_mb(path: &Path) -> Option<f64> {
    Some(std::fs::metadata(path).ok()?.len() as f64 / 1e6)
}

const SECRETS: usize = 10_000;
const STARTS: usize = 11;
/// After which a daemon that was read from once is idle.
const SETTLE: Duration = Duration::from_millis(300);
