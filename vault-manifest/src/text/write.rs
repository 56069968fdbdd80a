//! A declaration as a file. What Imperal always writes is always written, the
//! rest when it differs from the default; so a file of an extension is still
//! one that its own tools know.

use crate::{Manifest, Spec};

/// `{"app", "description", "secrets"}`, ending in a line feed.
#[must_use]
pub fn to_json(manifest: &Manifest) -> String {
    let Manifest { app, description, secrets } = manifest;
    let secrets: Vec<String> = secrets
        .iter()
        .map(|spec| {
            let members: Vec<String> =
                members(spec).into_iter().map(|(name, value)| format!("      \"{name}\": {value}")).collect();
            format!("    {{\n{}\n    }}", members.join(",\n"))
        })
        .collect();
    let secrets = if secrets.is_empty() { String::new() } else { format!("\n{}\n  ", secrets.join(",\n")) };
    let (app, description) = (quoted(app), quoted(description));
    format!("{{\n  \"app\": {app},\n  \"description\": {description},\n  \"secrets\": [{secrets}]\n}}\n")
}

/// The form for people.
#[must_use]
pub fn to_toml(manifest: &Manifest) -> String {
    let Manifest { app, description, secrets } = manifest;
    let mut text = format!("app = {}\ndescription = {}\n", quoted(app), quoted(description));
    for spec in secrets {
        text.push_str("\n[[secrets]]\n");
        for (name, value) in members(spec) {
            text.push_str(&format!("{name} = {value}\n"));
        }
    }
    text
}

/// Names and values, written so that both languages read them.
fn members(spec: &Spec) -> Vec<(&'static str, String)> {
    // Taken apart by name, so that a new member cannot be forgotten here.
    let Spec {
        name,
        description,
        required,
        write_mode,
        scope,
        max_bytes,
        rotation_hint_days,
        env_fallback,
        reveal,
        keep_versions,
        instances,
        expires_after_days,
    } = spec;
    let usual = Spec::new("", "");
    let always = [
        ("name", quoted(name)),
        ("description", quoted(description)),
        ("required", required.to_string()),
        ("write_mode", quoted(write_mode.as_str())),
        ("max_bytes", max_bytes.to_string()),
        ("scope", quoted(scope.as_str())),
    ];
    let unusual = [
        ("rotation_hint_days", rotation_hint_days.map(|days| days.to_string())),
        ("env_fallback", env_fallback.as_deref().map(quoted)),
        ("reveal", (*reveal != usual.reveal).then(|| reveal.to_string())),
        ("keep_versions", (*keep_versions != usual.keep_versions).then(|| keep_versions.to_string())),
        ("instances", (*instances != usual.instances).then(|| instances.to_string())),
        ("expires_after_days", expires_after_days.map(|days| days.to_string())),
    ];
    let unusual = unusual.into_iter().filter_map(|(name, value)| Some((name, value?)));
    always.into_iter().chain(unusual).collect()
}

/// A JSON string that is a basic string of TOML as well: the two differ only in
/// DEL, which TOML wants escaped.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007F")
}
