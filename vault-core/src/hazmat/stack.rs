//! What a primitive leaves below us on the stack when it returns.
//!
//! Ciphers XOR through arrays there, a few blocks at a time; hashes keep the
//! block they are at. Neither erases it: a scan of a daemon's memory found whole
//! values, and the last block of messages, a second after they were used. A
//! frame in their place takes it away. Best effort: what a compiler spills
//! elsewhere it does not reach.

/// Runs a hash of AWS-LC and overwrites the frames it has left.
pub(super) fn scrubbed<T>(run: impl FnOnce() -> T) -> T {
    let done = run();
    overwrite::<HASH>();
    done
}

/// The same for what works with points and big numbers.
pub(super) fn deeply_scrubbed<T>(run: impl FnOnce() -> T) -> T {
    let done = run();
    overwrite::<DEEP>();
    done
}

/// Overwrites what a cipher has left that has run just now.
pub(super) fn scrub() {
    overwrite::<CIPHER>();
}

/// By reference: a value would be given back, into a second array that is
/// never written and lies where the first should.
#[inline(never)]
fn overwrite<const LEN: usize>() {
    std::hint::black_box(&mut [0_u8; LEN]);
}

/// More than the frames of the widest cipher take.
const CIPHER: usize = 4_096;
/// More than those of a hash below its context.
const HASH: usize = 8_192;
/// Ed25519 was seen to hash 35 KB down, below tables of points.
const DEEP: usize = 65_536;
