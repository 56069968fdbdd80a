//! Frozen refusals: bytes that are no message, each with the kind of error it
//! must get, for any implementation of this protocol.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;
use vault_proto::{Dialect, Version};

use crate::{CODECS, from_hex, vectors};

#[test]
fn version_1_refuses_each_for_its_reason() {
    are_refused("v1_invalid.json", Version::V1);
}

#[test]
fn version_2_refuses_each_for_its_reason() {
    are_refused("v2_invalid.json", Version::V2);
}

#[test]
fn version_2_refuses_each_about_keys_for_its_reason() {
    are_refused("v2_kms_invalid.json", Version::V2);
}

fn are_refused(file: &str, version: Version) {
    let text = fs::read_to_string(vectors(file)).unwrap();
    let frozen: Vec<Value> = serde_json::from_str(&text).unwrap();
    assert!(frozen.len() >= 100, "{}", frozen.len());
    let mut names = BTreeSet::new();
    let mut wrong = Vec::new();
    for vector in &frozen {
        let field = |name: &str| vector[name].as_str().unwrap();
        let bytes = from_hex(field("hex"));
        let (codec, _) = CODECS.into_iter().find(|(_, codec)| *codec == field("codec")).unwrap();
        let dialect = Dialect { version, codec };
        let got = match field("message") {
            "request" => dialect.decode_request(&bytes).err(),
            "response" => dialect.decode_response(&bytes).err(),
            other => panic!("{other}"),
        };
        let got = got.as_ref().map_or("accepted", |error| error.kind());
        if got != field("error") {
            wrong.push(format!("{}: {got}, not {}", field("name"), field("error")));
        }
        assert!(names.insert(field("name")), "{} twice", field("name"));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
