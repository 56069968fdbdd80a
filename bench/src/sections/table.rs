//! Rows of two servers side by side.

use crate::load::{Clients, Load, ROUND, ROUNDS, Sample, beside};
use crate::process::Process;
use crate::wire::Target;

/// What each client asks.
pub(super) type Request<'a> = &'a (dyn Fn(usize) -> Vec<u8> + Sync);

/// Whom to ask, whose processor time it is, and what is asked.
#[derive(Clone, Copy)]
pub(super) struct Side<'a>(pub(super) &'a Target, pub(super) &'a Process, pub(super) Request<'a>);

/// Connections, requests in flight on each, and who holds them.
#[derive(Clone, Copy)]
pub(super) struct Shape(pub(super) usize, pub(super) usize, pub(super) Clients);

impl Side<'_> {
    fn round(&self, Shape(connections, depth, clients): Shape) -> Sample {
        let Self(target, server, request) = *self;
        let requests = |client: usize| vec![request(client)];
        Load { target, server, requests: &requests, connections, depth, clients }.run(ROUND)
    }
}

/// Two in turns, at one connection and at eight, where something is wanted.
pub(super) fn row(what: &str, ours: Side<'_>, theirs: Side<'_>, wanted: &str) {
    for (connections, wanted) in [(1, ""), (8, wanted)] {
        line(&format!("{what}, {connections}"), Shape(connections, 1, Clients::Threads), ours, theirs, wanted);
    }
}

/// Two in turns, in one shape.
pub(super) fn line(label: &str, shape: Shape, ours: Side<'_>, theirs: Side<'_>, wanted: &str) {
    line_of(label, [shape; 2], ours, theirs, wanted);
}

/// Two in turns, each in its own shape.
pub(super) fn line_of(label: &str, shapes: [Shape; 2], ours: Side<'_>, theirs: Side<'_>, wanted: &str) {
    let both = beside(ROUNDS, || ours.round(shapes[0]), || theirs.round(shapes[1]));
    println!(
        "{label:<30} {:>12.0} {:>12.0} {:>7.2} {:>16.2} {:>16.2}   {wanted}",
        both.ours.rate, both.theirs.rate, both.ratio, both.ours.cost, both.theirs.cost
    );
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
