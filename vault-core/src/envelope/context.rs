//! Where an envelope belongs, as bytes.
//!
//! ```text
//! ctx = LP(prefix) ‖ vault id 16 ‖ scope id 16 ‖ LP(name) ‖ u64be version ‖ LP(cc)
//! cc  = u32be n ‖ n × (LP(key) ‖ LP(value)), bytewise sorted by key
//! ```
//!
//! Injective: every variable part carries its length (mistake 1 and the
//! emulators that join a map without lengths).

use crate::codec::{Malformed, Put, Reader};
use crate::limits;

/// The place an envelope is bound to.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The vault.
    pub vault: &'a [u8; 16],
    /// The scope; zeros are the system's.
    pub scope: &'a [u8; 16],
    /// What it is within the scope: for stored records the record kind and name index.
    pub name: &'a [u8],
    /// Its version.
    pub version: u64,
    /// What a caller wants authenticated with it.
    pub caller: &'a CallerContext,
}

/// A caller's encryption context: a map, authenticated, order-free.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CallerContext {
    sorted: Vec<Pair>,
}

type Pair = (Box<[u8]>, Box<[u8]>);

/// Why a caller's context was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CallerContextError {
    /// The same key twice.
    #[error("the encryption context names a key twice")]
    Duplicate,
    /// Too many pairs or bytes.
    #[error("the encryption context has {len} {what}, {max} are accepted")]
    TooLarge {
        /// `pairs` or `bytes`.
        what: &'static str,
        /// Given.
        len: usize,
        /// Accepted.
        max: usize,
    },
}

impl CallerContext {
    /// No pairs.
    pub const EMPTY: &'static Self = &Self { sorted: Vec::new() };

    /// From pairs in any order.
    pub fn new<'p>(pairs: impl IntoIterator<Item = (&'p [u8], &'p [u8])>) -> Result<Self, CallerContextError> {
        use CallerContextError::{Duplicate, TooLarge};
        let mut sorted: Vec<Pair> = Vec::new();
        let mut bytes = 0;
        for (key, value) in pairs {
            bytes += key.len() + value.len();
            if sorted.len() == limits::CONTEXT_PAIRS_MAX {
                let max = limits::CONTEXT_PAIRS_MAX;
                return Err(TooLarge { what: "pairs", len: max + 1, max });
            }
            if bytes > limits::CONTEXT_MAX {
                return Err(TooLarge { what: "bytes", len: bytes, max: limits::CONTEXT_MAX });
            }
            sorted.push((key.into(), value.into()));
        }
        sorted.sort_unstable();
        if sorted.windows(2).any(|pair| pair[0].0 == pair[1].0) {
            return Err(Duplicate);
        }
        Ok(Self { sorted })
    }

    /// Are there no pairs?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    /// Has it every pair of another?
    #[must_use]
    pub fn includes(&self, other: &Self) -> bool {
        other.sorted.iter().all(|pair| self.sorted.binary_search(pair).is_ok())
    }

    /// The pairs, sorted by key.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.sorted.iter().map(|(key, value)| (&**key, &**value))
    }

    /// Back from [`Self::encode`], in the one order it has.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        let count = reader.u32("a number of pairs")? as usize;
        if count > limits::CONTEXT_PAIRS_MAX {
            return Err(Malformed { expected: "a number of pairs within limits" });
        }
        let mut pairs = Vec::with_capacity(count);
        for _ in 0..count {
            pairs.push((reader.lp(limits::CONTEXT_MAX, "a key")?, reader.lp(limits::CONTEXT_MAX, "a value")?));
        }
        reader.end()?;
        if pairs.windows(2).any(|pair| pair[0].0 >= pair[1].0) {
            return Err(Malformed { expected: "pairs in order, no key twice" });
        }
        Self::new(pairs).map_err(|_| Malformed { expected: "a context within limits" })
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        bytes.put_u32(u32::try_from(self.sorted.len()).unwrap_or(u32::MAX));
        for (key, value) in &self.sorted {
            bytes.put_lp(key);
            bytes.put_lp(value);
        }
        bytes
    }
}

impl Context<'_> {
    pub(super) fn encode(&self, prefix: &[u8]) -> Vec<u8> {
        let mut ctx = Vec::with_capacity(4 + prefix.len() + 32 + 4 + self.name.len() + 8 + 8);
        ctx.put_lp(prefix);
        ctx.extend_from_slice(self.vault);
        ctx.extend_from_slice(self.scope);
        ctx.put_lp(self.name);
        ctx.put_u64(self.version);
        if self.caller.is_empty() {
            // Every stored record: no need to put together elsewhere what is known.
            ctx.put_lp(NO_PAIRS);
        } else {
            ctx.put_lp(&self.caller.encode());
        }
        ctx
    }
}

/// What a context without pairs encodes to.
const NO_PAIRS: &[u8] = &0_u32.to_be_bytes();
