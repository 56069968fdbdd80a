//! Side-by-side measurements. Ratios from one run, medians of rounds.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark prints, and stops where something fails")]

mod daemon;
mod echo;
mod embedded;
mod load;
#[cfg(feature = "timing")]
mod timing;

use std::time::Duration;

use daemon::Daemon;
use load::{Bytes, median, run};

fn main() {
    #[cfg(feature = "timing")]
    if std::env::args().nth(1).as_deref() == Some("timing") {
        return timing::run();
    }
    embedded::measure();

    let daemon = Daemon::start();
    println!("start until the socket accepts: {:.1} ms", daemon.started.as_secs_f64() * 1e3);
    let echo = echo::Echo::start(daemon.directory());
    let get = Bytes::get();
    daemon.set_once();
    println!("\n{:<10} {:>12} {:>12} {:>7}", "get", "vault /s", "echo /s", "ratio");
    for (connections, depth) in [(1, 1), (8, 1), (64, 1), (1, 16), (8, 16)] {
        let mut rates = (Vec::new(), Vec::new());
        // In turns, so that both meet the same noise.
        for _ in 0..ROUNDS {
            rates.0.push(run(&daemon.socket(), &get, connections, depth, ROUND));
            rates.1.push(run(&echo.socket(), &get.as_echo(), connections, depth, ROUND));
        }
        let (vault, bare) = (median(&mut rates.0), median(&mut rates.1));
        println!("{:<10} {vault:>12.0} {bare:>12.0} {:>7.2}", format!("{connections}×{depth}"), vault / bare);
    }

    println!("\n{:<10} {:>12} {:>7}", "set", "durable /s", "ratio");
    let mut alone = 0.0;
    for connections in [1, 8, 64] {
        let mut rates: Vec<f64> =
            (0..ROUNDS).map(|_| run(&daemon.socket(), &Bytes::set(), connections, 1, ROUND)).collect();
        let rate = median(&mut rates);
        if connections == 1 {
            alone = rate;
        }
        println!("{connections:<10} {rate:>12.0} {:>7.2}", rate / alone);
    }
    println!("\nresident memory of the daemon: {:.1} MiB", daemon.resident_mib());
}

const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_millis(600);
