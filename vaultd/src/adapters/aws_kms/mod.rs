//! The door for clients of AWS KMS: JSON 1.1 over HTTP/1.1, on loopback or a
//! Unix socket, off until it is configured. docs/AWS.md.
//!
//! On TCP the kernel says nothing about who is there: every request is signed by
//! an access key, and is then that key's user. On a Unix socket the kernel's
//! word suffices; whoever signs all the same is whom the signature proves.

mod auth;
pub mod error;
mod handle;
mod marker;
pub mod names;
pub mod ops;
pub mod sigv4;
pub mod wire;
mod words;

use std::sync::Arc;

use hyper::Request;
use hyper::body::Incoming;
use vault_core::host::Host;

use super::http::limits::Pace;
use super::http::{Answered, Door, Hall, Leftovers};
use crate::listener::Credentials;
use crate::service::{InFlight, Service};
use names::Site;
use sigv4::Replays;

/// What every serving thread shares.
pub(crate) struct AwsKms<S> {
    service: Arc<S>,
    site: Arc<Site>,
    hall: Hall,
    in_flight: Arc<InFlight>,
    replays: Replays,
    host: Host,
}

impl<S: Service> AwsKms<S> {
    /// A door to this service's keys, for so many connections.
    pub(crate) fn new(service: Arc<S>, site: Site, seats: usize) -> Arc<Self> {
        Arc::new(Self {
            service,
            site: Arc::new(site),
            hall: Hall::new(Pace::default(), seats),
            in_flight: InFlight::new(IN_FLIGHT_MAX),
            replays: Replays::default(),
            host: Host::system(),
        })
    }
}

impl<S: Service> Door for AwsKms<S> {
    const NAME: &'static str = NAME;

    fn hall(&self) -> &Hall {
        &self.hall
    }

    async fn handle(
        self: Arc<Self>,
        request: Request<Incoming>,
        from: Option<Credentials>,
        leftovers: Arc<Leftovers>,
    ) -> Answered {
        let answer = self.answer(request, from, &leftovers).await.unwrap_or_else(|refused| refused);
        answer.into_response(&self.host)
    }

    fn too_many(&self) -> Vec<u8> {
        let message = "there are as many connections as there may be";
        error::Refused::with_status(error::THROTTLING, 503, message).answer().body.to_vec()
    }
}

/// What log lines call it.
pub(crate) const NAME: &str = "aws-kms";
/// Calls that wait for a disk at one time.
const IN_FLIGHT_MAX: u64 = 64;
