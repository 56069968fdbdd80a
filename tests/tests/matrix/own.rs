//! Each cell by itself: what its user, its app and its panel are told.

use crate::doors::{Ask, Door, Held, Op, Role, Told, offered};
use crate::world::{
    MANY, NAMES, SHARED, STRANGER, Sight, account, app, has_shared, is_empty, reads, seen, user, value,
};

const ROLES: [Role; 3] = [Role::User, Role::Extension, Role::Panel];

/// Asks in one's own cell.
fn own(door: &mut dyn Door, held: Held, op: Op<'_>) -> Told {
    let (app, user) = (app(held.app), user(held.user));
    door.ask(Ask { held, as_app: &app, as_user: &user, app: &app, op })
}

/// Whoever has stored nothing is told the same by an app that others have
/// stored something for, and by the same operation as a stranger.
pub(crate) fn absent_is_absent_whoever_else_has_it(door: &mut dyn Door) {
    let ops = [
        Op::Get("key"),
        Op::Get("absent"),
        Op::Get("account/one"),
        Op::Delete("both"),
        Op::Describe("key"),
        Op::Promote("key"),
        Op::Webhook("key"),
        Op::Declared(None),
        Op::Require(None),
    ];
    for app in 0..MANY {
        for role in ROLES {
            let stranger = Held { role, app, user: STRANGER };
            if !door.admits(stranger) {
                continue;
            }
            for op in offered(door, ops) {
                let expected = own(door, stranger, op);
                for user in (0..MANY).filter(|user| is_empty(*user, app)) {
                    let held = Held { user, ..stranger };
                    if door.admits(held) {
                        assert_eq!(own(door, held, op), expected, "{held:?} {op:?}");
                    }
                }
            }
        }
    }
}

/// Set or not, for a user and a panel an app's own secret is not declared: the
/// very answer for a name that nobody has declared.
pub(crate) fn what_an_app_has_for_itself_is_not_there_for_users(door: &mut dyn Door) {
    // Names of the same length, so that an answer may repeat them.
    let asked = |name: &'static str| {
        [Op::Get(name), Op::Set(name, "x"), Op::Delete(name), Op::Describe(name), Op::Promote(name), Op::Webhook(name)]
    };
    for app in 0..MANY {
        for role in [Role::User, Role::Panel] {
            let held = Held { role, app, user: app ^ 1 };
            if !door.admits(held) {
                continue;
            }
            for (real, unreal) in offered(door, asked("client")).into_iter().zip(offered(door, asked("cliche"))) {
                let (real, unreal) = (own(door, held, real), own(door, held, unreal));
                assert!(!real.ok);
                let renamed = String::from_utf8(real.bytes).unwrap().replace("client", "cliche");
                assert_eq!(renamed.into_bytes(), unreal.bytes, "{held:?}");
            }
        }
    }
}

pub(crate) fn every_cell_has_its_own(door: &mut dyn Door) {
    for app in 0..MANY {
        for user in 0..MANY {
            for role in ROLES {
                let held = Held { role, app, user };
                if door.admits(held) {
                    looks(door, held);
                }
            }
            for role in ROLES {
                let held = Held { role, app, user };
                if door.admits(held) {
                    changes(door, held);
                }
            }
        }
    }
}

/// What changes nothing: every answer holds what is theirs and nothing else.
fn looks(door: &mut dyn Door, held: Held) {
    let Held { role, app, user } = held;
    let account = account(user, app);
    let sight = |is_value, user| Sight { is_value, user, app };
    for name in NAMES.into_iter().chain([account.as_str()]) {
        let told = own(door, held, Op::Get(name));
        let expected = reads(role, name) && !is_empty(user, app);
        assert_eq!(told.ok, expected, "{held:?} {name}");
        if expected {
            assert!(has(&told, &value(user, app, name)), "{held:?} {name}");
            assert!(seen(&told).iter().all(|seen| (seen.user, seen.app) == (user, app)));
        } else {
            assert_eq!(seen(&told), [], "{held:?} {name}");
        }
    }
    let shared = own(door, held, Op::Get("client"));
    let expected = role == Role::Extension && has_shared(app);
    assert_eq!(shared.ok, expected, "{held:?}");
    assert_eq!(seen(&shared), if expected { vec![sight(true, SHARED)] } else { vec![] });

    let named = if is_empty(user, app) { vec![] } else { vec![sight(false, user)] };
    for op in offered(door, [Op::Declared(None), Op::List(None)]) {
        let told = own(door, held, op);
        assert_eq!((told.ok, seen(&told)), (true, named.clone()), "{held:?} {op:?}");
    }
    for op in offered(door, [Op::Describe("key"), Op::Require(None)]) {
        let told = own(door, held, op);
        assert_eq!((told.ok, seen(&told)), (true, vec![]), "{held:?} {op:?}");
    }
    // Nobody here made that signature, and a refusal says nothing of the secret.
    for op in offered(door, [Op::Webhook("key")]) {
        let told = own(door, held, op);
        assert_eq!((told.ok, seen(&told)), (false, vec![]), "{held:?}");
    }
}

/// What changes something, in this cell alone: the others are looked at later.
fn changes(door: &mut dyn Door, held: Held) {
    let Held { role, app, user } = held;
    for op in offered(door, [Op::Promote("both")]) {
        assert_eq!(seen(&own(door, held, op)), []);
    }
    let new = value(user, app, "both");
    for (name, expected) in [("both", true), ("key", role != Role::Extension)] {
        let set = own(door, held, Op::Set(name, &new));
        assert_eq!((set.ok, seen(&set)), (expected, vec![]), "{held:?} {name}");
    }
    assert_eq!(own(door, held, Op::Get("both")).ok, role == Role::Extension, "{held:?}");
    let deleted = own(door, held, Op::Delete("both"));
    assert_eq!((deleted.ok, seen(&deleted)), (true, vec![]), "{held:?}");
    assert!(!own(door, held, Op::Get("both")).ok);
}

fn has(told: &Told, value: &str) -> bool {
    told.bytes.windows(value.len()).any(|window| window == value.as_bytes())
}
