//! Who there is, what they have stored, and how to see whose something is.

use vault_core::manifest::{Manifest, Scope, Spec, WriteMode};

use crate::doors::{Door, Role, Told};

/// Users, and apps.
pub(crate) const MANY: usize = 20;
/// The user after the last: has a token for each app and has stored nothing.
pub(crate) const STRANGER: usize = MANY + 1;
/// An app that nobody has declared. As long as the others' names.
pub(crate) const NOWHERE: &str = "app-zz";
/// Somebody nobody has heard of.
pub(crate) const NOBODY: &str = "ext:nobody";
/// What each user stores for each app, besides an instance of `account`.
pub(crate) const NAMES: [&str; 3] = ["key", "both", "shown"];

/// Half of them behind a gateway, half with accounts; the stranger with one.
pub(crate) fn user(number: usize) -> String {
    if is_local(number) { format!("uid:{}", uid(number)) } else { format!("ext:user-{number:02}") }
}

pub(crate) fn is_local(number: usize) -> bool {
    number % 2 == 1
}

pub(crate) fn uid(number: usize) -> u32 {
    20_000 + u32::try_from(number).unwrap()
}

pub(crate) fn app(number: usize) -> String {
    format!("app-{number:02}")
}

/// An instance of `account` whose name says whose it is.
pub(crate) fn account(user: usize, app: usize) -> String {
    format!("account/{NAMED}{user:02}-{app:02}")
}

/// A value that says whose it is.
pub(crate) fn value(user: usize, app: usize, name: &str) -> String {
    format!("{VALUE}{user:02}-{app:02} {name}")
}

/// A fifth of the cells is left empty.
pub(crate) fn is_empty(user: usize, app: usize) -> bool {
    (user + app).is_multiple_of(5)
}

/// The app's own value is set in four fifths of the apps.
pub(crate) fn has_shared(app: usize) -> bool {
    !app.is_multiple_of(5)
}

/// In the place of a user, whoever holds an app's own value.
pub(crate) const SHARED: usize = 99;

pub(crate) fn furnish(door: &mut dyn Door) {
    for app_number in 0..MANY {
        door.declare(&manifest(app_number));
    }
    for app in 0..MANY {
        if has_shared(app) {
            door.owner_sets(app, "client", &value(SHARED, app, "client"));
        }
        for user in (0..MANY).filter(|user| !is_empty(*user, app)) {
            for name in NAMES {
                door.user_sets(user, app, name, &value(user, app, name));
            }
            let account = account(user, app);
            door.user_sets(user, app, &account, &value(user, app, &account));
        }
    }
    door.furnished();
}

fn manifest(number: usize) -> Manifest {
    let spec = |name: &str| Spec::new(name, "The same words in every app");
    let secrets = vec![
        Spec { required: true, ..spec("key") },
        Spec { write_mode: WriteMode::Both, ..spec("both") },
        Spec { reveal: true, ..spec("shown") },
        Spec { instances: true, write_mode: WriteMode::Both, ..spec("account") },
        Spec { scope: Scope::App, ..spec("client") },
        Spec { write_mode: WriteMode::Both, ..spec("absent") },
    ];
    Manifest { app: app(number), description: "One of many".into(), secrets }
}

/// Whose things an answer tells of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Sight {
    pub(crate) is_value: bool,
    pub(crate) user: usize,
    pub(crate) app: usize,
}

/// Everything in an answer that says whose it is.
pub(crate) fn seen(told: &Told) -> Vec<Sight> {
    let mut found = Vec::new();
    for (at, window) in told.bytes.windows(VALUE.len()).enumerate() {
        let is_value = window == VALUE.as_bytes();
        if !is_value && window != NAMED.as_bytes() {
            continue;
        }
        let number = |from: usize| -> usize {
            let digits = &told.bytes[at + VALUE.len() + from..][..2];
            std::str::from_utf8(digits).unwrap().parse().unwrap()
        };
        found.push(Sight { is_value, user: number(0), app: number(3) });
    }
    found
}

/// May whoever stands there read this secret of theirs?
pub(crate) fn reads(role: Role, name: &str) -> bool {
    match role {
        Role::Extension => true,
        Role::User => name == "shown",
        Role::Panel => false,
    }
}

const VALUE: &str = "value.";
/// As long as [`VALUE`], so that one search finds both.
const NAMED: &str = "named.";
