//! `{"value":"…"}`, both ways. A general reader would unescape into buffers of
//! its own, which nobody erases; this one writes into a single buffer that is
//! large enough from the start, so that no copy is left behind.

use vault_proto::latest::SecretBytes;
use zeroize::Zeroizing;

/// A body that is not `{"value":"…"}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected {{\"value\":\"…\"}} in UTF-8, and nothing else")]
pub struct NotAValue;

/// A stored value that is not UTF-8, which JSON cannot carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the value is not text: it was stored over the vault's own protocol, and is read there")]
pub struct NotText;

/// Reads a body. The value is what was meant, byte for byte: not trimmed, not
/// normalised. A member that is not known, or comes twice, is refused, as is
/// half a surrogate pair, which is no character.
pub fn decode(body: &[u8]) -> Result<SecretBytes, NotAValue> {
    let text = std::str::from_utf8(body).map_err(|_| NotAValue)?;
    let mut rest = Reader(text);
    rest.token('{')?;
    let mut name = Zeroizing::new(Vec::with_capacity(text.len()));
    rest.string(&mut name)?;
    if name.as_slice() != b"value" {
        return Err(NotAValue);
    }
    rest.token(':')?;
    // No escape is shorter than what it stands for.
    let mut value = Zeroizing::new(Vec::with_capacity(text.len()));
    rest.string(&mut value)?;
    rest.token('}')?;
    rest.space();
    if rest.0.is_empty() { Ok(SecretBytes::new(std::mem::take(&mut *value))) } else { Err(NotAValue) }
}

/// Writes a body.
pub fn encode(value: &[u8]) -> Result<Zeroizing<Vec<u8>>, NotText> {
    let text = std::str::from_utf8(value).map_err(|_| NotText)?;
    let escaped: usize = text.bytes().map(escaped_len).sum();
    let mut body = Zeroizing::new(Vec::with_capacity(BEFORE.len() + escaped + AFTER.len()));
    body.extend_from_slice(BEFORE);
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => body.extend_from_slice(&[b'\\', byte]),
            0..0x20 => {
                body.extend_from_slice(br"\u00");
                body.extend_from_slice(&[HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
            }
            _ => body.push(byte),
        }
    }
    body.extend_from_slice(AFTER);
    Ok(body)
}

fn escaped_len(byte: u8) -> usize {
    match byte {
        b'"' | b'\\' => 2,
        0..0x20 => 6,
        _ => 1,
    }
}

/// What is still to be read.
struct Reader<'a>(&'a str);

impl Reader<'_> {
    fn space(&mut self) {
        self.0 = self.0.trim_start_matches([' ', '\t', '\n', '\r']);
    }

    fn token(&mut self, token: char) -> Result<(), NotAValue> {
        self.space();
        self.0 = self.0.strip_prefix(token).ok_or(NotAValue)?;
        Ok(())
    }

    fn string(&mut self, into: &mut Vec<u8>) -> Result<(), NotAValue> {
        self.token('"')?;
        loop {
            let end = self.0.find(|c: char| c == '"' || c == '\\' || c < ' ').ok_or(NotAValue)?;
            let (plain, special) = self.0.split_at(end);
            into.extend_from_slice(plain.as_bytes());
            self.0 = special;
            match self.next()? {
                '"' => return Ok(()),
                '\\' => self.escape(into)?,
                _ => return Err(NotAValue),
            }
        }
    }

    fn escape(&mut self, into: &mut Vec<u8>) -> Result<(), NotAValue> {
        let c = match self.next()? {
            c @ ('"' | '\\' | '/') => c,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => self.unicode()?,
            _ => return Err(NotAValue),
        };
        let mut utf8 = Zeroizing::new([0; 4]);
        into.extend_from_slice(c.encode_utf8(&mut *utf8).as_bytes());
        Ok(())
    }

    fn unicode(&mut self) -> Result<char, NotAValue> {
        let first = self.unit()?;
        let code = match first {
            0xd800..0xdc00 => {
                self.0 = self.0.strip_prefix(r"\u").ok_or(NotAValue)?;
                let second = self.unit()?.checked_sub(0xdc00).filter(|low| *low < 0x400).ok_or(NotAValue)?;
                0x10000 + ((first - 0xd800) << 10) + second
            }
            code => code,
        };
        char::from_u32(code).ok_or(NotAValue)
    }

    fn unit(&mut self) -> Result<u32, NotAValue> {
        let mut unit = 0;
        for _ in 0..4 {
            unit = unit * 16 + self.next()?.to_digit(16).ok_or(NotAValue)?;
        }
        Ok(unit)
    }

    fn next(&mut self) -> Result<char, NotAValue> {
        let mut chars = self.0.chars();
        let c = chars.next().ok_or(NotAValue)?;
        self.0 = chars.as_str();
        Ok(c)
    }
}

