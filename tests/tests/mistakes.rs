//! The threat model names a test for each claim. A test that was renamed or
//! removed must not go on being cited.

#![allow(clippy::unwrap_used, reason = "helpers of tests, outside a test function")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

#[test]
fn every_test_the_threat_model_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let text = fs::read_to_string(root.join("docs/THREAT_MODEL.md")).unwrap().replace('\n', " ");
    let mut functions = BTreeSet::new();
    for package in ["vault-core", "vault-proto", "vaultd", "vault-client", "vault-embed", "vault-cli", "tests"] {
        collect(&root.join(package), &mut functions);
    }
    let cited = cited(&text);
    assert!(cited.len() > 60, "{} tests are cited", cited.len());
    let gone: Vec<_> = cited.into_iter().filter(|name| !functions.contains(*name)).collect();
    assert_eq!(gone, Vec::<&str>::new(), "cited and not there");
}

#[test]
fn each_of_the_twenty_mistakes_has_a_test_of_its_name_or_a_reason() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let text = fs::read_to_string(root.join("docs/THREAT_MODEL.md")).unwrap();
    let table = text.split("## Twenty mistakes others made").nth(1).unwrap();
    for number in 1..=20 {
        let row = table.lines().find(|line| line.starts_with(&format!("| {number} |"))).unwrap();
        let here = row.trim_end_matches(" |").rsplit(" | ").next().unwrap();
        // What is not there cannot be tested: no Shamir, no say for a process id.
        let reason = match number {
            9 => Some("no Shamir slot"),
            18 => Some("decides nothing"),
            _ => None,
        };
        match reason {
            Some(reason) => assert!(here.contains(reason), "mistake {number}: {here}"),
            None => {
                let named = format!("mistake_{number}_");
                assert!(cited(here).iter().any(|name| name.starts_with(&named)), "mistake {number}: {here}");
            }
        }
    }
}

/// The names in `` `place: name, name` ``.
fn cited(text: &str) -> Vec<&str> {
    let quoted = text.split('`').skip(1).step_by(2);
    let names = quoted.filter_map(|quote| quote.split_once(": ")).flat_map(|(_, names)| names.split(", "));
    names.map(str::trim).filter(|name| name.contains('_') && name.bytes().all(is_of_a_name)).collect()
}

/// The functions defined in the Rust files of a directory.
fn collect(directory: &Path, into: &mut BTreeSet<String>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            collect(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let source = fs::read_to_string(&path).unwrap();
            let defined = source.split("fn ").skip(1);
            into.extend(defined.map(|rest| rest.bytes().take_while(|b| is_of_a_name(*b)).map(char::from).collect()));
        }
    }
}

fn is_of_a_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}
