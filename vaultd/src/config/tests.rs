use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use vault_core::{Verb, Verbs};

use super::*;
use crate::accounts::Accounts;
use crate::config::settings::{Overrides, Settings};
use crate::testing::TempDir;

/// alice (70001, in staff 50), bob (70002); group adm is 4.
struct Few;

impl Accounts for Few {
    fn uid_of(&self, login: &str) -> Option<u32> {
        [("alice", 70001), ("bob", 70002)].iter().find(|(name, _)| *name == login).map(|(_, uid)| *uid)
    }
    fn primary_gid_of(&self, login: &str) -> Option<u32> {
        self.uid_of(login)
    }
    fn login_of(&self, uid: u32) -> Option<String> {
        (uid == 70001).then(|| "alice".to_owned())
    }
    fn gid_of(&self, group: &str) -> Option<u32> {
        [("adm", 4), ("staff", 50)].iter().find(|(name, _)| *name == group).map(|(_, gid)| *gid)
    }
    fn gids_of(&self, uid: u32) -> Vec<u32> {
        if uid == 70001 { vec![70001, 50] } else { vec![] }
    }
}

const OWN: u32 = 990;

fn own() -> u32 {
    rustix::process::geteuid().as_raw()
}

fn write(dir: &TempDir, text: impl AsRef<[u8]>) -> PathBuf {
    let path = dir.path().join("vaultd.toml");
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    path
}

fn load(text: impl AsRef<[u8]>) -> Result<Settings, ConfigError> {
    let dir = TempDir::new();
    Settings::load(Some(&write(&dir, text)), Overrides::default(), own(), &Few)
}

const LEAST: &str = "vault = \"/v/vault.db\"\nsocket = \"/run/v/s.sock\"\n";

fn with(more: &str) -> Result<Settings, ConfigError> {
    load(format!("{LEAST}{more}"))
}

#[test]
fn the_least_configuration_has_the_documented_defaults() {
    let settings = load(LEAST).unwrap();
    assert_eq!(settings.socket_mode.bits(), 0o666);
    assert_eq!(settings.key, None);
    assert_eq!(settings.imperal, None, "off until configured");
    assert_eq!(settings.aws_kms, None, "off until configured");
    assert_eq!(settings.audit_path(), Path::new("/v/vault.audit"));
    assert_eq!(settings.audit.on_full, OnFull::Gap);
    assert_eq!(settings.policy, Policy::new(own()));
    let limits = settings.policy.limits;
    assert_eq!((limits.max_connections_per_uid, limits.max_in_flight_per_uid, limits.first_frame_ms), (64, 16, 2_000));
}

#[test]
fn everything_can_be_set_and_what_is_shown_means_the_same() {
    let text = r#"
vault = "/v/vault.db"
socket = "/run/v/\"odd\" \\ name\u0007.sock"
socket_mode = "0660"
credential = "vaultd.key"
anchor = "/anchor/vault"
log = "vaultd=debug"
[limits]
max_connections = 10
max_connections_per_uid = 2
max_in_flight_per_uid = 3
max_secrets_per_user = 4
max_bytes_per_user = 5000
min_free_disk_bytes = 0
first_frame_ms = 100
write_deadline_ms = 200
fd_reserve = 16
[access]
allow_groups = ["staff", "adm"]
allow_dynamic_uids = true
[operators]
defaults = false
backup = ["uid:34", "user:bob"]
unseal = ["group:adm"]
[audit]
path = "/log/audit"
on_full = "deny"
[adapters.imperal]
listen = "unix:/run/v/imperal.sock"
[adapters.aws_kms]
listen = "[::1]:7342"
region = "eu-central-1"
account = "123456789012"
"#;
    let first = load(text).unwrap();
    let again = load(first.to_string()).unwrap();
    assert_eq!(first, again);
    assert_eq!(first.key, Some(KeySource::Credential("vaultd.key".to_owned())));
    assert_eq!(first.socket_mode.to_string(), "0660");
    assert_eq!(first.policy.limits.named().map(|(_, value)| value), [10, 2, 3, 4, 5000, 0, 100, 200, 16]);
    assert_eq!(first.audit_path(), Path::new("/log/audit"));
    assert_eq!(first.imperal, Some(Listen::Unix("/run/v/imperal.sock".into())));
    let aws_kms = first.aws_kms.unwrap();
    assert_eq!(
        (aws_kms.region.to_string(), aws_kms.account.to_string()),
        ("eu-central-1".into(), "123456789012".into())
    );
    assert_eq!(first.policy.access.allow_groups[0], GroupRef { name: "staff".to_owned(), gid: 50 });
}