const BEFORE: &[u8] = br#"{"value":""#;
const AFTER: &[u8] = br#""}"#;
const HEX: &[u8; 16] = b"0123456789abcdef";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_byte_for_byte_what_was_sent() {
        let all: String = (0..0x3000)
            .chain(0xd7f0..0xd800)
            .chain(0xe000..0xe010)
            .chain(0x1f600..0x1f610)
            .filter_map(char::from_u32)
            .collect();
        for value in ["", " ", "\u{feff}a\n", "a\r\n", "\0", "\u{7f}", "\"\\/", "ä\u{308}", "\u{10ffff}", &all] {
            let body = encode(value.as_bytes()).unwrap();
            assert_eq!(decode(&body).unwrap().expose(), value.as_bytes());
            let known: serde_json::Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(known, serde_json::json!({ "value": value }), "another reader agrees");
            let written = serde_json::to_vec(&serde_json::json!({ "value": value })).unwrap();
            assert_eq!(decode(&written).unwrap().expose(), value.as_bytes(), "another writer is understood");
        }
        assert_eq!(
            decode(br#" { "value" : "\u00e4\ud83d\ude00\/\b\f" } "#).unwrap().expose(),
            "ä😀/\u{8}\u{c}".as_bytes()
        );
        assert_eq!(decode(br#"{"v\u0061lue":"a"}"#).unwrap().expose(), b"a");
    }

    #[test]
    fn nothing_else_is_a_value() {
        for bad in [
            "",
            "{}",
            "null",
            "[]",
            "\"a\"",
            r#"{"value":null}"#,
            r#"{"value":1}"#,
            r#"{"value":["a"]}"#,
            r#"{"Value":"a"}"#,
            r#"{"value":"a","value":"b"}"#,
            r#"{"value":"a","x":1}"#,
            r#"{"x":1,"value":"a"}"#,
            r#"{"value":"a",}"#,
            r#"{"value":"a"}x"#,
            r#"{"value":"a"}{}"#,
            r#"{"value":"a""#,
            r#"{"value":"a}"#,
            r#"{"value":"\x"}"#,
            r#"{"value":"\ud800"}"#,
            r#"{"value":"\udc00"}"#,
            r#"{"value":"\ud800\ud800"}"#,
            r#"{"value":"\ud800a"}"#,
            r#"{"value":"\u12"}"#,
            r#"{"value":"\u+123"}"#,
            "{\"value\":\"a\nb\"}",
            "{\"value\":\"a\0\"}",
            "\u{feff}{\"value\":\"a\"}",
            r#"{'value':'a'}"#,
            r#"{value:"a"}"#,
            r#"{"value":"a"} //"#,
        ] {
            assert!(decode(bad.as_bytes()).is_err(), "{bad}");
        }
        assert!(decode(b"{\"value\":\"\xff\"}").is_err());
        assert!(decode(b"{\"value\":\"\xed\xa0\x80\"}").is_err(), "a surrogate in UTF-8");
        assert!(encode(b"\xff").is_err());
    }

    #[test]
    fn the_longest_value_fits_the_longest_body_however_it_is_written() {
        let body = encode(&[1; 65_536]).unwrap();
        assert!(body.len() <= super::super::limits::BODY_MAX, "{}", body.len());
        assert_eq!(body.len(), body.capacity(), "one buffer, large enough from the start");
    }
}
