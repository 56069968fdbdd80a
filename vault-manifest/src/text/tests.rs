use proptest::prelude::*;

use super::*;
use crate::{Scope, Spec, WriteMode};

const TOML: &str = r#"app = "spotify"
description = "Plays your music"

[[secrets]]
name = "api_key"
description = "The key of your account"
required = true

[[secrets]]
name = "refresh_token"
description = """Written after
you authorize"""
write_mode = "extension"
max_bytes = 2_048
rotation_hint_days = 30
instances = true
"#;

/// As `imperal-sdk` 6.3.7 wrote it for an extension of ours.
const IMPERAL: &str = include_str!("../../tests/imperal-6.3.7.json");

fn toml(text: &str) -> Result<Manifest, TextError> {
    parse(text.as_bytes(), Format::Toml, None)
}

fn json(text: &str) -> Result<Manifest, TextError> {
    parse(text.as_bytes(), Format::Json, None)
}

/// Where, and what.
fn refused(result: Result<Manifest, TextError>) -> ((usize, usize), Fault) {
    let error = result.unwrap_err();
    let place = error.place.map_or((0, 0), |place| (place.line, place.column));
    (place, error.fault)
}

/// The members of one secret, in TOML from line 4 on and in JSON on line 1.
fn both(members: &[(&str, &str)]) -> [((usize, usize), Fault); 2] {
    let lines: String = members.iter().map(|(name, value)| format!("{name} = {value}\n")).collect();
    let pairs: Vec<String> = members.iter().map(|(name, value)| format!("\n  \"{name}\": {value}")).collect();
    [
        refused(toml(&format!("app = \"a\"\n\n[[secrets]]\n{lines}"))),
        refused(json(&format!("{{\"app\": \"a\", \"secrets\": [{{{}}}]}}", pairs.join(",")))),
    ]
}

const NAME: (&str, &str) = ("name", "\"k\"");
const DESCRIPTION: (&str, &str) = ("description", "\"what it is\"");

#[test]
fn the_form_for_people() {
    let manifest = toml(TOML).unwrap();
    assert_eq!((&*manifest.app, &*manifest.description), ("spotify", "Plays your music"));
    let [key, token] = &*manifest.secrets else { panic!("{manifest:?}") };
    assert_eq!(*key, Spec { required: true, ..Spec::new("api_key", "The key of your account") });
    let expected = Spec {
        write_mode: WriteMode::Extension,
        max_bytes: 2_048,
        rotation_hint_days: Some(30),
        instances: true,
        ..Spec::new("refresh_token", "Written after\nyou authorize")
    };
    assert_eq!(*token, expected);
    assert_eq!(toml("app = \"a\"").unwrap().secrets, []);
}

