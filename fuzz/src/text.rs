//! Text that people write: a development seed and the daemon's configuration.
//!
//! Each is compared with what a plain TOML parser makes of the same bytes, so
//! that nothing written is ignored and nothing is made up.

use std::collections::BTreeMap;
use std::io::Write;
use std::os::unix::fs::MetadataExt;

use tempfile::NamedTempFile;
use toml::{Table, Value};
use vault_core::Verb;
use vaultd::accounts::Accounts;
use vaultd::commands::seed as seed_file;
use vaultd::config::{FILE_MAX, Overrides, Settings};
use vaultd::logging;

/// Any bytes as a seed: every value of it is taken, for whom it was meant, or
/// none is; and what is said about a refused one holds no value.
pub fn seed(data: &[u8]) {
    let file = file_of(data);
    let text = std::str::from_utf8(data).ok();
    let table = text.and_then(|text| toml::from_str::<Table>(text).ok());
    let expected = table.as_ref().and_then(seed_in);
    match (seed_file::read(file.path(), OWN, &Few), expected) {
        // Keys in it may be wrong in more ways than are modelled here; what is said is one line all the same.
        (Err(failure), _) if table.as_ref().is_some_and(|table| table.contains_key("kms")) => {
            is_one_line(&failure.to_string());
        }
        (Ok(seed), Some(expected)) => {
            assert_eq!(seed.values.len(), expected.len(), "a value was given up");
            for value in seed.values {
                assert_eq!(expected.get(&(value.uid, value.name)).map(String::as_bytes), Some(&value.value[..]));
            }
        }
        (Err(failure), None) => {
            let shown = failure.to_string();
            is_one_line(&shown);
            let what = shown.split_once(": ").unwrap().1.strip_prefix(file.path().to_str().unwrap()).unwrap();
            let what = what[2..].split(" (hint: ").next().unwrap();
            let line = what.strip_prefix("line ").and_then(|rest| rest.strip_suffix(" is not as expected"));
            let said = match line {
                Some(number) => (1..=data.len() + 1).contains(&number.parse().unwrap()),
                None if text.is_none() => what == "stream did not contain valid UTF-8",
                // Whose it is may be told: the tables' own names.
                None => users_of(&table.unwrap())
                    .is_some_and(|users| users.keys().any(|user| what.contains(&format!("{user:?}")))),
            };
            assert!(said, "told of a seed: {what}");
        }
        (Ok(_), None) => panic!("taken for a seed"),
        (Err(failure), Some(_)) => panic!("a seed was refused: {failure}"),
    }
}

/// What a seed says; none when it says anything else.
fn seed_in(table: &Table) -> Option<BTreeMap<(u32, String), String>> {
    if table.keys().any(|key| key != "users" && key != "kms") {
        return None;
    }
    let mut found = BTreeMap::new();
    for (user, secrets) in users_of(table)? {
        let uid = match user.split_once(':') {
            None if user == "self" => OWN,
            Some(("uid", number)) if number.bytes().all(|byte| byte.is_ascii_digit()) => number.parse().ok()?,
            Some(("user", login)) => Few.uid_of(login)?,
            _ => return None,
        };
        for (name, value) in secrets.as_table()? {
            // One user by two names, and two values for one secret: which of them?
            if found.insert((uid, name.clone()), value.as_str()?.to_owned()).is_some() {
                return None;
            }
        }
    }
    Some(found)
}

fn users_of(table: &Table) -> Option<Table> {
    table.get("users").map_or(Some(Table::new()), |users| users.as_table().cloned())
}

/// Any bytes as a configuration: what is written is what holds, what is shown
/// of it means the same, and a refusal is one line.
pub fn configuration(data: &[u8]) {
    let settings = match load(data) {
        Ok(settings) => settings,
        Err(error) => return is_one_line(&format!("{error} {}", error.hint())),
    };
    let table: Table = toml::from_str(std::str::from_utf8(data).unwrap()).unwrap();
    assert!(settings.vault.is_absolute() && settings.socket.is_absolute() && settings.audit_path().is_absolute());
    for (name, value) in settings.policy.limits.named() {
        let written = table.get("limits").and_then(|limits| limits.get(name)).and_then(Value::as_integer);
        assert!(written.is_none_or(|written| u64::try_from(written) == Ok(value)), "{name} is {value}");
    }
    for verb in Verb::ALL {
        let written = table.get("operators").and_then(|verbs| verbs.get(verb.as_str())).and_then(Value::as_array);
        let written = written.map(Vec::as_slice).unwrap_or_default().iter().map(|who| who.as_str().unwrap());
        let granted: Vec<_> = settings.policy.operators.granted(verb).map(ToString::to_string).collect();
        // A uid may be written with leading zeros.
        assert!(written.map(plain_uid).eq(granted), "{}", verb.as_str());
    }
    if let Err(failure) = logging::check(&settings.log) {
        is_one_line(&failure.to_string());
    }

    let shown = settings.to_string();
    // Escapes take room: a file that just fits may be longer when it is shown.
    if shown.len() as u64 <= FILE_MAX {
        let again = load(shown.as_bytes()).unwrap();
        let mut same = settings.clone();
        same.audit.path = Some(settings.audit_path());
        assert_eq!(again, same, "shown, it means something else");
        assert_eq!(again.to_string(), shown);
    }
}

