//! Side-by-side measurements. Ratios from one run, medians of rounds taken in
//! turns; what each row compares is in `bench/README.md`.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a benchmark prints, and stops where something fails"
)]

mod aws;
mod daemon;
mod echo;
mod fill;
mod http;
mod load;
mod peers;
mod plain;
mod process;
mod sections;
mod text;
#[cfg(feature = "timing")]
mod timing;
mod wire;

use std::path::Path;

fn main() {
    #[cfg(feature = "timing")]
    if std::env::args().nth(1).as_deref() == Some("timing") {
        return timing::run();
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [echo::SERVE, socket] => return echo::serve(Path::new(socket)),
        [plain::SERVE, place, body] => return plain::serve(place, body),
        [sections::instructions::HOT, operation, count] => {
            return sections::instructions::run(operation, count.parse().unwrap());
        }
        _ => {}
    }
    let all = sections::ALL;
    if let Some(unknown) = arguments.iter().find(|argument| all.iter().all(|(name, _)| name != argument)) {
        let names: Vec<_> = all.iter().map(|(name, _)| *name).collect();
        panic!("no section {unknown}; there are {}", names.join(", "));
    }
    println!("load of the machine at the start: {}", load_average());
    for (name, measure) in all {
        if arguments.is_empty() || arguments.iter().any(|argument| argument == name) {
            println!("\n== {name}");
            measure();
        }
    }
    println!("\nload of the machine at the end: {}", load_average());
}

/// Of the last 1, 5 and 15 minutes: what else ran beside.
fn load_average() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap();
    let cores = std::thread::available_parallelism().unwrap();
    format!("{} on {cores} cores", text.split_whitespace().take(3).collect::<Vec<_>>().join(" "))
}
