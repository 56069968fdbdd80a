//! A file that somebody has changed: refused, and no output left.

use std::fs::{self, File};

use crate::{CHUNK, Desk, HEADER, plaintext};

#[test]
fn no_changed_file_is_decrypted() {
    let desk = Desk::new();
    let plain = plaintext(3 * 65_536 + 100);
    let sealed = desk.encrypted(&plain);
    let whole = fs::read(&sealed).unwrap();
    let chunk = |n: usize| &whole[HEADER + n * CHUNK..whole.len().min(HEADER + (n + 1) * CHUNK)];
    let (header, [a, b, c, d]) = (&whole[..HEADER], [0, 1, 2, 3].map(chunk));
    let flipped = |at: usize| {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        changed
    };
    let cases: [(&str, Vec<u8>, &str, usize); 9] = [
        ("cut off after a chunk", [header, a, b].concat(), "truncated", 1),
        ("cut off within one", whole[..whole.len() - 9].to_vec(), "corrupt", 3),
        ("cut off at the header", header.to_vec(), "truncated", 0),
        ("reordered", [header, a, c, b, d].concat(), "corrupt", 1),
        ("doubled", [header, a, a, b, c, d].concat(), "corrupt", 1),
        ("left out", [header, b, c, d].concat(), "corrupt", 0),
        ("extended", [&whole[..], b"more"].concat(), "corrupt", 3),
        ("a changed byte", flipped(HEADER + CHUNK + 5), "corrupt", 1),
        ("a changed commitment", flipped(50), "wrong_key", 0),
    ];
    fs::remove_file(desk.path("f")).unwrap();
    for (name, bytes, code, released) in cases {
        let file = desk.file("x.vlt", &bytes);
        let (exit, error) = desk.ctl.fails(&["key", "decrypt", &file], b"");
        assert_eq!((exit, &error["code"]), (8, &code.into()), "{name}");
        assert_eq!(desk.names(), ["f.vlt", "x.vlt"], "{name}");
        // A pipe has what was proven until then, and a status that says so.
        let mut command = desk.ctl.command(&["key", "decrypt"]);
        command.stdin(File::open(&file).unwrap()).stdout(File::create(desk.path("out")).unwrap());
        assert_eq!(command.status().unwrap().code(), Some(8), "{name}");
        assert!(desk.read("out") == plain[..released * 65_536], "{name}");
        fs::remove_file(desk.path("out")).unwrap();
    }
}

/// What the sealed data key says is the daemon's to judge.
#[test]
fn a_changed_data_key_is_refused_by_the_daemon() {
    let desk = Desk::new();
    let sealed = desk.encrypted(b"text");
    let other = desk.ctl.ok(&["key", "encrypt", "--key", "k"], b"another");
    // The other file's slots: whole, and of another data key.
    let whole = fs::read(&sealed).unwrap();
    let mixed = [&whole[..512], &other[512..HEADER], &whole[HEADER..]].concat();
    // Their sums are over their own file's id.
    assert_eq!(desk.ctl.fails(&["key", "decrypt"], &mixed).0, 8);
    fs::remove_file(desk.path("f")).unwrap();
    assert_eq!(desk.ctl.exit(&["key", "decrypt", &sealed, "--context", "a=b"], b""), 4);
    assert_eq!(desk.names(), ["f.vlt"]);
}
