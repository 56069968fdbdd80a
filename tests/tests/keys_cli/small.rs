//! Messages, data keys and random bytes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::Desk;

#[test]
fn a_message_is_encrypted_by_the_key_itself() {
    let desk = Desk::new();
    let context = ["--context", "tenant=blue", "--context", "row=7"];
    let sealed = desk.ctl.ok(&[&["key", "encrypt", "--key", "k", "--message"][..], &context].concat(), b"a message");
    let envelope = STANDARD.decode(sealed.trim_ascii()).unwrap();
    assert!(envelope.starts_with(b"VLT1\x01\x01\x03"));
    // The context's order is nothing, the rest of it is everything.
    let reversed = ["--context", "row=7", "--context", "tenant=blue"];
    let open =
        |flags: &[&str], input: &[u8]| desk.ctl.run(&[&["key", "decrypt", "--message"][..], flags].concat(), input);
    assert_eq!(open(&reversed, &sealed).stdout, b"a message");
    assert_eq!(open(&[&reversed[..], &["--raw"]].concat(), &envelope).stdout, b"a message");
    assert_eq!(open(&["--context", "tenant=blue"], &sealed).status.code(), Some(4));
    assert_eq!(open(&[], b"%%%").status.code(), Some(2));
    desk.ctl.ok(&["key", "create", "--alias", "other"], b"");
    assert_eq!(open(&[&reversed[..], &["--key", "other"]].concat(), &sealed).status.code(), Some(2));
    assert_eq!(desk.ctl.exit(&["key", "encrypt", "--key", "k", "--message"], &vec![b'x'; (1 << 20) + 1]), 10);
}

#[test]
fn an_rsa_key_encrypts_messages() {
    let desk = Desk::empty();
    desk.ctl.ok(&["key", "create", "--alias", "r", "--spec", "rsa-2048", "--usage", "encrypt"], b"");
    let with = ["--message", "--algorithm", "oaep-sha256", "--key", "r"];
    let sealed = desk.ctl.ok(&[&["key", "encrypt"][..], &with].concat(), b"short");
    assert_eq!(desk.ctl.ok(&[&["key", "decrypt"][..], &with].concat(), &sealed), b"short");
}

#[test]
fn data_keys_come_in_clear_and_sealed() {
    let desk = Desk::new();
    let made = desk.ctl.json(&["key", "data-key", "k", "--bytes", "16", "--context", "a=b"]);
    let (plain, sealed) = (made["plaintext"].as_str().unwrap(), made["sealed"].as_str().unwrap());
    let plain = STANDARD.decode(plain).unwrap();
    assert_eq!(plain.len(), 16);
    let opened = desk.ctl.ok(&["key", "decrypt", "--message", "--context", "a=b"], sealed.as_bytes());
    assert_eq!(opened, plain);
    let made = desk.ctl.json(&["key", "data-key", "k", "--sealed-only"]);
    assert!(made.get("plaintext").is_none() && made["sealed"].is_string());
    let pair = desk.ctl.json(&["key", "data-key", "k", "--pair", "ed25519"]);
    assert!(["private", "public", "sealed"].iter().all(|name| pair[*name].is_string()));
    let text = String::from_utf8(desk.ctl.ok(&["key", "data-key", "k"], b"")).unwrap();
    assert!(text.starts_with("plaintext") && text.contains("\nsealed"), "{text}");
}

#[test]
fn random_bytes_in_three_forms() {
    let desk = Desk::empty();
    assert_eq!(STANDARD.decode(desk.ctl.ok(&["key", "random", "20"], b"").trim_ascii()).unwrap().len(), 20);
    assert_eq!(desk.ctl.ok(&["key", "random", "1024", "--raw"], b"").len(), 1_024);
    let hex = desk.ctl.ok(&["key", "random", "--hex"], b"");
    assert!(hex.len() == 65 && hex[..64].iter().all(u8::is_ascii_hexdigit));
    assert_eq!(desk.ctl.exit(&["key", "random", "0"], b""), 2);
}
