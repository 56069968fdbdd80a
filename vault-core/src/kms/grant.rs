//! What somebody may do with another's key. A grant adds, it never takes away;
//! without one another's key does not exist.
//!
//! ```text
//! 1 | id 32 | key id 16 | number u64be | principal (grantee) | u8 has retiring | principal, if so | operations u32be
//!   | u8 constraint: 0 none, 1 equals, 2 subset | LP(context) | u8 has name | LP(name) | made at u64be | LP(made by)
//! principal = LP(user) | u8 has login | LP(login)
//! ```
//!
//! A uid is not a person for ever: a grant names the login name too, and while
//! that is not today's it allows nothing.

use std::fmt;

use super::id::KeyId;
use crate::codec::{Malformed, Put, Reader};
use crate::envelope::CallerContext;
use crate::hex;
use crate::limits;
use crate::names::User;
use crate::secrets::Account;

/// What a grant may allow.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u32)]
pub enum Operation {
    /// Encrypt.
    Encrypt = 1,
    /// Decrypt.
    Decrypt = 1 << 1,
    /// Make a data key and see it.
    GenerateDataKey = 1 << 2,
    /// Make a data key unseen.
    GenerateDataKeyWithoutPlaintext = 1 << 3,
    /// Make a data key pair and see its private half.
    GenerateDataKeyPair = 1 << 4,
    /// Make a data key pair, the private half unseen.
    GenerateDataKeyPairWithoutPlaintext = 1 << 5,
    /// Move a ciphertext from this key to another.
    ReEncryptFrom = 1 << 6,
    /// Move a ciphertext from another key to this one.
    ReEncryptTo = 1 << 7,
    /// Sign.
    Sign = 1 << 8,
    /// Verify a signature.
    Verify = 1 << 9,
    /// See the public half.
    GetPublicKey = 1 << 10,
    /// Grant on, no more than the grant allows.
    CreateGrant = 1 << 11,
    /// Give the grant up.
    RetireGrant = 1 << 12,
    /// See what is known about the key.
    DescribeKey = 1 << 13,
    /// Make a MAC.
    GenerateMac = 1 << 14,
    /// Verify a MAC.
    VerifyMac = 1 << 15,
    /// Derive a shared secret.
    DeriveSharedSecret = 1 << 16,
}

/// A set of operations.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Operations(u32);

/// A grant's id.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GrantId([u8; 32]);

/// Somebody, by user and the login name that user has.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Principal {
    /// The user.
    pub user: User,
    /// Today's login name, for a local account that has one.
    pub login: Option<String>,
}

/// Under which encryption contexts a grant allows cryptographic operations.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum GrantConstraint {
    /// Exactly this one.
    Equals(CallerContext),
    /// Any that has these pairs.
    Subset(CallerContext),
}

/// A grant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Grant {
    /// Its id.
    pub id: GrantId,
    /// The key.
    pub key: KeyId,
    /// The how many-th on this key: their order.
    pub number: u64,
    /// Who may.
    pub grantee: Principal,
    /// Who may end it, beside the key's owner.
    pub retiring: Option<Principal>,
    /// What.
    pub operations: Operations,
    /// Under which contexts.
    pub constraint: Option<GrantConstraint>,
    /// For people.
    pub name: Option<String>,
    /// When it was made.
    pub made_ms: u64,
    /// Who made it.
    pub made_by: User,
}

impl Operation {
    /// Every one.
    pub const ALL: [Self; 17] = [
        Self::Encrypt,
        Self::Decrypt,
        Self::GenerateDataKey,
        Self::GenerateDataKeyWithoutPlaintext,
        Self::GenerateDataKeyPair,
        Self::GenerateDataKeyPairWithoutPlaintext,
        Self::ReEncryptFrom,
        Self::ReEncryptTo,
        Self::Sign,
        Self::Verify,
        Self::GetPublicKey,
        Self::CreateGrant,
        Self::RetireGrant,
        Self::DescribeKey,
        Self::GenerateMac,
        Self::VerifyMac,
        Self::DeriveSharedSecret,
    ];

    /// Does a constraint on the context say anything about it? The others
    /// have no encryption context.
    #[must_use]
    pub fn is_constrained(self) -> bool {
        !matches!(self, Self::DescribeKey | Self::RetireGrant | Self::CreateGrant | Self::GetPublicKey)
    }
}

impl Operations {
    /// None.
    pub const NONE: Self = Self(0);

