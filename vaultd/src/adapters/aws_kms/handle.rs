//! One request: what, who, done, recorded, answered.

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Request, Response, StatusCode};
use tokio::time::timeout;
use vault_core::host::Host;
use vault_proto::latest::WireError;
use zeroize::Zeroizing;

use super::AwsKms;
use super::auth::unavailable;
use super::error::{INTERNAL, Refused, SERIALIZATION, THROTTLING, UNKNOWN_OPERATION};
use super::ops::{self, Place};
use super::wire::{Answer, BODY_MAX};
use crate::adapters::http::{Answered, BodyError, Leftovers, read};
use crate::listener::Credentials;
use crate::service::{KeyThread, Permit, Service, Withhold};

impl<S: Service> AwsKms<S> {
    /// Answers a request.
    pub(super) async fn answer(
        &self,
        request: Request<Incoming>,
        from: Option<Credentials>,
        leftovers: &Leftovers,
    ) -> Result<Answer, Answer> {
        let (head, body) = request.into_parts();
        if (head.method.as_str(), head.uri.path()) == ("GET", "/health") {
            return self.health();
        }
        let operation = operation(&head).map_err(|refused| refused.answer())?;
        let read = read(body, BODY_MAX, self.hall.pace.body, leftovers).await;
        let body = read.map_err(|error| unread(error).answer().closing())?;
        let caller = self.recorded(self.caller(&head, &body, from))?.map_err(|refused| refused.answer())?;
        let thread = match ops::place(operation, &body) {
            Place::Here => {
                let done = self.service.with_keys(&caller, |kms| ops::answer(&kms, &self.site, operation, &body));
                return self.recorded(done)?.map_err(|error| unavailable(&error).answer());
            }
            Place::Keys => KeyThread::Keys,
            Place::Pairs => KeyThread::Pairs,
        };
        let permit = self.permit().await?;
        let (site, operation) = (Arc::clone(&self.site), operation.to_owned());
        let work = move |kms: vault_core::access::Kms<'_>| ops::answer(&kms, &site, &operation, &body);
        match self.service.with_keys_later(caller, thread, permit, work).await {
            Ok(done) => done.map_err(|error| unavailable(&error).answer()),
            Err(_) => Err(unavailable(&WireError::Indeterminate {}).answer()),
        }
    }

    fn health(&self) -> Result<Answer, Answer> {
        match self.service.is_open() {
            true => Ok(Answer::new(200, Zeroizing::new(br#"{"status":"ok"}"#.to_vec()), None)),
            false => Err(unavailable(&WireError::Sealed {}).answer()),
        }
    }

    /// Audit before answer. What cannot be recorded is not told either.
    fn recorded<T>(&self, done: T) -> Result<T, Answer> {
        match self.service.flush_now() {
            Ok(()) => Ok(done),
            Err(Withhold) => Err(Refused::with_status(INTERNAL, 500, Withhold.to_string()).answer()),
        }
    }

    /// A place among the calls that wait for a disk.
    async fn permit(&self) -> Result<Permit, Answer> {
        let permit = timeout(self.hall.pace.room, Arc::clone(&self.in_flight).wait()).await;
        let busy = |_| Refused::new(THROTTLING, "the vault is busy: try again").answer();
        permit.map_err(busy)
    }
}

impl Answer {
    pub(super) fn into_response(self, host: &Host) -> Answered {
        let Self { status, body, error, close } = self;
        let mut response = Response::new(Full::new(Bytes::from_owner(body)));
        // Every status here is one of ours.
        *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.1"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Ok(id) = HeaderValue::from_str(&request_id(host)) {
            headers.insert(REQUEST_ID.clone(), id);
        }
        if let Some(error) = error {
            headers.insert(ERROR_TYPE.clone(), HeaderValue::from_static(error));
        }
        if close {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

/// The operation that a request asks for.
fn operation(head: &Parts) -> Result<&str, Refused> {
    let unknown = |message| Refused::with_status(UNKNOWN_OPERATION, 404, message);
    if head.uri.path() != "/" || head.uri.query().is_some() {
        return Err(unknown("there is POST / here, and GET /health"));
    }
    if head.method != hyper::Method::POST {
        return Err(unknown("operations are asked for by POST /"));
    }
    let mut targets = head.headers.get_all("x-amz-target").iter();
    let (Some(target), None) = (targets.next(), targets.next()) else {
        return Err(Refused::new(UNKNOWN_OPERATION, "expected one header X-Amz-Target: TrentService.OPERATION"));
    };
    let operation = target.to_str().ok().and_then(|target| target.strip_prefix("TrentService."));
    let expected = "X-Amz-Target is not as expected: TrentService.OPERATION";
    operation.ok_or_else(|| Refused::new(UNKNOWN_OPERATION, expected))
}

fn unread(error: BodyError) -> Refused {
    let status = match error {
        BodyError::TooSlow => 408,
        BodyError::Broken => 400,
        BodyError::TooLarge { .. } => 413,
    };
    Refused::with_status(SERIALIZATION, status, error.to_string())
}

/// A UUID, to be quoted to whoever runs the daemon.
fn request_id(host: &Host) -> String {
    let bits = u128::from_be_bytes(host.random().unwrap_or_default());
    let bits = bits & !(0xf << 76) & !(0x3 << 62) | 0x4 << 76 | 0x2 << 62;
    let hex = format!("{bits:032x}");
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

static REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
static ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");
