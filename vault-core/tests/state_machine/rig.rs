//! The real vault beside its model, one step at a time.

use vault_core::access::{AuditBatch, Caller, OperatorError, WriteRequest, Written};
use vault_core::header::SlotId;
use vault_core::keys::SecretBytes;
use vault_core::names::User;
use vault_core::{Open, Refusal, SlotError, Stamp, Unlock, UnsealError, Vault, VersionState, envelope};

use crate::model::{Answer, If, Model, Op, Write};
use crate::support::{Machine, app, credential, key_file, name, operator};

pub(crate) const NAMES: [&str; 4] = ["a", "api_key", "mail/alice@example.org", "mail/bob"];
const USERS: usize = 3;
const SLOTS_MOST: usize = 5;

pub(crate) struct Rig {
    machine: Machine,
    /// None only while a step holds it.
    vault: Option<Vault<Open>>,
    model: Model,
    logins: [u8; USERS],
    /// What opens the vault now.
    slots: Vec<Slot>,
    /// What once did.
    lost: Vec<Slot>,
    keys_made: u8,
    /// Worked out, not applied.
    drafts: Vec<Asked>,
    /// The last stamp seen.
    stamp: Stamp,
}

/// A write on its way: its condition and its caller are fixed, as a client's are.
struct Asked {
    who: usize,
    login: u8,
    write: Write,
    wanted: Option<u64>,
    request: WriteRequest<Caller>,
}

#[derive(Clone, Copy)]
struct Slot {
    id: SlotId,
    credential: bool,
    n: u8,
}

impl Slot {
    fn unlock(self) -> Unlock {
        if self.credential { credential(self.n) } else { key_file(self.n) }
    }
}

impl Rig {
    pub(crate) fn new(machine: Machine) -> Self {
        let vault = machine.create(key_file(1));
        let slots = vec![Slot { id: vault.slots().unwrap()[0].id, credential: false, n: 1 }];
        let stamp = vault.stamp().unwrap();
        let model = Model::new(machine.clock.now());
        let (logins, lost, drafts) = ([0; USERS], Vec::new(), Vec::new());
        Self { machine, vault: Some(vault), model, logins, slots, lost, keys_made: 1, drafts, stamp }
    }

    pub(crate) fn step(&mut self, op: &Op) {
        match op {
            Op::Write(who, write) => self.writes(&[(*who, write.clone())]),
            Op::Batch(writes) => self.writes(writes),
            Op::Draft(who, write) => {
                let mut asked = self.ask(*who, write);
                self.vault().draft(&mut asked.request);
                self.drafts.push(asked);
            }
            Op::Apply => {
                let drafts = std::mem::take(&mut self.drafts);
                self.apply(drafts);
            }
            Op::Get(who, name, version) => self.get(*who, *name, *version),
            Op::History(who, name) => self.history(*who, *name),
            Op::List(who, deleted, limit) => self.list(*who, *deleted, *limit),
            Op::Login(who, login) => self.logins[*who] = *login,
            Op::Confirm(who, login) => self.confirm(*who, *login),
            Op::Move(from, to) => self.rename(*from, *to),
            Op::Shred(who) => self.shred(*who),
            Op::RekeyWrap => {
                let scopes = self.vault().caller(&operator()).rekey_scope_wrap().unwrap().1;
                assert_eq!(scopes, self.model.scopes.len() as u64 + 1, "every scope and the system's");
            }
            Op::RekeyUser(who) => self.rekey_user(*who),
            Op::RekeyRoot(keep, drop) => self.rekey_root(*keep, *drop),
            Op::SlotAdd(credential, by) => self.slot_add(*credential, *by),
            Op::SlotRemove(at) => self.slot_remove(*at),
            Op::SealUnseal(by) => self.seal_unseal(*by),
            Op::Reopen(by) => self.reopen(*by),
            Op::Jump(by) => self.machine.clock.set(self.wall().saturating_add_signed(*by)),
            Op::Maintain => {
                self.vault().maintain();
                self.model.maintain(self.wall());
                let held = self.vault().troubles().iter().any(|trouble| trouble.contains("clock"));
                assert_eq!(held, self.model.is_retention_held());
            }
            Op::Check => assert_eq!(self.vault().caller(&operator()).check().unwrap().problems, [""; 0]),
        }
        self.follow_sequence();
    }

