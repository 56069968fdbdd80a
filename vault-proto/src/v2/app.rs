//! Apps: what they declare and who may act as them.

use serde::{Deserialize, Serialize};

use super::bounded;

/// Operations on apps.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum AppCall {
    /// Makes an app, or changes it into what is given here. Answers `AppChanged`.
    Add {
        /// Its name.
        #[serde(deserialize_with = "bounded::word")]
        app: String,
        /// For people.
        #[serde(deserialize_with = "bounded::text")]
        description: String,
        /// Who may change it besides operators; none = who makes it, or stays.
        #[serde(default, deserialize_with = "bounded::option_word")]
        owner: Option<String>,
        /// Everything it declares; what is declared already and not here goes.
        #[serde(deserialize_with = "bounded::specs")]
        secrets: Vec<SecretSpec>,
        /// Agree to losing the values of what is no longer declared.
        prune: bool,
        /// Only say what would change.
        dry_run: bool,
    },
    /// The apps the caller may know of. Answers `Apps`.
    List {},
    /// One app with all it declares. Answers `App`.
    Show {
        /// The app.
        #[serde(deserialize_with = "bounded::word")]
        app: String,
    },
    /// Removes an app. Answers `AppChanged`.
    Remove {
        /// The app.
        #[serde(deserialize_with = "bounded::word")]
        app: String,
        /// Agree to shredding every value stored for it.
        shred: bool,
    },
    /// Lets nobody act as the app, or lets them again. Answers `Done`.
    Suspend {
        /// The app.
        #[serde(deserialize_with = "bounded::word")]
        app: String,
        /// True to suspend.
        suspended: bool,
    },
    /// Gives the app to another owner. Answers `Done`.
    Owner {
        /// The app.
        #[serde(deserialize_with = "bounded::word")]
        app: String,
        /// `uid:N` or `ext:ID`.
        #[serde(deserialize_with = "bounded::word")]
        owner: String,
    },
    /// Lets a uid act as the app. Answers `Done`.
    Bind {
        /// The app.
        #[serde(deserialize_with = "bounded::word")]
        app: String,
        /// Who: `uid:N`.
        #[serde(deserialize_with = "bounded::word")]
        user: String,
        /// For whom.
        acts_for: ActsFor,
    },
    /// Takes that back. Answers `Done`.
    Unbind {
        /// The app.
        #[serde(deserialize_with = "bounded::word")]
        app: String,
        /// Who: `uid:N`.
        #[serde(deserialize_with = "bounded::word")]
        user: String,
    },
}

/// For whom a binding or a token acts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActsFor {
    /// For the user it belongs to.
    #[serde(rename = "self")]
    OwnUser,
    /// For whichever user a request names.
    Any,
    /// For this user only: `uid:N` or `ext:ID`.
    Fixed(#[serde(deserialize_with = "bounded::word")] String),
}

/// One secret as an app declares it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretSpec {
    /// Its name, without an instance.
    #[serde(deserialize_with = "bounded::word")]
    pub name: String,
    /// For the person who is asked to set it.
    #[serde(deserialize_with = "bounded::text")]
    pub description: String,
    /// The gate is closed without it.
    pub required: bool,
    /// Who may set it.
    pub write_mode: WriteMode,
    /// One value a user, or one for the app.
    pub scope: SecretScope,
    /// Longest value, in bytes.
    pub max_bytes: u32,
    /// A value older than this many days is due for rotation.
    pub rotation_hint_days: Option<u32>,
    /// The environment variable that client libraries look at when nothing is
    /// set. The daemon never does.
    #[serde(default, deserialize_with = "bounded::option_word")]
    pub env_fallback: Option<String>,
    /// May be shown to the person who set it.
    pub reveal: bool,
    /// Values kept readable.
    pub keep_versions: u8,
    /// Is addressed as `name/instance`, any number of them.
    pub instances: bool,
    /// A value expires after so many days.
    pub expires_after_days: Option<u32>,
}

/// Who may set a declared secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WriteMode {
    /// The user.
    User,
    /// The app.
    Extension,
    /// Either.
    Both,
}

/// Whose a declared secret is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretScope {
    /// Each user's own.
    User,
    /// The app's.
    App,
}

/// One app in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppInfo {
    /// Its name.
    #[serde(deserialize_with = "bounded::word")]
    pub app: String,
    /// For people.
    #[serde(deserialize_with = "bounded::text")]
    pub description: String,
    /// Who may change it besides operators.
    #[serde(deserialize_with = "bounded::word")]
    pub owner: String,
    /// Nobody may act as it.
    pub suspended: bool,
    /// How many secrets it declares.
    pub secrets: u32,
    /// Milliseconds since 1970, UTC.
    pub made_at: u64,
}

/// One app, whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppDetail {
    /// As in a list.
    pub info: AppInfo,
    /// What it declares, by name.
    #[serde(deserialize_with = "bounded::specs")]
    pub secrets: Vec<SecretSpec>,
    /// Who may act as it.
    #[serde(deserialize_with = "bounded::bindings")]
    pub bindings: Vec<Binding>,
}

/// A uid that may act as an app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Binding {
    /// `uid:N`.
    #[serde(deserialize_with = "bounded::word")]
    pub user: String,
    /// For whom.
    pub acts_for: ActsFor,
}

/// What adding or removing an app changed, or would change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppChanged {
    /// There was no such app before.
    pub made: bool,
    /// Specs that differ, by name.
    #[serde(deserialize_with = "bounded::changes")]
    pub changes: Vec<SpecChange>,
    /// Values stored under names that are no longer declared.
    pub orphaned: u64,
    /// False when it was only asked what would change.
    pub applied: bool,
}

/// One spec that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpecChange {
    /// The secret's name.
    #[serde(deserialize_with = "bounded::word")]
    pub name: String,
    /// How.
    pub what: ChangeKind,
    /// Which fields, when it was changed.
    #[serde(deserialize_with = "bounded::fields")]
    pub fields: Vec<String>,
}

/// How a spec differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// It was not declared before.
    Added,
    /// It is declared otherwise.
    Changed,
    /// It is no longer declared.
    Removed,
}
