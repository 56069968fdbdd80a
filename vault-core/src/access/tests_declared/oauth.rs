//! Authorizations, and tokens that rotate.

use super::*;

#[test]
fn fifty_racing_refreshes_leave_the_last_rotated_token() {
    let rig = Rig::new();
    let extension = rig.session(Role::Extension, "ext:alice");
    rig.set(&extension, "refresh_token", "0").unwrap();
    // The provider takes each token once and gives the next, as rotating ones do.
    let provider = std::sync::Mutex::new(0_u64);
    let refreshed = AtomicU64::new(0);
    std::thread::scope(|threads| {
        for _ in 0..50 {
            threads.spawn(|| {
                let access = rig.vault.caller(&extension);
                loop {
                    let held = access.get(&spotify(), &name("refresh_token"), None).unwrap();
                    let number: u64 = std::str::from_utf8(held.bytes.expose()).unwrap().parse().unwrap();
                    let next = {
                        let mut current = provider.lock().unwrap();
                        if *current != number {
                            // Used before: somebody else refreshed, and has or will have stored it.
                            continue;
                        }
                        *current += 1;
                        *current
                    };
                    let stored =
                        access.set(&spotify(), &name("refresh_token"), bytes(&next.to_string()), Some(held.version));
                    stored.expect("nobody else can have refreshed this version");
                    refreshed.fetch_add(1, Ordering::Relaxed);
                    break;
                }
            });
        }
    });
    assert_eq!(refreshed.load(Ordering::Relaxed), 50);
    assert_eq!(rig.get(&extension, "refresh_token").unwrap(), "50");
    let stale = rig.vault.caller(&extension).set(&spotify(), &name("refresh_token"), bytes("7"), Some(9));
    assert!(matches!(stale, Err(Refusal::Conflict { current: 51 })));
}

#[test]
fn a_callback_finds_the_user_who_began_once() {
    let rig = Rig::new();
    let (alice, panel) = (user("ext:alice"), rig.session(Role::Panel, "ext:bob"));
    let nobody = rig.act(&rig.token(Role::Extension, ActsFor::Any).token, None).unwrap();
    let begin = |caller: &Caller| rig.vault.caller(caller).oauth_begin(&spotify(), "spotify", Some("https://e/"), None);
    let redeem = |caller: &Caller, state: &[u8]| rig.vault.caller(caller).oauth_redeem(&spotify(), state);
    let begun = begin(&alice).unwrap();
    assert!(matches!(redeem(&alice, begun.state.expose()), Err(Refusal::Forbidden { .. })));
    assert!(matches!(redeem(&panel, begun.state.expose()), Err(Refusal::Forbidden { .. })));
    let redeemed = redeem(&nobody, begun.state.expose()).unwrap();
    assert_eq!((redeemed.user.to_string().as_str(), redeemed.provider.as_str()), ("ext:alice", "spotify"));
    assert_eq!(redeemed.redirect.as_deref(), Some("https://e/"));
    // RFC 7636 section 4.2: the challenge is the hash of the verifier.
    use base64::Engine as _;
    use sha2::Digest as _;
    let hash = sha2::Sha256::digest(redeemed.code_verifier.expose());
    assert_eq!(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(hash), begun.code_challenge);
    assert!(matches!(redeem(&nobody, begun.state.expose()), Err(Refusal::StateRefused)), "used");
    let begun = begin(&panel).unwrap();
    let for_alice = rig.session(Role::Extension, "ext:alice");
    assert!(matches!(redeem(&for_alice, begun.state.expose()), Err(Refusal::StateRefused)), "bob's");
    let mut forged = begun.state.expose().to_vec();
    forged[74] ^= 1;
    for bad in [&forged[..], b"", b"x", &begun.state.expose()[..74]] {
        assert!(matches!(redeem(&nobody, bad), Err(Refusal::StateRefused)));
    }
    assert_eq!(redeem(&nobody, begun.state.expose()).unwrap().user.to_string(), "ext:bob");
    let begun = begin(&alice).unwrap();
    rig.later(crate::limits::OAUTH_LIFE_MS);
    assert!(matches!(redeem(&nobody, begun.state.expose()), Err(Refusal::StateRefused)), "expired");
    // Beginning without end fills nothing, and what is left goes by itself.
    let states: Vec<_> = (0..40).map(|_| begin(&alice).unwrap()).collect();
    assert!(redeem(&nobody, states[0].state.expose()).is_err());
    assert!(redeem(&nobody, states[39].state.expose()).is_ok());
    let before = rig.vault.caller(&owner().with_verbs(Verbs::ALL)).check().unwrap().records;
    rig.later(crate::limits::OAUTH_LIFE_MS);
    rig.vault.maintain();
    let after = rig.vault.caller(&owner().with_verbs(Verbs::ALL)).check().unwrap().records;
    // The note of when tokens were used came in the meantime.
    assert!(before - after >= 14, "{before} {after}");
}

#[test]
fn two_callbacks_with_one_state_and_one_is_served() {
    let rig = Rig::new();
    let nobody = rig.act(&rig.token(Role::Extension, ActsFor::Any).token, None).unwrap();
    for _ in 0..20 {
        let begun = rig.vault.caller(&user("ext:alice")).oauth_begin(&spotify(), "p", None, None).unwrap();
        let served = AtomicU64::new(0);
        std::thread::scope(|threads| {
            for _ in 0..4 {
                threads.spawn(|| {
                    if rig.vault.caller(&nobody).oauth_redeem(&spotify(), begun.state.expose()).is_ok() {
                        served.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
        });
        assert_eq!(served.load(Ordering::Relaxed), 1);
    }
}
