//! What a request is about: method, path and query, as they came. One spelling
//! each: nothing is decoded in a path, folded or trimmed.

/// What is asked for. Names are whatever stood there: the vault judges them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// `GET /v1/health`.
    Health,
    /// `GET /v1/gate/{ext}`.
    Gate {
        /// The app.
        ext: String,
    },
    /// `GET /v1/secrets/{ext}`.
    List {
        /// The app.
        ext: String,
    },
    /// `/v1/secrets/{ext}/{name}`, and `…/meta`.
    Secret {
        /// The app.
        ext: String,
        /// `name`, or `name/instance`.
        name: String,
        /// What of it.
        action: Action,
    },
}

/// What is asked of a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// `GET`.
    Get,
    /// `PUT`.
    Put,
    /// `DELETE`.
    Delete,
    /// `GET …/meta`.
    Meta,
}

/// No such thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RouteError {
    /// The path.
    #[error("no such path")]
    Path,
    /// The method, on a path that has others.
    #[error("this path has {allow}")]
    Method {
        /// Those.
        allow: &'static str,
    },
    /// The query.
    #[error("a query is `instance` once, on a secret, percent-encoded")]
    Query,
}

impl Route {
    /// Reads method, path and query.
    pub fn parse(method: &str, path: &str, query: Option<&str>) -> Result<Self, RouteError> {
        let rest = path.strip_prefix("/v1/").ok_or(RouteError::Path)?;
        let mut segments = rest.split('/');
        let found = [segments.next(), segments.next(), segments.next(), segments.next(), segments.next()];
        if found.iter().flatten().any(|segment| segment.is_empty()) {
            return Err(RouteError::Path);
        }
        match found {
            [Some("health"), None, ..] => read_only(method, query, Self::Health),
            [Some("gate"), Some(ext), None, ..] => read_only(method, query, Self::Gate { ext: ext.to_owned() }),
            [Some("secrets"), Some(ext), None, ..] => read_only(method, query, Self::List { ext: ext.to_owned() }),
            [Some("secrets"), Some(ext), Some(name), None, _] => {
                let action = match method {
                    "GET" => Action::Get,
                    "PUT" => Action::Put,
                    "DELETE" => Action::Delete,
                    _ => return Err(RouteError::Method { allow: "GET, PUT, DELETE" }),
                };
                Ok(Self::Secret { ext: ext.to_owned(), name: named(name, query)?, action })
            }
            [Some("secrets"), Some(ext), Some(name), Some("meta"), None] => match method {
                "GET" => Ok(Self::Secret { ext: ext.to_owned(), name: named(name, query)?, action: Action::Meta }),
                _ => Err(RouteError::Method { allow: "GET" }),
            },
            _ => Err(RouteError::Path),
        }
    }

    /// The app it names.
    #[must_use]
    pub fn ext(&self) -> Option<&str> {
        match self {
            Self::Health => None,
            Self::Gate { ext } | Self::List { ext } | Self::Secret { ext, .. } => Some(ext),
        }
    }
}

fn read_only(method: &str, query: Option<&str>, route: Route) -> Result<Route, RouteError> {
    match (method, query) {
        ("GET", None) => Ok(route),
        ("GET", Some(_)) => Err(RouteError::Query),
        _ => Err(RouteError::Method { allow: "GET" }),
    }
}

/// The name, with the instance of the query. An unknown or second parameter is
/// refused: whoever sent it believes that it means something.
fn named(name: &str, query: Option<&str>) -> Result<String, RouteError> {
    let Some(query) = query else { return Ok(name.to_owned()) };
    let encoded = query.strip_prefix("instance=").ok_or(RouteError::Query)?;
    let instance = percent_decoded(encoded).filter(|instance| !instance.is_empty()).ok_or(RouteError::Query)?;
    Ok(format!("{name}/{instance}"))
}

