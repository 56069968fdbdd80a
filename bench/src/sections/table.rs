//! Rows of two servers side by side.

use crate::load::{Load, ROUND, ROUNDS, Sample, beside};
use crate::process::Process;
use crate::wire::Target;

/// Whom to ask, whose processor time it is, and what.
pub(super) struct Side<'a>(pub(super) &'a Target, pub(super) &'a Process, pub(super) &'a (dyn Fn() -> Vec<u8> + Sync));

impl Side<'_> {
    fn round(&self, connections: usize) -> Sample {
        let Self(target, server, request) = *self;
        let requests = |_: usize| vec![request()];
        Load { target, server, requests: &requests, connections, depth: 1 }.run(ROUND)
    }
}

/// Two in turns, at one connection and at eight.
pub(super) fn row(what: &str, ours: Side<'_>, theirs: Side<'_>) {
    for connections in [1, 8] {
        let both = beside(ROUNDS, || ours.round(connections), || theirs.round(connections));
        println!(
            "{:<30} {:>12.0} {:>12.0} {:>7.2} {:>16.2} {:>16.2}",
            format!("{what}, {connections}"),
            both.ours.rate,
            both.theirs.rate,
            both.ratio,
            both.ours.cost,
            both.theirs.cost
        );
    }
}

pub(super) fn header(what: &str, ours: &str, theirs: &str) {
    println!(
        "\n{what:<30} {:>12} {:>12} {:>7} {:>16} {:>16}",
        format!("{ours} /s"),
        format!("{theirs} /s"),
        "ratio",
        format!("{ours} µs cpu"),
        format!("{theirs} µs cpu")
    );
}
