//! Core answers to wire answers.

use std::collections::BTreeMap;

use vault_core::envelope::CallerContext;
use vault_core::keys::SecretBytes as CoreBytes;
use vault_core::kms as core;
use vault_proto::latest as wire;
use vault_proto::latest::{ContextPair, KeyReply, KeyTag, SecretBytes};

use super::words;

pub(super) fn secret(bytes: CoreBytes) -> SecretBytes {
    SecretBytes::new(bytes.into_vec())
}

pub(super) fn info(info: core::KeyInfo) -> wire::KeyInfo {
    wire::KeyInfo {
        id: info.id.to_string(),
        made_by: info.made_by.to_string(),
        made_at: info.made_ms,
        own: info.own,
        spec: words::told_spec(info.spec),
        usage: words::told_usage(info.usage),
        origin: words::told_origin(info.origin),
        state: words::told_state(info.state),
        exportable: info.exportable,
        description: info.description,
        current: info.current.map(|(version, material)| wire::KeyVersion { version, material }),
        deletion_at: info.deletion_ms,
        expires_at: info.expires_ms,
    }
}

pub(super) fn tags(tags: BTreeMap<String, String>) -> Vec<KeyTag> {
    tags.into_iter().map(|(name, value)| KeyTag { name, value }).collect()
}

pub(super) fn alias(info: core::AliasInfo) -> wire::AliasInfo {
    let core::AliasInfo { alias, key, made_ms, updated_ms } = info;
    wire::AliasInfo { alias: alias.to_string(), key: key.to_string(), made_at: made_ms, updated_at: updated_ms }
}

pub(super) fn encrypted(encrypted: core::Encrypted) -> wire::Encrypted {
    let core::Encrypted { key, version, ciphertext } = encrypted;
    wire::Encrypted { key: key.to_string(), version, ciphertext }
}

pub(super) fn decrypted(decrypted: core::Decrypted) -> wire::Decrypted {
    let core::Decrypted { key, version, plaintext } = decrypted;
    wire::Decrypted { key: key.to_string(), version, plaintext: secret(plaintext) }
}

pub(super) fn re_encrypted(moved: core::ReEncrypted) -> wire::ReEncrypted {
    let core::ReEncrypted { source, source_version, sealed } = moved;
    wire::ReEncrypted { source_key: source.to_string(), source_version, sealed: encrypted(sealed) }
}

pub(super) fn public_key(public: core::PublicKey) -> wire::PublicKey {
    let core::PublicKey { key, spec, usage, spki } = public;
    wire::PublicKey { key: key.to_string(), spec: words::told_spec(spec), usage: words::told_usage(usage), spki }
}

pub(super) fn rotation_status(status: core::RotationStatus) -> wire::RotationStatus {
    let core::RotationStatus { period_days, next_ms, on_demand } = status;
    wire::RotationStatus { period_days, next_at: next_ms, on_demand }
}

pub(super) fn material(info: core::MaterialInfo) -> wire::KeyMaterialInfo {
    let core::MaterialInfo { version, id, source, gone, made_ms, gone_ms, expires_ms } = info;
    wire::KeyMaterialInfo {
        version,
        material: id,
        source: words::told_source(source),
        gone,
        made_at: made_ms,
        gone_at: at(gone_ms),
        expires_at: at(expires_ms),
    }
}

pub(super) fn parameters(parameters: core::ImportParameters) -> wire::ImportParameters {
    let core::ImportParameters { key, token, public, valid_until_ms } = parameters;
    wire::ImportParameters { key: key.to_string(), token, public, valid_until: valid_until_ms }
}

pub(super) fn census(census: core::Census) -> wire::KeyCensus {
    let core::Census { versions, aliases, grants, import_pending } = census;
    let version = |version: core::VersionCensus| wire::VersionCensus {
        info: material(version.material),
        stored: version.stored,
        current: version.current,
        made: version.uses.made,
        opened: version.uses.opened,
        last_used_at: at(version.uses.last_ms),
    };
    wire::KeyCensus { versions: versions.into_iter().map(version).collect(), aliases, grants, import_pending }
}

pub(super) fn statement(statement: core::PolicyStatement) -> wire::PolicyStatement {
    let core::PolicyStatement { allows, owner, every_operation, conditional } = statement;
    wire::PolicyStatement { allows, owner, every_operation, conditional }
}

/// As many as fit a frame in either codec: a grant may hold 16 KiB of context.
pub(super) fn grants(page: core::Page<core::Grant>) -> KeyReply {
    let core::Page { items, more } = page;
    let asked = items.len();
    // The first one always does: its context is at most 16 KiB.
    let mut room = 1 << 20;
    let fits = |one: &wire::GrantInfo| {
        let left = usize::checked_sub(room, longest(one));
        room = left.unwrap_or(0);
        left.is_some()
    };
    let items: Vec<_> = items.into_iter().map(grant).take_while(fits).collect();
    KeyReply::Grants { more: more || items.len() < asked, items }
}

fn grant(grant: core::Grant) -> wire::GrantInfo {
    wire::GrantInfo {
        id: *grant.id.as_bytes(),
        key: grant.key.to_string(),
        number: grant.number,
        grantee: principal(grant.grantee),
        retiring: grant.retiring.map(principal),
        operations: grant.operations.iter().map(words::told_operation).collect(),
        constraint: grant.constraint.map(constraint),
        name: grant.name,
        made_at: grant.made_ms,
        made_by: grant.made_by.to_string(),
    }
}

fn principal(principal: core::Principal) -> wire::Principal {
    wire::Principal { user: principal.user.to_string(), login: principal.login }
}

fn constraint(constraint: core::GrantConstraint) -> wire::GrantConstraint {
    // Contexts that came by the wire are text. One that did not is shown as well as text can.
    let pairs = |context: &CallerContext| {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        context.iter().map(|(key, value)| ContextPair { key: text(key), value: text(value) }).collect()
    };
    match constraint {
        core::GrantConstraint::Equals(context) => wire::GrantConstraint::Equals(pairs(&context)),
        core::GrantConstraint::Subset(context) => wire::GrantConstraint::Subset(pairs(&context)),
    }
}

/// The most bytes it takes in either codec: JSON may write six for one.
fn longest(grant: &wire::GrantInfo) -> usize {
    let context = match &grant.constraint {
        None => 0,
        Some(wire::GrantConstraint::Equals(pairs) | wire::GrantConstraint::Subset(pairs)) => {
            pairs.iter().map(|pair| 24 + 6 * (pair.key.len() + pair.value.len())).sum()
        }
    };
    GRANT_BYTES + 6 * grant.name.as_ref().map_or(0, String::len) + context
}

fn at(ms: u64) -> Option<u64> {
    (ms != 0).then_some(ms)
}

/// What a grant takes beside its name and context, and then some: ids, three
/// users and two login names of the longest, and the name of every operation.
const GRANT_BYTES: usize = 2_560;