/// Unreserved characters and percent-encoded ASCII; clients encode `@`, which an
/// instance may hold. None for anything else.
fn percent_decoded(text: &str) -> Option<String> {
    let mut decoded = String::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let byte = match byte {
            b'%' => {
                let digits = [bytes.next()?, bytes.next()?].map(|digit| char::from(digit).to_digit(16));
                let [Some(high), Some(low)] = digits else { return None };
                u8::try_from(high * 16 + low).ok()?
            }
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'@' => byte,
            _ => return None,
        };
        if !byte.is_ascii_graphic() {
            return None;
        }
        decoded.push(char::from(byte));
    }
    Some(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(ext: &str, name: &str, action: Action) -> Result<Route, RouteError> {
        Ok(Route::Secret { ext: ext.into(), name: name.into(), action })
    }

    #[test]
    fn every_path_of_the_sdk_and_ours() {
        let parse = |method, path| Route::parse(method, path, None);
        assert_eq!(parse("GET", "/v1/health"), Ok(Route::Health));
        assert_eq!(parse("GET", "/v1/gate/spotify"), Ok(Route::Gate { ext: "spotify".into() }));
        assert_eq!(parse("GET", "/v1/secrets/spotify"), Ok(Route::List { ext: "spotify".into() }));
        assert_eq!(parse("GET", "/v1/secrets/spotify/key"), secret("spotify", "key", Action::Get));
        assert_eq!(parse("PUT", "/v1/secrets/spotify/key"), secret("spotify", "key", Action::Put));
        assert_eq!(parse("DELETE", "/v1/secrets/spotify/key"), secret("spotify", "key", Action::Delete));
        assert_eq!(parse("GET", "/v1/secrets/spotify/key/meta"), secret("spotify", "key", Action::Meta));
        // No name is shadowed.
        assert_eq!(parse("GET", "/v1/secrets/spotify/meta"), secret("spotify", "meta", Action::Get));
        assert_eq!(parse("GET", "/v1/secrets/spotify/meta/meta"), secret("spotify", "meta", Action::Meta));
        assert_eq!(parse("GET", "/v1/secrets/health/gate"), secret("health", "gate", Action::Get));
    }

    #[test]
    fn there_are_no_other_paths_and_no_other_spellings() {
        for path in [
            "",
            "/",
            "/v1",
            "/v1/",
            "/v2/health",
            "/v1/health/",
            "/v1/health/x",
            "/v1/gate",
            "/v1/gate/a/b",
            "/v1/secrets",
            "/v1/secrets/",
            "/v1/secrets/a/",
            "/v1/secrets//a",
            "/v1/secrets/a/b/",
            "/v1/secrets/a/b/c",
            "/v1/secrets/a/b/meta/",
            "/v1/secrets/a/b/meta/c",
            "//v1/health",
            "/V1/health",
            "*",
            "http://x/v1/health",
        ] {
            assert_eq!(Route::parse("GET", path, None), Err(RouteError::Path), "{path}");
        }
        for (method, path) in [
            ("POST", "/v1/secrets/a/b"),
            ("HEAD", "/v1/health"),
            ("PUT", "/v1/secrets/a"),
            ("PUT", "/v1/secrets/a/b/meta"),
            ("get", "/v1/health"),
        ] {
            assert!(matches!(Route::parse(method, path, None), Err(RouteError::Method { .. })), "{method} {path}");
        }
    }

    #[test]
    fn an_instance_comes_in_the_query_and_nothing_else_does() {
        let parse = |query| Route::parse("GET", "/v1/secrets/a/b", Some(query));
        assert_eq!(parse("instance=work"), secret("a", "b/work", Action::Get));
        assert_eq!(parse("instance=me%40example.org"), secret("a", "b/me@example.org", Action::Get));
        for query in [
            "",
            "instance",
            "instance=",
            "instance=a&instance=b",
            "instance=a&x=1",
            "x=1",
            "instance=a+b",
            "instance=%",
            "instance=%4",
            "instance=%zz",
            "instance=%00",
            "instance=%C3%A4",
            "instance=%+1",
            "Instance=a",
        ] {
            assert_eq!(parse(query), Err(RouteError::Query), "{query}");
        }
        assert_eq!(Route::parse("GET", "/v1/secrets/a", Some("instance=b")), Err(RouteError::Query));
        // Decoded, but no instance: the vault refuses the name.
        assert_eq!(parse("instance=..%2Fc"), secret("a", "b/../c", Action::Get));
    }
}
