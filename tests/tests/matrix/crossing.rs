//! Every app reached for from every other, every user from every other: one
//! refusal, the same in all bytes, whether there is anything or not.

use std::collections::HashMap;

use crate::doors::{Ask, Door, Held, Op, Role, Told, offered};
use crate::world::{MANY, NOBODY, NOWHERE, account, app, is_local, seen, user};

/// The first answer to a question of one kind; every other has to be it.
#[derive(Default)]
struct Answers(HashMap<(Role, &'static str, &'static str), Told>);

impl Answers {
    fn same(&mut self, way: &'static str, ask: Ask<'_>, told: Told) {
        assert!(!told.ok, "{way}: {ask:?}");
        assert_eq!(seen(&told), [], "{way}: {ask:?}");
        let first = self.0.entry((ask.held.role, way, ask.op.word())).or_insert_with(|| told.clone());
        assert_eq!(*first, told, "{way}: {ask:?}");
    }
}

pub(crate) fn into_other_apps(door: &mut dyn Door) {
    let mut answers = Answers::default();
    let nowhere = [NOWHERE.to_owned(), "personal".to_owned()];
    for from in 0..MANY {
        for to in (0..MANY).filter(|to| *to != from).map(app).chain(nowhere.clone()) {
            // Another user for each pair, so that all of them come to it.
            let number = to.bytes().map(usize::from).sum::<usize>() + from;
            let (own, user_number) = (app(from), number % MANY);
            let (named, account) = (user(user_number), account(user_number, from));
            for role in [Role::Extension, Role::Panel] {
                let held = Held { role, app: from, user: user_number };
                if !door.admits(held) {
                    continue;
                }
                let ways =
                    [("as its own", &own, &to), ("as the other", &to, &to), ("as the other, its own", &to, &own)];
                for op in offered(door, operations("key", &account)) {
                    for (way, as_app, app) in ways {
                        let ask = Ask { held, as_app, as_user: &named, app, op };
                        let told = door.ask(ask);
                        answers.same(way, ask, told);
                    }
                }
            }
        }
    }
}

pub(crate) fn into_other_users(door: &mut dyn Door) {
    let mut answers = Answers::default();
    for from in 0..MANY {
        let mut others: Vec<_> = (0..MANY).filter(|to| *to != from).map(|to| (user(to), is_local(to))).collect();
        others.push((NOBODY.to_owned(), false));
        for (to, (other, other_is_local)) in others.iter().enumerate() {
            let (app_number, own) = ((from + to) % MANY, user(from));
            let (app, account) = (app(app_number), account(to % MANY, app_number));
            for role in [Role::User, Role::Extension, Role::Panel] {
                let held = Held { role, app: app_number, user: from };
                if !door.admits(held) {
                    continue;
                }
                // As oneself, naming the other.
                let naming = [Op::Declared(Some(other)), Op::Require(Some(other)), Op::List(Some(other))];
                for op in offered(door, naming) {
                    let ask = Ask { held, as_app: &app, as_user: &own, app: &app, op };
                    let told = door.ask(ask);
                    answers.same("naming the other", ask, told);
                }
                // As the other; one panel does serve all users of a gateway.
                let allowed = role == Role::Panel && !is_local(from) && !other_is_local;
                if role == Role::User || allowed {
                    continue;
                }
                for op in offered(door, operations("key", &account)) {
                    let ask = Ask { held, as_app: &app, as_user: other, app: &app, op };
                    let told = door.ask(ask);
                    answers.same("for the other", ask, told);
                }
            }
        }
    }
}

/// Every operation, on a secret that most have and on one named by its owner.
fn operations<'a>(name: &'a str, account: &'a str) -> [Op<'a>; 10] {
    [
        Op::Get(name),
        Op::Get(account),
        Op::Set(name, "planted"),
        Op::Delete(name),
        Op::Describe(name),
        Op::Promote(name),
        Op::Webhook(name),
        Op::Declared(None),
        Op::Require(None),
        Op::List(None),
    ]
}
