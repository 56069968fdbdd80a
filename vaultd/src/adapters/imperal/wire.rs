//! Requests as hyper hands them over, answers as it takes them.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::{HeaderMap, Response, StatusCode};
use zeroize::Zeroizing;

use super::auth::{Claims, ClaimsError};

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

static ACTING_USER: HeaderName = HeaderName::from_static("x-acting-user");
static EXT_ID: HeaderName = HeaderName::from_static("x-ext-id");
