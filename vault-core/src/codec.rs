//! Reading and writing fixed layouts: big-endian, length-prefixed, one spelling
//! for each value. A reader never indexes past its input and every record must
//! be used up to the last byte.

/// The input is not what the layout says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed: expected {expected}")]
pub struct Malformed {
    /// What should have been there.
    pub expected: &'static str,
}

pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(crate) fn array<const N: usize>(&mut self, expected: &'static str) -> Result<[u8; N], Malformed> {
        let (head, rest) = self.rest.split_first_chunk::<N>().ok_or(Malformed { expected })?;
        self.rest = rest;
        Ok(*head)
    }

    pub(crate) fn u8(&mut self, expected: &'static str) -> Result<u8, Malformed> {
        self.array::<1>(expected).map(|[byte]| byte)
    }

    pub(crate) fn u16(&mut self, expected: &'static str) -> Result<u16, Malformed> {
        self.array(expected).map(u16::from_be_bytes)
    }

    pub(crate) fn u32(&mut self, expected: &'static str) -> Result<u32, Malformed> {
        self.array(expected).map(u32::from_be_bytes)
    }

    pub(crate) fn u64(&mut self, expected: &'static str) -> Result<u64, Malformed> {
        self.array(expected).map(u64::from_be_bytes)
    }

    /// A u32be length, at most `max`, and that many bytes.
    pub(crate) fn lp(&mut self, max: usize, expected: &'static str) -> Result<&'a [u8], Malformed> {
        let len = self.u32(expected)? as usize;
        if len > max {
            return Err(Malformed { expected });
        }
        let (head, rest) = self.rest.split_at_checked(len).ok_or(Malformed { expected })?;
        self.rest = rest;
        Ok(head)
    }

    /// Length-prefixed UTF-8.
    pub(crate) fn text(&mut self, max: usize, expected: &'static str) -> Result<&'a str, Malformed> {
        std::str::from_utf8(self.lp(max, expected)?).map_err(|_| Malformed { expected })
    }

    pub(crate) fn literal(&mut self, wanted: &[u8], expected: &'static str) -> Result<(), Malformed> {
        self.rest = self.rest.strip_prefix(wanted).ok_or(Malformed { expected })?;
        Ok(())
    }

    pub(crate) fn rest(self) -> &'a [u8] {
        self.rest
    }

    pub(crate) fn end(self) -> Result<(), Malformed> {
        if self.rest.is_empty() { Ok(()) } else { Err(Malformed { expected: "nothing after the last field" }) }
    }
}

/// Appends in the same layout. Lengths written here come from bounded types.
pub(crate) trait Put {
    fn put_u16(&mut self, value: u16);
    fn put_u32(&mut self, value: u32);
    fn put_u64(&mut self, value: u64);
    fn put_lp(&mut self, bytes: &[u8]);
}

impl Put for Vec<u8> {
    fn put_u16(&mut self, value: u16) {
        self.extend_from_slice(&value.to_be_bytes());
    }

    fn put_u32(&mut self, value: u32) {
        self.extend_from_slice(&value.to_be_bytes());
    }

    fn put_u64(&mut self, value: u64) {
        self.extend_from_slice(&value.to_be_bytes());
    }

    fn put_lp(&mut self, bytes: &[u8]) {
        self.extend_from_slice(&lp_prefix(bytes));
        self.extend_from_slice(bytes);
    }
}

/// The u32be length of `bytes`, for feeding a MAC in parts.
pub(crate) fn lp_prefix(bytes: &[u8]) -> [u8; 4] {
    // Everything of ours is bounded far below 4 GiB by `limits`.
    u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes()
}
