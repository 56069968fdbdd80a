//! Version 1, frozen: the bytes of every sample. When this fails the wire has
//! changed, and the answer is version 2, not new vectors.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;

use serde_json::{Value, json};

use crate::{CODECS, from_hex, samples, to_hex, vectors};

#[test]
fn frozen_bytes_decode_to_the_samples_and_encode_back() {
    let text = fs::read_to_string(vectors("v1.json")).unwrap();
    let frozen: Vec<Value> = serde_json::from_str(&text).unwrap();
    let samples = samples::all();
    let mut seen = BTreeSet::new();
    for vector in &frozen {
        let field = |name: &str| vector[name].as_str().unwrap();
        let (name, bytes) = (field("name"), from_hex(field("hex")));
        let (codec, _) = CODECS.into_iter().find(|(_, codec)| *codec == field("codec")).unwrap();
        let (_, sample) = samples.iter().find(|(sample, _)| sample == name).unwrap();
        let decoded = sample.decode_alike(codec, &bytes).unwrap();
        assert_eq!(&decoded, sample, "{name}");
        assert_eq!(to_hex(&decoded.encode(codec)), to_hex(&bytes), "{name}");
        assert!(seen.insert((name, field("codec"))), "{name} twice");
    }
    assert_eq!(seen.len(), samples.len() * CODECS.len(), "a sample without frozen bytes");
}

/// Writes the vectors of a new version, once: an existing file is never replaced.
#[test]
fn write_when_asked() {
    if std::env::var_os("VAULT_PROTO_WRITE_VECTORS").is_none() {
        return;
    }
    let mut all = Vec::new();
    for (name, wire) in samples::all() {
        for (codec, codec_name) in CODECS {
            all.push(json!({"name": name, "codec": codec_name, "hex": to_hex(&wire.encode(codec))}));
        }
    }
    let lines: Vec<String> = all.iter().map(|vector| format!("  {vector}")).collect();
    let mut file = fs::File::create_new(vectors("v1.json")).expect("frozen vectors are not overwritten");
    write!(file, "[\n{}\n]\n", lines.join(",\n")).unwrap();
}
