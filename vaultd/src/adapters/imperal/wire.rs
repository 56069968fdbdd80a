//! Requests as hyper hands them over, answers as it takes them.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::{HeaderMap, Response, StatusCode};
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::auth::{Claims, ClaimsError};
use super::leftovers::Leftovers;
use super::limits::{BODY_MAX, DISCARD_MAX};
use super::map;

/// An answer. Its body is erased once hyper has sent it.
pub(super) struct Answer {
    status: u16,
    body: Zeroizing<Vec<u8>>,
    allow: Option<&'static str>,
    close: bool,
}

impl Answer {
    pub(super) fn json(status: u16, body: &serde_json::Value) -> Self {
        Self { status, body: Zeroizing::new(body.to_string().into_bytes()), allow: None, close: false }
    }

    /// A secret's value, encoded.
    pub(super) fn value(body: Zeroizing<Vec<u8>>) -> Self {
        Self { status: 200, body, allow: None, close: false }
    }

    pub(super) fn allowing(self, allow: &'static str) -> Self {
        Self { allow: Some(allow), ..self }
    }

    /// Ends the connection: where the next request would begin is not known.
    pub(super) fn closing(self) -> Self {
        Self { close: true, ..self }
    }

    #[cfg(test)]
    pub(super) fn status(&self) -> u16 {
        self.status
    }

    pub(super) fn body(&self) -> &[u8] {
        &self.body
    }

    pub(super) fn into_response(self) -> Response<Full<Bytes>> {
        let Self { status, body, allow, close } = self;
        let mut response = Response::new(Full::new(Bytes::from_owner(body)));
        // Every status here is one of ours.
        *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if status == 401 {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(allow) = allow {
            headers.insert(header::ALLOW, HeaderValue::from_static(allow));
        }
        if close {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

/// Who a request says it is from.
pub(super) fn claims(head: &Parts) -> Result<Claims<'_>, ClaimsError> {
    let of = |name: &HeaderName| values(&head.headers, name);
    Claims::parse(&of(&header::AUTHORIZATION), &of(&ACTING_USER), &of(&EXT_ID))
}

fn values<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Vec<&'a [u8]> {
    headers.get_all(name).iter().map(HeaderValue::as_bytes).collect()
}

/// Reads a body into one buffer that is erased. One that is too long is read on
/// for a while and thrown away: closing with bytes unread would reset the
/// connection before the client has read the answer.
pub(super) async fn read(body: Incoming, wait: Duration, leftovers: &Leftovers) -> Result<Zeroizing<Vec<u8>>, Answer> {
    match timeout(wait, read_all(body, leftovers)).await {
        Ok(read) => read,
        Err(_) => Err(map::refused(408, "BODY_TOO_SLOW", &"the body did not arrive in time").closing()),
    }
}

async fn read_all(mut body: Incoming, leftovers: &Leftovers) -> Result<Zeroizing<Vec<u8>>, Answer> {
    // What is announced is at most a limit of ours, what is not as well.
    let announced = body.size_hint().upper().and_then(|len| usize::try_from(len).ok()).unwrap_or(BODY_MAX);
    let mut whole = Zeroizing::new(Vec::with_capacity(announced.min(BODY_MAX)));
    let mut len = 0_usize;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| map::refused(400, "BODY_BROKEN", &"the body ended early").closing())?;
        let Ok(data) = frame.into_data() else { continue };
        len = len.saturating_add(data.len());
        if len <= BODY_MAX {
            whole.extend_from_slice(&data);
        }
        leftovers.add(data);
        if len > DISCARD_MAX {
            break;
        }
    }
    if len > BODY_MAX {
        let message = format_args!("a body has at most {BODY_MAX} bytes").to_string();
        return Err(map::refused(413, "BODY_TOO_LARGE", &message).closing());
    }
    Ok(whole)
}

static ACTING_USER: HeaderName = HeaderName::from_static("x-acting-user");
static EXT_ID: HeaderName = HeaderName::from_static("x-ext-id");
