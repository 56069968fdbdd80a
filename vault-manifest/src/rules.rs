//! The spelling of names, byte for byte: no case folding, no trimming, no
//! normalisation. `\z` is meant: a newline at the end is a character too many.

use crate::limits;

/// `\A[a-z][a-z0-9_-]{0,62}\z`.
#[must_use]
pub fn is_app(text: &str) -> bool {
    begins_lower(text, limits::APP_MAX, |b| b == b'_' || b == b'-')
}

/// `\A[a-z][a-z0-9_]{0,62}\z`: a declared name, without an instance.
#[must_use]
pub fn is_name(text: &str) -> bool {
    begins_lower(text, limits::NAME_MAX, |b| b == b'_')
}

/// `\A[a-z0-9][a-z0-9_.@-]{0,63}\z`: what may follow the `/`.
#[must_use]
pub fn is_instance(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let mut bytes = text.bytes();
    text.len() <= limits::INSTANCE_MAX
        && bytes.next().is_some_and(plain)
        && bytes.all(|b| plain(b) || matches!(b, b'_' | b'.' | b'@' | b'-'))
}

/// What [`is_app`] wants, in words.
pub const APP: &str = "a lower-case letter, then up to 62 of a-z, 0-9, _ and -";
/// What [`is_name`] wants, in words.
pub const NAME: &str = "a lower-case letter, then up to 62 of a-z, 0-9 and _";

fn begins_lower(text: &str, max: usize, extra: fn(u8) -> bool) -> bool {
    let mut bytes = text.bytes();
    text.len() <= max
        && bytes.next().is_some_and(|b| b.is_ascii_lowercase())
        && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || extra(b))
}
