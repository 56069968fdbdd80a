//! JSON, with places. `serde_json` decodes strings and judges numbers; the
//! structure is read here, because its parser tells where an error is but not
//! where a member was.

use std::collections::HashSet;

use super::error::Fault;
use super::node::{Located, Member, Node, Value};
use crate::limits::DEPTH_MAX;

/// The one value of a document.
pub(super) fn parse(text: &str) -> Result<Node, Located> {
    let mut reader = Reader { text, at: 0 };
    let node = reader.value(0)?;
    reader.skip_space();
    if reader.at < text.len() {
        return Err(reader.expected("nothing more"));
    }
    Ok(node)
}

struct Reader<'t> {
    text: &'t str,
    /// A byte of the text; always at the beginning of a character.
    at: usize,
}

impl<'t> Reader<'t> {
    fn value(&mut self, depth: usize) -> Result<Node, Located> {
        self.skip_space();
        let at = self.at;
        if depth > DEPTH_MAX {
            return Err((Some(at), Fault::TooDeep { max: DEPTH_MAX }));
        }
        let value = match self.peek() {
            Some(b'{') => self.table(depth)?,
            Some(b'[') => self.list(depth)?,
            Some(b'"') => Value::Text(self.string()?),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            _ => self.word()?,
        };
        Ok(Node { at, value })
    }

    fn table(&mut self, depth: usize) -> Result<Value, Located> {
        let (mut members, mut names) = (Vec::new(), HashSet::new());
        self.at += 1;
        if self.takes(b'}') {
            return Ok(Value::Table(members));
        }
        loop {
            self.skip_space();
            let at = self.at;
            let name = self.string()?;
            if !names.insert(name.clone()) {
                return Err((Some(at), Fault::MemberTwice));
            }
            if !self.takes(b':') {
                return Err(self.expected("`:`"));
            }
            members.push(Member { at, name, node: self.value(depth + 1)? });
            if self.takes(b'}') {
                return Ok(Value::Table(members));
            }
            if !self.takes(b',') {
                return Err(self.expected("`,` or `}`"));
            }
        }
    }

    fn list(&mut self, depth: usize) -> Result<Value, Located> {
        let mut list = Vec::new();
        self.at += 1;
        if self.takes(b']') {
            return Ok(Value::List(list));
        }
        loop {
            list.push(self.value(depth + 1)?);
            if self.takes(b']') {
                return Ok(Value::List(list));
            }
            if !self.takes(b',') {
                return Err(self.expected("`,` or `]`"));
            }
        }
    }

    /// To the closing quote; what lies between is `serde_json`'s to judge.
    fn string(&mut self) -> Result<String, Located> {
        let bytes = self.text.as_bytes();
        if self.peek() != Some(b'"') {
            return Err(self.expected("a string"));
        }
        let mut end = self.at + 1;
        loop {
            match bytes.get(end) {
                Some(b'"') => break,
                Some(b'\\') => end += 2,
                Some(_) => end += 1,
                None => return Err(self.expected("a string that ends")),
            }
        }
        let quoted = self.text.get(self.at..=end).and_then(|quoted| serde_json::from_str(quoted).ok());
        let text = quoted.ok_or_else(|| self.expected("a string as JSON writes it"))?;
        self.at = end + 1;
        Ok(text)
    }

    fn number(&mut self) -> Result<Value, Located> {
        let rest = self.rest();
        let len = rest.bytes().take_while(|b| matches!(b, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E')).count();
        let digits = &rest[..len];
        if serde_json::from_str::<serde_json::Number>(digits).is_err() {
            return Err(self.expected("a number as JSON writes it"));
        }
        self.at += len;
        let whole = !digits.contains(['.', 'e', 'E']);
        Ok(if whole { Value::whole(digits, 10) } else { Value::Fraction })
    }

    fn word(&mut self) -> Result<Value, Located> {
        let words = [("null", Value::Null), ("true", Value::Bool(true)), ("false", Value::Bool(false))];
        let rest = self.rest();
        match words.into_iter().find(|(word, _)| rest.starts_with(word)) {
            Some((word, value)) => {
                self.at += word.len();
                Ok(value)
            }
            None => Err(self.expected("a value")),
        }
    }

    fn takes(&mut self, byte: u8) -> bool {
        self.skip_space();
        let takes = self.peek() == Some(byte);
        self.at += usize::from(takes);
        takes
    }

    fn skip_space(&mut self) {
        self.at += self.rest().bytes().take_while(|b| matches!(b, b' ' | b'\t' | b'\n' | b'\r')).count();
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn expected(&self, expected: &'static str) -> Located {
        (Some(self.at), Fault::Syntax { language: "JSON", expected })
    }
}
