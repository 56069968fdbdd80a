//! `[adapters.aws_kms]`.

use std::fmt;

use serde::Deserialize;

use super::{ConfigError, Listen};

/// The door for clients of AWS KMS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsKmsSettings {
    /// Where it listens.
    pub listen: Listen,
    /// The region in its names.
    pub region: Region,
    /// The account in its names.
    pub account: Account,
}

/// The table, as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AwsKmsFile {
    listen: Option<Listen>,
    #[serde(default)]
    region: Region,
    #[serde(default)]
    account: Account,
}

impl AwsKmsSettings {
    /// What holds when only the address is told.
    #[must_use]
    pub fn on(listen: Listen) -> Self {
        Self { listen, region: Region::default(), account: Account::default() }
    }

    /// The file's table with the flag before it. A table without an address is a mistake, not a door that is closed.
    pub(super) fn resolve(file: Option<AwsKmsFile>, flag: Option<Listen>) -> Result<Option<Self>, ConfigError> {
        let Some(AwsKmsFile { listen, region, account }) = file else { return Ok(flag.map(Self::on)) };
        let listen = flag.or(listen).ok_or(ConfigError::Missing { key: "adapters.aws_kms.listen" })?;
        Ok(Some(Self { listen, region, account }))
    }
}

/// An AWS region, as ARNs have it: nothing else is meant by it here.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Region(String);

/// Twelve digits, as ARNs have them: nothing else is meant by them here.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Account(String);

impl Default for Region {
    fn default() -> Self {
        Self("us-east-1".to_owned())
    }
}

impl Default for Account {
    fn default() -> Self {
        Self("000000000000".to_owned())
    }
}

impl TryFrom<String> for Region {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let fits = (1..=REGION_MAX).contains(&text.len()) && text.bytes().all(plain);
        if fits { Ok(Self(text)) } else { Err("expected a region such as us-east-1: 1 to 32 of a to z, 0 to 9 and -") }
    }
}

impl TryFrom<String> for Account {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let fits = text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
        if fits { Ok(Self(text)) } else { Err("expected an account of twelve digits, in quotation marks") }
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

const REGION_MAX: usize = 32;
