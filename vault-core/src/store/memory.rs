//! The store in memory: for tests and for vaults that live as long as their process.
