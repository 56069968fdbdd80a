//! Frames: a length as u32 little-endian, then that many bytes.
//!
//! [`split`] looks at what has arrived and says what it is; it allocates
//! nothing, so a peer's length cannot make us. [`begin`] and [`Begun::finish`]
//! write a frame in place, so a server encodes many replies into one buffer and
//! writes them with one call.

use std::ops::Range;

use crate::buffer;
use crate::limits::FRAME_MAX;

/// Bytes before the payload.
pub const HEADER: usize = 4;

/// What the front of a buffer holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Split {
    /// Not a whole frame yet: this many bytes more are needed at least.
    Need(usize),
    /// The payload lies here; the frame ends where the range ends.
    Frame(Range<usize>),
}

/// A frame that is not acceptable; the connection cannot go on after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// The announced or written length is over the limit.
    #[error("frame of {len} bytes, at most {max} are accepted")]
    TooLarge {
        /// What was announced or written.
        len: u64,
        /// What is accepted.
        max: u64,
    },
    /// A length of zero: no message is empty.
    #[error("empty frame")]
    Empty,
}

/// Looks at the front of `received`.
pub fn split(received: &[u8]) -> Result<Split, FrameError> {
    let Some((header, rest)) = received.split_first_chunk::<HEADER>() else {
        return Ok(Split::Need(HEADER - received.len()));
    };
    let len = checked(u32::from_le_bytes(*header) as usize)?;
    match len.checked_sub(rest.len()) {
        None | Some(0) => Ok(Split::Frame(HEADER..HEADER + len)),
        Some(missing) => Ok(Split::Need(missing)),
    }
}

/// Starts a frame at the end of `out`. Append the payload, then [`Begun::finish`].
#[must_use = "a frame that is begun has no length yet"]
pub fn begin(out: &mut Vec<u8>) -> Begun {
    let at = out.len();
    buffer::reserve(out, HEADER);
    out.extend_from_slice(&[0; HEADER]);
    Begun { at }
}

/// A frame whose payload is being written.
#[derive(Debug)]
pub struct Begun {
    at: usize,
}

impl Begun {
    /// Writes the length. A payload over the limit, or none, is erased and taken
    /// back: `out` is as it was before [`begin`].
    pub fn finish(self, out: &mut Vec<u8>) -> Result<(), FrameError> {
        let written = out.len().saturating_sub(self.at + HEADER);
        match checked(written) {
            Ok(len) => {
                if let Some(header) = out.get_mut(self.at..self.at + HEADER) {
                    header.copy_from_slice(&(len as u32).to_le_bytes());
                }
                Ok(())
            }
            Err(error) => {
                self.cancel(out);
                Err(error)
            }
        }
    }

    /// Takes the frame back, erasing what was written.
    pub fn cancel(self, out: &mut Vec<u8>) {
        buffer::erase(out, self.at);
    }
}

fn checked(len: usize) -> Result<usize, FrameError> {
    match len {
        0 => Err(FrameError::Empty),
        1..=FRAME_MAX => Ok(len),
        _ => Err(FrameError::TooLarge { len: len as u64, max: FRAME_MAX as u64 }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_prefix_asks_for_what_is_missing() {
        let mut whole = Vec::new();
        let begun = begin(&mut whole);
        whole.extend_from_slice(b"payload");
        begun.finish(&mut whole).unwrap();
        for end in 0..whole.len() {
            let expected = if end < HEADER { HEADER - end } else { whole.len() - end };
            assert_eq!(split(&whole[..end]), Ok(Split::Need(expected)));
        }
        assert_eq!(split(&whole), Ok(Split::Frame(4..11)));
        whole.extend_from_slice(b"next");
        assert_eq!(split(&whole), Ok(Split::Frame(4..11)));
    }

    #[test]
    fn a_length_is_refused_before_its_bytes_arrive() {
        assert_eq!(split(&[0, 0, 0, 0]), Err(FrameError::Empty));
        let over = (FRAME_MAX as u32 + 1).to_le_bytes();
        assert_eq!(split(&over), Err(FrameError::TooLarge { len: FRAME_MAX as u64 + 1, max: FRAME_MAX as u64 }));
        assert_eq!(split(&[0xff; 4]), Err(FrameError::TooLarge { len: u64::from(u32::MAX), max: FRAME_MAX as u64 }));
        assert_eq!(split(&(FRAME_MAX as u32).to_le_bytes()), Ok(Split::Need(FRAME_MAX)));
    }

    #[test]
    fn what_does_not_fit_is_taken_back() {
        let mut out = b"before".to_vec();
        let begun = begin(&mut out);
        out.resize(out.len() + FRAME_MAX + 1, 7);
        assert!(matches!(begun.finish(&mut out), Err(FrameError::TooLarge { .. })));
        assert_eq!(out, b"before");
        let begun = begin(&mut out);
        assert_eq!(begun.finish(&mut out), Err(FrameError::Empty));
        assert_eq!(out, b"before");
    }
}
