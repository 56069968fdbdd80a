//! From the tree to a declaration: one reader for every form.

use super::Format;
use super::error::Fault;
use super::node::{Located, Member, Node, Value};
use crate::limits;
use crate::spec::{Broken, DESCRIPTION, Field};
use crate::{Manifest, ManifestError, Scope, Spec, WriteMode, is_description};

/// Checked whole. `given` is the app's name beside the file.
pub(super) fn manifest(tree: Node, format: Format, given: Option<&str>) -> Result<Manifest, Located> {
    let at = tree.at;
    let parts = match (tree.value, format) {
        (Value::List(list), Format::Json) => Parts { secrets: Some((at, list)), ..Parts::default() },
        (Value::Table(members), Format::Json) if is_imperal(&members) => imperal(members)?,
        (Value::Table(members), _) => ours(members)?,
        (other, _) => return Err((Some(at), wrong("the file", "a table or a list of secrets", &other))),
    };
    let app_at = parts.app.as_ref().map(|(at, _)| *at);
    let description_at = parts.description.as_ref().map(|(at, _)| *at);
    let app = match (parts.app, given) {
        (Some((at, app)), Some(given)) if app != given => return Err((Some(at), Fault::OtherApp)),
        (Some((_, app)), _) => app,
        (None, Some(given)) => given.to_owned(),
        (None, None) => return Err((None, Fault::AppNotNamed)),
    };
    let (list_at, list) = parts.secrets.unwrap_or((at, Vec::new()));
    let (count, max) = (list.len(), limits::SPECS_MAX);
    if count > max {
        return Err((Some(list_at), Fault::TooMany { count, max }));
    }
    let mut names_at = Vec::with_capacity(count);
    let mut secrets = Vec::with_capacity(count);
    for node in list {
        let (spec, name_at) = spec(node)?;
        names_at.push(name_at);
        secrets.push(spec);
    }
    let manifest = Manifest { app, description: parts.description.map(|(_, text)| text).unwrap_or_default(), secrets };
    match manifest.check() {
        Ok(()) => Ok(manifest),
        Err(ManifestError::Twice { index, first }) => {
            Err((names_at.get(index - 1).copied(), Fault::NameTwice { index, first }))
        }
        Err(ManifestError::App(broken)) => {
            let at = if broken.field == "app" { app_at } else { description_at };
            Err((at, rule(broken, broken.field == "app" && manifest.app.ends_with('\n'))))
        }
        // Each spec was checked as it was read, and they were counted.
        Err(ManifestError::Secret { broken, .. }) => Err((Some(list_at), rule(broken, false))),
        Err(ManifestError::TooMany { count, max }) => Err((Some(list_at), Fault::TooMany { count, max })),
    }
}

/// What a form says, each with its place.
#[derive(Default)]
struct Parts {
    app: Option<(usize, String)>,
    description: Option<(usize, String)>,
    secrets: Option<(usize, Vec<Node>)>,
}

fn is_imperal(members: &[Member]) -> bool {
    let has = |name| members.iter().any(|member| member.name == name);
    has("app_id") && !has("app")
}

fn ours(members: Vec<Member>) -> Result<Parts, Located> {
    let mut parts = Parts::default();
    for member in members {
        let at = member.at;
        match member.name.as_str() {
            "app" => parts.app = Some((at, text("app", member)?)),
            "description" => {
                let text = text("description", member)?;
                if !text.is_empty() && text.trim().is_empty() {
                    return Err((Some(at), Fault::Blank { field: "description", expected: DESCRIPTION }));
                }
                parts.description = Some((at, text));
            }
            "secrets" => parts.secrets = Some((at, list("secrets", member)?)),
            _ => {
                let known = "app, description and secrets";
                return Err((Some(at), Fault::UnknownMember { of: "a manifest", known }));
            }
        }
    }
    Ok(parts)
}

/// Its other members are Imperal's. The description is shown where it can be.
fn imperal(members: Vec<Member>) -> Result<Parts, Located> {
    let mut parts = Parts::default();
    for member in members {
        let at = member.at;
        match (member.name.as_str(), &member.node.value) {
            ("app_id", _) => parts.app = Some((at, text("app_id", member)?)),
            ("description", Value::Text(text)) if is_description(text) => {
                parts.description = Some((at, text.clone()));
            }
            ("secrets", _) => parts.secrets = Some((at, list("secrets", member)?)),
            _ => {}
        }
    }
    Ok(parts)
}

