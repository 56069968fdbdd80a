//! A key's whole life against a plain model: whatever sequence of operations,
//! days, restarts and replacements of the keys above, both say the same.
//!
//! `VAULT_PROOF_FACTOR=20 cargo test -p vault-core --test kms machine` runs
//! twenty times as many sequences.

mod model;

use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use vault_core::kms::{Alias, KeySpec, NewGrant, NewMaterial, Operation, Origin, Principal, ReEncrypt, Wrapping};

use super::support::{DAY_MS, Disk, operator};
use super::*;
use model::{Key, Model, Said};

#[derive(Clone, Debug)]
enum Op {
    Create { external: bool },
    Enable(usize),
    Disable(usize),
    Schedule(usize, u32),
    Cancel(usize),
    Rotate(usize),
    RotateEvery(usize, Option<u32>),
    Encrypt(usize),
    Decrypt(prop::sample::Index, bool),
    ReEncrypt(prop::sample::Index, usize),
    Import(usize, u8, Option<u64>),
    DeleteMaterial(usize),
    Grant(usize),
    Revoke(usize),
    Name(u8, usize, bool),
    Unname(u8),
    ByName(u8),
    Days(u32),
    Restart,
    Rekey,
}

fn op() -> impl Strategy<Value = Op> {
    let key = || 0..5_usize;
    let index = any::<prop::sample::Index>;
    prop_oneof![
        4 => prop::bool::weighted(0.3).prop_map(|external| Op::Create { external }),
        3 => key().prop_map(Op::Enable),
        3 => key().prop_map(Op::Disable),
        2 => (key(), 5..33_u32).prop_map(|(key, days)| Op::Schedule(key, days)),
        2 => key().prop_map(Op::Cancel),
        3 => key().prop_map(Op::Rotate),
        2 => (key(), prop::option::weighted(0.8, 80..120_u32)).prop_map(|(key, days)| Op::RotateEvery(key, days)),
        8 => key().prop_map(Op::Encrypt),
        10 => (index(), any::<bool>()).prop_map(|(at, bob)| Op::Decrypt(at, bob)),
        3 => (index(), key()).prop_map(|(at, key)| Op::ReEncrypt(at, key)),
        1 => (key(), 1..3_u8, prop::option::of(1..60_u64)).prop_map(|(key, byte, days)| Op::Import(key, byte, days)),
        1 => key().prop_map(Op::DeleteMaterial),
        3 => key().prop_map(Op::Grant),
        2 => key().prop_map(Op::Revoke),
        3 => (0..4_u8, key(), any::<bool>()).prop_map(|(alias, key, update)| Op::Name(alias, key, update)),
        1 => (0..4_u8).prop_map(Op::Unname),
        3 => (0..4_u8).prop_map(Op::ByName),
        4 => (1..40_u32).prop_map(Op::Days),
        1 => Just(Op::Restart),
        1 => Just(Op::Rekey),
    ]
}

struct Rig {
    machine: Machine,
    vault: Option<Vault<Open>>,
    model: Model,
    ids: Vec<KeyId>,
    /// Key, version, ciphertext, plaintext.
    made: Vec<(usize, u32, Vec<u8>, Vec<u8>)>,
}

impl Rig {
    fn new(seed: u64) -> Self {
        let machine = Machine::new(Disk::Memory(std::sync::Arc::default()), seed);
        let vault = machine.create(key_file(1));
        let model = Model { now_ms: machine.clock.now(), ..Model::default() };
        Self { machine, vault: Some(vault), model, ids: Vec::new(), made: Vec::new() }
    }

