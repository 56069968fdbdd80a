//! What arrived: headers and body, as bytes, as they came.

use super::WebhookError;
use crate::limits::{WEBHOOK_BODY_MAX, WEBHOOK_HEADER_MAX, WEBHOOK_HEADERS_MAX};

/// A request that claims to come from a provider. The body has to be the bytes
/// that arrived: one that was parsed and written again has another signature.
/// No `Debug`: bodies are other people's data.
#[derive(Clone, Copy)]
pub struct Delivery<'a> {
    /// Names in any case, values without the white space HTTP allows around them.
    pub headers: &'a [(&'a str, &'a [u8])],
    /// Unparsed.
    pub body: &'a [u8],
}

impl<'a> Delivery<'a> {
    /// Refuses what is over a ceiling, before anything else looks at it.
    pub(super) fn bounded(&self) -> Result<(), WebhookError> {
        WebhookError::over("bytes of body", self.body.len() as u64, WEBHOOK_BODY_MAX as u64)?;
        WebhookError::over("headers", self.headers.len() as u64, WEBHOOK_HEADERS_MAX as u64)?;
        for (name, value) in self.headers {
            let len = name.len().saturating_add(value.len());
            WebhookError::over("bytes in one header", len as u64, WEBHOOK_HEADER_MAX as u64)?;
        }
        Ok(())
    }

    /// The value of a header that must be there once.
    pub(super) fn header(&self, name: &'static str) -> Result<&'a [u8], WebhookError> {
        self.header_told_as(name, name)
    }

    /// The same for a name that is not ours, which errors tell as `told`.
    ///
    /// Of two headers of one name another program may read the first and another
    /// the last: which of them was signed would be a matter of luck.
    pub(super) fn header_told_as(&self, name: &str, told: &'static str) -> Result<&'a [u8], WebhookError> {
        let mut named = self.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        let Some((_, value)) = named.next() else { return Err(WebhookError::NoHeader { header: told }) };
        match named.next() {
            None => Ok(value),
            Some(_) => Err(WebhookError::BadHeader { header: told, expected: "the header once" }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn over(headers: &[(&str, &[u8])], body: &[u8]) -> Option<&'static str> {
        match (Delivery { headers, body }).bounded() {
            Ok(()) => None,
            Err(WebhookError::TooLarge { what, found, max }) if found == max + 1 => Some(what),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn every_ceiling_holds_at_the_limit_and_not_one_beyond() {
        let body = vec![0; WEBHOOK_BODY_MAX + 1];
        assert_eq!(over(&[], &body[1..]), None);
        assert_eq!(over(&[], &body), Some("bytes of body"));
        let headers = vec![("a", &b"b"[..]); WEBHOOK_HEADERS_MAX + 1];
        assert_eq!(over(&headers[1..], b""), None);
        assert_eq!(over(&headers, b""), Some("headers"));
        let value = vec![b'v'; WEBHOOK_HEADER_MAX];
        assert_eq!(over(&[("a", &value[1..])], b""), None);
        assert_eq!(over(&[("a", &value)], b""), Some("bytes in one header"));
    }

    #[test]
    fn names_have_no_case_and_come_once() {
        let headers: &[(&str, &[u8])] = &[("X-One", b"1"), ("x-two", b"2"), ("X-TWO", b"3")];
        let delivery = Delivery { headers, body: b"" };
        assert_eq!(delivery.header("x-oNe"), Ok(&b"1"[..]));
        assert_eq!(
            delivery.header("X-Two"),
            Err(WebhookError::BadHeader { header: "X-Two", expected: "the header once" })
        );
        assert_eq!(delivery.header("X-Three"), Err(WebhookError::NoHeader { header: "X-Three" }));
    }
}
