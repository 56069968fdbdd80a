//! Buffers that hold secrets on their way in or out.
//!
//! A `Vec` that grows copies its bytes to a new place and frees the old one as
//! it is: every value encoded so far would stay behind in free memory. So
//! encoders grow through [`reserve`], which erases what it leaves.

use std::io;

use zeroize::Zeroize;

/// Makes room for `additional` bytes; when that means moving, the old place is erased.
pub fn reserve(buffer: &mut Vec<u8>, additional: usize) {
    if buffer.capacity() - buffer.len() >= additional {
        return;
    }
    // Doubling keeps the number of moves, and of erasures, logarithmic.
    let wanted = buffer.len().saturating_add(additional).max(buffer.capacity().saturating_mul(2)).max(SMALLEST);
    let mut larger = Vec::with_capacity(wanted);
    larger.extend_from_slice(buffer);
    buffer.zeroize();
    *buffer = larger;
}

/// Erases everything from `from` on and shortens the buffer to it.
pub fn erase(buffer: &mut Vec<u8>, from: usize) {
    if let Some(tail) = buffer.get_mut(from..) {
        tail.zeroize();
        buffer.truncate(from);
    }
}

/// Where encoders write: straight into the connection's buffer.
pub(crate) struct Sink<'a>(pub(crate) &'a mut Vec<u8>);

impl Sink<'_> {
    #[inline]
    fn put(&mut self, bytes: &[u8]) {
        reserve(self.0, bytes.len());
        self.0.extend_from_slice(bytes);
    }
}

impl postcard::ser_flavors::Flavor for Sink<'_> {
    type Output = ();

    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        self.put(bytes);
        Ok(())
    }

    // Arrays arrive byte by byte.
    #[inline]
    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        if self.0.len() == self.0.capacity() {
            reserve(self.0, 1);
        }
        self.0.push(byte);
        Ok(())
    }

    fn finalize(self) -> postcard::Result<()> {
        Ok(())
    }
}

impl io::Write for Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.put(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Takes what an encoder writes and compares it with what was received, so a
/// second encoding of the same message is noticed without a second buffer.
pub(crate) struct Compare<'a>(pub(crate) &'a [u8]);

impl postcard::ser_flavors::Flavor for Compare<'_> {
    type Output = ();

    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        self.0 = self.0.strip_prefix(bytes).ok_or(postcard::Error::DeserializeBadEncoding)?;
        Ok(())
    }

    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.try_extend(&[byte])
    }

    fn finalize(self) -> postcard::Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(postcard::Error::DeserializeBadEncoding) }
    }
}

const SMALLEST: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growing_keeps_the_bytes() {
        let mut buffer = b"abc".to_vec();
        reserve(&mut buffer, 10_000);
        assert_eq!(buffer, b"abc");
        assert!(buffer.capacity() >= 10_003);
    }

    #[test]
    fn room_enough_does_not_move() {
        let mut buffer = Vec::with_capacity(64);
        buffer.extend_from_slice(b"abc");
        let place = buffer.as_ptr();
        reserve(&mut buffer, 61);
        assert_eq!(buffer.as_ptr(), place);
    }

    #[test]
    fn erasing_shortens_and_ignores_what_is_past_the_end() {
        let mut buffer = b"abcdef".to_vec();
        erase(&mut buffer, 2);
        assert_eq!(buffer, b"ab");
        erase(&mut buffer, 9);
        assert_eq!(buffer, b"ab");
    }
}
