//! Whole values. Depth and number of them are bounded before anything is kept.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::{NotJson, Reader, Text};

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

/// Reads an object.
pub fn parse(bytes: &[u8]) -> Result<Object<'_>, NotJson> {
    let text = std::str::from_utf8(bytes).map_err(|_| NotJson)?;
    let mut parser = Parser { reader: Reader::new(text), values: 0 };
    parser.reader.space();
    let Value::Object(object) = parser.value(0)? else { return Err(NotJson) };
    parser.reader.space();
    if parser.reader.is_at_end() { Ok(object) } else { Err(NotJson) }
}

struct Parser<'b> {
    reader: Reader<'b>,
    values: usize,
}

impl<'b> Parser<'b> {
    fn value(&mut self, depth: usize) -> Result<Value<'b>, NotJson> {
        self.values += 1;
        if depth > DEPTH_MAX || self.values > VALUES_MAX {
            return Err(NotJson);
        }
        match self.reader.peek() {
            Some(b'{') => self.object(depth).map(Value::Object),
            Some(b'[') => self.list(depth).map(Value::List),
            Some(b'"') => self.reader.text().map(Value::Text),
            Some(b'n') => self.reader.literal("null").map(|()| Value::Null),
            Some(b't') => self.reader.literal("true").map(|()| Value::Flag(true)),
            Some(b'f') => self.reader.literal("false").map(|()| Value::Flag(false)),
            _ => self.reader.number().map(Value::Number),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Object<'b>, NotJson> {
        let mut object = Object::new();
        self.reader.literal("{")?;
        self.reader.space();
        if self.reader.literal("}").is_ok() {
            return Ok(object);
        }
        loop {
            self.reader.space();
            let name = self.reader.text()?.to_str();
            self.reader.space();
            self.reader.literal(":")?;
            self.reader.space();
            if object.insert(name, self.value(depth + 1)?).is_some() {
                return Err(NotJson);
            }
            self.reader.space();
            if self.reader.literal("}").is_ok() {
                return Ok(object);
            }
            self.reader.literal(",")?;
        }
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Value<'b>>, NotJson> {
        let mut list = Vec::new();
        self.reader.literal("[")?;
        self.reader.space();
        if self.reader.literal("]").is_ok() {
            return Ok(list);
        }
        loop {
            self.reader.space();
            list.push(self.value(depth + 1)?);
            self.reader.space();
            if self.reader.literal("]").is_ok() {
                return Ok(list);
            }
            self.reader.literal(",")?;
        }
    }
}

pub(super) const DEPTH_MAX: usize = 16;
pub(super) const VALUES_MAX: usize = 8_192;

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
