//! What may be shown on a terminal.
//!
//! A terminal obeys what it displays: an escape sequence in a stored value, in
//! a label or in an error can move the cursor, rewrite the screen, change the
//! title or, on some, type. Values are refused, everything else is made visible.

use std::borrow::Cow;

use crate::failure::Problem;

/// Why a value is not shown on a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unshowable {
    /// Bytes that are no text.
    #[error("the value is not text and is not shown on a terminal")]
    NotText,
    /// Text that would drive the terminal.
    #[error("the value holds control characters and is not shown on a terminal")]
    Control,
}

impl Problem for Unshowable {
    fn code(&self) -> &'static str {
        match self {
            Self::NotText => "not_text",
            Self::Control => "control_characters",
        }
    }

    fn hint(&self) -> String {
        "send it to a file or a program (`vaultctl get NAME > FILE`), or show it as it is with --raw".into()
    }
}

/// The value as text, when showing it does nothing else. Line feeds, tabs and
/// the carriage return before a line feed are all that is let through.
pub(crate) fn showable(value: &[u8]) -> Result<&str, Unshowable> {
    let text = std::str::from_utf8(value).map_err(|_| Unshowable::NotText)?;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let fine = match character {
            '\n' | '\t' => true,
            '\r' => characters.peek() == Some(&'\n'),
            other => !drives(other),
        };
        if !fine {
            return Err(Unshowable::Control);
        }
    }
    Ok(text)
}

/// Text with what drives a terminal made visible; lines stay lines.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    let obeyed = |character: char| character != '\n' && drives(character);
    if !text.contains(obeyed) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if obeyed(character) { shown.extend(character.escape_default()) } else { shown.push(character) }
    }
    Cow::Owned(shown)
}

/// Control characters, and the invisible ones that reorder what is read.
fn drives(character: char) -> bool {
    character.is_control() || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_shown() {
        for fine in ["hunter2", "", "two\nlines\n", "a\tb", "crlf\r\nhere", "ünïcödé 🔑", "\u{a0}"] {
            assert_eq!(showable(fine.as_bytes()), Ok(fine));
        }
    }

    #[test]
    fn what_a_terminal_would_obey_is_not() {
        for attack in
            ["\x1b]0;title\x07", "\x1b[2J", "a\x08b", "\u{9b}2J", "hide\rseen", "a\r", "\0", "\x7f", "\u{202e}"]
        {
            assert_eq!(showable(attack.as_bytes()), Err(Unshowable::Control), "{attack:?}");
        }
        assert_eq!(showable(b"\xff\xfe"), Err(Unshowable::NotText));
        // C1 as a single byte is not UTF-8 at all.
        assert_eq!(showable(b"\x9b2J"), Err(Unshowable::NotText));
    }

    #[test]
    fn words_are_made_visible() {
        assert_eq!(printable("plain\nlines"), "plain\nlines");
        assert_eq!(printable("a\x1b[31mb\r"), "a\\u{1b}[31mb\\r");
    }
}
