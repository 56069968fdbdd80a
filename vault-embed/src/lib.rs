//! vault-embed
