//! The vault in this process does what every store does.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a harness of tests, outside a test function")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use vault_core::host::{Clock, Host};
use vault_core::manifest::Manifest;
use vault_embed::secret_store::conformance::{Abilities, Harness, run};
use vault_embed::secret_store::{Role, VerifiedWebhook, WebhookRefusal};
use vault_embed::{Embedded, SecretStore};

struct At(AtomicU64);

impl Clock for At {
    fn now_ms(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

struct InProcess {
    /// For as long as the test: the stores borrow it.
    vault: &'static Embedded,
    clock: Arc<At>,
}

const OWNER: &str = "uid:1000";
const DAY_MS: u64 = 24 * 3_600 * 1_000;

impl InProcess {
    fn new() -> Self {
        let clock = Arc::new(At(AtomicU64::new(20_000 * DAY_MS)));
        let host = Host { clock: clock.clone(), ..Host::system() };
        Self { vault: Box::leak(Box::new(Embedded::ephemeral_on(host).unwrap())), clock }
    }
}

impl Harness for InProcess {
    fn abilities(&self) -> Abilities {
        Abilities { writes: true, users: true, clock: true, seals: false, webhooks: true }
    }

    fn people(&self) -> [&'static str; 2] {
        ["ext:alice", "ext:bob"]
    }

    fn both_come_themselves(&self) -> bool {
        true
    }

    fn declare(&mut self, manifest: &Manifest) {
        assert!(self.vault.declare(manifest, OWNER).unwrap().made);
    }

    fn store(&mut self, app: &str, user: &str, role: Role) -> Box<dyn SecretStore> {
        let session = self.vault.as_user(user).unwrap();
        Box::new(match role {
            Role::Extension => session.extension(app).unwrap(),
            Role::Panel => session.panel(app).unwrap(),
            Role::User => session.app(app).unwrap(),
        })
    }

    fn user_sets(&mut self, app: &str, user: &str, name: &str, value: &[u8]) {
        self.vault.as_user(user).unwrap().app(app).unwrap().set(name, value).unwrap();
    }

    fn owner_sets(&mut self, app: &str, name: &str, value: &[u8]) {
        self.user_sets(app, OWNER, name, value);
    }

    fn seal(&mut self, _: bool) {
        panic!("whoever embeds a vault drops it instead");
    }

    fn pass_days(&mut self, days: u32) {
        self.clock.0.fetch_add(u64::from(days) * DAY_MS, Ordering::Relaxed);
    }

    fn answer_webhooks(&mut self, _: &str, _: Result<VerifiedWebhook, WebhookRefusal>) {
        // It verifies for itself.
    }
}

#[test]
fn the_vault_in_this_process_does_what_every_store_does() {
    run(&mut InProcess::new());
}
