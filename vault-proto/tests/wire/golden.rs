//! Frozen: the bytes of every sample. When this fails the wire has changed, and
//! the answer is the next version, not new vectors.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;

use serde_json::{Value, json};

use crate::{CODECS, Wire, from_hex, to_hex, v1, v2, vectors};

#[test]
fn version_1_decodes_to_the_samples_and_encodes_back() {
    stands("v1.json", &v1::samples::all());
}

#[test]
fn version_2_decodes_to_the_samples_and_encodes_back() {
    stands("v2.json", &v2::samples::all());
}

#[test]
fn keys_of_version_2_decode_to_the_samples_and_encode_back() {
    stands("v2_kms.json", &v2::key_samples::all());
}

fn stands(file: &str, samples: &[(String, Wire)]) {
    let text = fs::read_to_string(vectors(file)).unwrap();
    let frozen: Vec<Value> = serde_json::from_str(&text).unwrap();
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
    for (file, samples) in
        [("v1.json", v1::samples::all()), ("v2.json", v2::samples::all()), ("v2_kms.json", v2::key_samples::all())]
    {
        let Ok(mut file) = fs::File::create_new(vectors(file)) else { continue };
        let mut all = Vec::new();
        for (name, wire) in samples {
            for (codec, codec_name) in CODECS {
                all.push(json!({"name": name, "codec": codec_name, "hex": to_hex(&wire.encode(codec))}));
            }
        }
        let lines: Vec<String> = all.iter().map(|vector| format!("  {vector}")).collect();
        write!(file, "[\n{}\n]\n", lines.join(",\n")).unwrap();
    }
}
