//! Keys of twenty users: another's is no key, whatever it is, however it is
//! called and whatever is asked of it. Each door has one table of operations;
//! each of them is asked of a key of another's and of one that does not exist,
//! and the answers are the same bytes, but for the name that was asked for.

mod aws;
mod socket;

use std::collections::{BTreeSet, HashMap};

use vault_tests::needs;
use vault_tests::privileges::is_root;

use crate::world::{MANY, is_local};

/// A key, and what belongs to it.
#[derive(Clone)]
pub(crate) struct Things {
    /// Its id.
    pub(crate) key: String,
    pub(crate) alias: String,
    pub(crate) grant: [u8; 32],
    /// By this key, or by another of the same user's that encrypts.
    pub(crate) ciphertext: Vec<u8>,
}

/// Something to ask, and the word of its refusal. Another word means that the
/// question was no good, and what it is compared with as well.
pub(crate) struct Asked<Q> {
    pub(crate) name: String,
    pub(crate) word: &'static str,
    /// It makes an RSA key before anything else.
    pub(crate) is_slow: bool,
    pub(crate) question: Q,
}

/// An answer: in one word, and as it came, without the request's id and the date.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) word: String,
    pub(crate) bytes: Vec<u8>,
}

/// One way to the keys.
pub(crate) trait KeyDoor {
    type Question;
    /// Makes a key of each kind for a user; the first is to encrypt with.
    fn furnish(&mut self, user: usize) -> Vec<Things>;
    /// What the key may be called.
    fn names(about: &Things) -> Vec<String>;
    /// What the daemon has that names a key.
    fn operations() -> BTreeSet<String>;
    /// All of it, by one of the key's names, in earnest or tried.
    fn questions(own: &Things, about: &Things, name: &str, dry_run: bool) -> Vec<Asked<Self::Question>>;
    fn ask(&mut self, user: usize, question: Self::Question) -> Told;
    /// Everything that a user is shown of what is theirs.
    fn shown(&mut self, user: usize, own: &[Things]) -> Vec<u8>;
}

/// Everybody and what is theirs, and what was said of what is not there.
struct Walk<'d, D> {
    door: &'d mut D,
    users: Vec<usize>,
    things: Vec<Vec<Things>>,
    nobodys: Things,
    /// By number of question, number of name, and whether it was only tried.
    absent: HashMap<(usize, usize, bool), Told>,
}

#[test]
fn no_key_leaks_on_the_socket() {
    needs!(is_root(), "needs root to be several users");
    let mut door = socket::Socket::new();
    walk(&mut door, (0..MANY).collect());
    door.access_keys_are_ones_own();
}

#[test]
fn no_key_leaks_to_clients_of_aws() {
    // Whoever has an account makes an access key as themself, which takes root.
    walk(&mut aws::Aws::new(), (0..MANY).filter(|user| is_root() || !is_local(*user)).collect());
}

fn walk<D: KeyDoor>(door: &mut D, users: Vec<usize>) {
    let things: Vec<_> = users.iter().map(|user| door.furnish(*user)).collect();
    let (nobodys, absent) = (things[0][0].of_nobody(), HashMap::new());
    let mut walk = Walk { door, users, things, nobodys, absent };
    walk.every_operation_is_asked();
    walk.an_owner_is_told_something_else();
    let before = walk.each_is_shown_their_own();
    for at in 0..walk.users.len() {
        walk.what_is_not_there_is_that_for_everybody(at);
        walk.what_is_anothers_is_not_there(at);
    }
    assert!(walk.each_is_shown_their_own() == before, "something is not as it was");
}

