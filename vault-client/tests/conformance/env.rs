use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::sync::{Arc, Mutex};

use vault_client::store::conformance::{Abilities, Harness, run};
use vault_client::store::manifest::{Manifest, Scope, Spec, WriteMode};
use vault_client::store::{
    EnvSecretStore, EnvStoreError, Environment, PREFIX, Role, SecretStore, SecretStoreError, VerifiedWebhook,
    WebhookRefusal,
};

#[derive(Default)]
struct Variables(Mutex<BTreeMap<String, OsString>>);

impl Variables {
    fn set(&self, name: &str, value: &[u8]) {
        self.0.lock().unwrap().insert(name.to_owned(), OsString::from_vec(value.to_vec()));
    }
}

impl Environment for Variables {
    fn variable(&self, name: &str) -> Option<OsString> {
        self.0.lock().unwrap().get(name).cloned()
    }

    fn names(&self) -> Vec<String> {
        self.0.lock().unwrap().keys().cloned().collect()
    }
}

/// An environment an app: a process has one app and one user.
#[derive(Default)]
struct Processes(BTreeMap<String, (Manifest, Arc<Variables>)>);

impl Harness for Processes {
    fn abilities(&self) -> Abilities {
        Abilities { writes: false, users: false, clock: false, seals: false, webhooks: false }
    }

    fn people(&self) -> [&'static str; 2] {
        ["ext:alice", "ext:bob"]
    }

    fn both_come_themselves(&self) -> bool {
        true
    }

    fn declare(&mut self, manifest: &Manifest) {
        self.0.insert(manifest.app.clone(), (manifest.clone(), Arc::default()));
    }

    fn store(&mut self, app: &str, _: &str, role: Role) -> Box<dyn SecretStore> {
        assert_eq!(role, Role::Extension);
        let (manifest, variables) = &self.0[app];
        Box::new(EnvSecretStore::new(manifest.clone(), Arc::clone(variables)).unwrap())
    }

    fn user_sets(&mut self, app: &str, _: &str, name: &str, value: &[u8]) {
        let variable = name.to_ascii_uppercase().replace('/', "__");
        self.0[app].1.set(&format!("{PREFIX}{variable}"), value);
    }

    fn owner_sets(&mut self, app: &str, name: &str, value: &[u8]) {
        self.user_sets(app, "", name, value);
    }

    fn seal(&mut self, _: bool) {
        panic!("it has no seal");
    }

    fn pass_days(&mut self, _: u32) {
        panic!("it has no clock");
    }

    fn answer_webhooks(&mut self, _: &str, _: Result<VerifiedWebhook, WebhookRefusal>) {
        panic!("it verifies none");
    }
}

#[test]
fn the_environment_does_what_every_store_does() {
    run(&mut Processes::default());
}

fn manifest(secrets: Vec<Spec>) -> Manifest {
    Manifest { app: "a".into(), description: String::new(), secrets }
}

#[test]
fn a_write_is_a_no_op_that_somebody_hears_of() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let listener = Arc::clone(&heard);
    let both = Spec { write_mode: WriteMode::Both, ..Spec::new("k", "what it is for") };
    let variables = Arc::<Variables>::default();
    variables.set("VAULTD_DEV_SECRET_K", b"theirs");
    let store =
        EnvSecretStore::new(manifest(vec![both, Spec::new("u", "the user's")]), Arc::clone(&variables)).unwrap();
    let store = store.on_ignored_write(move |write| {
        listener.lock().unwrap().push(format!("{} {}", write.operation, write.name));
    });
    store.set("k", b"ours").unwrap();
    store.delete("k").unwrap();
    // What would be refused is refused, and nothing is said.
    assert!(matches!(store.set("u", b"x"), Err(SecretStoreError::Forbidden { .. })));
    assert!(matches!(store.delete("nope"), Err(SecretStoreError::NotDeclared { .. })));
    assert_eq!(*heard.lock().unwrap(), ["set k", "delete k"]);
    assert_eq!(store.get("k").unwrap().expose(), b"theirs");
}

#[test]
fn a_variable_keeps_the_manifests_size() {
    let small = Spec { max_bytes: 2, ..Spec::new("k", "what it is for") };
    let variables = Arc::<Variables>::default();
    let store = EnvSecretStore::new(manifest(vec![small]), Arc::clone(&variables)).unwrap();
    variables.set("VAULTD_DEV_SECRET_K", b"");
    assert!(matches!(store.get("k"), Err(SecretStoreError::NotSet { .. })), "an empty variable is no value");
    variables.set("VAULTD_DEV_SECRET_K", b"123");
    assert!(matches!(store.get("k"), Err(SecretStoreError::TooLarge { len: 3, max: 2 })));
}

#[test]
fn an_apps_own_value_falls_back_to_its_variable() {
    let shared = Spec {
        scope: Scope::App,
        env_fallback: Some("IMPERAL_APPSECRET_ID".into()),
        required: true,
        ..Spec::new("client_id", "the app's own")
    };
    let variables = Arc::<Variables>::default();
    let store = EnvSecretStore::new(manifest(vec![shared]), Arc::clone(&variables)).unwrap();
    variables.set("IMPERAL_APPSECRET_ID", b"fallback");
    assert_eq!(store.get("client_id").unwrap().expose(), b"fallback");
    assert!(store.require().unwrap().is_ready());
    variables.set("VAULTD_DEV_SECRET_CLIENT_ID", b"first");
    assert_eq!(store.get("client_id").unwrap().expose(), b"first");
}

#[test]
fn two_secrets_of_one_variable_are_refused() {
    let many = Spec { instances: true, ..Spec::new("mail", "one for each account") };
    let error = EnvSecretStore::new(manifest(vec![Spec::new("mail__work", "another"), many]), Variables::default());
    assert!(
        matches!(error, Err(EnvStoreError::Ambiguous { instances, other }) if instances == "mail" && other == "mail__work")
    );
    let refused = EnvSecretStore::new(manifest(vec![Spec::new("k", " ")]), Variables::default());
    assert!(matches!(refused, Err(EnvStoreError::Manifest(_))));
}

#[test]
fn instances_are_found_by_their_variables() {
    let many = Spec { instances: true, required: true, ..Spec::new("mail", "one for each account") };
    let variables = Arc::<Variables>::default();
    let store = EnvSecretStore::new(manifest(vec![many]), Arc::clone(&variables)).unwrap();
    assert_eq!(store.require().unwrap().unmet[0].set_with, "VAULTD_DEV_SECRET_MAIL__INSTANCE=…");
    variables.set("VAULTD_DEV_SECRET_MAIL__ALICE_EXAMPLE_ORG", b"v");
    assert_eq!(store.get("mail/alice@example.org").unwrap().expose(), b"v");
    let names: Vec<_> = store.list().unwrap().into_iter().map(|state| state.name).collect();
    assert_eq!(names, ["mail/alice_example_org"], "as its variable spells it");
}

/// Nothing else in this process reads these.
#[test]
fn a_process_has_its_own_environment() {
    let path = Spec { scope: Scope::App, env_fallback: Some("PATH".into()), ..Spec::new("k", "what it is for") };
    let store = EnvSecretStore::from_process(manifest(vec![path])).unwrap();
    let expected = std::env::var_os("PATH").unwrap().into_vec();
    assert_eq!(store.get("k").unwrap().expose(), expected);
}
