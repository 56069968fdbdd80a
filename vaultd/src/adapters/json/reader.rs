//! What every JSON is made of: space, marks, strings.

use std::borrow::Cow;

use zeroize::Zeroizing;

use super::NotJson;

/// A string as it was written, between its quotes. Its escapes have been checked.
#[derive(Clone, Copy)]
pub struct Text<'b>(&'b str);

impl<'b> Text<'b> {
    /// What it means, in a buffer that is large enough from the start and erased.
    #[must_use]
    pub fn decode(self) -> Zeroizing<Vec<u8>> {
        // No escape is shorter than what it stands for.
        let mut bytes = Zeroizing::new(Vec::with_capacity(self.0.len()));
        let mut rest = Reader::new(self.0);
        let mut utf8 = Zeroizing::new([0; 4]);
        while let Some(end) = rest.rest.find('\\') {
            let (plain, escaped) = rest.rest.split_at(end);
            bytes.extend_from_slice(plain.as_bytes());
            rest.rest = escaped.get(1..).unwrap_or_default();
            let Ok(meant) = rest.escape() else { break };
            bytes.extend_from_slice(meant.encode_utf8(&mut *utf8).as_bytes());
        }
        bytes.extend_from_slice(rest.rest.as_bytes());
        bytes
    }

    /// What it means, as it stands if it has no escapes. For what is no secret.
    #[must_use]
    pub fn to_str(self) -> Cow<'b, str> {
        if !self.0.contains('\\') {
            return Cow::Borrowed(self.0);
        }
        Cow::Owned(String::from_utf8_lossy(&self.decode()).into_owned())
    }
}

/// What is still to be read.
pub(in super::super) struct Reader<'b> {
    rest: &'b str,
}

impl<'b> Reader<'b> {
    pub(in super::super) fn new(text: &'b str) -> Self {
        Self { rest: text }
    }

    pub(in super::super) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next byte, which is left where it is.
    pub(super) fn peek(&self) -> Option<u8> {
        self.rest.bytes().next()
    }

    /// A string.
    pub(in super::super) fn text(&mut self) -> Result<Text<'b>, NotJson> {
        self.literal("\"")?;
        let start = self.rest;
        loop {
            let end = self.rest.find(|c: char| c == '"' || c == '\\' || c < ' ').ok_or(NotJson)?;
            self.rest = &self.rest[end..];
            match self.next()? {
                '"' => return Ok(Text(&start[..start.len() - self.rest.len() - 1])),
                '\\' => drop(self.escape()?),
                _ => return Err(NotJson),
            }
        }
    }

    /// Behind the backslash. Half a surrogate pair is no character.
    fn escape(&mut self) -> Result<char, NotJson> {
        Ok(match self.next()? {
            c @ ('"' | '\\' | '/') => c,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let code = match self.unit()? {
                    first @ 0xd800..0xdc00 => {
                        self.literal(r"\u")?;
                        let second = self.unit()?.checked_sub(0xdc00).filter(|low| *low < 0x400).ok_or(NotJson)?;
                        0x10000 + ((first - 0xd800) << 10) + second
                    }
                    code => code,
                };
                char::from_u32(code).ok_or(NotJson)?
            }
            _ => return Err(NotJson),
        })
    }

    fn unit(&mut self) -> Result<u32, NotJson> {
        let mut unit = 0;
        for _ in 0..4 {
            unit = unit * 16 + self.next()?.to_digit(16).ok_or(NotJson)?;
        }
        Ok(unit)
    }

    /// `-? (0 | 1-9 digits) (. digits)? (e [+-]? digits)?`
    pub(super) fn number(&mut self) -> Result<&'b str, NotJson> {
        let start = self.rest;
        let _ = self.literal("-");
        if self.literal("0").is_err() {
            self.digits()?;
        }
        if self.literal(".").is_ok() {
            self.digits()?;
        }
        if self.literal("e").or_else(|_| self.literal("E")).is_ok() {
            let _ = self.literal("+").or_else(|_| self.literal("-"));
            self.digits()?;
        }
        Ok(&start[..start.len() - self.rest.len()])
    }

    fn digits(&mut self) -> Result<(), NotJson> {
        let rest = self.rest.trim_start_matches(|c: char| c.is_ascii_digit());
        if rest.len() == self.rest.len() {
            return Err(NotJson);
        }
        self.rest = rest;
        Ok(())
    }

    /// Exactly this.
    pub(in super::super) fn literal(&mut self, literal: &str) -> Result<(), NotJson> {
        self.rest = self.rest.strip_prefix(literal).ok_or(NotJson)?;
        Ok(())
    }

    pub(in super::super) fn space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }

    fn next(&mut self) -> Result<char, NotJson> {
        let mut chars = self.rest.chars();
        let c = chars.next().ok_or(NotJson)?;
        self.rest = chars.as_str();
        Ok(c)
    }
}
