//! What every [`SecretStore`] has to do, written once and run against each kind
//! of store by its own tests. What a store cannot do by its nature it says in
//! its [`Abilities`]; everything else is asked of all.

#![expect(clippy::unwrap_used, reason = "a panic is how a test reports")]

mod changing;
mod reading;
mod roles;
mod troubles;

use vault_manifest::{Manifest, Spec, WriteMode};

use super::{Role, SecretStore, SecretStoreError, VerifiedWebhook, WebhookRefusal};

/// One kind of store, and the world around it that is not the application's.
pub trait Harness {
    /// What it can do.
    fn abilities(&self) -> Abilities;
    /// Two users. The first can come by themself, in the role [`Role::User`].
    fn people(&self) -> [&'static str; 2];
    /// Can the second as well?
    fn both_come_themselves(&self) -> bool;
    /// Makes the app known. Each case declares one of its own, so nothing is
    /// stored for it.
    fn declare(&mut self, manifest: &Manifest);
    /// The store that an application would have.
    fn store(&mut self, app: &str, user: &str, role: Role) -> Box<dyn SecretStore>;
    /// The user stores a value that is the user's to store. Where nothing can be
    /// written, any value, however it comes there.
    fn user_sets(&mut self, app: &str, user: &str, name: &str, value: &[u8]);
    /// The app's owner stores the app's own value.
    fn owner_sets(&mut self, app: &str, name: &str, value: &[u8]);
    /// Seals, or opens again.
    fn seal(&mut self, sealed: bool);
    /// Lets time go by.
    fn pass_days(&mut self, days: u32);
    /// For a store that cannot verify: what it is to answer next.
    fn answer_webhooks(&mut self, app: &str, answer: Result<VerifiedWebhook, WebhookRefusal>);
}

/// What a kind of store can do.
#[derive(Debug, Clone, Copy)]
pub struct Abilities {
    /// What is written is there afterwards.
    pub writes: bool,
    /// There are several users, panels and owners.
    pub users: bool,
    /// Its time can be moved.
    pub clock: bool,
    /// It can be sealed.
    pub seals: bool,
    /// It verifies webhooks.
    pub webhooks: bool,
}

/// A case's name and the case.
pub type Case = (&'static str, fn(&mut dyn Harness));

/// Every case.
pub const CASES: &[Case] = &[
    ("reading: what was set is read, byte for byte, and nothing is cached", reading::exact_and_fresh),
    ("reading: an undeclared name is its own error, through every door", reading::undeclared),
    ("reading: what is no name is refused and not repeated", reading::no_name),
    ("reading: instances are values of their own", reading::instances),
    ("reading: the list shows all that is declared and no value", reading::list),
    ("reading: the gate tells what is missing and where to set it", reading::gate),
    ("changing: a value of exactly the limit, and one byte more", changing::sizes),
    ("changing: versions count up and are not reused", changing::versions),
    ("changing: of racing writers one wins each version", changing::races),
    ("roles: who sets, reads and deletes, for each write mode", roles::write_modes),
    ("roles: one user's values are not another's, one app's not another's", roles::separation),
    ("roles: an app's own value", roles::app_scope),
    ("troubles: a value whose time has passed", troubles::expiry),
    ("troubles: a sealed vault says so", troubles::sealed),
    ("troubles: a webhook is proven or refused for its reason", troubles::webhooks),
    ("troubles: no error and no debug output holds a value", troubles::silence),
];

/// Runs every case. A failing one panics and says which it was.
pub fn run(harness: &mut dyn Harness) {
    for (name, case) in CASES {
        let _named = Named(name);
        case(harness);
    }
}

/// Tells the case's name while it unwinds.
struct Named(&'static str);

impl Drop for Named {
    #[expect(clippy::print_stderr, reason = "a test's report")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("conformance case failed: {}", self.0);
        }
    }
}

fn declare(harness: &mut dyn Harness, app: &str, secrets: Vec<Spec>) {
    harness.declare(&Manifest { app: app.to_owned(), description: String::new(), secrets });
}

fn with_mode(name: &str, write_mode: WriteMode) -> Spec {
    Spec { write_mode, ..Spec::new(name, "what it is for") }
}

/// The kind of error, for a comparison.
fn code<T>(result: Result<T, SecretStoreError>) -> &'static str {
    match result {
        Ok(_) => "ok",
        Err(error) => error.code(),
    }
}
