//! Which secret is meant.

/// A secret by app and name; without an app, the caller's personal app.
///
/// `"api_token"`, `("billing", "api_token")` and `(app, "api_token")` with an
/// `Option<&str>` all become one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub(crate) app: Option<String>,
    pub(crate) name: String,
}

impl From<&str> for Target {
    fn from(name: &str) -> Self {
        Self { app: None, name: name.to_owned() }
    }
}

impl From<&String> for Target {
    fn from(name: &String) -> Self {
        name.as_str().into()
    }
}

impl From<(&str, &str)> for Target {
    fn from((app, name): (&str, &str)) -> Self {
        (Some(app), name).into()
    }
}

impl From<(Option<&str>, &str)> for Target {
    fn from((app, name): (Option<&str>, &str)) -> Self {
        Self { app: app.map(str::to_owned), name: name.to_owned() }
    }
}
