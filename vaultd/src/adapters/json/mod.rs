//! JSON at doors whose requests and answers may hold a secret: a general reader
//! unescapes into buffers that nobody erases, a general writer grows into new
//! ones. Here a string stays where it was read until somebody wants it, and then
//! goes into one buffer that is large enough from the start.

mod reader;
mod value;
mod write;

pub(super) use reader::Reader;
pub use reader::Text;
pub use value::{Object, Value, parse};
pub(super) use write::{escaped_len, push_escaped};

/// Bytes that are not one JSON object, within the limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected one JSON object in UTF-8, of at most {max} levels and {values} values, no name twice",
    max = value::DEPTH_MAX,
    values = value::VALUES_MAX
)]
pub struct NotJson;