    /// With one more.
    #[must_use]
    pub fn with(self, operation: Operation) -> Self {
        Self(self.0 | operation as u32)
    }

    /// Is it in the set?
    #[must_use]
    pub fn has(self, operation: Operation) -> bool {
        self.0 & operation as u32 != 0
    }

    /// Is every one of these in the other set?
    #[must_use]
    pub fn within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// Each of the set.
    pub fn iter(self) -> impl Iterator<Item = Operation> {
        Operation::ALL.into_iter().filter(move |operation| self.has(*operation))
    }

    fn from_bits(bits: u32) -> Option<Self> {
        let known = Operation::ALL.into_iter().fold(0, |all, operation| all | operation as u32);
        (bits & !known == 0).then_some(Self(bits))
    }
}

impl FromIterator<Operation> for Operations {
    fn from_iter<I: IntoIterator<Item = Operation>>(operations: I) -> Self {
        operations.into_iter().fold(Self::NONE, Self::with)
    }
}

impl fmt::Debug for Operations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl GrantId {
    /// From its bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for GrantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0))
    }
}

impl Principal {
    pub(crate) fn is(&self, account: &Account) -> bool {
        self.user == account.user && (self.user.uid().is_none() || self.login == account.login)
    }

    fn put(&self, bytes: &mut Vec<u8>) {
        bytes.put_lp(self.user.to_string().as_bytes());
        bytes.push(u8::from(self.login.is_some()));
        bytes.put_lp(self.login.as_deref().unwrap_or_default().as_bytes());
    }

    fn parse(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let user = parse_user(reader)?;
        let login = optional_text(reader, limits::LOGIN_MAX, "a login name")?;
        Ok(Self { user, login })
    }
}

impl GrantConstraint {
    /// Does it allow this context?
    #[must_use]
    pub fn allows(&self, context: &CallerContext) -> bool {
        match self {
            Self::Equals(exactly) => context == exactly,
            Self::Subset(pairs) => context.includes(pairs),
        }
    }
}

impl Grant {
    /// Does it allow the operation, with this context if the operation has one?
    #[must_use]
    pub fn allows(&self, operation: Operation, context: Option<&CallerContext>) -> bool {
        let constrained = self.constraint.as_ref().filter(|_| operation.is_constrained());
        self.operations.has(operation)
            && constrained.is_none_or(|constraint| context.is_some_and(|context| constraint.allows(context)))
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![RECORD_VERSION];
        bytes.extend_from_slice(&self.id.0);
        bytes.extend_from_slice(self.key.as_bytes());
        bytes.put_u64(self.number);
        self.grantee.put(&mut bytes);
        bytes.push(u8::from(self.retiring.is_some()));
        if let Some(retiring) = &self.retiring {
            retiring.put(&mut bytes);
        }
        bytes.put_u32(self.operations.0);
        let (kind, context) = match &self.constraint {
            None => (0, Vec::new()),
            Some(GrantConstraint::Equals(context)) => (1, context.encode()),
            Some(GrantConstraint::Subset(context)) => (2, context.encode()),
        };
        bytes.push(kind);
        bytes.put_lp(&context);
        bytes.push(u8::from(self.name.is_some()));
        bytes.put_lp(self.name.as_deref().unwrap_or_default().as_bytes());
        bytes.put_u64(self.made_ms);
        bytes.put_lp(self.made_by.to_string().as_bytes());
        bytes
    }

    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        reader.literal(&[RECORD_VERSION], "grant record version 1")?;
        let id = GrantId(reader.array("a grant id")?);
        let key = KeyId::from_bytes(reader.array("a key id")?);
        let number = reader.u64("a grant's number")?;
        let grantee = Principal::parse(&mut reader)?;
        let retiring = match reader.u8("a flag")? {
            0 => None,
            1 => Some(Principal::parse(&mut reader)?),
            _ => return Err(Malformed { expected: "a flag" }),
        };
        let operations = Operations::from_bits(reader.u32("operations")?);
        let operations = operations.ok_or(Malformed { expected: "operations" })?;
        let kind = reader.u8("a constraint")?;
        let context = reader.lp(CONTEXT_BYTES, "a context")?;
        let constraint = match kind {
            0 if context.is_empty() => None,
            1 => Some(GrantConstraint::Equals(CallerContext::parse(context)?)),
            2 => Some(GrantConstraint::Subset(CallerContext::parse(context)?)),
            _ => return Err(Malformed { expected: "a constraint" }),
        };
        let name = optional_text(&mut reader, limits::KMS_GRANT_NAME_MAX, "a grant's name")?;
        let made_ms = reader.u64("a time")?;
        let made_by = parse_user(&mut reader)?;
        reader.end()?;
        Ok(Self { id, key, number, grantee, retiring, operations, constraint, name, made_ms, made_by })
    }
}

