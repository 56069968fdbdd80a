//! Received bytes until they are messages. Both clients read into this; neither
//! sees a frame.

use std::fmt;

use vault_proto::frame::{self, Split};
use vault_proto::hello::{self, ServerHello};
use vault_proto::latest::Response;
use vault_proto::{Dialect, limits, reserve};
use zeroize::Zeroize;

use crate::error::ProtocolError;

/// What has arrived and is not used up. Erased as it is used and on drop.
#[derive(Default)]
pub(crate) struct Inbox {
    /// Initialised throughout; `start..end` holds what has arrived.
    buffer: Vec<u8>,
    start: usize,
    end: usize,
}

impl Inbox {
    /// Room to read into, never empty and never more than a frame needs.
    pub(crate) fn space(&mut self) -> &mut [u8] {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            let len = self.end - self.start;
            self.erase(len, self.end);
            (self.start, self.end) = (0, len);
        }
        if self.buffer.len() - self.end < READ_MIN {
            // Grows by what has really arrived, so an announced length costs nothing.
            let wanted = (self.buffer.len() * 2).clamp(READ_FIRST, LARGEST);
            reserve_zeroed(&mut self.buffer, wanted);
        }
        self.buffer.get_mut(self.end..).unwrap_or_default()
    }

    /// So many bytes have been read into the room.
    pub(crate) fn filled(&mut self, bytes: usize) {
        self.end = self.buffer.len().min(self.end + bytes);
    }

    /// The server's hello, when it is all there.
    pub(crate) fn take_hello(&mut self) -> Result<Option<ServerHello>, ProtocolError> {
        let Some((bytes, _)) = self.arrived().split_first_chunk::<{ hello::LEN }>() else {
            return Ok(None);
        };
        let hello = ServerHello::parse(bytes)?;
        self.used(hello::LEN);
        // Nothing has been asked, so nothing can be answered yet.
        if self.is_empty() { Ok(Some(hello)) } else { Err(ProtocolError::UnexpectedId) }
    }

    /// The next response, when it is all there.
    pub(crate) fn take_response(&mut self, dialect: Dialect) -> Result<Option<Response>, ProtocolError> {
        let arrived = self.arrived();
        let payload = match frame::split(arrived)? {
            Split::Need(_) => return Ok(None),
            Split::Frame(payload) => payload,
        };
        let end = payload.end;
        let decoded = dialect.decode_response(arrived.get(payload).unwrap_or_default());
        self.used(end);
        Ok(Some(decoded?))
    }

    /// Everything that arrived is used up.
    pub(crate) fn is_empty(&self) -> bool {
        self.start == self.end
    }

    fn arrived(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    fn used(&mut self, bytes: usize) {
        let upto = self.end.min(self.start + bytes);
        self.erase(self.start, upto);
        self.start = upto;
        if self.is_empty() {
            (self.start, self.end) = (0, 0);
            if self.buffer.len() > KEPT {
                self.buffer = Vec::new();
            }
        }
    }

    fn erase(&mut self, from: usize, to: usize) {
        if let Some(bytes) = self.buffer.get_mut(from..to) {
            bytes.zeroize();
        }
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        self.buffer.zeroize();
    }
}

impl fmt::Debug for Inbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inbox").field("arrived", &(self.end - self.start)).finish_non_exhaustive()
    }
}

fn reserve_zeroed(buffer: &mut Vec<u8>, len: usize) {
    reserve(buffer, len.saturating_sub(buffer.len()));
    buffer.resize(len.max(buffer.len()), 0);
}

/// The first size: many small replies in one read.
const READ_FIRST: usize = 16 << 10;
/// Less room than this and the buffer grows.
const READ_MIN: usize = 4 << 10;
/// A whole frame, with room to read the next one's start.
const LARGEST: usize = limits::FRAME_MAX + frame::HEADER + READ_FIRST;
/// A larger buffer is given back when it is empty.
const KEPT: usize = 256 << 10;

#[cfg(test)]
mod tests {
    use vault_proto::Codec;
    use vault_proto::latest::{Reply, SecretBytes, ValueReply, VaultReply};

    use super::*;

    fn newest() -> Dialect {
        Dialect::newest(Codec::Postcard)
    }

    fn response(id: u64, len: usize) -> Response {
        let value = SecretBytes::new(vec![0x5a; len]);
        Response { id, stamp: None, result: Ok(Reply::Vault(VaultReply::Value(ValueReply { value, version: 1 }))) }
    }

    #[test]
    fn responses_arrive_in_pieces_of_any_size() {
        let mut wire = Vec::new();
        for (id, len) in [(1, 3), (2, 60_000), (3, 0), (4, 1 << 20)] {
            newest().encode_response_frame(&response(id, len), &mut wire).unwrap();
        }
        for piece in [1_000, 4_096, 70_001, usize::MAX] {
            let (mut inbox, mut ids, mut rest) = (Inbox::default(), Vec::new(), &wire[..]);
            while !rest.is_empty() {
                let space = inbox.space();
                let n = space.len().min(rest.len()).min(piece);
                assert!(n > 0);
                space[..n].copy_from_slice(&rest[..n]);
                inbox.filled(n);
                rest = &rest[n..];
                while let Some(response) = inbox.take_response(newest()).unwrap() {
                    ids.push(response.id);
                }
            }
            assert_eq!(ids, [1, 2, 3, 4]);
        }
    }

    #[test]
    fn used_bytes_are_erased() {
        let mut inbox = Inbox::default();
        let mut wire = Vec::new();
        newest().encode_response_frame(&response(1, 500), &mut wire).unwrap();
        inbox.space()[..wire.len()].copy_from_slice(&wire);
        inbox.filled(wire.len());
        inbox.take_response(newest()).unwrap().unwrap();
        assert!(inbox.buffer.iter().all(|byte| *byte == 0));
    }

    #[test]
    fn a_frame_over_the_limit_is_refused_at_its_header() {
        let mut inbox = Inbox::default();
        inbox.space()[..4].copy_from_slice(&u32::MAX.to_le_bytes());
        inbox.filled(4);
        assert!(matches!(inbox.take_response(newest()), Err(ProtocolError::Frame(_))));
        assert!(inbox.buffer.len() <= READ_FIRST);
    }
}