impl<D: KeyDoor> Walk<'_, D> {
    fn every_operation_is_asked(&self) {
        let own = &self.things[0][0];
        let asked: BTreeSet<_> = D::questions(own, own, &own.key, false).into_iter().map(|asked| asked.name).collect();
        assert_eq!(asked, D::operations());
    }

    /// Else the questions would be no good.
    fn an_owner_is_told_something_else(&mut self) {
        let (user, own) = (self.users[0], &self.things[0]);
        let mut good = HashMap::new();
        for (about, name) in own.iter().flat_map(|about| D::names(about).into_iter().map(move |name| (about, name))) {
            for (number, asked) in D::questions(&own[0], about, &name, true).into_iter().enumerate() {
                let told = self.door.ask(user, asked.question);
                *good.entry((number, asked.name)).or_default() |= asked.word == OK || told.word != asked.word;
            }
        }
        good.retain(|_, good: &mut bool| !*good);
        assert!(good.is_empty(), "refused to the owner too: {good:?}");
    }

    fn each_is_shown_their_own(&mut self) -> Vec<Vec<u8>> {
        let mut all = Vec::new();
        for (at, user) in self.users.iter().enumerate() {
            let shown = self.door.shown(*user, &self.things[at]);
            for (of, theirs) in self.things.iter().enumerate() {
                let good = |one: &Things| [&one.key, &one.alias].iter().all(|name| has(&shown, name) == (at == of));
                assert!(theirs.iter().all(good), "what {at} is shown of {of}");
            }
            all.push(shown);
        }
        all
    }

    fn what_is_not_there_is_that_for_everybody(&mut self, at: usize) {
        let (user, own) = (self.users[at], &self.things[at][0]);
        for (way, name) in D::names(&self.nobodys).iter().enumerate() {
            for dry_run in [false, true] {
                for (number, asked) in D::questions(own, &self.nobodys, name, dry_run).into_iter().enumerate() {
                    let key = (number, way, dry_run);
                    if asked.is_slow && self.absent.contains_key(&key) {
                        continue;
                    }
                    let told = self.door.ask(user, asked.question);
                    let tried = dry_run && asked.word == OK;
                    assert!(tried || told.word == asked.word, "{} {name}: {told:?}", asked.name);
                    let first = self.absent.entry(key).or_insert_with(|| told.clone());
                    assert_eq!(*first, told, "{} {name} by {user}", asked.name);
                }
            }
        }
    }

    fn what_is_anothers_is_not_there(&mut self, at: usize) {
        let (user, own) = (self.users[at], &self.things[at][0]);
        for of in (0..self.users.len()).filter(|of| *of != at) {
            // All kinds by all names, in earnest and tried, over all the pairs.
            let pair = at * self.users.len() + of;
            let (about, dry_run) = (&self.things[of][pair % self.things[of].len()], (pair / 2).is_multiple_of(2));
            let names = D::names(about);
            let way = pair / 3 % names.len();
            for (number, asked) in D::questions(own, about, &names[way], dry_run).into_iter().enumerate() {
                if asked.is_slow && of != (at + 1) % self.users.len() {
                    continue;
                }
                let told = self.door.ask(user, asked.question).renamed(about, &self.nobodys);
                assert_eq!(told, self.absent[&(number, way, dry_run)], "{} {} by {user}", asked.name, names[way]);
            }
        }
    }
}

impl Things {
    /// What is called by as many letters and is not there.
    fn of_nobody(&self) -> Self {
        let (theirs, nobodys) = (uuid(&self.key), uuid(NOBODYS));
        Self {
            key: NOBODYS.to_owned(),
            alias: self.alias.replace("user", "none"),
            grant: [9; 32],
            ciphertext: replaced(&self.ciphertext, &theirs, &nobodys),
        }
    }
}

impl std::fmt::Debug for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.word, self.bytes.escape_ascii())
    }
}

impl Told {
    fn renamed(&self, from: &Things, to: &Things) -> Self {
        let bytes = replaced(&self.bytes, from.key.as_bytes(), to.key.as_bytes());
        Self { word: self.word.clone(), bytes: replaced(&bytes, from.alias.as_bytes(), to.alias.as_bytes()) }
    }
}

/// What encrypts nothing has a ciphertext of the user's first.
pub(crate) fn filled(mut all: Vec<Things>) -> Vec<Things> {
    let first = all[0].ciphertext.clone();
    all.iter_mut().filter(|one| one.ciphertext.is_empty()).for_each(|one| one.ciphertext.clone_from(&first));
    all
}

pub(crate) fn alias(user: usize, kind: usize) -> String {
    format!("alias/user-{user:02}-{kind}")
}

/// The bytes of an id.
pub(crate) fn uuid(text: &str) -> [u8; 16] {
    u128::from_str_radix(&text.replace('-', ""), 16).unwrap().to_be_bytes()
}

fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut bytes = bytes.to_vec();
    for at in 0..bytes.len().saturating_sub(from.len() - 1) {
        if bytes[at..].starts_with(from) {
            bytes[at..at + to.len()].copy_from_slice(to);
        }
    }
    bytes
}

fn has(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// The word of what is not refused.
pub(crate) const OK: &str = "ok";
/// An id of no key.
const NOBODYS: &str = "01234567-89ab-4cde-8f01-23456789abcd";
