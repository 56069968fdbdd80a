//! Why a delivery is not taken.

/// Why a delivery is not taken. Holds nothing of the delivery and nothing of
/// the secret: names, limits and ages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WebhookError {
    /// A header the scheme needs is not there.
    #[error("the delivery has no {header}")]
    NoHeader {
        /// As the provider spells it.
        header: &'static str,
    },
    /// A header is there and not what the scheme says, or there twice.
    #[error("{header} is not what the scheme says: expected {expected}")]
    BadHeader {
        /// As the provider spells it.
        header: &'static str,
        /// What should have been there.
        expected: &'static str,
    },
    /// No signature of the delivery fits this body, these headers and this secret.
    #[error("no signature fits: the delivery was changed, or was signed with another secret")]
    BadSignature,
    /// Genuine, and older than is tolerated.
    #[error("the delivery is {age_s} s old, {tolerance_s} s are tolerated")]
    TooOld {
        /// Its age in seconds.
        age_s: u64,
        /// What is tolerated.
        tolerance_s: u64,
    },
    /// Genuine, and from further in the future than is tolerated: one of the clocks is wrong.
    #[error("the delivery is {ahead_s} s ahead of this machine's clock, {tolerance_s} s are tolerated")]
    TooNew {
        /// How far ahead, in seconds.
        ahead_s: u64,
        /// What is tolerated.
        tolerance_s: u64,
    },
    /// The stored secret cannot be one of this scheme.
    #[error("the stored secret is none of this scheme: expected {expected}")]
    BadSecret {
        /// What a secret of this scheme is.
        expected: &'static str,
    },
    /// Over a ceiling.
    #[error("{what}: {found}, at most {max}")]
    TooLarge {
        /// What was counted.
        what: &'static str,
        /// What was asked.
        found: u64,
        /// The ceiling.
        max: u64,
    },
    /// A copy of a delivery that was taken before, or one more than can be
    /// remembered: see [`super::Replays`].
    #[error("the delivery was taken before, or there are too many to know")]
    Replayed,
}

impl WebhookError {
    /// Refuses what is over a ceiling.
    pub(super) fn over(what: &'static str, found: u64, max: u64) -> Result<(), Self> {
        if found > max { Err(Self::TooLarge { what, found, max }) } else { Ok(()) }
    }
}