fn load(data: &[u8]) -> Result<Settings, vaultd::config::ConfigError> {
    let file = file_of(data);
    let own_uid = file.as_file().metadata().unwrap().uid();
    Settings::load(Some(file.path()), Overrides::default(), own_uid, &Few)
}

fn plain_uid(written: &str) -> String {
    match written.strip_prefix("uid:") {
        Some(number) => format!("uid:{}", number.parse::<u32>().unwrap()),
        None => written.to_owned(),
    }
}

/// What goes to a terminal or a journal must not pose as more lines, or as
/// something else than text.
fn is_one_line(text: &str) {
    assert!(!text.contains(char::is_control), "{text:?}");
}

fn file_of(data: &[u8]) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(data).unwrap();
    file
}

/// alice and bob, adm and staff.
struct Few;

impl Accounts for Few {
    fn uid_of(&self, login: &str) -> Option<u32> {
        [("alice", 70_001), ("bob", 70_002)].iter().find(|(name, _)| *name == login).map(|(_, uid)| *uid)
    }

    fn primary_gid_of(&self, login: &str) -> Option<u32> {
        self.uid_of(login)
    }

    fn login_of(&self, uid: u32) -> Option<String> {
        (uid == 70_001).then(|| "alice".to_owned())
    }

    fn gid_of(&self, group: &str) -> Option<u32> {
        [("adm", 4), ("staff", 50)].iter().find(|(name, _)| *name == group).map(|(_, gid)| *gid)
    }

    fn gids_of(&self, _: u32) -> Vec<u32> {
        Vec::new()
    }
}

pub(super) fn seed_seeds() -> Vec<Vec<u8>> {
    [
        "",
        "[users.self]\ngithub_token = \"not a real one\"\n[users.\"uid:1001\"]\ngithub_token = \"another\"\n",
        "[users.\"user:alice\"]\n\"mail/bob\" = '''\na\nb'''\n[users.\"uid:70001\"]\na = \"\\u0007\\\"\"\n",
        "users = { self = { a = \"1\" }, \"user:bob\" = {} }\n",
        "users.self.a = \"1\"\nusers.\"user:bob\".a = \"2\"\n",
        "[users.self]\na = \"1\"\n[users.\"uid:1000\"]\na = \"2\"\n",
        "[users.\"user:mallory\"]\na = \"x\"\n",
        "[users.\"uid:+5\"]\na = \"x\"\n",
        "[users.\"uid:4294967296\"]\na = \"x\"\n",
        "[users.self]\na = [\"x\"]\n",
        "[users.self]\na = 1979-05-27T07:32:00Z\n",
        "[apps.x]\na = \"x\"\n",
        "[users.self]\na = \"unfinished\n",
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec()
}

pub(super) fn configuration_seeds() -> Vec<Vec<u8>> {
    let least = "vault = \"/v/vault.db\"\nsocket = \"/run/v/s.sock\"\n";
    let mut seeds: Vec<_> = [
        "",
        "socket_mode = \"0660\"\nkey_file = \"/k\"\nanchor = \"/anchor/vault\"\nlog = \"vaultd=debug,[x{y=1}]=warn\"\n",
        "credential = \"vaultd.key\"\n[audit]\npath = \"/log/audit\"\non_full = \"deny\"\n",
        "[limits]\nmax_connections = 10\nmax_connections_per_uid = 2\nmax_in_flight_per_uid = 3\n\
         max_secrets_per_user = 4\nmax_bytes_per_user = 5000\nmin_free_disk_bytes = 0\nfirst_frame_ms = 100\n\
         write_deadline_ms = 200\nfd_reserve = 16\n",
        "[access]\nallow_groups = [\"staff\", \"adm\"]\nallow_dynamic_uids = true\n",
        "[operators]\ndefaults = false\nbackup = [\"uid:34\", \"user:bob\"]\nunseal = [\"group:adm\"]\nseal = []\n\
         slots = [\"uid:007\"]\nrekey = [\"user:alice\"]\nusers = []\naudit = [\"uid:0\"]\ncheck = [\"uid:1\"]\n",
        "key_file = \"/k\"\ncredential = \"c\"\n",
        "anchor = \"relative\\npath\"\n",
        "[access]\nallow_groups = [\"no\\u001b[31m such\"]\n",
        "\"un\\rknown\" = 1\n",
        "log = \"a[{b=\\\"\\n\\\"}]=x\"\n",
        "[limits]\nfd_reserve = -1\n",
        "[audit]\non_full = \"drop\"\n",
    ]
    .map(|more| format!("{least}{more}").into_bytes())
    .to_vec();
    seeds.push(b"vault = \"/odd \\\" \\\\ \\u0007\"\nsocket = '/s'\n".to_vec());
    seeds.push(b"socket = \"/s\"\n".to_vec());
    seeds.push(b"vault = \"\xff\"".to_vec());
    seeds
}

/// Whoever runs the daemon.
const OWN: u32 = 1_000;