#[test]
fn the_default_configuration_shown_means_the_same() {
    let first = load(LEAST).unwrap();
    let again = load(first.to_string()).unwrap();
    assert_eq!(again.audit_path(), first.audit_path());
    assert_eq!((again.policy, again.key, again.socket_mode), (first.policy, first.key, first.socket_mode));
}

#[test]
fn flags_go_before_the_file() {
    let dir = TempDir::new();
    let file = write(
        &dir,
        format!("{LEAST}credential = \"c\"\nsocket_mode = \"0600\"\n[adapters.imperal]\nlisten = \"127.0.0.1:2\"\n"),
    );
    let flags = Overrides {
        vault: Some("/other/vault.db".into()),
        socket: Some("/other/s.sock".into()),
        socket_mode: Some("0640".parse().unwrap()),
        key: Some(KeySource::File("/other/key".into())),
        imperal: Some("[::1]:1".parse().unwrap()),
        aws_kms: Some("127.0.0.1:3".parse().unwrap()),
    };
    let settings = Settings::load(Some(&file), flags, own(), &Few).unwrap();
    assert_eq!(settings.vault, Path::new("/other/vault.db"));
    assert_eq!(settings.socket, Path::new("/other/s.sock"));
    assert_eq!(settings.socket_mode.bits(), 0o640);
    assert_eq!(settings.key, Some(KeySource::File("/other/key".into())));
    assert_eq!(settings.imperal.unwrap().to_string(), "[::1]:1");
    assert_eq!(settings.aws_kms, Some(AwsKmsSettings::on("127.0.0.1:3".parse().unwrap())));
}

#[test]
fn without_a_file_flags_are_enough() {
    let flags = Overrides { vault: Some("/v".into()), socket: Some("/s".into()), ..Overrides::default() };
    assert!(Settings::load(None, flags, own(), &Few).is_ok());
    let error = Settings::load(None, Overrides::default(), own(), &Few).unwrap_err();
    assert!(matches!(error, ConfigError::Missing { key: "vault" }), "{error}");
}

