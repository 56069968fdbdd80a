//! Reading JSON without copying it: what a request holds may be secret, and a
//! general reader unescapes into buffers that nobody erases. Strings stay where
//! they are until somebody wants one, and then go into a buffer of the reader's
//! choice. Depth and number of values are bounded before anything is kept.

use std::borrow::Cow;
use std::collections::BTreeMap;

use zeroize::Zeroizing;

/// Bytes that are not one JSON object, within the limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected one JSON object in UTF-8, of at most {DEPTH_MAX} levels and {VALUES_MAX} values, no name twice")]
pub struct NotJson;

/// An object's members, none of them twice.
pub type Object<'b> = BTreeMap<Cow<'b, str>, Value<'b>>;

/// A value, in the bytes it was read from. No `Debug`: it may be a secret.
pub enum Value<'b> {
    /// `null`
    Null,
    /// `true` or `false`
    Flag(bool),
    /// As it was written.
    Number(&'b str),
    /// A string.
    Text(Text<'b>),
    /// An array.
    List(Vec<Value<'b>>),
    /// An object.
    Object(Object<'b>),
}

/// A string as it was written, between its quotes. Its escapes have been checked.
#[derive(Clone, Copy)]
pub struct Text<'b>(&'b str);

/// Reads an object.
pub fn parse(bytes: &[u8]) -> Result<Object<'_>, NotJson> {
    let text = std::str::from_utf8(bytes).map_err(|_| NotJson)?;
    let mut reader = Reader { rest: text, values: 0 };
    reader.space();
    let Value::Object(object) = reader.value(0)? else { return Err(NotJson) };
    reader.space();
    if reader.rest.is_empty() { Ok(object) } else { Err(NotJson) }
}

impl<'b> Text<'b> {
    /// What it means, in a buffer that is large enough from the start and erased.
    #[must_use]
    pub fn decode(self) -> Zeroizing<Vec<u8>> {
        // No escape is shorter than what it stands for.
        let mut bytes = Zeroizing::new(Vec::with_capacity(self.0.len()));
        let mut rest = Reader { rest: self.0, values: 0 };
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
struct Reader<'b> {
    rest: &'b str,
    values: usize,
}

impl<'b> Reader<'b> {
    fn value(&mut self, depth: usize) -> Result<Value<'b>, NotJson> {
        self.values += 1;
        if depth > DEPTH_MAX || self.values > VALUES_MAX {
            return Err(NotJson);
        }
        match self.rest.as_bytes().first() {
            Some(b'{') => self.object(depth).map(Value::Object),
            Some(b'[') => self.list(depth).map(Value::List),
            Some(b'"') => self.text().map(Value::Text),
            Some(b'n') => self.literal("null").map(|()| Value::Null),
            Some(b't') => self.literal("true").map(|()| Value::Flag(true)),
            Some(b'f') => self.literal("false").map(|()| Value::Flag(false)),
            _ => self.number().map(Value::Number),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Object<'b>, NotJson> {
        let mut object = Object::new();
        self.literal("{")?;
        self.space();
        if self.literal("}").is_ok() {
            return Ok(object);
        }
        loop {
            self.space();
            let name = self.text()?.to_str();
            self.space();
            self.literal(":")?;
            self.space();
            if object.insert(name, self.value(depth + 1)?).is_some() {
                return Err(NotJson);
            }
            self.space();
            if self.literal("}").is_ok() {
                return Ok(object);
            }
            self.literal(",")?;
        }
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Value<'b>>, NotJson> {
        let mut list = Vec::new();
        self.literal("[")?;
        self.space();
        if self.literal("]").is_ok() {
            return Ok(list);
        }
        loop {
            self.space();
            list.push(self.value(depth + 1)?);
            self.space();
            if self.literal("]").is_ok() {
                return Ok(list);
            }
            self.literal(",")?;
        }
    }

    fn text(&mut self) -> Result<Text<'b>, NotJson> {
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
    fn number(&mut self) -> Result<&'b str, NotJson> {
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

    fn literal(&mut self, literal: &str) -> Result<(), NotJson> {
        self.rest = self.rest.strip_prefix(literal).ok_or(NotJson)?;
        Ok(())
    }

    fn space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }

    fn next(&mut self) -> Result<char, NotJson> {
        let mut chars = self.rest.chars();
        let c = chars.next().ok_or(NotJson)?;
        self.rest = chars.as_str();
        Ok(c)
    }
}

const DEPTH_MAX: usize = 16;
const VALUES_MAX: usize = 8_192;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_mean_what_another_reader_says_they_mean() {
        let all: String = (0..0x300).chain(0xd7f0..0xd800).chain(0x1f600..0x1f610).filter_map(char::from_u32).collect();
        let written = serde_json::to_string(&serde_json::json!({ "a": all })).unwrap();
        let escaped = r#"{"a":"\u00e4\ud83d\ude00\/\b\f\\\"","\u0062":"plain"}"#;
        let text = |object: &Object<'_>, name: &str| match object.get(name) {
            Some(Value::Text(text)) => (String::from_utf8(text.decode().to_vec()).unwrap(), text.to_str().into_owned()),
            _ => unreachable!(),
        };
        assert_eq!(text(&parse(written.as_bytes()).unwrap(), "a"), (all.clone(), all));
        let object = parse(escaped.as_bytes()).unwrap();
        let meant = "ä😀/\u{8}\u{c}\\\"".to_owned();
        assert_eq!(text(&object, "a"), (meant.clone(), meant));
        assert_eq!(text(&object, "b").0, "plain");
    }

    #[test]
    fn a_decoded_string_never_moved() {
        for written in [r"\u0041".repeat(50), "x".repeat(50), r"\n\ud83d\ude00".repeat(50)] {
            let body = format!("{{\"a\":\"{written}\"}}");
            let object = parse(body.as_bytes()).unwrap();
            let Some(Value::Text(text)) = object.get("a") else { unreachable!() };
            assert_eq!(text.decode().capacity(), written.len(), "one buffer, large enough from the start");
        }
    }

    #[test]
    fn depth_and_number_are_bounded() {
        let nested = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        assert!(parse(nested(DEPTH_MAX).as_bytes()).is_ok() && parse(nested(DEPTH_MAX + 1).as_bytes()).is_err());
        let many = |count: usize| format!("{{\"a\":[{}0]}}", "0,".repeat(count - 1));
        assert!(parse(many(VALUES_MAX - 2).as_bytes()).is_ok() && parse(many(VALUES_MAX - 1).as_bytes()).is_err());
        assert!(parse("[".repeat(1 << 20).as_bytes()).is_err());
    }
}