    fn step(&mut self, op: &Op) {
        let vault = self.vault.as_ref().unwrap();
        let (alice, bob) = (alice(), bob());
        let kms = vault.caller(&alice).kms();
        let nobody = KeyId::from_bytes([9; 16]);
        let id = |n: usize| self.ids.get(n).copied().unwrap_or(nobody);
        let key = |n: usize| KeyRef::Id(id(n));
        let alias = |n: u8| Alias::parse(&format!("alias/{n}")).unwrap();
        let model = &mut self.model;
        match op {
            Op::Create { external } => {
                let origin = if *external { Origin::External } else { Origin::Internal };
                self.ids.push(kms.create_key(&NewKey { origin, ..NewKey::symmetric() }).unwrap().id);
                model.keys.push(Some(Key::new(*external)));
            }
            Op::Enable(n) => agree(op, kms.enable_key(&key(*n)), model.switch(*n, true)),
            Op::Disable(n) => agree(op, kms.disable_key(&key(*n)), model.switch(*n, false)),
            Op::Schedule(n, days) => {
                agree(op, kms.schedule_key_deletion(&key(*n), *days).map(drop), model.schedule(*n, *days));
            }
            Op::Cancel(n) => agree(op, kms.cancel_key_deletion(&key(*n)), model.cancel(*n)),
            Op::Rotate(n) => agree(op, kms.rotate_key(&key(*n)), model.rotate(*n)),
            Op::RotateEvery(n, Some(days)) => {
                agree(op, kms.enable_key_rotation(&key(*n), *days), model.rotate_every(*n, Some(*days)));
            }
            Op::RotateEvery(n, None) => {
                agree(op, kms.disable_key_rotation(&key(*n)), model.rotate_every(*n, None));
            }
            Op::Encrypt(n) => {
                let plaintext = format!("{n} {}", self.made.len()).into_bytes();
                let context = context(&[("n", &n.to_string())]);
                let request = Encrypt { key: &key(*n), plaintext: &plaintext, context: &context, algorithm: SYMMETRIC };
                let answer = kms.encrypt(&request);
                let said = model.key(*n).and_then(|key| key.usable().map(|()| key.versions.len() as u32));
                if let (Ok(sealed), Ok(version)) = (&answer, said) {
                    self.made.push((*n, version, sealed.ciphertext.clone(), plaintext));
                }
                agree(op, answer.map(|sealed| sealed.version), said);
            }
            Op::Decrypt(at, by_bob) => {
                let Some((n, version, ciphertext, plaintext)) = pick(&self.made, at) else { return };
                let kms = if *by_bob { vault.caller(&bob).kms() } else { kms };
                let opened = decrypt(&kms, ciphertext, &context(&[("n", &n.to_string())]));
                let said = model.decrypt(*n, *version, *by_bob);
                agree(op, opened, said.map(|()| plaintext.clone()));
            }
            Op::ReEncrypt(at, n) => {
                let Some((from, version, ciphertext, plaintext)) = pick(&self.made, at) else { return };
                let (old, new) = (context(&[("n", &from.to_string())]), context(&[("n", &n.to_string())]));
                let source = Decrypt { key: None, ciphertext, context: &old, algorithm: SYMMETRIC };
                let request = ReEncrypt { source, key: &key(*n), context: &new, algorithm: SYMMETRIC };
                let answer = kms.re_encrypt(&request);
                let said = model.key(*n).and_then(|key| key.usable().map(|()| key.versions.len() as u32));
                let said = said.and_then(|to| model.decrypt(*from, *version, false).map(|()| to));
                let moved = match (&answer, said) {
                    (Ok(moved), Ok(to)) => Some((*n, to, moved.sealed.ciphertext.clone(), plaintext.clone())),
                    _ => None,
                };
                self.made.extend(moved);
                agree(op, answer.map(|moved| moved.sealed.version), said);
            }
            Op::Import(n, byte, days) => {
                let expires_ms = days.map(|days| model.now_ms + days * DAY_MS);
                agree(op, import(&kms, &key(*n), *byte, expires_ms), model.import(*n, *byte, expires_ms));
            }
            Op::DeleteMaterial(n) => {
                agree(op, kms.delete_imported_key_material(&key(*n)).map(drop), model.delete_material(*n));
            }
            Op::Grant(n) => {
                let grantee = Principal { user: bob.user().clone(), login: bob.login().map(str::to_owned) };
                let operations = [Operation::Decrypt].into_iter().collect();
                // The name makes asking twice one grant.
                let name = Some("bob".to_owned());
                let key = &key(*n);
                let grant = NewGrant { key, grantee, retiring: None, operations, constraint: None, name };
                agree(op, kms.create_grant(&grant).map(drop), model.grant(*n));
            }
            Op::Revoke(n) => {
                let grants = kms.list_grants(&key(*n), None, 10);
                let said = model.key(*n).map(|key| std::mem::take(&mut key.granted));
                agree(op, grants.map(|grants| !grants.items.is_empty()), said);
                for grant in kms.list_grants(&key(*n), None, 10).into_iter().flat_map(|page| page.items) {
                    kms.revoke_grant(&key(*n), &grant.id).unwrap();
                }
            }
            Op::Name(name, n, false) => {
                agree(op, kms.create_alias(&alias(*name), &id(*n)), model.name(*name, *n, false))
            }
            Op::Name(name, n, true) => agree(op, kms.update_alias(&alias(*name), &id(*n)), model.name(*name, *n, true)),
            Op::Unname(name) => {
                agree(op, kms.delete_alias(&alias(*name)), model.aliases.remove(name).map(drop).ok_or("NotFound"));
            }
            Op::ByName(name) => {
                let found = kms.describe_key(&alias(*name).into()).map(|info| info.id);
                agree(op, found, model.aliases.get(name).map(|n| self.ids[*n]).ok_or("NotFound"));
            }
            Op::Days(days) => {
                for _ in 0..*days {
                    self.machine.clock.set(self.machine.clock.now() + DAY_MS);
                    vault.maintain();
                    model.day();
                }
            }
            Op::Restart => {
                drop(self.vault.take().unwrap().seal());
                self.vault = Some(self.machine.unseal(&key_file(1)).unwrap());
            }
            Op::Rekey => {
                if !self.ids.is_empty() {
                    vault.caller(&operator()).rekey_user(alice.user()).unwrap();
                }
            }
        }
    }

