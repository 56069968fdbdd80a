//! Signatures, MACs and public keys; another program agrees.

use std::fs;
use std::process::Command;

use crate::{Desk, plaintext};

/// Signs with the daemon and verifies with OpenSSL, over a file larger than any
/// message.
#[test]
fn openssl_verifies_what_is_signed() {
    if Command::new("openssl").arg("version").output().is_err() {
        return vault_tests::skipped("no openssl");
    }
    let desk = Desk::empty();
    let file = desk.file("large", &plaintext(3 << 20));
    let [public, signature] = ["public", "signature"].map(|name| desk.path(name).to_str().unwrap().to_owned());
    for (spec, algorithm, flags) in [
        ("p256", "ecdsa-sha256", &["-sha256"][..]),
        ("p521", "ecdsa-sha512", &["-sha512"]),
        ("rsa-2048", "pss-sha384", &["-sha384", "-sigopt", "rsa_padding_mode:pss"]),
        ("rsa-2048", "pkcs1-sha256", &["-sha256"]),
    ] {
        let id = desk.ctl.ok(&["key", "create", "--spec", spec, "--usage", "sign"], b"");
        let id = std::str::from_utf8(&id).unwrap().trim();
        fs::write(&public, desk.ctl.ok(&["key", "public-key", id], b"")).unwrap();
        fs::write(&signature, desk.ctl.ok(&["key", "sign", id, &file, "--algorithm", algorithm, "--raw"], b""))
            .unwrap();
        let mut openssl = Command::new("openssl");
        openssl.arg("dgst").args(flags).args(["-verify", &public, "-signature", &signature, &file]);
        let said = openssl.output().unwrap();
        assert!(said.status.success(), "{spec} {algorithm}: {}", String::from_utf8_lossy(&said.stderr));
        desk.ctl.ok(&["key", "verify", id, &file, "--algorithm", algorithm, "--signature", &signature, "--raw"], b"");
    }
}

#[test]
fn signed_and_verified_by_default() {
    let desk = Desk::empty();
    for spec in ["ed25519", "p384", "secp256k1"] {
        desk.ctl.ok(&["key", "create", "--alias", spec, "--spec", spec], b"");
        let signature = desk.ctl.ok(&["key", "sign", spec], b"a message");
        let signature = desk.file("signature", &signature);
        let verify = ["key", "verify", spec, "--signature", &signature];
        desk.ctl.ok(&verify, b"a message");
        let (code, error) = desk.ctl.fails(&verify, b"another");
        assert_eq!((code, &error["code"]), (4, &"invalid_signature".into()), "{spec}");
    }
    let der = desk.ctl.ok(&["key", "public-key", "ed25519", "--der"], b"");
    assert_eq!(der.len(), 44);
    assert_eq!(desk.ctl.exit(&["key", "sign", "ed25519", "--algorithm", "ecdsa-sha256"], b"x"), 2);
    assert_eq!(desk.ctl.exit(&["key", "verify", "ed25519"], b"x"), 2);
    assert_eq!(desk.ctl.exit(&["key", "sign", "ed25519"], &vec![0; (1 << 20) + 1]), 10);
}

#[test]
fn macs() {
    let desk = Desk::empty();
    for (spec, len) in [("hmac-224", 28), ("hmac-256", 32), ("hmac-384", 48), ("hmac-512", 64)] {
        desk.ctl.ok(&["key", "create", "--alias", spec, "--spec", spec], b"");
        let mac = desk.ctl.ok(&["key", "mac", spec, "--raw"], b"a message");
        assert_eq!(mac.len(), len);
        let mac = desk.file("mac", &desk.ctl.ok(&["key", "mac", spec], b"a message"));
        desk.ctl.ok(&["key", "verify", spec, "--mac", &mac], b"a message");
        let (code, error) = desk.ctl.fails(&["key", "verify", spec, "--mac", &mac], b"another");
        assert_eq!((code, &error["code"]), (4, &"invalid_mac".into()));
    }
}

#[test]
fn two_keys_agree() {
    let desk = Desk::empty();
    let publics = ["a", "b"].map(|name| {
        desk.ctl.ok(&["key", "create", "--alias", name, "--spec", "p256", "--usage", "agree"], b"");
        desk.file(name, &desk.ctl.ok(&["key", "public-key", name], b""))
    });
    let one = desk.ctl.ok(&["key", "shared-secret", "a", &publics[1], "--raw"], b"");
    let two = desk.ctl.ok(&["key", "shared-secret", "b", &publics[0], "--raw"], b"");
    assert!(one.len() == 32 && one == two);
    let der = desk.file("der", &desk.ctl.ok(&["key", "public-key", "b", "--der"], b""));
    assert_eq!(desk.ctl.ok(&["key", "shared-secret", "a", &der, "--raw"], b""), one);
    assert_eq!(desk.ctl.exit(&["key", "shared-secret", "a"], b"no key"), 2);
}