/// One secret, its rules kept, and where its name stands.
fn spec(node: Node) -> Result<(Spec, usize), Located> {
    let at = node.at;
    let Value::Table(members) = node.value else {
        return Err((Some(at), wrong("secrets", "a list of tables", &node.value)));
    };
    let places: Vec<(String, usize)> = members.iter().map(|member| (member.name.clone(), member.at)).collect();
    let place = |field: Field| places.iter().find(|(name, _)| name == field).map(|(_, at)| *at);
    let mut spec = Spec::new("", "");
    for member in members {
        let at = member.at;
        match member.name.as_str() {
            "name" => spec.name = text("name", member)?,
            "description" => spec.description = text("description", member)?,
            "required" => spec.required = truth("required", member)?,
            "write_mode" => spec.write_mode = word("write_mode", member, WriteMode::parse, WRITE_MODES)?,
            "scope" => spec.scope = word("scope", member, Scope::parse, SCOPES)?,
            "max_bytes" => spec.max_bytes = number("max_bytes", member)?,
            "keep_versions" => spec.keep_versions = number("keep_versions", member)?,
            "reveal" => spec.reveal = truth("reveal", member)?,
            "instances" => spec.instances = truth("instances", member)?,
            "rotation_hint_days" => spec.rotation_hint_days = unless_null(member, |m| number("rotation_hint_days", m))?,
            "expires_after_days" => spec.expires_after_days = unless_null(member, |m| number("expires_after_days", m))?,
            "env_fallback" => spec.env_fallback = unless_null(member, |m| text("env_fallback", m))?,
            _ => return Err((Some(at), Fault::UnknownMember { of: "a secret", known: MEMBERS })),
        }
    }
    for field in ["name", "description"] {
        if place(field).is_none() {
            return Err((Some(at), Fault::Missing { field }));
        }
    }
    if let Err(broken) = spec.check() {
        let fault = match broken.field {
            "description" if spec.description.trim().is_empty() => {
                Fault::Blank { field: broken.field, expected: broken.expected }
            }
            "name" => rule(broken, spec.name.ends_with('\n')),
            _ => rule(broken, false),
        };
        return Err((Some(place(broken.field).unwrap_or(at)), fault));
    }
    Ok((spec, place("name").unwrap_or(at)))
}

fn rule(broken: Broken, trailing_newline: bool) -> Fault {
    let Broken { field, expected } = broken;
    match field {
        _ if trailing_newline => Fault::TrailingNewline { field, expected },
        "max_bytes" | "keep_versions" | "rotation_hint_days" | "expires_after_days" => {
            Fault::OutOfRange { field, expected }
        }
        _ => Fault::Rule { field, expected },
    }
}

fn text(field: Field, member: Member) -> Result<String, Located> {
    match member.node.value {
        Value::Text(text) => Ok(text),
        other => Err((Some(member.at), wrong(field, "a string", &other))),
    }
}

fn truth(field: Field, member: Member) -> Result<bool, Located> {
    match member.node.value {
        Value::Bool(truth) => Ok(truth),
        other => Err((Some(member.at), wrong(field, "true or false", &other))),
    }
}

fn list(field: Field, member: Member) -> Result<Vec<Node>, Located> {
    match member.node.value {
        Value::List(list) => Ok(list),
        other => Err((Some(member.at), wrong(field, "a list of tables", &other))),
    }
}

fn word<T>(field: Field, member: Member, parse: fn(&str) -> Option<T>, expected: &'static str) -> Result<T, Located> {
    let at = member.at;
    parse(&text(field, member)?).ok_or((Some(at), Fault::Rule { field, expected }))
}

/// What does not fit the type becomes its end, which no rule accepts.
fn number<T: TryFrom<i64> + Ends>(field: Field, member: Member) -> Result<T, Located> {
    match member.node.value {
        Value::Whole(number) if number < 0 => Ok(T::LOWEST),
        Value::Whole(number) => Ok(T::try_from(number).unwrap_or(T::HIGHEST)),
        other => Err((Some(member.at), wrong(field, "a whole number", &other))),
    }
}

/// The ends of a number's type: 0 and its largest.
trait Ends {
    const LOWEST: Self;
    const HIGHEST: Self;
}

impl Ends for u8 {
    const LOWEST: Self = 0;
    const HIGHEST: Self = Self::MAX;
}

impl Ends for u32 {
    const LOWEST: Self = 0;
    const HIGHEST: Self = Self::MAX;
}

/// Some writers of JSON say `null` where others leave a member out.
fn unless_null<T>(member: Member, read: impl FnOnce(Member) -> Result<T, Located>) -> Result<Option<T>, Located> {
    match member.node.value {
        Value::Null => Ok(None),
        _ => read(member).map(Some),
    }
}

fn wrong(field: Field, expected: &'static str, found: &Value) -> Fault {
    Fault::WrongType { field, expected, found: found.kind() }
}

const WRITE_MODES: &str = "`user`, `extension` or `both`";
const SCOPES: &str = "`user` or `app`";
const MEMBERS: &str = "name, description, required, write_mode, scope, max_bytes, rotation_hint_days, env_fallback, \
                       reveal, keep_versions, instances and expires_after_days";
