//! One request: who, what, done, recorded, answered.

use std::sync::Arc;

use hyper::Request;
use hyper::body::Incoming;
use tokio::time::timeout;
use vault_proto::latest::{Call, SecretCall, VaultCall, WireError};

use super::Gateway;
use super::limits::BODY_MAX;
use super::route::{Action, Route};
use super::wire::{self, Answer};
use super::{map, value};
use crate::adapters::http::{Leftovers, read};
use crate::service::{Asked, Permit, Service, Withhold};

impl<S: Service> Gateway<S> {
    /// Answers a request.
    pub(super) async fn answer(&self, request: Request<Incoming>, leftovers: &Leftovers) -> Result<Answer, Answer> {
        let (head, body) = request.into_parts();
        let route = Route::parse(head.method.as_str(), head.uri.path(), head.uri.query()).map_err(map::route_error)?;
        let Some(ext) = route.ext() else { return self.health() };
        let claims = wire::claims(&head).map_err(map::claims_error)?;

        let bearer = self.service.present(claims.token);
        let bearer = self.recorded(bearer)?.map_err(|error| map::error(&error))?;
        // Whether the other app exists is nobody's business who has no token of it.
        if ext != bearer.app() || claims.ext.is_some_and(|ext| ext != bearer.app()) {
            return Err(map::another_app());
        }
        // Read only for whoever has a token. It is looked at once more after it.
        let value = match &route {
            Route::Secret { action: Action::Put, .. } => {
                let body = read(body, BODY_MAX, self.hall.pace.body, leftovers).await.map_err(map::unread)?;
                Some(value::decode(&body).map_err(map::body_error)?)
            }
            _ => None,
        };
        let action = match &route {
            Route::Secret { action, .. } => *action,
            Route::Health | Route::Gate { .. } | Route::List { .. } => Action::Meta,
        };
        let permit = match &route {
            Route::List { .. } | Route::Secret { action: Action::Put | Action::Delete, .. } => {
                Some(self.permit().await?)
            }
            Route::Health | Route::Gate { .. } | Route::Secret { .. } => None,
        };
        let app = bearer.app().to_owned();
        let call = match route {
            Route::Health => return self.health(),
            Route::Gate { .. } => Call::Secret(SecretCall::Require { app, user: None }),
            Route::List { .. } => Call::Secret(SecretCall::Declared { app, user: None }),
            Route::Secret { name, action: Action::Meta, .. } => {
                Call::Secret(SecretCall::Describe { app: Some(app), name })
            }
            Route::Secret { name, action: Action::Get, .. } => {
                Call::Vault(VaultCall::Get { app: Some(app), name, version: None })
            }
            Route::Secret { name, action: Action::Put, .. } => {
                let value = value.unwrap_or_default();
                Call::Vault(VaultCall::Set { app: Some(app), name, value, if_version: None })
            }
            Route::Secret { name, action: Action::Delete, .. } => {
                Call::Vault(VaultCall::Delete { app: Some(app), name, destroy: false, if_version: None })
            }
        };

        let actor = self.service.act(&bearer, claims.user.as_deref());
        let asked = actor.map(|actor| self.service.ask(&actor, call, permit));
        let result = match self.recorded(asked)?.map_err(|error| map::acting_error(&error))? {
            Asked::Now(result) => result,
            Asked::Later(pending) => pending.answer().await,
        };
        result.map(map::reply).map_err(|error| map::secret_error(action, &error))
    }

    fn health(&self) -> Result<Answer, Answer> {
        match self.service.is_open() {
            true => Ok(Answer::json(200, &serde_json::json!({ "status": "ok" }))),
            false => Err(map::error(&WireError::Sealed {})),
        }
    }

    /// Audit before answer. What cannot be recorded is not told either.
    fn recorded<T>(&self, done: T) -> Result<T, Answer> {
        match self.service.flush_now() {
            Ok(()) => Ok(done),
            Err(Withhold) => Err(map::refused(503, "AUDIT_UNAVAILABLE", &Withhold)),
        }
    }

    /// A place among the calls that wait for a disk.
    pub(super) async fn permit(&self) -> Result<Permit, Answer> {
        let permit = timeout(self.hall.pace.room, Arc::clone(&self.in_flight).wait()).await;
        permit.map_err(|_| map::error(&WireError::Busy { retry_after_ms: 0 }))
    }
}
