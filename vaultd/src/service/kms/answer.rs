//! One call about keys, answered by the core. By topic: each part takes its own
//! calls and hands the others on.

use vault_core::access::Kms;
use vault_core::kms::{KmsError, NewMaterial};
use vault_core::store::Erasure;
use vault_proto::latest::{KeyCall, KeyReply, Reply, VaultReply, WireError};

use super::super::shared::Shared;
use super::error::refused;
use super::{ask, crypto, grants, map, words};

/// Answers it.
pub(super) fn answer(shared: &Shared, kms: Kms<'_>, call: KeyCall) -> Result<Reply, WireError> {
    match call {
        KeyCall::Create { spec, usage, origin, exportable, description, tags } => {
            let new = ask::new_key(spec, usage, origin, exportable, description, tags)?;
            key(kms.create_key(&new), |info| KeyReply::Info(map::info(info)))
        }
        KeyCall::Describe { key: name } => {
            key(kms.describe_key(&ask::key(&name)?), |info| KeyReply::Info(map::info(info)))
        }
        KeyCall::List { after, limit } => {
            let after = after.as_deref().map(ask::id).transpose()?;
            key(kms.list_keys(after.as_ref(), limit as usize), |page| KeyReply::Keys {
                ids: page.items.iter().map(ToString::to_string).collect(),
                more: page.more,
            })
        }
        KeyCall::Enable { key } => done(kms.enable_key(&ask::key(&key)?)),
        KeyCall::Disable { key } => done(kms.disable_key(&ask::key(&key)?)),
        KeyCall::ScheduleDeletion { key: name, days } => {
            key(kms.schedule_key_deletion(&ask::key(&name)?, days), |at| KeyReply::Deletion { at })
        }
        KeyCall::CancelDeletion { key } => done(kms.cancel_key_deletion(&ask::key(&key)?)),
        KeyCall::UpdateDescription { key, description } => {
            done(kms.update_key_description(&ask::key(&key)?, &description))
        }
        KeyCall::Tag { key, tags } => done(kms.tag_key(&ask::key(&key)?, &ask::tags(tags)?)),
        KeyCall::Untag { key, names } => done(kms.untag_key(&ask::key(&key)?, &names)),
        KeyCall::ListTags { key: name } => {
            key(kms.list_key_tags(&ask::key(&name)?), |tags| KeyReply::Tags { items: map::tags(tags) })
        }
        KeyCall::CreateAlias { alias, key } => done(kms.create_alias(&ask::alias(&alias)?, &ask::id(&key)?)),
        KeyCall::UpdateAlias { alias, key } => done(kms.update_alias(&ask::alias(&alias)?, &ask::id(&key)?)),
        KeyCall::DeleteAlias { alias } => done(kms.delete_alias(&ask::alias(&alias)?)),
        KeyCall::ListAliases { key: of, after, limit } => {
            let of = of.as_deref().map(ask::id).transpose()?;
            let after = after.as_deref().map(ask::alias).transpose()?;
            key(kms.list_aliases(of.as_ref(), after.as_ref(), limit as usize), |page| KeyReply::Aliases {
                items: page.items.into_iter().map(map::alias).collect(),
                more: page.more,
            })
        }
        KeyCall::Rotate { key: name } => {
            key(kms.rotate_key(&ask::key(&name)?), |version| KeyReply::Rotated { version })
        }
        KeyCall::EnableRotation { key, days } => done(kms.enable_key_rotation(&ask::key(&key)?, days)),
        KeyCall::DisableRotation { key } => done(kms.disable_key_rotation(&ask::key(&key)?)),
        KeyCall::GetRotationStatus { key: name } => {
            let status = kms.key_rotation_status(&ask::key(&name)?);
            key(status, |status| KeyReply::RotationStatus(map::rotation_status(status)))
        }
        KeyCall::ListRotations { key: name, after, limit } => {
            key(kms.list_key_rotations(&ask::key(&name)?, after, limit as usize), |page| KeyReply::Rotations {
                items: page.items.into_iter().map(map::material).collect(),
                more: page.more,
            })
        }
        KeyCall::GetParametersForImport { key: name, wrapping, spec } => {
            let (name, wrapping, spec) = (ask::key(&name)?, words::wrapping(wrapping), words::spec(spec));
            let parameters = kms.parameters_for_import(&name, wrapping, spec);
            key(parameters, |parameters| KeyReply::ImportParameters(map::parameters(parameters)))
        }
        KeyCall::ImportMaterial { key, token, wrapped, expires_at } => {
            let key = &ask::key(&key)?;
            let new = NewMaterial { key, token: &token, wrapped: &wrapped, expires_ms: expires_at };
            done(kms.import_key_material(&new))
        }
        KeyCall::DeleteImportedMaterial { key: name } => {
            key(kms.delete_imported_key_material(&ask::key(&name)?), |erasure| KeyReply::MaterialDeleted {
                erasure_pending: erasure == Erasure::Pending,
            })
        }
        KeyCall::CreateGrant { .. }
        | KeyCall::ListGrants { .. }
        | KeyCall::ListRetirableGrants { .. }
        | KeyCall::RevokeGrant { .. }
        | KeyCall::RetireGrant { .. }
        | KeyCall::GetPolicy { .. }
        | KeyCall::PutPolicy { .. }
        | KeyCall::Census { .. } => grants::answer(shared, kms, call),
        call => crypto::answer(kms, call),
    }
}

/// What the core said, in a reply about keys.
pub(super) fn key<T>(result: Result<T, KmsError>, say: impl FnOnce(T) -> KeyReply) -> Result<Reply, WireError> {
    result.map(|done| Reply::Key(say(done))).map_err(refused)
}

/// Nothing more to say.
pub(super) fn done(result: Result<(), KmsError>) -> Result<Reply, WireError> {
    result.map(|()| Reply::Vault(VaultReply::Done {})).map_err(refused)
}