    /// Everything is compared, then once more by a fresh process.
    pub(crate) fn finish(&mut self) {
        self.compare_all();
        self.reopen(0);
        self.compare_all();
        assert_eq!(self.vault().caller(&operator()).check().unwrap().problems, [""; 0]);
    }

    fn vault(&self) -> &Vault<Open> {
        self.vault.as_ref().unwrap()
    }

    fn wall(&self) -> u64 {
        self.machine.clock.now()
    }

    fn caller(&self, who: usize) -> Caller {
        Caller::new(uid(who), Some(login(self.logins[who])))
    }

    /// A commit carries the time along; the sequence never falls.
    fn follow_sequence(&mut self) {
        let stamp = self.vault().stamp().unwrap();
        assert_eq!((stamp.incarnation, stamp.epoch), (self.stamp.incarnation, self.stamp.epoch));
        assert!(stamp.sequence >= self.stamp.sequence);
        if stamp.sequence > self.stamp.sequence {
            self.model.highest = self.model.now(self.wall());
        }
        self.stamp = stamp;
    }

    fn writes(&mut self, writes: &[(usize, Write)]) {
        let asked = writes.iter().map(|(who, write)| self.ask(*who, write)).collect();
        self.apply(asked);
    }

    fn ask(&self, who: usize, write: &Write) -> Asked {
        let wanted = self.wanted(who, write);
        let request = request(self.caller(who), write, wanted);
        Asked { who, login: self.logins[who], write: write.clone(), wanted, request }
    }

    fn apply(&mut self, asked: Vec<Asked>) {
        let wall = self.wall();
        let (requests, asked): (Vec<_>, Vec<_>) =
            asked.into_iter().map(|asked| (asked.request, (asked.who, asked.login, asked.write, asked.wanted))).unzip();
        let batch = AuditBatch::new();
        let results = self.vault().apply(&requests, &batch);
        batch.flush(self.vault().audit()).unwrap();
        assert_eq!(results.len(), asked.len());
        for (result, (who, login, write, wanted)) in results.into_iter().zip(asked) {
            let expected = self.model.write(who, login, wall, &write, wanted);
            let answer = match result {
                Ok(Written::Set { version } | Written::Undeleted { version }) => Answer::Version(version),
                Ok(Written::Deleted { was_set, .. }) => Answer::WasSet(was_set),
                Err(refusal) => answer(&refusal),
            };
            assert_eq!(answer, expected, "user {who}: {write:?}");
        }
    }

    fn wanted(&self, who: usize, write: &Write) -> Option<u64> {
        let (at, condition) = match write {
            Write::Set(at, .., condition) | Write::Delete(at, condition) | Write::Destroy(at, condition) => {
                (at, condition)
            }
            Write::Undelete(_) => return None,
        };
        let current = self.model.current(who, *at);
        match condition {
            If::Any => None,
            If::Current => Some(current),
            If::Absent => Some(0),
            If::Other => Some(current + 1),
        }
    }

    fn get(&mut self, who: usize, at: usize, version: u64) {
        let caller = self.caller(who);
        let result = self.vault().caller(&caller).get(&app(), &name(NAMES[at]), (version > 0).then_some(version));
        let found = result.map(|value| (value.version, value.bytes.into_vec())).map_err(|refusal| answer(&refusal));
        let expected = self.model.get(who, self.logins[who], self.machine.clock.now(), at, version);
        assert_eq!(found, expected.map(|version| (version.number, version.value)));
    }

