//! `.env` files, strictly. There are many dialects; what they read differently
//! is refused here rather than guessed at, since a secret that is stored almost
//! right is found out about late.
//!
//! - `KEY=VALUE`, optionally after `export `; a key is letters, digits and `_`,
//!   not beginning with a digit; no space around `=`.
//! - Blank lines and lines beginning with `#` are skipped.
//! - Without quotes a value ends at the end of the line or before ` #`; spaces
//!   around it do not belong to it. No quote may begin or end inside it.
//! - In `'single'` quotes every byte is itself, line feeds included.
//! - In `"double"` quotes `\n \r \t \\ \" \$` are the escapes, every other is
//!   refused; line feeds are themselves.
//! - After a closing quote only a comment may follow.
//! - Nothing is expanded: `${NAME}`, `$(` and a backquote outside single quotes
//!   are refused.

use zeroize::Zeroizing;

use super::{Entry, Place};

/// A line that is not understood, or that others understand in another way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DotenvError {
    #[error("line {line}: not KEY=VALUE")]
    NotAnEntry { line: usize },
    #[error("line {line}: a space before or after =")]
    SpaceAtEquals { line: usize },
    #[error("line {line}: the quote that begins here does not end")]
    OpenQuote { line: usize },
    #[error("line {line}: a quote inside a value without quotes")]
    QuoteInside { line: usize },
    #[error("line {line}: something after the closing quote")]
    AfterQuote { line: usize },
    #[error("line {line}: an unknown escape")]
    Escape { line: usize },
    #[error("line {line}: an expansion, and nothing is expanded here")]
    Expansion { line: usize },
}

impl DotenvError {
    pub(super) fn hint(self) -> &'static str {
        match self {
            Self::NotAnEntry { .. } => "nothing was stored; a value of several lines needs quotes around all of it",
            Self::SpaceAtEquals { .. } => {
                "nothing was stored; write KEY=VALUE, with quotes when the value begins with a space"
            }
            Self::OpenQuote { .. } | Self::QuoteInside { .. } | Self::AfterQuote { .. } => {
                "nothing was stored; put the whole value in single quotes, or in double quotes with \\\" inside"
            }
            Self::Escape { .. } => {
                "nothing was stored; the escapes are \\n \\r \\t \\\\ \\\" \\$, single quotes have none"
            }
            Self::Expansion { .. } => "nothing was stored; put a value that is meant as it stands in single quotes",
        }
    }
}

/// Every entry in order. Errors name the line and never what is on it.
pub(crate) fn parse(bytes: &[u8]) -> Result<Vec<Entry>, DotenvError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = Reader { rest: bytes, line: 1 };
    let mut entries = Vec::new();
    while !reader.rest.is_empty() {
        reader.skip(is_blank);
        match reader.rest.first() {
            None => {}
            Some(b'\n') => reader.step(),
            Some(b'\r') if reader.rest.starts_with(b"\r\n") => reader.step(),
            Some(b'#') => reader.skip(|byte| byte != b'\n'),
            Some(_) => entries.push(reader.entry()?),
        }
    }
    Ok(entries)
}

struct Reader<'a> {
    rest: &'a [u8],
    line: usize,
}

