//! The first eight bytes each way: which protocol, which version, which codec.
//!
//! Fixed layout, so that it can be read by a peer of any age without a codec:
//!
//! ```text
//! client: "VLTP" | lowest version u8 | highest version u8 | codec u8 | 0
//! server: "VLTP" | version u8        | codec u8           | status u8 | 0
//! ```
//!
//! With a status other than 0 the server closes after its hello; version and
//! codec then repeat what it would have spoken, or 0.

use crate::{Codec, Dialect, Version};

/// Length of either hello.
pub const LEN: usize = 8;

/// What the client offers. `lowest <= highest`, and lowest is at least 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientHello {
    lowest: u8,
    highest: u8,
    codec: u8,
}

/// What the server answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServerHello {
    /// All that follows is this version in this codec. Read from a peer, it may
    /// be a version that is not known here: see [`ClientHello::accept`].
    Agreed {
        /// The version.
        version: u8,
        /// The codec.
        codec: Codec,
    },
    /// Nothing follows.
    Refused(Refusal),
}

/// Why the server will not go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The version ranges do not meet.
    #[error("client and server have no protocol version in common")]
    NoCommonVersion,
    /// The codec byte means nothing to the server.
    #[error("the server does not know the codec")]
    UnknownCodec,
    /// No more connections for this uid, or at all.
    #[error("the server has too many connections")]
    TooManyConnections,
    /// The peer's uid may not connect.
    #[error("the server does not serve this user")]
    NotAllowed,
    /// The server is going down.
    #[error("the server is shutting down")]
    ShuttingDown,
}

/// Eight bytes that are not a hello.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HelloError {
    /// The first four bytes are something else's.
    #[error("not the vault protocol")]
    BadMagic,
    /// The last byte is reserved and must be zero.
    #[error("reserved byte is not zero")]
    BadReserved,
    /// Lowest over highest, or version 0.
    #[error("impossible version range {lowest} to {highest}")]
    BadVersions {
        /// As received.
        lowest: u8,
        /// As received.
        highest: u8,
    },
    /// A status that no version of this protocol names.
    #[error("unknown status {0}")]
    BadStatus(u8),
    /// The server agreed to a codec that does not exist.
    #[error("unknown codec {0}")]
    BadCodec(u8),
}

impl ClientHello {
    /// What this build speaks.
    #[must_use]
    pub fn new(codec: Codec) -> Self {
        Self::between(Version::OLDEST, Version::NEWEST, codec)
    }

    /// These versions only. They are put in order.
    #[must_use]
    pub fn between(one: Version, other: Version, codec: Codec) -> Self {
        Self { lowest: one.min(other).wire(), highest: one.max(other).wire(), codec: codec.wire() }
    }

    /// Reads a client's hello. An unknown codec is not an error here: the server
    /// must be able to answer it.
    pub fn parse(bytes: &[u8; LEN]) -> Result<Self, HelloError> {
        let [m0, m1, m2, m3, lowest, highest, codec, reserved] = *bytes;
        check_frame([m0, m1, m2, m3], reserved)?;
        if lowest == 0 || lowest > highest {
            return Err(HelloError::BadVersions { lowest, highest });
        }
        Ok(Self { lowest, highest, codec })
    }

    /// As bytes.
    #[must_use]
    pub fn encode(&self) -> [u8; LEN] {
        let [m0, m1, m2, m3] = MAGIC;
        [m0, m1, m2, m3, self.lowest, self.highest, self.codec, 0]
    }

    /// The server's answer as far as version and codec decide it: the highest
    /// version both sides know, in the codec asked for.
    #[must_use]
    pub fn answer(&self) -> ServerHello {
        match self.dialect() {
            Ok(Dialect { version, codec }) => ServerHello::Agreed { version: version.wire(), codec },
            Err(refusal) => ServerHello::Refused(refusal),
        }
    }

    /// The same as a value: what the server speaks from here on.
    pub fn dialect(&self) -> Result<Dialect, Refusal> {
        let highest = self.highest.min(Version::NEWEST.wire());
        let common = Version::from_wire(highest).filter(|version| version.wire() >= self.lowest);
        let version = common.ok_or(Refusal::NoCommonVersion)?;
        let codec = Codec::from_wire(self.codec).ok_or(Refusal::UnknownCodec)?;
        Ok(Dialect { version, codec })
    }

    /// What the client speaks from here on, when the server agreed to something
    /// that was offered. A server that agrees to something else would be decoded
    /// as something it is not.
    #[must_use]
    pub fn accept(&self, version: u8, codec: Codec) -> Option<Dialect> {
        let offered = (self.lowest..=self.highest).contains(&version) && self.codec == codec.wire();
        let version = Version::from_wire(version).filter(|_| offered)?;
        Some(Dialect { version, codec })
    }
}

impl ServerHello {
    /// Reads a server's hello.
    pub fn parse(bytes: &[u8; LEN]) -> Result<Self, HelloError> {
        let [m0, m1, m2, m3, version, codec, status, reserved] = *bytes;
        check_frame([m0, m1, m2, m3], reserved)?;
        if status != 0 {
            return Refusal::from_wire(status).map(Self::Refused).ok_or(HelloError::BadStatus(status));
        }
        if version == 0 {
            return Err(HelloError::BadVersions { lowest: version, highest: version });
        }
        let codec = Codec::from_wire(codec).ok_or(HelloError::BadCodec(codec))?;
        Ok(Self::Agreed { version, codec })
    }

    /// As bytes.
    #[must_use]
    pub fn encode(&self) -> [u8; LEN] {
        let [m0, m1, m2, m3] = MAGIC;
        let (version, codec, status) = match self {
            Self::Agreed { version, codec } => (*version, codec.wire(), 0),
            Self::Refused(refusal) => (0, 0, refusal.wire()),
        };
        [m0, m1, m2, m3, version, codec, status, 0]
    }
}

