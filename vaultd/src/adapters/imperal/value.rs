//! `{"value":"…"}`, both ways, with no copy left behind.

use vault_proto::latest::SecretBytes;
use zeroize::Zeroizing;

use crate::adapters::json::{NotJson, Reader, Text, escaped_len, push_escaped};

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
    let mut rest = Reader::new(text);
    let value = member(&mut rest).map_err(|_| NotAValue)?.ok_or(NotAValue)?;
    rest.space();
    let mut value = value.decode();
    if rest.is_at_end() { Ok(SecretBytes::new(std::mem::take(&mut *value))) } else { Err(NotAValue) }
}

/// The value of the one member, when it is called so.
fn member<'b>(rest: &mut Reader<'b>) -> Result<Option<Text<'b>>, NotJson> {
    rest.space();
    rest.literal("{")?;
    rest.space();
    let name = rest.text()?;
    rest.space();
    rest.literal(":")?;
    rest.space();
    let value = rest.text()?;
    rest.space();
    rest.literal("}")?;
    Ok((*name.decode() == b"value").then_some(value))
}

/// Writes a body.
pub fn encode(value: &[u8]) -> Result<Zeroizing<Vec<u8>>, NotText> {
    let text = std::str::from_utf8(value).map_err(|_| NotText)?;
    let mut body = Zeroizing::new(Vec::with_capacity(BEFORE.len() + escaped_len(text) + AFTER.len()));
    body.extend_from_slice(BEFORE);
    push_escaped(text, &mut body);
    body.extend_from_slice(AFTER);
    Ok(body)
}

const BEFORE: &[u8] = br#"{"value":""#;
const AFTER: &[u8] = br#""}"#;

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