#[test]
fn the_form_for_programs_and_the_list_alone() {
    let list = r#"[{"name": "k", "description": "what", "reveal": true, "expires_after_days": null}]"#;
    let whole = json(&format!(r#"{{"app": "a", "secrets": {list}}}"#)).unwrap();
    assert_eq!(whole.secrets, [Spec { reveal: true, ..Spec::new("k", "what") }]);
    assert_eq!(parse(list.as_bytes(), Format::Json, Some("a")), Ok(whole));
    assert_eq!(refused(json(list)), ((0, 0), Fault::AppNotNamed));
    let nameless = r#"{"secrets": []}"#;
    assert_eq!(refused(json(nameless)), ((0, 0), Fault::AppNotNamed));
    assert_eq!(parse(nameless.as_bytes(), Format::Json, Some("a")).unwrap().app, "a");
    let given = |text: &str, name| refused(parse(text.as_bytes(), Format::Json, Some(name)));
    assert_eq!(given("\n {\"app\": \"a\"}", "b"), ((2, 3), Fault::OtherApp));
    assert!(matches!(given("[]", "A"), ((0, 0), Fault::Rule { field: "app", .. })));
    assert!(matches!(given("7", "a"), ((1, 1), Fault::WrongType { found: "a whole number", .. })));
}

#[test]
fn a_manifest_of_imperal_is_read_as_it_is() {
    let manifest = json(IMPERAL).unwrap();
    assert_eq!(manifest.app, "spotify");
    assert!(manifest.description.starts_with("Plays your music"));
    let [key, token, client] = &*manifest.secrets else { panic!("{manifest:?}") };
    assert_eq!(*key, Spec { required: true, ..Spec::new("api_key", "Your Spotify API key") });
    assert_eq!((token.write_mode, token.max_bytes, token.rotation_hint_days), (WriteMode::Extension, 2_048, Some(30)));
    assert_eq!(client.scope, Scope::App);
    assert_eq!(client.env_fallback.as_deref(), Some("IMPERAL_APPSECRET_SPOTIFY_CLIENT_ID"));
    // Its own members are its own; in ours the same are unknown.
    assert!(matches!(refused(json(r#"{"app": "a", "app_id": "a"}"#)), ((1, 14), Fault::UnknownMember { .. })));
    assert!(matches!(refused(toml("app_id = \"a\"")), ((1, 1), Fault::UnknownMember { .. })));
    // Where it describes itself in a way that cannot be shown, nothing is shown.
    let wild = r#"{"app_id": "a", "description": "\u001b[2J", "tools": [{"x": [1.5e3, null]}], "secrets": []}"#;
    assert_eq!(json(wild).unwrap().description, "");
    assert_eq!(refused(json("{\"app_id\": 7}")).0, (1, 2));
}

#[test]
fn each_mistake_has_its_error_and_the_place_of_the_member() {
    for (place, fault) in both(&[NAME, DESCRIPTION, ("requird", "true")]) {
        assert!(matches!(fault, Fault::UnknownMember { of: "a secret", .. }), "{fault}");
        assert!([(6, 1), (4, 3)].contains(&place), "{place:?}");
    }
    for (place, fault) in both(&[NAME, ("description", "\" \\n\\t\"")]) {
        assert!(matches!(fault, Fault::Blank { field: "description", .. }), "{fault}");
        assert!([(5, 1), (3, 3)].contains(&place), "{place:?}");
    }
    for (place, fault) in both(&[("name", "\"k\\n\""), DESCRIPTION]) {
        assert!(matches!(fault, Fault::TrailingNewline { field: "name", .. }), "{fault}");
        assert!([(4, 1), (2, 3)].contains(&place), "{place:?}");
    }
    for (place, fault) in both(&[("name", "\"K\""), DESCRIPTION]) {
        assert!(matches!(fault, Fault::Rule { field: "name", .. }), "{fault}");
        assert!([(4, 1), (2, 3)].contains(&place), "{place:?}");
    }
    for (_, fault) in both(&[NAME]) {
        assert_eq!(fault, Fault::Missing { field: "description" });
    }
    for (field, value) in [
        ("max_bytes", "0"),
        ("max_bytes", "65537"),
        ("max_bytes", "-1"),
        ("max_bytes", "4294967297"),
        ("max_bytes", "99999999999999999999999999"),
        ("keep_versions", "17"),
        ("keep_versions", "257"),
        ("rotation_hint_days", "0"),
        ("expires_after_days", "-99999999999999999999999999"),
    ] {
        for (place, fault) in both(&[NAME, DESCRIPTION, (field, value)]) {
            // TOML itself refuses what no 64 bits hold.
            let judged = match fault {
                Fault::OutOfRange { field: found, .. } => found == field,
                Fault::Syntax { language: "TOML", .. } => value.len() > 20,
                _ => false,
            };
            assert!(judged, "{field} {value} {fault}");
            assert!(fault_is_syntax(&fault) || [(6, 1), (4, 3)].contains(&place), "{place:?}");
        }
    }
    for (field, value) in [
        ("required", "\"true\""),
        ("max_bytes", "\"4096\""),
        ("max_bytes", "4096.0"),
        ("write_mode", "true"),
        ("scope", "[]"),
        ("instances", "1"),
        ("env_fallback", "7"),
        ("rotation_hint_days", "\"7\""),
    ] {
        for (place, fault) in both(&[NAME, DESCRIPTION, (field, value)]) {
            assert!(matches!(fault, Fault::WrongType { field: found, .. } if found == field), "{field} {fault}");
            assert!([(6, 1), (4, 3)].contains(&place), "{place:?}");
        }
    }
    for (field, value) in [("write_mode", "\"User\""), ("scope", "\"\""), ("env_fallback", "\"A\"")] {
        for (_, fault) in both(&[NAME, DESCRIPTION, (field, value)]) {
            assert!(matches!(fault, Fault::Rule { field: found, .. } if found == field), "{field} {fault}");
        }
    }
}

fn fault_is_syntax(fault: &Fault) -> bool {
    matches!(fault, Fault::Syntax { .. })
}

#[test]
fn the_same_name_twice_is_told_where_it_is_said_again() {
    let again = "\n[[secrets]]\ndescription = \"d\"\nname = \"api_key\"\n";
    assert_eq!(refused(toml(&format!("{TOML}{again}"))), ((20, 1), Fault::NameTwice { index: 3, first: 1 }));
    let one = r#"{"name": "k", "description": "d"}"#;
    let text = format!("{{\"app\": \"a\", \"secrets\": [{one},\n   {one}]}}");
    assert_eq!(refused(json(&text)), ((2, 5), Fault::NameTwice { index: 2, first: 1 }));
    let many = vec![one; 257].join(",");
    let text = format!("{{\"app\": \"a\",\n \"secrets\": [{many}]}}");
    assert_eq!(refused(json(&text)), ((2, 2), Fault::TooMany { count: 257, max: 256 }));
}

#[test]
fn a_member_twice_is_refused_at_the_second() {
    assert_eq!(refused(json("{\"app\": \"a\",\n \"app\": \"a\"}")), ((2, 2), Fault::MemberTwice));
    assert_eq!(refused(json("{\"app_id\": \"a\", \"x\": {\"y\": 1, \"y\": 2}}")), ((1, 31), Fault::MemberTwice));
    // Escapes do not hide it.
    assert_eq!(refused(json("{\"app\": \"a\", \"\\u0061pp\": \"b\"}")), ((1, 14), Fault::MemberTwice));
    assert_eq!(refused(toml("app = \"a\"\napp = \"b\"")), ((2, 1), Fault::MemberTwice));
}

#[test]
fn columns_count_characters_and_lines_feeds() {
    let (place, _) = refused(json("{\"description\": \"äöü\u{1f600}\", \"nope\": 1}"));
    assert_eq!(place, (1, 25));
    let (place, _) = refused(toml("description = \"ä\"\r\n# ü\r\nnope = 1"));
    assert_eq!(place, (3, 1));
    let (place, fault) = refused(parse(b"{\n\"\xc3\xa4\xff", Format::Json, None));
    assert_eq!((place, fault), ((2, 3), Fault::NotUtf8));
}

#[test]
fn what_is_not_json_or_toml_is_refused_where_it_stops_being() {
    for (text, place) in [
        ("", (1, 1)),
        ("{", (1, 2)),
        ("{\"app\" 1}", (1, 8)),
        ("{\"app\": \"a\",}", (1, 13)),
        ("[1,]", (1, 4)),
        ("[1 2]", (1, 4)),
        ("{\"app\": \"a\"} x", (1, 14)),
        ("{\"app\": \"a", (1, 9)),
        ("[\"a\n\"]", (1, 2)),
        ("[\"\\ud800\"]", (1, 2)),
        ("[\"\\x\"]", (1, 2)),
        ("[01]", (1, 2)),
        ("[- 1]", (1, 2)),
        ("[NaN]", (1, 2)),
        ("[tru]", (1, 2)),
        ("{app: 1}", (1, 2)),
        ("\u{feff}{}", (1, 1)),
    ] {
        let (at, fault) = refused(json(text));
        assert!(matches!(fault, Fault::Syntax { language: "JSON", .. }), "{text:?} {fault}");
        assert_eq!(at, place, "{text:?}");
    }
    let (at, fault) = refused(toml("app = \"a\"\ndescription = oops\n"));
    assert!(fault_is_syntax(&fault));
    assert_eq!(at, (2, 15));
}

#[test]
fn what_stands_in_a_file_is_never_repeated() {
    const CANARY: &str = "hunter2";
    for (name, value) in [
        (CANARY, "1"),
        ("name", "\"hunter2 \""),
        ("name", "\"HUNTER2hunter2\""),
        ("description", "\"hunter2\\u0007\""),
        ("write_mode", "\"hunter2\""),
        ("max_bytes", "\"hunter2\""),
        ("env_fallback", "\"hunter2\""),
        ("scope", "hunter2"),
    ] {
        let members = [("name", "\"k\""), ("description", "\"d\""), (name, value)];
        let members: Vec<_> = members.into_iter().rev().collect();
        let members = if matches!(name, "name" | "description") { &members[..2] } else { &members[..] };
        for (_, fault) in both(members) {
            assert!(!format!("{fault} {fault:?}").contains(CANARY), "{name} {value}");
        }
    }
}

/// Both are a few kilobytes that a reader without bounds does not survive.
#[test]
fn nesting_is_bounded() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(refused(json(&deep)), ((1, 66), Fault::TooDeep { max: 64 }));
    let key = ["a"; 78].join(".");
    let deep = format!("{}a = 1{}\n", format!("{key} = {{ ").repeat(79), " }".repeat(79));
    assert!(matches!(refused(toml(&deep)).1, Fault::TooDeep { max: 8 }));
    let deep = format!("a = {}{}\n", "[".repeat(100_000), "]".repeat(100_000));
    assert!(matches!(refused(toml(&deep)).1, Fault::TooDeep { max: 8 }));
    // The worst that is let through.
    let key = ["a"; 9].join(".");
    let deepest = format!("[{key}]\n{}a = 1{}\n", format!("{key} = {{ ").repeat(8), " }".repeat(8));
    assert!(matches!(refused(toml(&deepest)).1, Fault::UnknownMember { .. }));
    let long = " ".repeat(limits::FILE_MAX + 1);
    assert!(matches!(refused(json(&long)), ((0, 0), Fault::TooLarge { len: 1_048_577, max: 1_048_576 })));
}

#[test]
fn the_ending_of_a_file_says_how_it_is_written() {
    assert_eq!(Format::of(Path::new("a/b.toml")), Some(Format::Toml));
    assert_eq!(Format::of(Path::new("b.json")), Some(Format::Json));
    assert_eq!((Format::of(Path::new("json")), Format::of(Path::new("b.JSON"))), (None, None));
}

prop_compose! {
    fn spec()(
        name in "[a-z][a-z0-9_]{0,62}",
        description in "[ -~äß\u{2028}\n\t\"\\\\\u{1f600}]{0,40}x",
        (required, reveal, instances) in any::<(bool, bool, bool)>(),
        write_mode in prop::sample::select(vec![WriteMode::User, WriteMode::Extension, WriteMode::Both]),
        max_bytes in 1..=limits::VALUE_MAX,
        keep_versions in 1..=limits::KEEP_MAX,
        rotation_hint_days in prop::option::of(1..=limits::DAYS_MAX),
        expires_after_days in prop::option::of(1..=limits::DAYS_MAX),
        shared in prop::option::of(prop::option::of("[A-Z_][A-Z0-9_]{0,30}")),
    ) -> Spec {
        let scope = if shared.is_some() { Scope::App } else { Scope::User };
        Spec {
            name, description, required, write_mode, scope, max_bytes, rotation_hint_days,
            env_fallback: shared.flatten(), reveal, keep_versions, instances, expires_after_days,
        }
    }
}

prop_compose! {
    fn manifests()(
        app in "a[a-z0-9_-]{0,62}",
        description in "|[ -~\u{e4}\n]{0,40}x",
        mut secrets in prop::collection::vec(spec(), 0..6),
    ) -> Manifest {
        let mut names = std::collections::HashSet::new();
        secrets.retain(|spec| names.insert(spec.name.clone()));
        Manifest { app, description, secrets }
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(manifest in manifests()) {
        prop_assert_eq!(json(&to_json(&manifest)), Ok(manifest.clone()));
        prop_assert_eq!(toml(&to_toml(&manifest)), Ok(manifest.clone()));
        let tree: serde_json::Value = serde_json::from_str(&to_json(&manifest)).unwrap();
        let list = tree["secrets"].to_string();
        prop_assert_eq!(parse(list.as_bytes(), Format::Json, Some(&manifest.app)).map(|m| m.secrets), Ok(manifest.secrets));
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        for format in [Format::Toml, Format::Json] {
            let _ = parse(&bytes, format, None);
        }
    }

    /// Almost a file: one that was cut, and one with a byte changed.
    #[test]
    fn no_damage_panics_and_every_refusal_stands_in_the_file(
        manifest in manifests(), cut in any::<prop::sample::Index>(), byte in any::<u8>(),
    ) {
        for (text, format) in [(to_json(&manifest), Format::Json), (to_toml(&manifest), Format::Toml)] {
            let mut bytes = text.into_bytes();
            let at = cut.index(bytes.len());
            let _ = parse(&bytes[..at], format, None);
            bytes[at] = byte;
            if let Err(TextError { place: Some(place), .. }) = parse(&bytes, format, None) {
                let lines = 1 + bytes.iter().filter(|byte| **byte == b'\n').count();
                prop_assert!((1..=lines).contains(&place.line), "{place:?}");
                prop_assert!(place.column >= 1);
            }
        }
    }
}
