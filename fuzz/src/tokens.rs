//! What a stranger sends to be somebody: a token's text, an OAuth state.

use super::*;
use vault_core::ActsFor;
use vault_core::manifest::{Manifest, Spec};
use vault_core::{Role, Verb, Verbs};

/// Any bytes as a token; then laid over a genuine one, so that its form is
/// right: whatever is changed, it is another.
pub fn token(data: &[u8]) {
    let (vault, genuine) = with_token();
    let caller = caller();
    let present = |text: &[u8]| vault.caller(&caller).present(text);
    assert!(matches!(present(data), Err(Refusal::BadToken)) || data == genuine.expose());
    let laid = laid_over(genuine.expose(), data);
    match present(&laid) {
        Ok(presented) => assert!(laid == genuine.expose() && presented.app == app()),
        Err(refusal) => assert!(laid != genuine.expose() && matches!(refusal, Refusal::BadToken), "{refusal}"),
    }
}

/// Any bytes as an OAuth state, and laid over a genuine one: a forged one is
/// refused and uses up nothing, the genuine one is good once.
pub fn oauth(data: &[u8]) {
    let (vault, _) = with_token();
    let alice = Caller::new(User::parse("ext:alice").unwrap(), None);
    let callback = Caller::new(User::App, None).vouched_for(app(), Role::Extension);
    let redeem = |state: &[u8]| vault.caller(&callback).oauth_redeem(&app(), state);
    assert!(matches!(redeem(data), Err(Refusal::StateRefused)));
    let state = vault.caller(&alice).oauth_begin(&app(), "provider", None, None).unwrap().state;
    let laid = laid_over(state.expose(), data);
    if laid != state.expose() {
        assert!(matches!(redeem(&laid), Err(Refusal::StateRefused)), "a forged state was taken");
    }
    assert_eq!(redeem(state.expose()).unwrap().user, *alice.user());
    assert!(matches!(redeem(state.expose()), Err(Refusal::StateRefused)), "a state was taken twice");
}

/// Where the form is looked at, where the digits are, and one byte too many.
pub(super) fn seeds() -> Vec<Vec<u8>> {
    let change = |at: usize| [&vec![0; at][..], &[1]].concat();
    let forms: [&[u8]; 4] = [b"", b"vlt_", b"vlt_00000000000000000000000000000000_", &[b'A'; 75]];
    forms.iter().map(|form| form.to_vec()).chain([0, 3, 20, 36, 74, 100, 101].map(change)).collect()
}

/// Changed byte by byte, and longer where there is more.
pub(super) fn laid_over(genuine: &[u8], data: &[u8]) -> Vec<u8> {
    let changed = genuine.iter().enumerate().map(|(at, byte)| byte ^ data.get(at).copied().unwrap_or(0));
    changed.chain(data.iter().skip(genuine.len()).copied()).collect()
}

/// One vault with one app and one token for all inputs.
fn with_token() -> &'static (Vault<Open>, SecretBytes) {
    static MADE: OnceLock<(Vault<Open>, SecretBytes)> = OnceLock::new();
    MADE.get_or_init(|| {
        let vault = create(Arc::new(MemoryStore::new()));
        let owner = caller().with_verbs(Verbs::NONE.with(Verb::Apps));
        let secrets = vec![Spec::new("key", "What it is for")];
        let manifest = Manifest { app: app().to_string(), description: String::new(), secrets };
        vault.caller(&owner).app_add(&manifest, None, false, false).unwrap();
        let made = vault.caller(&owner).token_create(&app(), Role::Extension, ActsFor::Any, Some(0), "").unwrap();
        (vault, made.token)
    })
}

fn app() -> App {
    App::parse("spotify").unwrap()
}
