//! vault-cli
fn main() {}
