//! Use without reveal: a webhook is verified inside the vault, and what comes
//! out is whether it is genuine.

use super::Access;
use super::record::About;
use crate::limits::WEBHOOK_TOLERANCE_S;
use crate::names::{App, SecretName};
use crate::policy::Action;
use crate::secrets::{self, Refusal};
use crate::webhook::{self, Delivery, Scheme, Verified, WebhookError};

impl Access<'_> {
    /// Verifies a delivery with a stored secret; by the app alone. With
    /// `replay_id`, which names the delivery, a second one of that name is
    /// refused for as long as a copy could pass for fresh. Not a read: nothing
    /// is noted as one.
    pub fn verify_webhook(
        &self,
        app: &App,
        name: &SecretName,
        scheme: &Scheme,
        delivery: &Delivery<'_>,
        tolerance_s: Option<u64>,
        replay_id: Option<&str>,
    ) -> Result<Verified, Refusal> {
        let tolerance_s = tolerance_s.unwrap_or(WEBHOOK_TOLERANCE_S);
        let (place, result) = self.at(app, name, Action::Verify, |open, place| {
            let (secret, _) = secrets::get(&open.barrier, &open.shelf, place, None)?;
            // What was sent is compared with this machine's clock, as the sender's was.
            let now_s = open.barrier.host().clock.now_ms() / 1_000;
            let verified = webhook::verify(scheme, secret.bytes.expose(), delivery, now_s, tolerance_s);
            let verified = verified.map_err(Refusal::Webhook)?;
            if let Some(id) = replay_id {
                // By the vault's own time, which does not run backwards.
                let now_s = open.barrier.now_ms() / 1_000;
                if !open.replays.first_seen(place.scope, id.as_bytes(), now_s, verified.window_s) {
                    return Err(Refusal::Webhook(WebhookError::Replayed));
                }
            }
            Ok(verified)
        });
        self.record("webhook.verify", About { app: Some(app), place, version: None }, result)
    }
}