impl<'a> Reader<'a> {
    fn entry(&mut self) -> Result<Entry, DotenvError> {
        let line = self.line;
        if let Some(rest) = self.rest.strip_prefix(b"export ").or_else(|| self.rest.strip_prefix(b"export\t")) {
            self.rest = rest;
            self.skip(is_blank);
        }
        let key = self.take(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let spaced = self.rest.first().copied().is_some_and(is_blank);
        if spaced && self.rest.trim_ascii_start().first() == Some(&b'=') {
            return Err(DotenvError::SpaceAtEquals { line });
        }
        let good = key.first().is_some_and(|first| !first.is_ascii_digit());
        let (true, Some((b'=', rest))) = (good, self.rest.split_first()) else {
            return Err(DotenvError::NotAnEntry { line });
        };
        self.rest = rest;
        let value = match self.rest.first() {
            Some(b'\'') => self.single()?,
            Some(b'"') => self.double()?,
            Some(byte) if is_blank(*byte) => return self.spaced_value(key, line),
            _ => self.plain()?,
        };
        Ok(Entry { place: Place::Line(line), key: String::from_utf8_lossy(key).into_owned(), value })
    }

    /// `KEY= ` and then nothing or a comment is empty; anything else is a guess.
    fn spaced_value(&mut self, key: &[u8], line: usize) -> Result<Entry, DotenvError> {
        self.skip(is_blank);
        match self.rest.first() {
            None | Some(b'\n' | b'\r' | b'#') => {
                self.skip(|byte| byte != b'\n');
                Ok(Entry {
                    place: Place::Line(line),
                    key: String::from_utf8_lossy(key).into_owned(),
                    value: Zeroizing::default(),
                })
            }
            Some(_) => Err(DotenvError::SpaceAtEquals { line }),
        }
    }

    fn plain(&mut self) -> Result<Zeroizing<Vec<u8>>, DotenvError> {
        let line = self.line;
        let mut text = self.take(|byte| byte != b'\n');
        if let Some(comment) = text.windows(2).position(|pair| is_blank(pair[0]) && pair[1] == b'#') {
            text = text.get(..comment).unwrap_or_default();
        }
        if text.starts_with(b"#") {
            text = b"";
        }
        let text = text.trim_ascii_end();
        if text.iter().any(|byte| matches!(byte, b'\'' | b'"')) {
            return Err(DotenvError::QuoteInside { line });
        }
        if text.contains(&b'\\') {
            return Err(DotenvError::Escape { line });
        }
        if text.contains(&b'`') || text.windows(2).any(|pair| pair == b"${" || pair == b"$(") {
            return Err(DotenvError::Expansion { line });
        }
        Ok(Zeroizing::new(text.to_vec()))
    }

    fn single(&mut self) -> Result<Zeroizing<Vec<u8>>, DotenvError> {
        let line = self.line;
        self.step();
        let text = self.take(|byte| byte != b'\'');
        if self.rest.is_empty() {
            return Err(DotenvError::OpenQuote { line });
        }
        self.step();
        self.end()?;
        Ok(Zeroizing::new(text.to_vec()))
    }

    fn double(&mut self) -> Result<Zeroizing<Vec<u8>>, DotenvError> {
        let begun = self.line;
        self.step();
        // As long as what is left at most, so that it never moves.
        let until = self.rest.iter().position(|byte| *byte == b'"').unwrap_or(0);
        let escaped = self.rest.iter().filter(|byte| **byte == b'\\').count();
        let mut value = Zeroizing::new(Vec::with_capacity(if escaped == 0 { until } else { self.rest.len() }));
        loop {
            let line = self.line;
            let Some(byte) = self.rest.first().copied() else { return Err(DotenvError::OpenQuote { line: begun }) };
            self.step();
            match (byte, self.rest.first().copied()) {
                (b'"', _) => break,
                (b'\\', Some(next)) => {
                    value.push(match next {
                        b'n' => b'\n',
                        b'r' => b'\r',
                        b't' => b'\t',
                        b'\\' | b'"' | b'$' => next,
                        _ => return Err(DotenvError::Escape { line }),
                    });
                    self.step();
                }
                (b'$', Some(b'{' | b'(')) | (b'`', _) => return Err(DotenvError::Expansion { line }),
                _ => value.push(byte),
            }
        }
        self.end()?;
        Ok(value)
    }

    /// After a closing quote: blanks, a comment, the end of the line.
    fn end(&mut self) -> Result<(), DotenvError> {
        let line = self.line;
        let blanks = self.take(is_blank).len();
        match self.rest.first() {
            None | Some(b'\n') => Ok(()),
            Some(b'\r') if self.rest.starts_with(b"\r\n") => Ok(()),
            Some(b'#') if blanks > 0 => {
                self.skip(|byte| byte != b'\n');
                Ok(())
            }
            Some(_) => Err(DotenvError::AfterQuote { line }),
        }
    }

    fn step(&mut self) {
        if let Some((first, rest)) = self.rest.split_first() {
            self.line += usize::from(*first == b'\n');
            self.rest = rest;
        }
    }

    fn skip(&mut self, which: impl Fn(u8) -> bool) {
        self.take(which);
    }

    fn take(&mut self, which: impl Fn(u8) -> bool) -> &'a [u8] {
        let len = self.rest.iter().position(|byte| !which(*byte)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(len);
        self.line += taken.iter().filter(|byte| **byte == b'\n').count();
        self.rest = rest;
        taken
    }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}