    /// Every key and every ciphertext, and the file.
    fn finish(mut self) {
        let vault = self.vault.take().unwrap();
        let (alice, bob) = (alice(), bob());
        let kms = vault.caller(&alice).kms();
        for (n, id) in self.ids.iter().enumerate() {
            let info = kms.describe_key(&KeyRef::Id(*id));
            let said = self.model.key(n).map(|key| (key.state, key.versions.last().copied().unwrap_or(false)));
            agree(&n, info.map(|info| (info.state, info.current.is_some())), said);
        }
        let mut listed = kms.list_keys(None, 1_000).unwrap().items;
        let mut expected: Vec<_> =
            (0..self.ids.len()).filter(|n| self.model.key(*n).is_ok()).map(|n| self.ids[n]).collect();
        listed.sort();
        expected.sort();
        assert_eq!(listed, expected);
        assert_eq!(kms.list_aliases(None, None, 100).unwrap().items.len(), self.model.aliases.len());
        for (n, version, ciphertext, plaintext) in &self.made {
            for by_bob in [false, true] {
                let kms = vault.caller(if by_bob { &bob } else { &alice }).kms();
                let opened = decrypt(&kms, ciphertext, &context(&[("n", &n.to_string())]));
                let said = self.model.decrypt(*n, *version, by_bob);
                agree(&(n, version, by_bob), opened, said.map(|()| plaintext.clone()));
            }
        }
        assert_eq!(vault.caller(&operator()).check().unwrap().problems, [""; 0]);
    }
}

fn import(kms: &Kms<'_>, key: &KeyRef, byte: u8, expires_ms: Option<u64>) -> Result<(), KmsError> {
    let parameters = kms.parameters_for_import(key, Wrapping::RsaesOaepSha256, KeySpec::Rsa2048)?;
    let public = PublicEncryptingKey::from_der(&parameters.public).unwrap();
    let wrapper = OaepPublicEncryptingKey::new(public).unwrap();
    let mut out = vec![0; wrapper.ciphertext_size()];
    let wrapped = wrapper.encrypt(&OAEP_SHA256_MGF1SHA256, &[byte; 32], &mut out, None).unwrap();
    kms.import_key_material(&NewMaterial { key, token: &parameters.token, wrapped, expires_ms })
}

fn pick<'m, T>(made: &'m [T], at: &prop::sample::Index) -> Option<&'m T> {
    (!made.is_empty()).then(|| &made[at.index(made.len())])
}

#[track_caller]
fn agree<T: PartialEq + std::fmt::Debug>(op: &dyn std::fmt::Debug, engine: Result<T, KmsError>, model: Said<T>) {
    match (engine, model) {
        (Ok(engine), Ok(model)) => assert_eq!(engine, model, "{op:?}"),
        (engine, model) => {
            let model = model.err().unwrap_or("ok");
            assert_eq!(word(engine), model, "{op:?}");
        }
    }
}

#[test]
fn the_engine_agrees_with_the_model() {
    let factor = std::env::var("VAULT_PROOF_FACTOR").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    let config = Config { cases: 150 * factor, failure_persistence: None, ..Config::default() };
    let input = (any::<u64>(), proptest::collection::vec(op(), 1..120));
    let outcome = TestRunner::new(config).run(&input, |(seed, ops)| {
        let mut rig = Rig::new(seed);
        ops.iter().for_each(|op| rig.step(op));
        rig.finish();
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}
