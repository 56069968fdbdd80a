//! Time and randomness, as arguments: a test brings its own, everything else
//! takes the machine's.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970, UTC. Not monotonic: the vault keeps its own
/// highest time and never lets the clock run its decisions backwards.
pub trait Clock: Send + Sync {
    /// Now.
    fn now_ms(&self) -> u64;
}

/// Randomness for keys, nonces and ids.
pub trait Entropy: Send + Sync {
    /// Fills the whole buffer, or fails: never partly.
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyError>;
}

/// The kernel gave no randomness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system gave no randomness; nothing was sealed")]
pub struct EntropyError;

/// What a vault needs of the machine beside its store.
#[derive(Clone)]
pub struct Host {
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
}

impl Host {
    /// The machine's own clock and the kernel's randomness.
    #[must_use]
    pub fn system() -> Self {
        Self { clock: Arc::new(SystemClock), entropy: Arc::new(KernelEntropy) }
    }

    /// `N` random bytes.
    pub fn random<const N: usize>(&self) -> Result<[u8; N], EntropyError> {
        let mut bytes = [0; N];
        self.entropy.fill(&mut bytes)?;
        Ok(bytes)
    }
}

struct SystemClock;

impl Clock for SystemClock {
    fn now_ms(&self) -> u64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }
}

/// A clock that a test sets.
#[cfg(test)]
pub(crate) struct At(pub(crate) std::sync::atomic::AtomicU64);

#[cfg(test)]
impl Clock for At {
    fn now_ms(&self) -> u64 {
        self.0.load(std::sync::atomic::Ordering::Relaxed)
    }
}

/// `getrandom(2)` each time: no state of ours that a fork or a virtual machine
/// snapshot could duplicate (A16 of the threat model).
struct KernelEntropy;

impl Entropy for KernelEntropy {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyError> {
        getrandom::fill(buffer).map_err(|_| EntropyError)
    }
}
