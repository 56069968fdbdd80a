//! Material on its way in and out.

use std::fs;
use std::os::unix::fs::MetadataExt as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::Desk;

fn external(desk: &Desk, alias: &str, spec: &[&str]) {
    desk.ctl.ok(&[&["key", "create", "--alias", alias, "--origin", "external", "--exportable"], spec].concat(), b"");
}

#[test]
fn what_is_imported_is_what_is_exported() {
    let desk = Desk::empty();
    external(&desk, "mine", &[]);
    let material = [7; 32];
    assert_eq!(desk.ctl.exit(&["key", "encrypt", "--key", "mine"], b"text"), 6);
    desk.ctl.ok(&["key", "import", "mine"], &material);
    assert_eq!(desk.ctl.ok(&["key", "export", "mine"], b""), material);
    let out = desk.path("out").to_str().unwrap().to_owned();
    desk.ctl.ok(&["key", "export", "mine", "-o", &out], b"");
    assert_eq!((desk.read("out"), fs::metadata(&out).unwrap().mode() & 0o777), (material.to_vec(), 0o600));
    assert_eq!(desk.ctl.exit(&["key", "export", "mine", "-o", &out], b""), 6, "never overwritten");

    let sealed = desk.ctl.ok(&["key", "encrypt", "--key", "mine", "--message"], b"text");
    desk.ctl.ok(&["key", "delete-material", "mine"], b"");
    assert_eq!(desk.ctl.exit(&["key", "decrypt", "--message"], &sealed), 6);
    assert_eq!(desk.ctl.exit(&["key", "import", "mine"], &[8; 32]), 2, "the first import decides");
    let text = STANDARD.encode(material);
    desk.ctl.ok(&["key", "import", "mine", "--base64", "--expires", "90d"], text.as_bytes());
    assert!(desk.ctl.json(&["key", "show", "mine"])["expires_at"].is_string());
    assert_eq!(desk.ctl.ok(&["key", "decrypt", "--message"], &sealed), b"text");
}

#[test]
fn pairs_come_as_pkcs8_der_or_pem() {
    let desk = Desk::empty();
    for (spec, usage) in [("p256", "sign"), ("rsa-3072", "sign"), ("ed25519", "sign")] {
        let id = desk.ctl.ok(&["key", "create", "--exportable", "--spec", spec, "--usage", usage], b"");
        let id = std::str::from_utf8(&id).unwrap().trim();
        let der = desk.ctl.ok(&["key", "export", id], b"");
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(&der));
        for (form, bytes) in [("der", &der[..]), ("pem", pem.as_bytes())] {
            let alias = format!("{spec}-{form}");
            external(&desk, &alias, &["--spec", spec, "--usage", usage]);
            desk.ctl.ok(&["key", "import", &alias], bytes);
            let public = |key| desk.ctl.ok(&["key", "public-key", key], b"");
            assert_eq!(public(&alias), public(id), "{alias}");
        }
    }
}

/// From one key to another without ever lying in clear in a file.
#[test]
fn a_sealed_file_is_imported() {
    let desk = Desk::new();
    desk.ctl.ok(&["key", "create", "--alias", "a", "--exportable"], b"");
    external(&desk, "b", &[]);
    let material = desk.ctl.ok(&["key", "export", "a"], b"");
    let sealed = desk.file("a.vlt", &desk.ctl.ok(&["key", "encrypt", "--key", "k", "--context", "x=y"], &material));
    assert_eq!(desk.ctl.exit(&["key", "import", "b", "--sealed", &sealed], b""), 4);
    desk.ctl.ok(&["key", "import", "b", "--sealed", &sealed, "--context", "x=y"], b"");
    assert_eq!(desk.ctl.ok(&["key", "export", "b"], b""), material);
    let large = desk.file("large.vlt", &desk.ctl.ok(&["key", "encrypt", "--key", "k"], &[0; 9_000]));
    assert_ne!(desk.ctl.exit(&["key", "import", "b", "--sealed", &large], b""), 0);
}

#[test]
fn what_is_not_exportable_stays() {
    let desk = Desk::new();
    assert_eq!(desk.ctl.exit(&["key", "export", "k"], b""), 4);
    assert_eq!(desk.ctl.exit(&["key", "import", "k"], &[7; 32]), 2);
    external(&desk, "e", &[]);
    assert_eq!(desk.ctl.exit(&["key", "import", "e"], &[7; 31]), 2);
    let parameters =
        desk.ctl.json(&["key", "import-parameters", "e", "--wrapping", "oaep-sha256", "--spec", "rsa-2048"]);
    assert_eq!(parameters["token"].as_str().unwrap().len(), 64);
    let token = parameters["token"].as_str().unwrap();
    assert_ne!(desk.ctl.exit(&["key", "import", "e", "--token", token], &[1; 256]), 0);
    assert_eq!(desk.ctl.exit(&["key", "import", "e", "--token", "zz"], &[1; 256]), 2);
}
