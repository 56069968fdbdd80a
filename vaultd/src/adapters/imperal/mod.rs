//! The gateway that the unmodified client of Imperal's SDK calls: HTTP/1.1 on
//! loopback or a Unix socket, off until it is configured. docs/GATEWAY.md.
//!
//! The kernel says nothing about who is on the other side of a TCP connection,
//! so everybody here is nobody, whatever uid they have, until they show a token.
//! The token decides the app; what path and headers say can only disagree.

pub mod auth;
mod handle;
pub mod limits;
mod map;
pub mod route;
pub mod value;
mod wire;

use std::sync::Arc;

use hyper::Request;
use hyper::body::Incoming;

use super::http::limits::Pace;
use super::http::{Answered, Door, Hall, Leftovers};
use crate::listener::Credentials;
use crate::service::{InFlight, Service};
use limits::IN_FLIGHT_MAX;

/// What every serving thread shares.
pub(crate) struct Gateway<S> {
    service: Arc<S>,
    hall: Hall,
    in_flight: Arc<InFlight>,
}

impl<S: Service> Gateway<S> {
    /// A gateway to this service, for so many connections.
    pub(crate) fn new(service: Arc<S>, seats: usize) -> Arc<Self> {
        Self::with(service, Hall::new(Pace::default(), seats))
    }

    fn with(service: Arc<S>, hall: Hall) -> Arc<Self> {
        Arc::new(Self { service, hall, in_flight: InFlight::new(IN_FLIGHT_MAX) })
    }
}

impl<S: Service> Door for Gateway<S> {
    const NAME: &'static str = NAME;

    fn hall(&self) -> &Hall {
        &self.hall
    }

    async fn handle(
        self: Arc<Self>,
        request: Request<Incoming>,
        _from: Option<Credentials>,
        leftovers: Arc<Leftovers>,
    ) -> Answered {
        self.answer(request, &leftovers).await.unwrap_or_else(|refused| refused).into_response()
    }

    fn too_many(&self) -> Vec<u8> {
        let answer = map::refused(503, "TOO_MANY_CONNECTIONS", &"there are as many connections as there may be");
        answer.body().to_vec()
    }
}

/// What log lines call it.
pub(crate) const NAME: &str = "imperal";

#[cfg(test)]
mod tests;