/// Each way to be wrong inside the text, with where it is and what is said.
#[test]
fn errors_have_a_place() {
    let cases: &[(&str, usize, usize, &str)] = &[
        ("limtis = 1\n", 3, 1, "unknown field `limtis`"),
        ("[limits]\nmax_conections = 1\n", 4, 1, "unknown field `max_conections`"),
        ("[adapters.imperial]\n", 3, 11, "unknown field `imperial`"),
        ("[adapters.imperal]\n", 3, 1, "missing field `listen`"),
        ("[adapters.imperal]\nlisten = \"0.0.0.0:7341\"\n", 4, 10, "not a loopback address"),
        ("[adapters.imperal]\nlisten = \"localhost\"\n", 4, 10, "expected a loopback address"),
        ("[adapters.imperal]\nlisten = \"unix:x\"\n", 4, 10, "must begin with /"),
        ("[adapters.aws_kms]\nlisten = \"0.0.0.0:7342\"\n", 4, 10, "not a loopback address"),
        ("[adapters.aws_kms]\nregion = \"Mars!\"\n", 4, 10, "expected a region"),
        ("[adapters.aws_kms]\naccount = \"12\"\n", 4, 11, "twelve digits"),
        ("[limits]\nmax_connections = 0\n", 4, 19, "0 is not between 1 and 1000000"),
        ("[limits]\nmax_connections = -1\n", 4, 19, "invalid value"),
        ("[limits]\nmax_connections = \"many\"\n", 4, 19, "invalid type"),
        ("[limits]\nfd_reserve = 7\n", 4, 14, "7 is not between 8 and 65536"),
        ("[limits]\nfirst_frame_ms = 9\n", 4, 18, "9 is not between 10 and 600000"),
        ("[limits]\nwrite_deadline_ms = 600001\n", 4, 21, "600001 is not between"),
        ("[limits]\nmax_bytes_per_user = 1023\n", 4, 22, "1023 is not between"),
        ("socket_mode = \"0888\"\n", 3, 15, "octal"),
        ("socket_mode = \"+666\"\n", 3, 15, "octal"),
        ("socket_mode = \"1777\"\n", 3, 15, "octal"),
        ("socket_mode = \"66\"\n", 3, 15, "octal"),
        ("socket_mode = 666\n", 3, 15, "invalid type"),
        ("[operators]\nbackup = [\"alice\"]\n", 4, 10, "uid:NUMBER"),
        ("[operators]\nbackup = [\"uid:+1\"]\n", 4, 10, "uid:NUMBER"),
        ("[operators]\nbackup = [\"uid:\"]\n", 4, 10, "uid:NUMBER"),
        ("[operators]\nbackup = [\"uid:4294967296\"]\n", 4, 10, "uid:NUMBER"),
        ("[operators]\nbackup = [\"user:\"]\n", 4, 10, "uid:NUMBER"),
        ("[operators]\nbackup = [\"user:a b\"]\n", 4, 10, "uid:NUMBER"),
        ("[operators]\nread = [\"uid:1\"]\n", 4, 1, "unknown field `read`"),
        ("[audit]\non_full = \"drop\"\n", 4, 11, "unknown variant `drop`"),
        ("[access]\nallow_dynamic_uids = 1\n", 4, 22, "invalid type"),
        ("vault = \"/twice\"\n", 3, 1, "duplicate key"),
        ("a = [\n", 3, 6, "unclosed array"),
    ];
    for (text, line, column, said) in cases {
        let error = with(text).unwrap_err();
        let ConfigError::Invalid { line: at, column: col, .. } = &error else { panic!("{text}: {error}") };
        assert_eq!((*at, *col), (*line, *column), "{text}: {error}");
        let shown = error.to_string();
        assert!(shown.contains(said), "{text}: {shown}");
        assert!(!shown.contains('\n'), "{shown}");
    }
}

#[test]
fn what_cannot_be_together_or_is_unknown_is_refused() {
    let error = with("key_file = \"/k\"\ncredential = \"c\"\n").unwrap_err();
    assert!(matches!(error, ConfigError::Exclusive { first: "key_file", second: "credential" }), "{error}");
    for (text, key) in
        [("key_file = \"k\"\n", "key_file"), ("anchor = \"a\"\n", "anchor"), ("[audit]\npath = \"a\"\n", "path")]
    {
        let error = with(text).unwrap_err();
        assert!(matches!(&error, ConfigError::Relative { key: found, .. } if *found == key), "{error}");
    }
    let error = load("vault = \"v\"\nsocket = \"/s\"\n").unwrap_err();
    assert!(matches!(error, ConfigError::Relative { key: "vault", .. }), "{error}");
    for (text, named) in [
        ("[access]\nallow_groups = [\"nobody-here\"]\n", "group:nobody-here"),
        ("[operators]\nseal = [\"user:mallory\"]\n", "user:mallory"),
        ("[operators]\nseal = [\"group:crew\"]\n", "group:crew"),
    ] {
        let error = with(text).unwrap_err();
        assert!(matches!(&error, ConfigError::UnknownAccount { principal, .. } if principal == named), "{error}");
    }
}

#[test]
fn an_error_is_one_line_whatever_the_file_holds() {
    for text in [
        "\"un\\rknown\\u001b[2J\" = 1\n",
        "anchor = \"no\\nlevel=error\"\n",
        "[audit]\non_full = \"\\u0007\"\n",
        "[access]\nallow_groups = [\"\\u001b[31m\"]\n",
    ] {
        let shown = with(text).unwrap_err().to_string();
        assert!(!shown.contains(char::is_control), "{shown:?}");
    }
}