    fn history(&mut self, who: usize, at: usize) {
        let caller = self.caller(who);
        let result = self.vault().caller(&caller).history(&app(), &name(NAMES[at]));
        let held = self.model.is_held(who, self.logins[who]);
        match (result, self.model.secret(who, at)) {
            (Err(refusal), _) if held => assert_eq!(answer(&refusal), Answer::Held),
            (Err(refusal), None) => assert_eq!(answer(&refusal), Answer::Missing),
            (Ok(infos), Some(secret)) if !held => {
                let found = infos.iter().map(|info| {
                    (info.version, info.state, info.set_ms, info.deleted_ms, info.set_by.clone(), info.expires_ms)
                });
                let expected = secret.versions.iter().rev();
                let expected = expected.map(|v| (v.number, v.state, v.set_ms, v.deleted_ms, uid(v.set_by), 0));
                assert_eq!(found.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
            }
            (other, known) => panic!("history is {other:?}, known: {}", known.is_some()),
        }
    }

    fn list(&mut self, who: usize, deleted: bool, limit: usize) {
        let caller = self.caller(who);
        let access = self.vault().caller(&caller);
        if self.model.is_held(who, self.logins[who]) {
            let refused = access.list(None, None, None, limit, deleted).unwrap_err();
            assert_eq!(answer(&refused), Answer::Held);
            return;
        }
        let mut expected = Vec::new();
        for (at, secret) in self.model.scopes.get(&who).into_iter().flat_map(|scope| &scope.secrets) {
            let shown = |state| secret.versions.iter().rev().find(|version| version.state == state);
            let version = shown(VersionState::Live).or_else(|| shown(VersionState::Deleted).filter(|_| deleted));
            expected.extend(version.map(|v| {
                // The record version byte counts.
                let class = envelope::size_class(v.value.len() + 1) as u32;
                (
                    NAMES[*at].to_owned(),
                    v.number,
                    v.state,
                    v.set_ms,
                    uid(v.set_by),
                    class,
                    self.model.last_read(who, *at),
                )
            }));
        }
        expected.sort_by(|a, b| a.0.cmp(&b.0));
        // Page by page when the limit is small, in one go otherwise.
        let (page, mut after, mut found) = (limit.max(1), None, Vec::new());
        loop {
            let (infos, more) = access.list(None, None, after.as_ref(), page, deleted).unwrap();
            assert!(infos.len() <= page && (!more || infos.len() == page));
            after = infos.last().map(|info| (info.app.clone(), info.name.clone()));
            found.extend(infos.into_iter().map(|info| {
                assert!(!info.expired && info.expires_ms.is_none() && info.app.is_personal());
                let name = info.name.as_str().to_owned();
                (name, info.version, info.state, info.set_ms, info.set_by, info.size_class, info.last_read_ms)
            }));
            if !more {
                break;
            }
        }
        assert_eq!(found, expected);
        // An operator sees the same names; a stranger sees nothing.
        let operator = operator();
        let seen = self.vault().caller(&operator).list(None, Some(&uid(who)), None, 100, deleted).unwrap().0;
        assert_eq!(seen.len(), expected.len());
        let stranger = Caller::new(User::Uid(4_000), Some("x".into()));
        assert!(self.vault().caller(&stranger).list(None, Some(&uid(who)), None, 100, deleted).is_err());
    }

    fn confirm(&mut self, who: usize, to: u8) {
        let result = self.vault().caller(&operator()).user_confirm(&uid(who), Some(&login(to)));
        match self.model.scopes.get_mut(&who) {
            None => assert!(is_missing(&result)),
            Some(scope) => {
                assert_eq!(result.unwrap(), u64::from(scope.login != to));
                scope.login = to;
            }
        }
    }

    fn rename(&mut self, from: usize, to: usize) {
        let today = self.logins[to];
        let result = self.vault().caller(&operator()).user_move(&uid(from), &uid(to), Some(&login(today)));
        let invalid = matches!(result, Err(OperatorError::Refusal(Refusal::Invalid { field: "user", .. })));
        if from == to {
            assert!(invalid);
        } else if !self.model.scopes.contains_key(&from) {
            assert!(is_missing(&result));
        } else if self.model.scopes.contains_key(&to) {
            assert!(invalid, "two users' secrets are never merged");
        } else {
            assert_eq!(result.unwrap(), 1);
            let mut scope = self.model.scopes.remove(&from).unwrap();
            scope.login = today;
            self.model.scopes.insert(to, scope);
        }
    }

    fn shred(&mut self, who: usize) {
        let result = self.vault().caller(&operator()).user_remove(&uid(who));
        match self.model.scopes.remove(&who) {
            None => assert!(is_missing(&result)),
            Some(_) => assert_eq!(result.unwrap().0, 1),
        }
    }

    fn rekey_user(&mut self, who: usize) {
        let result = self.vault().caller(&operator()).rekey_user(&uid(who));
        match self.model.scopes.get(&who) {
            None => assert!(is_missing(&result)),
            Some(scope) => {
                let (_, records) = result.unwrap();
                let least = scope.secrets.values().filter(|secret| secret.has_values()).count() as u64;
                assert!(records >= 2 * least, "value and metadata of each");
            }
        }
    }

    fn rekey_root(&mut self, keep: u8, drop: bool) {
        let is_kept = |at: usize| keep >> (at % 8) & 1 == 1;
        let (kept, gone): (Vec<_>, Vec<_>) = (0..).zip(self.slots.clone()).partition(|(at, _)| is_kept(*at));
        let unlocks: Vec<Vec<Unlock>> = kept.iter().map(|(_, slot)| vec![slot.unlock()]).collect();
        let result = self.vault().caller(&operator()).rekey_root(&unlocks, drop);
        if kept.is_empty() {
            assert!(matches!(result, Err(OperatorError::Slot(SlotError::WrongSecret))));
        } else if !gone.is_empty() && !drop {
            let Err(OperatorError::Slot(SlotError::WouldDrop(infos))) = result else { panic!("dropped unasked") };
            assert!(infos.iter().map(|info| info.id).eq(gone.iter().map(|(_, slot)| slot.id)));
        } else {
            let (_, dropped) = result.unwrap();
            assert_eq!(dropped.len(), gone.len());
            self.slots = kept.into_iter().map(|(_, slot)| slot).collect();
            self.lost.extend(gone.into_iter().map(|(_, slot)| slot));
        }
        self.compare_slots();
    }

    fn slot_add(&mut self, credential: bool, by: u8) {
        if self.slots.len() == SLOTS_MOST {
            return;
        }
        self.keys_made += 1;
        let existing = self.slots[usize::from(by) % self.slots.len()].unlock();
        let mut new = Slot { id: SlotId([0; 16]), credential, n: self.keys_made };
        let operator = operator();
        let access = self.vault().caller(&operator);
        if let Some(lost) = self.lost.first() {
            let refused = access.slot_add(&lost.unlock(), &new.unlock(), "x");
            assert!(matches!(refused, Err(OperatorError::Slot(SlotError::WrongSecret))));
        }
        new.id = access.slot_add(&existing, &new.unlock(), "another").unwrap().id;
        self.slots.push(new);
        self.compare_slots();
    }

    fn slot_remove(&mut self, at: u8) {
        let at = usize::from(at) % self.slots.len();
        let result = self.vault().caller(&operator()).slot_remove(self.slots[at].id);
        if self.slots.len() == 1 {
            assert!(matches!(result, Err(OperatorError::Slot(SlotError::LastSlot))));
        } else {
            result.unwrap();
            self.lost.push(self.slots.remove(at));
        }
        let again = self.lost.last().map(|slot| self.vault().caller(&operator()).slot_remove(slot.id));
        assert!(again.is_none_or(|result| matches!(result, Err(OperatorError::Slot(SlotError::NoSuchSlot)))));
        self.compare_slots();
    }

    fn compare_slots(&self) {
        let ids: Vec<_> = self.vault().slots().unwrap().iter().map(|slot| slot.id).collect();
        assert_eq!(ids, self.slots.iter().map(|slot| slot.id).collect::<Vec<_>>());
    }

    fn seal_unseal(&mut self, by: u8) {
        let sealed = self.vault.take().unwrap().seal();
        self.model.maintain(self.wall());
        // Sealing writes down where the audit log ends, in any case.
        self.model.highest = self.model.now(self.wall());
        let mut sealed = sealed;
        if let Some(lost) = self.lost.last() {
            let Err((still, error)) = sealed.unseal(&lost.unlock()) else { panic!("a removed slot opened the vault") };
            assert!(matches!(error, UnsealError::Slot(SlotError::WrongSecret)));
            sealed = still;
        }
        let slot = self.slots[usize::from(by) % self.slots.len()];
        let vault = sealed.unseal(&slot.unlock()).map_err(|(_, error)| error).unwrap();
        self.opened(vault);
    }

    fn reopen(&mut self, by: u8) {
        drop(self.vault.take());
        self.model.crashed();
        let slot = self.slots[usize::from(by) % self.slots.len()];
        if let Some(lost) = self.lost.last() {
            assert!(self.machine.unseal(&lost.unlock()).is_err());
        }
        let vault = self.machine.unseal(&slot.unlock()).unwrap();
        self.opened(vault);
    }

    fn opened(&mut self, vault: Vault<Open>) {
        self.model.opened(self.wall());
        let troubles = vault.troubles();
        let told = |held: bool| troubles.len() == usize::from(held) && troubles.iter().all(|t| t.contains("clock"));
        assert!(told(self.model.is_retention_held()), "{troubles:?}");
        self.vault = Some(vault);
        self.compare_slots();
    }

    fn compare_all(&mut self) {
        for who in 0..USERS {
            for at in 0..NAMES.len() {
                (0..5).for_each(|version| self.get(who, at, version));
                self.history(who, at);
            }
            [false, true].into_iter().for_each(|deleted| self.list(who, deleted, 100));
        }
        let logins = self.logins;
        let today = |id: u32| Some(login(logins[(id - 1_000) as usize]));
        let users = self.vault().caller(&operator()).users(&today).unwrap();
        let found: Vec<_> =
            users.iter().map(|info| (info.user.clone(), info.login.clone(), info.held, info.secrets)).collect();
        let secrets = |scope: &crate::model::Scope| scope.secrets.values().filter(|s| s.has_values()).count() as u64;
        let expected = self
            .model
            .scopes
            .iter()
            .map(|(who, scope)| (uid(*who), Some(login(scope.login)), scope.login != logins[*who], secrets(scope)));
        assert_eq!(found, expected.collect::<Vec<_>>());
    }
}

fn request(caller: Caller, write: &Write, wanted: Option<u64>) -> WriteRequest<Caller> {
    use vault_core::access::Write as Real;
    let (at, write) = match write {
        Write::Set(at, len, fill, _) => {
            (at, Real::Set { value: SecretBytes::new(vec![*fill; *len]), if_version: wanted })
        }
        Write::Delete(at, _) => (at, Real::Delete { if_version: wanted }),
        Write::Destroy(at, _) => (at, Real::Destroy { if_version: wanted }),
        Write::Undelete(at) => (at, Real::Undelete),
    };
    WriteRequest::new(caller, 1, app(), name(NAMES[*at]), write)
}

fn answer(refusal: &Refusal) -> Answer {
    match refusal {
        Refusal::Missing { expired: false } => Answer::Missing,
        Refusal::Held { .. } => Answer::Held,
        Refusal::Conflict { current } => Answer::Conflict(*current),
        Refusal::TooLarge { .. } => Answer::TooLarge,
        Refusal::Invalid { .. } => Answer::Invalid,
        other => panic!("unexpected: {other:?}"),
    }
}

fn is_missing<T>(result: &Result<T, OperatorError>) -> bool {
    matches!(result, Err(OperatorError::Refusal(Refusal::Missing { expired: false })))
}

fn uid(who: usize) -> User {
    User::Uid(1_000 + who as u32)
}

fn login(n: u8) -> String {
    format!("login{n}")
}
