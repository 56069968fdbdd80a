//! Writing an answer. It may hold a plaintext, so it grows into a new buffer and
//! the old one is erased: a `Vec` that grows by itself leaves a copy behind.

use zeroize::Zeroizing;

use super::{Answer, encode_into};
use crate::adapters::json::{escaped_len, push_escaped};

/// An object being written.
pub(in super::super) struct Output(Zeroizing<Vec<u8>>);

impl Output {
    /// No member yet.
    pub(in super::super) fn new() -> Self {
        let mut bytes = Zeroizing::new(Vec::with_capacity(FIRST));
        bytes.push(b'{');
        Self(bytes)
    }

    pub(in super::super) fn text(mut self, name: &str, text: &str) -> Self {
        self.name(name);
        self.string(text);
        self
    }

    pub(in super::super) fn blob(mut self, name: &str, bytes: &[u8]) -> Self {
        self.name(name);
        self.room(bytes.len() / 3 * 4 + 6);
        self.0.push(b'"');
        encode_into(bytes, &mut self.0);
        self.0.push(b'"');
        self
    }

    pub(in super::super) fn flag(mut self, name: &str, flag: bool) -> Self {
        self.name(name);
        self.put(if flag { b"true" } else { b"false" });
        self
    }

    pub(in super::super) fn number(mut self, name: &str, number: u32) -> Self {
        self.name(name);
        self.put(number.to_string().as_bytes());
        self
    }

    /// As seconds, to the millisecond.
    pub(in super::super) fn time(mut self, name: &str, ms: u64) -> Self {
        self.name(name);
        self.put(format!("{}.{:03}", ms / 1_000, ms % 1_000).as_bytes());
        self
    }

    pub(in super::super) fn object(mut self, name: &str, object: Self) -> Self {
        self.name(name);
        self.put(&object.finish());
        self
    }

    pub(in super::super) fn objects(mut self, name: &str, objects: impl IntoIterator<Item = Self>) -> Self {
        self.name(name);
        self.list(objects, |output, object| output.put(&object.finish()));
        self
    }

    pub(in super::super) fn texts<T: AsRef<str>>(mut self, name: &str, texts: impl IntoIterator<Item = T>) -> Self {
        self.name(name);
        self.list(texts, |output, text| output.string(text.as_ref()));
        self
    }

    /// The same with something more where there is something more to say.
    pub(in super::super) fn with<T>(self, value: Option<T>, more: impl FnOnce(Self, T) -> Self) -> Self {
        match value {
            Some(value) => more(self, value),
            None => self,
        }
    }

    /// As an answer without an error.
    pub(in super::super) fn answer(self) -> Answer {
        Answer::new(200, self.finish(), None)
    }

    /// The object's bytes.
    pub(in super::super) fn finish(mut self) -> Zeroizing<Vec<u8>> {
        self.put(b"}");
        self.0
    }

    fn name(&mut self, name: &str) {
        if !self.0.ends_with(b"{") {
            self.put(b",");
        }
        self.string(name);
        self.put(b":");
    }

    fn list<T>(&mut self, items: impl IntoIterator<Item = T>, write: impl Fn(&mut Self, T)) {
        self.put(b"[");
        for (n, item) in items.into_iter().enumerate() {
            if n > 0 {
                self.put(b",");
            }
            write(self, item);
        }
        self.put(b"]");
    }

    fn string(&mut self, text: &str) {
        self.room(escaped_len(text) + 2);
        self.0.push(b'"');
        push_escaped(text, &mut self.0);
        self.0.push(b'"');
    }

    fn put(&mut self, bytes: &[u8]) {
        self.room(bytes.len());
        self.0.extend_from_slice(bytes);
    }

    fn room(&mut self, more: usize) {
        let needed = self.0.len() + more;
        if needed > self.0.capacity() {
            let mut larger = Zeroizing::new(Vec::with_capacity(needed.max(2 * self.0.capacity())));
            larger.extend_from_slice(&self.0);
            self.0 = larger;
        }
    }
}

const FIRST: usize = 512;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_reader_understands_whatever_its_length() {
        let nasty: String = (0..0x100).filter_map(char::from_u32).chain(['\u{2028}', '😀']).collect();
        for times in [0, 1, 5, 50] {
            let (text, bytes) = (nasty.repeat(times), vec![0xfb; 100 * times]);
            let written = Output::new()
                .text(&nasty, &text)
                .blob("blob", &bytes)
                .objects("list", (0..times).map(|_| Output::new().flag("yes", true).flag("no", false)))
                .object("object", Output::new().texts("texts", [&*text, ""]).number("number", u32::MAX))
                .time("time", 1_767_225_600_007)
                .with(None::<u32>, |output, number| output.number("none", number))
                .finish();
            let known: serde_json::Value = serde_json::from_slice(&written).unwrap();
            let list = vec![serde_json::json!({ "yes": true, "no": false }); times];
            let mut blob = Vec::new();
            encode_into(&bytes, &mut blob);
            let expected = serde_json::json!({
                nasty.as_str(): text, "blob": String::from_utf8(blob).unwrap(), "list": list,
                "object": { "texts": [text, ""], "number": u32::MAX }, "time": 1_767_225_600.007,
            });
            assert_eq!(known, expected);
        }
    }
}