impl Refusal {
    fn wire(self) -> u8 {
        match self {
            Self::NoCommonVersion => 1,
            Self::UnknownCodec => 2,
            Self::TooManyConnections => 3,
            Self::NotAllowed => 4,
            Self::ShuttingDown => 5,
        }
    }

    fn from_wire(status: u8) -> Option<Self> {
        match status {
            1 => Some(Self::NoCommonVersion),
            2 => Some(Self::UnknownCodec),
            3 => Some(Self::TooManyConnections),
            4 => Some(Self::NotAllowed),
            5 => Some(Self::ShuttingDown),
            _ => None,
        }
    }
}

fn check_frame(magic: [u8; 4], reserved: u8) -> Result<(), HelloError> {
    if magic != MAGIC {
        return Err(HelloError::BadMagic);
    }
    if reserved != 0 { Err(HelloError::BadReserved) } else { Ok(()) }
}

const MAGIC: [u8; 4] = *b"VLTP";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layout_is_fixed() {
        assert_eq!(&ClientHello::new(Codec::Postcard).encode(), b"VLTP\x01\x02\x01\x00");
        assert_eq!(&ClientHello::new(Codec::Json).encode(), b"VLTP\x01\x02\x02\x00");
        let old = ClientHello::between(Version::V1, Version::V1, Codec::Postcard);
        assert_eq!(&old.encode(), b"VLTP\x01\x01\x01\x00");
        assert_eq!(&ServerHello::Agreed { version: 1, codec: Codec::Json }.encode(), b"VLTP\x01\x02\x00\x00");
        assert_eq!(&ServerHello::Refused(Refusal::NotAllowed).encode(), b"VLTP\x00\x00\x04\x00");
    }

    #[test]
    fn both_hellos_survive_the_way() {
        for codec in [Codec::Postcard, Codec::Json] {
            let hello = ClientHello::new(codec);
            assert_eq!(ClientHello::parse(&hello.encode()), Ok(hello));
            let answer = hello.answer();
            assert_eq!(answer, ServerHello::Agreed { version: 2, codec });
            assert_eq!(ServerHello::parse(&answer.encode()), Ok(answer));
            assert_eq!(hello.accept(1, codec), Some(Dialect { version: Version::V1, codec }));
            assert_eq!(hello.accept(2, codec), Some(Dialect { version: Version::V2, codec }));
            assert_eq!(hello.accept(0, codec), None);
            assert_eq!(hello.accept(3, codec), None);
            let other = if codec == Codec::Json { Codec::Postcard } else { Codec::Json };
            assert_eq!(hello.accept(1, other), None);
            let old = ClientHello::between(Version::V1, Version::V1, codec);
            assert_eq!(old.accept(2, codec), None, "not offered");
        }
        for status in 1..=5 {
            let refused = ServerHello::Refused(Refusal::from_wire(status).unwrap());
            assert_eq!(ServerHello::parse(&refused.encode()), Ok(refused));
        }
        assert_eq!(ServerHello::parse(b"VLTP\x00\x00\x06\x00"), Err(HelloError::BadStatus(6)));
    }

    #[test]
    fn a_newer_client_is_met_at_the_highest_common_version() {
        let hello = ClientHello::parse(b"VLTP\x01\x09\x01\x00").unwrap();
        assert_eq!(hello.answer(), ServerHello::Agreed { version: 2, codec: Codec::Postcard });
        assert_eq!(hello.dialect(), Ok(Dialect { version: Version::V2, codec: Codec::Postcard }));
        // It may have versions that nobody here has.
        assert_eq!(hello.accept(9, Codec::Postcard), None);
        let hello = ClientHello::parse(b"VLTP\x02\x09\x01\x00").unwrap();
        assert_eq!(hello.answer(), ServerHello::Agreed { version: 2, codec: Codec::Postcard });
        let hello = ClientHello::parse(b"VLTP\x03\x09\x01\x00").unwrap();
        assert_eq!(hello.answer(), ServerHello::Refused(Refusal::NoCommonVersion));
        let hello = ClientHello::parse(b"VLTP\x01\x01\x03\x00").unwrap();
        assert_eq!(hello.answer(), ServerHello::Refused(Refusal::UnknownCodec));
    }

    #[test]
    fn an_older_client_is_met_at_its_highest_version() {
        let hello = ClientHello::parse(b"VLTP\x01\x01\x02\x00").unwrap();
        assert_eq!(hello.answer(), ServerHello::Agreed { version: 1, codec: Codec::Json });
        assert_eq!(hello.dialect(), Ok(Dialect { version: Version::V1, codec: Codec::Json }));
    }

    #[test]
    fn what_is_no_hello_is_refused() {
        assert_eq!(ClientHello::parse(b"GET / HT"), Err(HelloError::BadMagic));
        assert_eq!(ClientHello::parse(b"VLTP\x01\x01\x01\x01"), Err(HelloError::BadReserved));
        assert_eq!(ClientHello::parse(b"VLTP\x02\x01\x01\x00"), Err(HelloError::BadVersions { lowest: 2, highest: 1 }));
        assert_eq!(ClientHello::parse(b"VLTP\x00\x01\x01\x00"), Err(HelloError::BadVersions { lowest: 0, highest: 1 }));
        assert_eq!(ServerHello::parse(b"VLTP\x01\x07\x00\x00"), Err(HelloError::BadCodec(7)));
        assert_eq!(ServerHello::parse(b"HTTP/1.1"), Err(HelloError::BadMagic));
    }
}
