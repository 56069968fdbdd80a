//! A disk that forgets and fails on command, beneath a real vault.
