//! The gate.

use super::*;

#[test]
fn the_gate_names_what_is_missing_and_where_to_set_it() {
    let rig = Rig::new();
    let (alice, extension) = (user("ext:alice"), rig.session(Role::Extension, "ext:alice"));
    let missing = |caller: &Caller| {
        let gate = rig.vault.caller(caller).require(&spotify(), None).unwrap();
        gate.missing.into_iter().map(|missing| (missing.name, missing.set_with)).collect::<Vec<_>>()
    };
    let told = |name: &str, with: &str| (name.to_owned(), with.to_owned());
    let all = [
        told("api_key", "vaultctl set --app spotify api_key"),
        told("client_id", "the app's owner: vaultctl set --app spotify client_id"),
        told("account", "vaultctl set --app spotify account/INSTANCE"),
    ];
    assert_eq!(missing(&extension), all);
    assert_eq!(missing(&alice), [all[0].clone(), all[2].clone()], "the app's own is not shown to users");
    rig.set(&alice, "api_key", "k").unwrap();
    rig.set(&alice, "account/a", "k").unwrap();
    assert_eq!(missing(&extension), [all[1].clone()]);
    rig.set(&owner(), "client_id", "c").unwrap();
    assert!(rig.vault.caller(&extension).require(&spotify(), None).unwrap().is_ready());
    assert_eq!(missing(&rig.session(Role::Panel, "ext:bob")).len(), 2, "another user's gate is their own");
    let operator = Caller::new(User::Uid(5), None).with_verbs(Verbs::NONE.with(Verb::Users));
    let (alice, bob) = (User::parse("ext:alice").unwrap(), User::parse("ext:bob").unwrap());
    let asks = |who: &Caller, user: &User| rig.vault.caller(who).require(&spotify(), Some(user));
    assert!(asks(&operator, &alice).unwrap().is_ready());
    assert_eq!(asks(&operator, &bob).unwrap().missing.len(), 2);
    assert!(matches!(asks(&user("ext:carol"), &alice), Err(Refusal::Missing { .. })));
    assert!(matches!(asks(&extension, &bob), Err(Refusal::Missing { .. })));
}
