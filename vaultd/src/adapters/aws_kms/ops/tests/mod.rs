//! Every operation as a client asks for it, in JSON, against a vault in memory.

mod grants;
mod import;
mod names;
mod pages;
mod policies;
mod refusals;
mod uses;
mod walk;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use vault_core::access::Caller;
use vault_core::host::{Clock, Host};
use vault_core::names::User;
use vault_core::{Open, Vault};

use super::super::error::ERRORS;
use super::super::names::Site;
use super::answer;
use crate::accounts::Accounts;

/// 2026-01-01.
const START_MS: u64 = 1_767_225_600_000;
const DAY_MS: u64 = 86_400_000;
const ALICE: u32 = 1000;
const BOB: u32 = 1001;

struct At(AtomicU64);

impl Clock for At {
    fn now_ms(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

struct People;

impl Accounts for People {
    fn uid_of(&self, login: &str) -> Option<u32> {
        [("alice", ALICE), ("bob", BOB)].into_iter().find(|(name, _)| *name == login).map(|(_, uid)| uid)
    }

    fn primary_gid_of(&self, _: &str) -> Option<u32> {
        None
    }

    fn login_of(&self, uid: u32) -> Option<String> {
        [(ALICE, "alice"), (BOB, "bob")].into_iter().find(|(found, _)| *found == uid).map(|(_, name)| name.into())
    }

    fn gid_of(&self, _: &str) -> Option<u32> {
        None
    }

    fn gids_of(&self, _: u32) -> Vec<u32> {
        Vec::new()
    }
}

/// A vault, and who asks.
struct Bench {
    vault: Vault<Open>,
    site: Site,
    clock: Arc<At>,
    alice: Caller,
    bob: Caller,
    asked: Mutex<Vec<String>>,
}

impl Bench {
    fn new() -> Self {
        let clock = Arc::new(At(AtomicU64::new(START_MS)));
        let vault = Vault::ephemeral_on(Host { clock: clock.clone(), ..Host::system() }).unwrap();
        let site = Site { region: "us-east-1".into(), account: "111122223333".into(), accounts: Arc::new(People) };
        let caller = |uid, login: &str| Caller::new(User::Uid(uid), Some(login.to_owned()));
        let (alice, bob) = (caller(ALICE, "alice"), caller(BOB, "bob"));
        Self { vault, site, clock, alice, bob, asked: Mutex::default() }
    }

    fn later(&self, ms: u64) {
        self.clock.0.fetch_add(ms, Ordering::Relaxed);
    }

    /// As somebody: an answer, or the error's name.
    fn ask_as(&self, caller: &Caller, operation: &str, body: &Value) -> Result<Value, String> {
        let bytes = serde_json::to_vec(body).unwrap();
        let answer = answer(&self.vault.caller(caller).kms(), &self.site, operation, &bytes);
        let told: Value = serde_json::from_slice(&answer.body).unwrap();
        self.asked.lock().unwrap().push(operation.to_owned());
        match answer.error {
            None => {
                assert_eq!(answer.status, 200);
                Ok(told)
            }
            Some(error) => {
                assert_eq!(told["__type"], error);
                assert!(ERRORS.contains(&error) && answer.status == 400, "{told}");
                assert!(!told["message"].as_str().unwrap().is_empty());
                Err(error.to_owned())
            }
        }
    }

    fn ask(&self, operation: &str, body: Value) -> Value {
        match self.ask_as(&self.alice, operation, &body) {
            Ok(answer) => answer,
            Err(error) => panic!("{operation} {body}: {error}"),
        }
    }

    fn refused(&self, operation: &str, body: Value) -> String {
        match self.ask_as(&self.alice, operation, &body) {
            Ok(answer) => panic!("{operation} {body}: {answer}"),
            Err(error) => error,
        }
    }

    /// Makes a key; its id.
    fn key(&self, body: Value) -> String {
        self.ask("CreateKey", body)["KeyMetadata"]["KeyId"].as_str().unwrap().to_owned()
    }

    fn symmetric(&self) -> String {
        self.key(json!({}))
    }

    fn of(&self, spec: &str, usage: &str) -> String {
        self.key(json!({ "KeySpec": spec, "KeyUsage": usage }))
    }

    fn arn(&self, id: &str) -> String {
        format!("arn:aws:kms:us-east-1:111122223333:key/{id}")
    }

    fn state(&self, id: &str) -> String {
        self.ask("DescribeKey", json!({ "KeyId": id }))["KeyMetadata"]["KeyState"].as_str().unwrap().to_owned()
    }
}

fn b64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

fn bytes(value: &Value) -> Vec<u8> {
    STANDARD.decode(value.as_str().unwrap()).unwrap()
}
