//! Making keys and taking care of them.

use vault_proto::latest::{AliasInfo, KeyCall, KeyInfo, KeyReply, KeyTag, Reply};

use super::{Operation, no_more, on, only_key};
use crate::keys::{Listed, NewKey};

/// Makes a key of the caller's own.
#[must_use]
pub fn create(new: NewKey) -> Operation<KeyInfo> {
    let NewKey { spec, usage, origin, exportable, description, tags } = new;
    on(KeyCall::Create { spec, usage, origin, exportable, description, tags }, only_key!(KeyReply::Info(info) => info))
}

/// What is known about a key.
#[must_use]
pub fn describe(key: &str) -> Operation<KeyInfo> {
    on(KeyCall::Describe { key: key.to_owned() }, only_key!(KeyReply::Info(info) => info))
}

/// The ids of the caller's own keys, after a given one.
#[must_use]
pub fn list(after: Option<&str>, limit: u32) -> Operation<Listed<String>> {
    on(
        KeyCall::List { after: after.map(str::to_owned), limit },
        only_key!(KeyReply::Keys { ids, more } => Listed { items: ids, more }),
    )
}

/// Lets a disabled key be used again.
#[must_use]
pub fn enable(key: &str) -> Operation<()> {
    no_more(KeyCall::Enable { key: key.to_owned() })
}

/// Lets nobody use a key until it is enabled.
#[must_use]
pub fn disable(key: &str) -> Operation<()> {
    no_more(KeyCall::Disable { key: key.to_owned() })
}

/// Announces a key's deletion, 7 to 30 days ahead; answers its date.
#[must_use]
pub fn schedule_deletion(key: &str, days: u32) -> Operation<u64> {
    on(KeyCall::ScheduleDeletion { key: key.to_owned(), days }, only_key!(KeyReply::Deletion { at } => at))
}

/// Keeps a key from its deletion; it comes back disabled.
#[must_use]
pub fn cancel_deletion(key: &str) -> Operation<()> {
    no_more(KeyCall::CancelDeletion { key: key.to_owned() })
}

/// Replaces a key's description.
#[must_use]
pub fn update_description(key: &str, description: &str) -> Operation<()> {
    no_more(KeyCall::UpdateDescription { key: key.to_owned(), description: description.to_owned() })
}

/// Adds tags, by name and value, replacing those of the same name.
#[must_use]
pub fn tag(key: &str, tags: &[(&str, &str)]) -> Operation<()> {
    let tag = |(name, value): &(&str, &str)| KeyTag { name: (*name).to_owned(), value: (*value).to_owned() };
    no_more(KeyCall::Tag { key: key.to_owned(), tags: tags.iter().map(tag).collect() })
}

/// Removes tags.
#[must_use]
pub fn untag(key: &str, names: &[&str]) -> Operation<()> {
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    no_more(KeyCall::Untag { key: key.to_owned(), names })
}

/// A key's tags, by name.
#[must_use]
pub fn tags(key: &str) -> Operation<Vec<KeyTag>> {
    on(KeyCall::ListTags { key: key.to_owned() }, only_key!(KeyReply::Tags { items } => items))
}

/// Names a key of the caller's own, given by its id.
#[must_use]
pub fn create_alias(alias: &str, key: &str) -> Operation<()> {
    no_more(KeyCall::CreateAlias { alias: alias.to_owned(), key: key.to_owned() })
}

/// Points an alias to another key of the same kind, given by its id.
#[must_use]
pub fn update_alias(alias: &str, key: &str) -> Operation<()> {
    no_more(KeyCall::UpdateAlias { alias: alias.to_owned(), key: key.to_owned() })
}

/// Takes a name away; the key stays.
#[must_use]
pub fn delete_alias(alias: &str) -> Operation<()> {
    no_more(KeyCall::DeleteAlias { alias: alias.to_owned() })
}

/// The caller's aliases, of one key or of all, after a given one.
#[must_use]
pub fn aliases(key: Option<&str>, after: Option<&str>, limit: u32) -> Operation<Listed<AliasInfo>> {
    on(
        KeyCall::ListAliases { key: key.map(str::to_owned), after: after.map(str::to_owned), limit },
        only_key!(KeyReply::Aliases { items, more } => Listed { items, more }),
    )
}
