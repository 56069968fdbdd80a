//! Stores with one fault each. A suite that lets one of them pass proves nothing.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

use vault_client::store::conformance::{Abilities, Harness, run};
use vault_client::store::manifest::Manifest;
use vault_client::store::{
    Gate, MockSecretStore, Role, SecretState, SecretStore, SecretStoreError, VerifiedWebhook, Webhook, WebhookRefusal,
};
use vault_client::{Secret, SecretBytes};

use super::mock::Mocks;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Lie {
    None,
    Caches,
    Trims,
    CutsToSize,
    UndeclaredIsUnset,
    SealedIsUnset,
    ExpiredIsUnset,
    EverybodyIsTheUser,
    OneForAllUsers,
    PanelReads,
    OverwritesAnyVersion,
    GateIsOpen,
    DeletedAlways,
    ListsNothing,
    TakesAnyWebhook,
    AnyReasonWillDo,
    QuotesTheValue,
}

const LIES: [Lie; 16] = [
    Lie::Caches,
    Lie::Trims,
    Lie::CutsToSize,
    Lie::UndeclaredIsUnset,
    Lie::SealedIsUnset,
    Lie::ExpiredIsUnset,
    Lie::EverybodyIsTheUser,
    Lie::OneForAllUsers,
    Lie::PanelReads,
    Lie::OverwritesAnyVersion,
    Lie::GateIsOpen,
    Lie::DeletedAlways,
    Lie::ListsNothing,
    Lie::TakesAnyWebhook,
    Lie::AnyReasonWillDo,
    Lie::QuotesTheValue,
];

struct Liar {
    lie: Lie,
    store: MockSecretStore,
    cache: Mutex<BTreeMap<String, Vec<u8>>>,
}

fn not_set<T>(name: &str) -> Result<T, SecretStoreError> {
    Err(SecretStoreError::NotSet { name: name.to_owned() })
}

impl SecretStore for Liar {
    fn get(&self, name: &str) -> Result<Secret, SecretStoreError> {
        if let (Lie::Caches, Some(value)) = (self.lie, self.cache.lock().unwrap().get(name)) {
            return Ok(Secret::new(SecretBytes::new(value.clone()), 1));
        }
        match (self.lie, self.store.get(name)) {
            (Lie::UndeclaredIsUnset, Err(SecretStoreError::NotDeclared { .. }))
            | (Lie::SealedIsUnset, Err(SecretStoreError::Sealed))
            | (Lie::ExpiredIsUnset, Err(SecretStoreError::Expired { .. })) => not_set(name),
            (Lie::Trims, Ok(secret)) => {
                let value = secret.expose().trim_ascii().to_vec();
                Ok(Secret::new(SecretBytes::new(value), secret.version()))
            }
            (_, Ok(secret)) => {
                self.cache.lock().unwrap().insert(name.to_owned(), secret.expose().to_vec());
                Ok(secret)
            }
            (_, error) => error,
        }
    }

    fn set(&self, name: &str, value: &[u8]) -> Result<u64, SecretStoreError> {
        let result = self.store.set(name, value);
        match (self.lie, result) {
            (Lie::CutsToSize, Err(SecretStoreError::TooLarge { max, .. })) => {
                self.store.set(name, &value[..usize::try_from(max).unwrap()])
            }
            (Lie::EverybodyIsTheUser, Err(SecretStoreError::Forbidden { .. })) => self.store.user_sets(name, value),
            (Lie::QuotesTheValue, Err(SecretStoreError::Forbidden { .. })) => {
                Err(SecretStoreError::Forbidden { needs: String::from_utf8_lossy(value).into_owned() })
            }
            (_, result) => result,
        }
    }

    fn set_if(&self, name: &str, value: &[u8], version: u64) -> Result<u64, SecretStoreError> {
        match self.lie {
            Lie::OverwritesAnyVersion => self.store.set(name, value),
            _ => self.store.set_if(name, value, version),
        }
    }

    fn delete(&self, name: &str) -> Result<bool, SecretStoreError> {
        Ok(self.store.delete(name)? || self.lie == Lie::DeletedAlways)
    }

    fn is_set(&self, name: &str) -> Result<bool, SecretStoreError> {
        self.store.is_set(name)
    }

    fn list(&self) -> Result<Vec<SecretState>, SecretStoreError> {
        let mut states = self.store.list()?;
        states.retain(|_| self.lie != Lie::ListsNothing);
        Ok(states)
    }

    fn require(&self) -> Result<Gate, SecretStoreError> {
        let mut gate = self.store.require()?;
        gate.unmet.retain(|_| self.lie != Lie::GateIsOpen);
        Ok(gate)
    }

    fn verify_webhook(&self, name: &str, webhook: &Webhook<'_>) -> Result<VerifiedWebhook, SecretStoreError> {
        match (self.lie, self.store.verify_webhook(name, webhook)) {
            (Lie::TakesAnyWebhook, Err(SecretStoreError::Webhook(_))) => Ok(VerifiedWebhook { timestamp_s: None }),
            (Lie::AnyReasonWillDo, Err(SecretStoreError::Webhook(_))) => {
                Err(SecretStoreError::Webhook(WebhookRefusal::BadHeader))
            }
            (_, result) => result,
        }
    }
}

struct Liars {
    lie: Lie,
    honest: Mocks,
}

impl Harness for Liars {
    fn abilities(&self) -> Abilities {
        self.honest.abilities()
    }

    fn people(&self) -> [&'static str; 2] {
        ["ext:alice", "ext:bob"]
    }

    fn both_come_themselves(&self) -> bool {
        true
    }

    fn declare(&mut self, manifest: &Manifest) {
        self.honest.declare(manifest);
    }

    fn store(&mut self, app: &str, user: &str, role: Role) -> Box<dyn SecretStore> {
        let user = if self.lie == Lie::OneForAllUsers { "ext:alice" } else { user };
        let role = if self.lie == Lie::PanelReads && role == Role::Panel { Role::Extension } else { role };
        let store = self.honest.apps[app].acting(user, role);
        Box::new(Liar { lie: self.lie, store, cache: Mutex::default() })
    }

    fn user_sets(&mut self, app: &str, user: &str, name: &str, value: &[u8]) {
        self.honest.user_sets(app, user, name, value);
    }

    fn owner_sets(&mut self, app: &str, name: &str, value: &[u8]) {
        self.honest.owner_sets(app, name, value);
    }

    fn seal(&mut self, sealed: bool) {
        self.honest.seal(sealed);
    }

    fn pass_days(&mut self, days: u32) {
        self.honest.pass_days(days);
    }

    fn answer_webhooks(&mut self, app: &str, answer: Result<VerifiedWebhook, WebhookRefusal>) {
        self.honest.answer_webhooks(app, answer);
    }
}

#[test]
fn each_lie_is_found_out() {
    let passes = |lie| {
        let mut liars = Liars { lie, honest: Mocks::default() };
        catch_unwind(AssertUnwindSafe(|| run(&mut liars))).is_ok()
    };
    assert!(passes(Lie::None), "without a lie it is the mock");
    for lie in LIES {
        assert!(!passes(lie), "{lie:?} was not found out");
    }
}
