//! `vaultctl app add`: the same again, a difference, what would be lost, and
//! manifests with a mistake.

use serde_json::{Value, json};
use vault_client::Role;
use vault_tests::site::text;

use crate::rig::{MANIFEST, Rig, said};

#[test]
fn adding_the_same_again_changes_nothing() {
    let rig = Rig::empty();
    let first = rig.add(MANIFEST, &[]);
    assert_eq!((&first["made"], &first["applied"]), (&true.into(), &true.into()));
    assert_eq!(first["changes"].as_array().unwrap().len(), 6);
    let again = rig.add(MANIFEST, &[]);
    let unchanged = json!({ "app": "spotify", "made": false, "applied": true, "changes": [], "orphaned": 0 });
    assert_eq!(again, unchanged);
    // The same as JSON, and as the manifest of an extension that has other members besides.
    let secrets = r#"[{"name": "api_key", "description": "The key of your account", "required": true}]"#;
    for (name, file) in [
        ("ours.json", format!(r#"{{"app": "notes", "description": "d", "secrets": {secrets}}}"#)),
        ("imperal.json", format!(r#"{{"app_id": "notes", "tools": [], "description": "d", "secrets": {secrets}}}"#)),
    ] {
        let file = rig.manifest(name, &file);
        let added = rig.ctl.json(&["app", "add", text(&file)]);
        assert_eq!((&added["app"], &added["made"]), (&"notes".into(), &(name == "ours.json").into()));
    }
    let apps = rig.ctl.json(&["app", "ls"]);
    let names: Vec<_> = apps.as_array().unwrap().iter().map(|app| &app["app"]).collect();
    assert_eq!(names, ["notes", "spotify"]);
    let shown = rig.ctl.json(&["app", "show", "spotify"]);
    assert_eq!(shown["secrets"][2]["max_bytes"], 8);
    assert_eq!(shown["owner"], format!("uid:{}", rustix::process::geteuid().as_raw()));
    assert_eq!(rig.ctl.fails(&["app", "show", "nowhere"], b""), said(3, "no_such_app"));
}

#[test]
fn a_change_is_shown_and_loses_nothing_nobody_agreed_to() {
    let rig = Rig::new();
    rig.ctl.ok(&["set", "--app", "spotify", "api_key"], b"k");
    rig.ctl.ok(&["set", "--app", "spotify", "mailbox/work"], b"m");
    let less = MANIFEST.replace("max_bytes = 8", "max_bytes = 9");
    let less = less.split("\n\n").filter(|part| !part.contains("\"api_key\"")).collect::<Vec<_>>().join("\n\n");
    let changes = json!([
        { "name": "api_key", "what": "removed", "fields": [] },
        { "name": "cookie", "what": "changed", "fields": ["max_bytes"] },
    ]);
    let sorted = |told: &Value| {
        let mut changes = told["changes"].as_array().unwrap().clone();
        changes.sort_by_key(|change| change["name"].to_string());
        Value::Array(changes)
    };
    let dry = rig.add(&less, &["--dry-run"]);
    assert_eq!((&dry["applied"], &dry["orphaned"], sorted(&dry)), (&false.into(), &1.into(), changes.clone()));
    let file = rig.manifest("less.toml", &less);
    let (code, error) = rig.ctl.error(&["app", "add", text(&file)], b"");
    assert_eq!((code, &error["code"]), (6, &"orphans".into()));
    assert!(error["hint"].as_str().unwrap().contains("--prune"), "{error}");
    let refused = String::from_utf8(rig.ctl.run(&["app", "add", text(&file)], b"").stderr).unwrap();
    assert!(refused.contains("- api_key\n") && refused.contains("1 stored value would be lost"), "{refused}");
    let before = rig.ctl.json(&["app", "show", "spotify"]);
    assert_eq!(before["secrets"].as_array().unwrap().len(), 6, "a refused change is no change");
    // For a person: one line a change.
    let told = rig.ctl.run(&["app", "add", text(&file), "--dry-run"], b"");
    let lines = String::from_utf8(told.stdout).unwrap();
    assert!(lines.contains("- api_key\n") && lines.contains("~ cookie: max_bytes\n"), "{lines}");
    assert!(String::from_utf8(told.stderr).unwrap().contains("erase 1 stored value, which --prune agrees to"));
    let told = rig.ctl.run(&["app", "add", text(&file), "--dry-run", "--prune"], b"");
    assert!(String::from_utf8(told.stderr).unwrap().contains("erase 1 stored value.\n"));

    let pruned = rig.add(&less, &["--prune"]);
    assert_eq!((&pruned["applied"], &pruned["orphaned"], sorted(&pruned)), (&true.into(), &1.into(), changes));
    assert_eq!(rig.ctl.fails(&["set", "--app", "spotify", "api_key"], b"k"), said(2, "not_declared"));
    rig.add(MANIFEST, &[]);
    let extension = rig.acting(Role::Extension, "ext:alice");
    assert_eq!(extension.get(("spotify", "api_key")).unwrap_err().code(), "missing", "what was pruned is gone");
    // Instances that would lose their addresses are values that would be lost.
    let single = rig.manifest("single.toml", &MANIFEST.replace("instances = true\n", ""));
    assert_eq!(rig.ctl.fails(&["app", "add", text(&single)], b""), said(6, "orphans"));
}

#[test]
fn mistakes_in_a_manifest_have_a_line_and_a_column_and_change_nothing() {
    let rig = Rig::empty();
    let toml = "app = \"a\"\n[[secrets]]\nname = \"k\"\ndescription = \"d\"\n";
    let secret = r#"{"name": "k", "description": "d"}"#;
    let of = |secrets: &str| format!("{{\"app\": \"a\",\n \"secrets\": [{secrets}]}}");
    let mistakes = [
        (toml.replace("\"k\"", "\"k\\n\""), "line 3, column 1: `name` ends in a line feed"),
        (format!("{toml}{}", &toml[10..]), "line 6, column 1: secret 2: the name was declared before"),
        (toml.replace("description", "descripton"), "line 4, column 1: a secret has no such member"),
        (toml.replace("\"d\"", "\" \\t\""), "line 4, column 1: `description` is blank"),
        (toml.replace("\"k\"", "\"K\""), "line 3, column 1: `name` is not acceptable"),
        (format!("{toml}max_bytes = 65537\n"), "line 5, column 1: `max_bytes` is out of range"),
        (toml.replace("\"d\"", "\"d"), "line 4, column "),
        (of(&secret.replace("\"k\"", "\"k\\n\"")), "line 2, column 15: `name` ends in a line feed"),
        (of(&format!("{secret},\n  {secret}")), "line 3, column 4: secret 2: the name was declared before"),
        (of(&secret.replace("description", "desc")), "line 2, column 28: a secret has no such member"),
        (of(&secret.replace("\"d\"", "\"\"")), "line 2, column 28: `description` is blank"),
    ];
    for (file, expected) in mistakes {
        let name = if file.starts_with('{') { "bad.json" } else { "bad.toml" };
        let path = rig.manifest(name, &file);
        let (code, error) = rig.ctl.error(&["app", "add", text(&path)], b"");
        assert_eq!((code, &error["code"]), (2, &"manifest".into()), "{error}");
        let told = error["error"].as_str().unwrap();
        assert!(told.contains(expected), "{file}\n{told}\n{expected}");
    }
    assert_eq!(rig.ctl.json(&["app", "ls"]), json!([]));
    let path = rig.manifest("manifest.yaml", toml);
    assert_eq!(rig.ctl.fails(&["app", "add", text(&path)], b""), said(2, "manifest"));
    assert_eq!(rig.ctl.fails(&["app", "add", "/no/such/manifest.toml"], b""), said(1, "input"));
    assert!(rig.ctl.home().join("bad.toml").exists(), "a refused file is left as it is");
}
