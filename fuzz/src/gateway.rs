//! What the HTTP gateway reads by itself: method, path and query; the three
//! headers; the body. HTTP is hyper's.
//!
//! An input is lines and a rest: method, path with query, authorization, acting
//! user, ext id (each with a `0`, `1` or `2` before it: how often it comes), then
//! the body.

use vaultd::adapters::imperal::auth::{Claims, ClaimsError};
use vaultd::adapters::imperal::route::{Action, Route};
use vaultd::adapters::imperal::value;

/// Any request. What is understood has one spelling and one meaning.
pub fn gateway(data: &[u8]) {
    let mut rest = data;
    let (method, target) = (line(&mut rest), line(&mut rest));
    if let (Ok(method), Ok(target)) = (std::str::from_utf8(method), std::str::from_utf8(target)) {
        route(method, target);
    }
    let (authorization, user, ext) = (line(&mut rest), line(&mut rest), line(&mut rest));
    claims(&values(authorization), &values(user), &values(ext));
    body(rest);
}

fn route(method: &str, target: &str) {
    let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
    let Ok(route) = Route::parse(method, path, query) else { return };
    let (spelled, meant) = match &route {
        Route::Health => ("/v1/health".to_owned(), "GET"),
        Route::Gate { ext } => (format!("/v1/gate/{ext}"), "GET"),
        Route::List { ext } => (format!("/v1/secrets/{ext}"), "GET"),
        Route::Secret { ext, name, action } => {
            let (name, instance) = name.split_once('/').map_or((name.as_str(), None), |(name, i)| (name, Some(i)));
            assert_eq!(instance.is_some(), query.is_some());
            assert!(instance.is_none_or(|text| !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic())));
            let (more, method) = match action {
                Action::Get => ("", "GET"),
                Action::Put => ("", "PUT"),
                Action::Delete => ("", "DELETE"),
                Action::Meta => ("/meta", "GET"),
            };
            (format!("/v1/secrets/{ext}/{name}{more}"), method)
        }
    };
    assert_eq!((spelled.as_str(), meant), (path, method), "a path has one spelling");
    assert!(route.ext().is_none_or(|ext| !ext.is_empty() && !ext.contains('/')));
}

fn claims(authorization: &[&[u8]], user: &[&[u8]], ext: &[&[u8]]) {
    match Claims::parse(authorization, user, ext) {
        Ok(claims) => {
            let shown = authorization.concat();
            assert!(shown.len() == 7 + claims.token.len() && shown.ends_with(claims.token));
            assert!(!claims.token.is_empty() && shown[..7].eq_ignore_ascii_case(b"bearer "));
            assert_eq!(claims.ext.map(str::as_bytes), ext.first().copied());
            let sent = user.first().map(|user| std::str::from_utf8(user).unwrap());
            match claims.user.as_deref() {
                Some(local) if local.starts_with("uid:") => assert_eq!(Some(local), sent),
                // Two ids are never one user.
                Some(other) => assert!(other.strip_prefix("ext:") == sent && !other.starts_with("ext:ext:")),
                None => assert_eq!(sent, None),
            }
        }
        Err(ClaimsError::Twice) => assert!([authorization, user, ext].iter().any(|values| values.len() > 1)),
        Err(_) => {}
    }
}

fn body(bytes: &[u8]) {
    if let Ok(found) = value::decode(bytes) {
        let known: serde_json::Value = serde_json::from_slice(bytes).unwrap();
        let text = std::str::from_utf8(found.expose()).unwrap();
        assert_eq!(known, serde_json::json!({ "value": text }), "another reader agrees");
        assert!(text.len() < bytes.len());
    }
    // As a value: what is written is read, and by others too.
    match value::encode(bytes) {
        Ok(written) => {
            assert_eq!(value::decode(&written).unwrap().expose(), bytes);
            let known: serde_json::Value = serde_json::from_slice(&written).unwrap();
            assert_eq!(known["value"].as_str().unwrap().as_bytes(), bytes);
            // And with what an honest writer would escape otherwise.
            let other = serde_json::to_vec(&known).unwrap();
            assert_eq!(value::decode(&other).unwrap().expose(), bytes);
        }
        Err(_) => assert!(std::str::from_utf8(bytes).is_err()),
    }
}

/// A header's values: none, one, or one twice.
fn values(line: &[u8]) -> Vec<&[u8]> {
    match line.split_first() {
        Some((b'1', value)) => vec![value],
        Some((b'2', value)) => vec![value, value],
        _ => Vec::new(),
    }
}

/// A request of each kind.
pub fn seeds() -> Vec<Vec<u8>> {
    let seeds = [
        "GET\n/v1/health\n\n\n\n",
        "GET\n/v1/gate/spotify\n1Bearer vlt_token\n1alice\n1spotify\n",
        "GET\n/v1/secrets/spotify\n1bearer t\n1uid:1000\n0\n",
        "GET\n/v1/secrets/spotify/cookie\n1Bearer t\n1alice\n1spotify\n",
        "PUT\n/v1/secrets/spotify/cookie\n1Bearer t\n1alice\n1spotify\n{\"value\":\"a\\u00e4\\ud83d\\ude00\\n\\\"\"}",
        "DELETE\n/v1/secrets/spotify/account?instance=me%40example.org\n1Bearer t\n1ext:alice\n2spotify\n {\"value\" : \"\"} ",
        "GET\n/v1/secrets/spotify/meta/meta?instance=work\n2Bearer t\n1__system__\n1spotify\n{\"value\":\"a\",\"value\":\"b\"}",
        "PUT\n/v1/secrets/a/b\n1Basic t\n1\n1\n{\"value\":\"\\ud800\"}",
    ];
    seeds.map(|seed| seed.as_bytes().to_vec()).into()
}

/// Up to the next line break, or all of it.
fn line<'a>(rest: &mut &'a [u8]) -> &'a [u8] {
    let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
    let (line, after) = rest.split_at(end);
    *rest = after.get(1..).unwrap_or_default();
    line
}