fn parse_user(reader: &mut Reader<'_>) -> Result<User, Malformed> {
    let user = reader.text(limits::EXT_ID_MAX + 8, "a user")?;
    User::parse(user).map_err(|rule| Malformed { expected: rule.expected })
}

fn optional_text(reader: &mut Reader<'_>, max: usize, expected: &'static str) -> Result<Option<String>, Malformed> {
    let present = reader.u8("a flag")?;
    let text = reader.text(max, expected)?;
    match present {
        0 if text.is_empty() => Ok(None),
        1 => Ok(Some(text.to_owned())),
        _ => Err(Malformed { expected: "a flag" }),
    }
}

const RECORD_VERSION: u8 = 1;
/// A context at its limits, with the lengths of its parts.
const CONTEXT_BYTES: usize = limits::CONTEXT_MAX + 4 + 8 * limits::CONTEXT_PAIRS_MAX;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn context(pairs: &[(&str, &str)]) -> CallerContext {
        CallerContext::new(pairs.iter().map(|(key, value)| (key.as_bytes(), value.as_bytes()))).unwrap()
    }

    fn sample() -> Grant {
        Grant {
            id: GrantId([3; 32]),
            key: KeyId::from_bytes([4; 16]),
            number: 1,
            grantee: Principal { user: User::Uid(5), login: Some("eve".into()) },
            retiring: Some(Principal { user: User::parse("ext:bob").unwrap(), login: None }),
            operations: [Operation::Decrypt, Operation::RetireGrant].into_iter().collect(),
            constraint: Some(GrantConstraint::Subset(context(&[("b", "2"), ("a", "1")]))),
            name: Some("for the batch job".into()),
            made_ms: 9,
            made_by: User::Uid(1),
        }
    }

    #[test]
    fn round_trips_and_refuses_truncation() {
        let bare = Grant { retiring: None, constraint: None, name: None, ..sample() };
        let equals = Grant { constraint: Some(GrantConstraint::Equals(CallerContext::default())), ..sample() };
        for grant in [sample(), bare, equals] {
            let bytes = grant.encode();
            assert_eq!(Grant::parse(&bytes), Ok(grant));
            assert!((0..bytes.len()).all(|len| Grant::parse(&bytes[..len]).is_err()));
        }
    }

    #[test]
    fn constraints() {
        let (ab, a, none) = (context(&[("a", "1"), ("b", "2")]), context(&[("a", "1")]), CallerContext::default());
        assert!(GrantConstraint::Equals(ab.clone()).allows(&ab));
        assert!(!GrantConstraint::Equals(ab.clone()).allows(&a));
        assert!(!GrantConstraint::Equals(a.clone()).allows(&ab));
        assert!(GrantConstraint::Subset(a.clone()).allows(&ab));
        assert!(!GrantConstraint::Subset(ab.clone()).allows(&a));
        assert!(!GrantConstraint::Subset(a).allows(&context(&[("a", "2")])));
        assert!(GrantConstraint::Subset(none.clone()).allows(&ab));
        assert!(!GrantConstraint::Equals(none).allows(&ab));
    }

    #[test]
    fn a_constraint_rules_out_operations_without_a_context_but_not_looking() {
        let grant = Grant { operations: Operation::ALL.into_iter().collect(), ..sample() };
        for operation in Operation::ALL {
            assert_eq!(grant.allows(operation, None), !operation.is_constrained(), "{operation:?}");
        }
    }

    #[test]
    fn another_login_name_is_another_person() {
        let account = |login: Option<&str>| Account { user: User::Uid(5), login: login.map(str::to_owned) };
        let eve = sample().grantee;
        assert!(eve.is(&account(Some("eve"))));
        assert!(!eve.is(&account(Some("mallory"))));
        assert!(!eve.is(&account(None)));
    }

    proptest! {
        #[test]
        fn any_change_parses_canonically_or_not_at_all(at: prop::sample::Index, to: u8) {
            let mut bytes = sample().encode();
            let at = at.index(bytes.len());
            bytes[at] = to;
            if let Ok(grant) = Grant::parse(&bytes) {
                prop_assert_eq!(grant.encode(), bytes);
            }
        }
    }
}
