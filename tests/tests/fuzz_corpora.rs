//! What fuzzing has found so far, replayed on the stable compiler.
//!
//! `VAULT_WRITE_SEEDS=1` writes the first inputs of each corpus that is not there.

#[path = "../../fuzz/src/lib.rs"]
mod fuzz;

use std::path::{Path, PathBuf};

/// A target's name and what it runs on an input.
type Target = (&'static str, fn(&[u8]));

const TARGETS: &[Target] = &[
    ("envelope", fuzz::envelope),
    ("header", fuzz::header),
    ("slot", fuzz::slot),
    ("recovery_key", fuzz::recovery_key),
    ("rows", fuzz::rows),
    ("database", fuzz::database),
    ("manifest", fuzz::manifest),
    ("hello", fuzz::hello),
    ("frames", fuzz::frames),
    ("request", fuzz::request),
    ("response", fuzz::response),
    ("gateway", fuzz::gateway),
    ("session", fuzz::session),
    ("webhook", fuzz::webhook),
    ("backup", fuzz::backup),
    ("audit_file", fuzz::audit_file),
    ("anchor", fuzz::anchor),
    ("seed", fuzz::seed),
    ("configuration", fuzz::configuration),
    ("token", fuzz::token),
    ("oauth", fuzz::oauth),
    ("aws_json", fuzz::aws_json),
    ("stream", fuzz::stream),
    ("sigv4", fuzz::sigv4),
    ("import", fuzz::import),
];

#[test]
fn every_input_of_every_corpus() {
    for (name, target) in TARGETS {
        let corpus = corpus(name);
        if std::env::var_os("VAULT_WRITE_SEEDS").is_some() && !corpus.exists() {
            std::fs::create_dir_all(&corpus).unwrap();
            for (number, seed) in fuzz::seeds(name).iter().enumerate() {
                std::fs::write(corpus.join(format!("seed-{number}")), seed).unwrap();
            }
        }
        let inputs: Vec<PathBuf> = std::fs::read_dir(corpus).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert!((1..=60).contains(&inputs.len()), "{name}: {} inputs", inputs.len());
        for input in inputs {
            // The test's output names the input that panics.
            println!("{}", input.display());
            target(&std::fs::read(input).unwrap());
        }
    }
    fuzz::end_session();
}

/// A target without a corpus here, or the other way round, would go unnoticed.
#[test]
fn targets_and_corpora_are_the_same() {
    let files = |folder: &str| -> Vec<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz").join(folder);
        let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let mut names: Vec<_> = names.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
        names.sort();
        names
    };
    let mut known: Vec<_> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    known.sort();
    assert_eq!(files("fuzz_targets"), known);
    assert_eq!(files("corpus"), known);
}

fn corpus(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(name)
}
