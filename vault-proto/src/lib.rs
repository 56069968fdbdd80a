//! vault-proto
