//! What operations take, when it is more than an argument or two.

use std::fmt;

use vault_manifest::Manifest;
use vault_proto::latest::{ActsFor, Role, SecretBytes, SecretSpec, WebhookHeader, WebhookScheme};

use crate::target::Target;

/// An app as it is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewApp {
    /// Its name.
    pub app: String,
    /// For people.
    pub description: String,
    /// Who may change it besides operators; none = who makes it, or stays.
    pub owner: Option<String>,
    /// Everything it declares.
    pub secrets: Vec<SecretSpec>,
    /// Agree to losing the values of what is no longer declared.
    pub prune: bool,
    /// Only say what would change.
    pub dry_run: bool,
}

impl NewApp {
    /// An app that declares these; nothing is lost for it.
    #[must_use]
    pub fn new(app: &str, secrets: Vec<SecretSpec>) -> Self {
        let app = app.to_owned();
        Self { app, description: String::new(), owner: None, secrets, prune: false, dry_run: false }
    }

    /// What a manifest says.
    #[must_use]
    pub fn declaring(manifest: &Manifest) -> Self {
        let secrets = manifest.secrets.iter().cloned().map(SecretSpec::from).collect();
        Self { description: manifest.description.clone(), ..Self::new(&manifest.app, secrets) }
    }
}

/// A token as it is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewToken {
    /// The app it acts as.
    pub app: String,
    /// As what.
    pub role: Role,
    /// For whom.
    pub acts_for: ActsFor,
    /// Seconds until it is worth nothing; none = 90 days, 0 = when it is revoked.
    pub expires_after_s: Option<u64>,
    /// For people.
    pub label: String,
}

/// A webhook as it came in.
#[derive(PartialEq, Eq)]
pub struct Webhook {
    /// The signing secret.
    pub secret: Target,
    /// How the sender signs.
    pub scheme: WebhookScheme,
    /// The request's headers, at least those of the scheme.
    pub headers: Vec<WebhookHeader>,
    /// The request's body, byte for byte.
    pub body: SecretBytes,
    /// Refuse a second webhook with this id.
    pub replay_id: Option<String>,
    /// How many seconds old it may be; none = what the scheme says.
    pub tolerance_s: Option<u32>,
}

impl Webhook {
    /// One that may come any number of times.
    #[must_use]
    pub fn new(secret: impl Into<Target>, scheme: WebhookScheme, body: &[u8]) -> Self {
        let (secret, body) = (secret.into(), SecretBytes::new(body.to_vec()));
        Self { secret, scheme, headers: Vec::new(), body, replay_id: None, tolerance_s: None }
    }

    /// With one header more.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push(WebhookHeader { name: name.to_owned(), value: value.to_owned() });
        self
    }

    /// Refused when this id has been here before.
    #[must_use]
    pub fn once(self, replay_id: &str) -> Self {
        Self { replay_id: Some(replay_id.to_owned()), ..self }
    }
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { secret, scheme, headers, .. } = self;
        f.debug_struct("Webhook")
            .field("secret", secret)
            .field("scheme", scheme)
            .field("headers", headers)
            .finish_non_exhaustive()
    }
}

/// An OAuth flow to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OauthFlow {
    /// The app.
    pub app: String,
    /// Whose authorisation it will be.
    pub provider: String,
    /// Seconds the person has; none = what the daemon says.
    pub expires_after_s: Option<u32>,
    /// Kept with the flow and given back with it.
    pub redirect: Option<String>,
}

impl OauthFlow {
    /// With this provider.
    #[must_use]
    pub fn new(app: &str, provider: &str) -> Self {
        Self { app: app.to_owned(), provider: provider.to_owned(), expires_after_s: None, redirect: None }
    }
}
