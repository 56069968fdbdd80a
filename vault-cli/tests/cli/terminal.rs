//! At a terminal: hidden prompts, confirmations, and what is shown.

use crate::harness::{command, files, vaultctl};
use crate::pty::Pty;
use crate::server::Server;

#[test]
fn a_value_is_typed_unseen() {
    let server = Server::vault();
    let mut terminal = Pty::start(&command(&server, &["set", "api_token"]));
    terminal.when_hidden("Value of api_token, hidden: ", "hunter2\r");
    let (status, screen) = terminal.end();
    assert_eq!(status, 0, "{screen}");
    assert!(screen.contains("api_token version 1 stored") && !screen.contains("hunter2"), "{screen}");
    vaultctl(&server, &["get", "api_token"]).gave("hunter2");
}

/// A provider shows a key once: whoever sets it for an app is told that the vault does not show it again either.
#[test]
fn a_value_that_its_user_is_not_shown_again_is_said_to_be_one() {
    let server = Server::vault();
    for (arguments, told) in [
        (&["set", "--app", "billing", "api_key"][..], true),
        (&["set", "--app", "billing", "shown"], false),
        (&["set", "api_key"], false),
    ] {
        let mut terminal = Pty::start(&command(&server, arguments));
        terminal.when_hidden("hidden: ", "hunter2\r");
        let (status, screen) = terminal.end();
        assert!(status == 0 && screen.contains("version"), "{screen}");
        assert_eq!(screen.contains("keep your own copy"), told, "{screen}");
    }
}

#[test]
fn nothing_typed_and_a_paste_of_several_lines_store_nothing() {
    let server = Server::vault();
    let mut terminal = Pty::start(&command(&server, &["set", "n"]));
    terminal.when_hidden("hidden: ", "\r");
    let (status, screen) = terminal.end();
    assert!(status == 2 && screen.contains("nothing was typed"), "{screen}");

    let mut terminal = Pty::start(&command(&server, &["set", "n"]));
    terminal.when_hidden("hidden: ", "-----BEGIN KEY-----\rhunter2\r");
    let (status, screen) = terminal.end();
    assert!(status == 1 && screen.contains("more than one line was pasted"), "{screen}");
    assert!(!screen.contains("hunter2"), "{screen}");

    // A paste need not come in one piece.
    let mut terminal = Pty::start(&command(&server, &["set", "n"]));
    terminal.when_hidden("hidden: ", "-----BEGIN KEY-----\r");
    terminal.when("\n", "hunter2\r");
    let (status, screen) = terminal.end();
    assert!(status == 1 && screen.contains("more than one line was pasted"), "{screen}");
    assert!(!screen.contains("hunter2"), "{screen}");
    assert!(server.log().is_empty());
}

#[test]
fn ctrl_c_at_the_prompt() {
    let server = Server::vault();
    let mut terminal = Pty::start(&command(&server, &["set", "n"]));
    terminal.when_hidden("hidden: ", "hunt\u{3}");
    let (status, screen) = terminal.end();
    assert!(matches!(status, 130 | -1), "{status} {screen}");
    assert!(server.log().is_empty() && !screen.contains("hunt"));
}

#[test]
fn text_is_shown_with_a_line_feed_and_the_rest_is_not() {
    let server = Server::holding(&[
        ("text", b"hunter2"),
        ("lf", b"x\n"),
        ("escape", b"\x1b]0;owned\x07"),
        ("bytes", b"\xff\xfe"),
    ]);
    let shown = |arguments: &[&str]| Pty::start(&command(&server, arguments)).end();
    assert_eq!(shown(&["get", "text"]), (0, "hunter2\r\n".into()));
    assert_eq!(shown(&["get", "lf"]), (0, "x\r\n".into()));
    for name in ["escape", "bytes"] {
        let (status, screen) = shown(&["get", name]);
        assert!(status == 1 && screen.contains("is not shown on a terminal") && !screen.contains('\x1b'), "{screen:?}");
        assert!(screen.contains("hint: ") && screen.contains("--raw"));
    }
    assert_eq!(shown(&["get", "escape", "--raw"]), (0, "\x1b]0;owned\x07".into()));
    assert_eq!(vaultctl(&server, &["get", "escape"]).stdout, b"\x1b]0;owned\x07");
}

#[test]
fn what_cannot_be_undone_is_confirmed_by_its_name() {
    let server = Server::holding(&[("n", b"x")]);
    let mut terminal = Pty::start(&command(&server, &["rm", "n", "--destroy"]));
    terminal.when("Type n to go on:", "yes\n");
    let (status, screen) = terminal.end();
    assert!(status == 1 && screen.contains("nothing was changed"), "{screen}");
    assert!(server.log().is_empty());
    let mut terminal = Pty::start(&command(&server, &["rm", "n", "--destroy"]));
    terminal.when("Type n to go on:", "n\n");
    let (status, screen) = terminal.end();
    assert!(status == 0 && screen.contains("n destroyed"), "{screen}");
}

#[test]
fn a_new_passphrase_is_typed_twice() {
    let server = Server::vault();
    let add = ["slot", "add", "--passphrase"];
    let mut terminal = Pty::start(&command(&server, &add));
    terminal.when_hidden("Passphrase: ", "old one\r");
    terminal.when_hidden("New passphrase: ", "correct horse\r");
    terminal.when_hidden("Again: ", "correct hose\r");
    let (status, screen) = terminal.end();
    assert!(status == 1 && screen.contains("the two are not the same"), "{screen}");
    assert!(!screen.contains("horse") && server.log().is_empty());
}

#[test]
fn bytes_for_a_machine_are_kept_off_a_terminal() {
    let server = Server::vault();
    for arguments in [&["backup", "-"][..], &["slot", "add", "--credential-out", "-"]] {
        let (status, screen) = Pty::start(&command(&server, arguments)).end();
        assert!(status == 2 && screen.contains("not shown on a terminal"), "{screen}");
    }
    assert!(server.log().is_empty() && files(server.directory.path()).is_empty());
}