#[test]
fn a_file_others_could_have_written_is_refused() {
    let dir = TempDir::new();
    for mode in [0o666, 0o664, 0o646, 0o622] {
        let file = write(&dir, LEAST);
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        let error = Settings::load(Some(&file), Overrides::default(), own(), &Few).unwrap_err();
        assert!(matches!(error, ConfigError::Writable { mode: found, .. } if found == mode), "{error}");
    }
    if own() == 0 {
        let file = write(&dir, LEAST);
        std::os::unix::fs::chown(&file, Some(70002), None).unwrap();
        let error = Settings::load(Some(&file), Overrides::default(), 70001, &Few).unwrap_err();
        assert!(matches!(error, ConfigError::Owner { owner: 70002, expected: 70001, .. }), "{error}");
    }
}

#[test]
fn what_is_no_file_or_no_text_or_too_long_is_refused() {
    let dir = TempDir::new();
    let load = |path: &Path| Settings::load(Some(path), Overrides::default(), own(), &Few).unwrap_err();
    assert!(matches!(load(&dir.path().join("none")), ConfigError::Unreadable { .. }));
    assert!(matches!(load(dir.path()), ConfigError::NotAFile { .. }));
    assert!(matches!(load(Path::new("/dev/null")), ConfigError::NotAFile { .. }));
    let pipe = dir.path().join("pipe");
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RUSR).unwrap();
    assert!(matches!(load(&pipe), ConfigError::NotAFile { .. }));
    let long = write(&dir, vec![b'#'; FILE_MAX as usize + 1]);
    assert!(matches!(load(&long), ConfigError::TooLarge { max: FILE_MAX, .. }));
    let full = write(&dir, [LEAST.as_bytes(), &vec![b'#'; FILE_MAX as usize - LEAST.len()]].concat());
    assert!(Settings::load(Some(&full), Overrides::default(), own(), &Few).is_ok());
    let odd = write(&dir, b"vault = \"\xff\"");
    assert!(matches!(load(&odd), ConfigError::NotText { at: 9, .. }));
}

#[test]
fn operators_are_added_to_root_and_the_daemon_verb_by_verb() {
    let operators = |text: &str| with(text).unwrap().policy.operators;
    let none = Operators::own_and_root(OWN);
    for uid in [0, OWN] {
        assert_eq!(none.verbs(uid, 5, &[]), Verbs::ALL);
    }
    assert!(none.verbs(70001, 0, &[0, 4]) == Verbs::NONE, "group 0 is not root");
    assert!(!none.need_groups());

    let some = operators("[operators]\nbackup = [\"uid:34\", \"user:alice\"]\nseal = [\"group:adm\"]\n");
    assert_eq!(words(some.verbs(34, 34, &[])), ["backup"]);
    assert_eq!(words(some.verbs(70001, 70001, &[50])), ["backup"]);
    assert_eq!(words(some.verbs(70001, 70001, &[50, 4])), ["backup", "seal"]);
    assert_eq!(words(some.verbs(70002, 4, &[])), ["seal"]);
    assert_eq!(some.verbs(70002, 70002, &[50]), Verbs::NONE);
    assert_eq!(some.verbs(0, 0, &[]), Verbs::ALL);
    assert!(some.need_groups());

    let alone = operators("[operators]\ndefaults = false\nusers = [\"uid:34\"]\n");
    assert_eq!(alone.verbs(0, 0, &[]), Verbs::NONE);
    assert_eq!(words(alone.verbs(34, 34, &[])), ["users"]);
}

#[test]
fn every_verb_is_its_own() {
    for verb in Verb::ALL {
        let text = format!("[operators]\n{} = [\"uid:34\"]\n", verb.as_str());
        let verbs = with(&text).unwrap().policy.operators.verbs(34, 34, &[]);
        assert_eq!(words(verbs), [verb.as_str()]);
        assert!(Verb::ALL.into_iter().all(|other| verbs.has(other) == (other == verb)));
    }
    assert_eq!(Verbs::ALL.iter().collect::<Vec<_>>(), Verb::ALL);
}

fn words(verbs: Verbs) -> Vec<&'static str> {
    verbs.iter().map(Verb::as_str).collect()
}
