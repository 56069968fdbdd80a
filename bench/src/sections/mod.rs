//! One section a file; each can be asked for by its name.

mod apps;
mod durable;
mod inprocess;
pub(crate) mod instructions;
mod keys;
mod kms;
mod peers;
mod rows;
mod socket;
mod startup;
mod table;

/// In the order in which they are measured.
pub(crate) const ALL: [(&str, fn()); 10] = [
    ("socket", socket::measure),
    ("inprocess", inprocess::measure),
    ("durable", durable::measure),
    ("startup", startup::measure),
    ("rows", rows::measure),
    ("peers", peers::measure),
    ("apps", apps::measure),
    ("keys", keys::measure),
    ("kms", kms::measure),
    ("instructions", instructions::measure),
];
