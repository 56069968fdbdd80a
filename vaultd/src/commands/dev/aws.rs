//! What a client of AWS needs to find a development vault.

use std::fmt::Debug;

use vault_core::NewAccessKey;
use vault_core::access::Caller;
use vault_core::names::User;
use zeroize::Zeroizing;

use crate::accounts::{Accounts, SystemAccounts};
use crate::commands::seed::SeedKms;
use crate::daemon::AwsDoor;
use crate::exit::{Exit, Failure};
use crate::service::Service;

/// The environment of a client.
pub(super) struct Environment {
    address: String,
    region: String,
    id: String,
    secret: Zeroizing<String>,
}

impl Environment {
    /// With an access key of the own user: the seed's first, else a new one in place of the last start's.
    pub(super) fn new(door: &AwsDoor, service: &impl Service, own_uid: u32, seed: SeedKms) -> Result<Self, Failure> {
        let (id, secret) = match seed.access_keys.into_iter().find(|key| key.uid == own_uid) {
            Some(key) => (key.id, key.secret),
            None => {
                let own = Caller::new(User::Uid(own_uid), SystemAccounts.login_of(own_uid));
                let new = NewAccessKey { description: "vaultd dev".to_owned(), ..NewAccessKey::default() };
                let made = service.make_access_key(&own, new).map_err(|error| cannot(&error))?;
                (made.id, made.secret)
            }
        };
        let secret = Zeroizing::new(String::from_utf8(secret.expose().to_vec()).map_err(|error| cannot(&error))?);
        Ok(Self { address: door.listening.address(), region: door.site.region.clone(), id, secret })
    }

    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// Each variable and its value.
    pub(super) fn variables(&self) -> [(&'static str, &str); 5] {
        [
            ("AWS_ENDPOINT_URL_KMS", &self.address),
            ("AWS_REGION", &self.region),
            // What the AWS CLI and older SDKs read.
            ("AWS_DEFAULT_REGION", &self.region),
            ("AWS_ACCESS_KEY_ID", &self.id),
            ("AWS_SECRET_ACCESS_KEY", &self.secret),
        ]
    }
}

fn cannot(error: &impl Debug) -> Failure {
    Failure::new(Exit::Failure, format_args!("no access key could be made: {error:?}"))
}
