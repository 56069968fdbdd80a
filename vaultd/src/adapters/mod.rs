//! Doors that speak other protocols. One folder each, with the same files:
//! foreign types stop at its `map.rs`, and behind that is the same path as for
//! everybody: decide, do, record.

pub mod aws_kms;
pub mod http;
pub mod imperal;
pub mod json;
