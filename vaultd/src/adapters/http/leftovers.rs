//! Bytes of values that hyper has handed over and still holds a share of: its
//! read buffer. They are kept until the share is ours alone, which is when hyper
//! has gone on to another buffer or the connection has ended, and erased then.

use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use zeroize::Zeroize;

/// What one connection has still to erase. To be dropped after hyper's side of it.
#[derive(Default)]
pub(crate) struct Leftovers(Mutex<Vec<Bytes>>);

impl Leftovers {
    /// Erases these bytes, now or later.
    pub(crate) fn add(&self, data: Bytes) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(erased(data).err());
    }

    /// Erases what has become ours alone. Called with every request, so that a
    /// long connection does not gather buffers.
    pub(super) fn sweep(&self) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *kept = kept.drain(..).filter_map(|data| erased(data).err()).collect();
    }
}

impl Drop for Leftovers {
    fn drop(&mut self) {
        self.sweep();
    }
}

fn erased(data: Bytes) -> Result<(), Bytes> {
    data.try_into_mut().map(|mut own| own.as_mut().zeroize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shared_is_kept_until_it_is_not() {
        let leftovers = Leftovers::default();
        let held = || leftovers.0.lock().unwrap().len();
        leftovers.add(Bytes::from(b"own".to_vec()));
        assert_eq!(held(), 0);
        let shared = Bytes::from(b"a value".to_vec());
        leftovers.add(shared.slice(2..));
        leftovers.sweep();
        assert_eq!(held(), 1);
        drop(shared);
        leftovers.sweep();
        assert_eq!(held(), 0);
    }
}
