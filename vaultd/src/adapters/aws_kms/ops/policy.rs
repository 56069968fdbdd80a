//! Key policies. Every key has the one that AWS gives a key by default, and it
//! can be put again; one that says anything else would not be enforced and is
//! refused. *The account* of a policy is the key's owner, and nobody else.

use std::borrow::Cow;

use vault_core::kms::{KmsError, PolicyStatement};

use super::super::error::{MALFORMED_POLICY, Refused};
use super::super::names::Site;
use super::super::wire::{Input, Output};
use super::Request;
use crate::adapters::json::{self, Object, Value};

pub(super) fn get(Request { kms, site, input }: Request<'_>) -> Result<Output, Refused> {
    let key = site.key_id(input, "KeyId")?.into();
    named_default(input)?;
    kms.key_policy(&key)?;
    let statement = Output::new()
        .text("Sid", "Enable IAM User Permissions")
        .text("Effect", "Allow")
        .object("Principal", Output::new().text("AWS", &site.root_arn()))
        .text("Action", "kms:*")
        .text("Resource", "*");
    let policy = Output::new()
        .text("Version", "2012-10-17")
        .text("Id", "key-default-1")
        .objects("Statement", [statement])
        .finish();
    Ok(Output::new().text("Policy", &String::from_utf8_lossy(&policy)).text("PolicyName", DEFAULT))
}

pub(super) fn put(Request { kms, site, input }: Request<'_>) -> Result<Output, Refused> {
    let key = site.key_id(input, "KeyId")?.into();
    named_default(input)?;
    let statements = statements(site, &input.need_text("Policy", TEXT_MAX)?)?;
    kms.put_key_policy(&key, &statements)?;
    Ok(Output::new())
}

pub(super) fn list(Request { kms, site, input }: Request<'_>) -> Result<Output, Refused> {
    let key = site.key_id(input, "KeyId")?.into();
    kms.key_policy(&key)?;
    Ok(Output::new().texts("PolicyNames", [DEFAULT]).flag("Truncated", false))
}

/// Refuses what is not the policy of every key, where there is no key yet.
pub(super) fn check(statements: &[PolicyStatement]) -> Result<(), Refused> {
    match statements.iter().position(|statement| *statement != PolicyStatement::OWNER) {
        Some(statement) => Err(KmsError::PolicyNotEnforced { statement }.into()),
        None if statements.is_empty() => Err(KmsError::PolicyNotEnforced { statement: 0 }.into()),
        None => Ok(()),
    }
}

/// What a policy says, as far as it matters here.
pub(super) fn statements(site: &Site, text: &str) -> Result<Vec<PolicyStatement>, Refused> {
    let policy = json::parse(text.as_bytes()).map_err(|_| malformed("the policy is not a JSON object"))?;
    if policy.keys().any(|name| !matches!(&**name, "Version" | "Id" | "Statement")) {
        return Err(malformed("a policy has Version, Id and Statement"));
    }
    match policy.get("Statement") {
        Some(Value::Object(one)) => Ok(vec![statement(site, one)?]),
        Some(Value::List(several)) => several
            .iter()
            .map(|value| match value {
                Value::Object(one) => statement(site, one),
                _ => Err(malformed("a statement is an object")),
            })
            .collect(),
        _ => Err(malformed("a policy has a Statement")),
    }
}

fn statement(site: &Site, members: &Object<'_>) -> Result<PolicyStatement, Refused> {
    const KNOWN: [&str; 9] =
        ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"];
    if members.keys().any(|name| !KNOWN.contains(&&**name)) {
        return Err(malformed("a statement has a member that is not known"));
    }
    let allows = match texts(members.get("Effect")).as_deref() {
        Some([effect]) if effect == "Allow" => true,
        Some([effect]) if effect == "Deny" => false,
        _ => return Err(malformed("Effect is Allow or Deny")),
    };
    let only = |name: &str, accepted: &[&str]| {
        texts(members.get(name)).is_some_and(|found| found.len() == 1 && accepted.contains(&&*found[0]))
    };
    let root = site.root_arn();
    let owner = match members.get("Principal") {
        Some(Value::Object(principal)) if principal.len() == 1 => {
            let named = texts(principal.get("AWS"));
            named.is_some_and(|named| named.len() == 1 && (named[0] == root || named[0] == site.account))
        }
        _ => false,
    };
    Ok(PolicyStatement {
        allows,
        owner,
        every_operation: only("Action", &["kms:*", "*"]) && only("Resource", &["*"]),
        conditional: members.contains_key("Condition"),
    })
}

/// A string, or a list of them.
fn texts<'v>(value: Option<&'v Value<'v>>) -> Option<Vec<Cow<'v, str>>> {
    match value? {
        Value::Text(text) => Some(vec![text.to_str()]),
        Value::List(list) => list
            .iter()
            .map(|value| match value {
                Value::Text(text) => Some(text.to_str()),
                _ => None,
            })
            .collect(),
        _ => None,
    }
}

fn named_default(input: Input<'_>) -> Result<(), Refused> {
    match input.text("PolicyName", 128)? {
        Some(name) if name != DEFAULT => Err(Refused::not_found("a key has one policy: default")),
        _ => Ok(()),
    }
}

fn malformed(message: &'static str) -> Refused {
    Refused::new(MALFORMED_POLICY, message)
}

const DEFAULT: &str = "default";
/// Longest policy, in characters.
pub(super) const TEXT_MAX: usize = 131_072;
