//! The shape of a JSON message, checked before it is parsed.
//!
//! The derived readers accept a struct written as an array of its fields in
//! order (`[7,{"status":{}}]`). Nobody means that, and a frozen version would
//! have to carry it for ever, so arrays are allowed only as the value of the
//! fields that are lists. Depth is limited on the way; the types alone would
//! limit it too, but here it costs nothing and does not depend on them.

use crate::DecodeError;

/// Refuses arrays that are not the value of one of `arrays`, and deep nesting.
/// What is not JSON passes: the parser says so better.
pub(crate) fn check(bytes: &[u8], arrays: &[&str]) -> Result<(), DecodeError> {
    let mut at = Place { line: 1, column: 0 };
    let mut depth = 0_usize;
    // The last string, and whether a colon and nothing else came after it.
    let mut string = 0..0;
    let mut named = false;
    let mut index = 0;
    while let Some(&byte) = bytes.get(index) {
        at.pass(byte);
        match byte {
            b'"' => {
                let end = string_end(bytes, index + 1);
                string = index + 1..end;
                at.column += end.saturating_sub(index);
                index = end;
                named = false;
            }
            b':' => named = true,
            b' ' | b'\t' | b'\r' | b'\n' => {}
            b'[' | b'{' => {
                let key = bytes.get(string.clone()).unwrap_or_default();
                let list = named && arrays.iter().any(|name| name.as_bytes() == key);
                depth += 1;
                if (byte == b'[' && !list) || depth > DEPTH_MAX {
                    return Err(DecodeError::Malformed { line: at.line, column: at.column });
                }
                named = false;
            }
            b']' | b'}' => {
                depth = depth.saturating_sub(1);
                named = false;
            }
            _ => named = false,
        }
        index += 1;
    }
    Ok(())
}

/// The index of the closing quote, or of the end.
fn string_end(bytes: &[u8], from: usize) -> usize {
    let mut index = from;
    loop {
        match bytes.get(index) {
            None | Some(b'"') => return index,
            Some(b'\\') => index += 2,
            Some(_) => index += 1,
        }
    }
}

struct Place {
    line: usize,
    column: usize,
}

impl Place {
    fn pass(&mut self, byte: u8) {
        if byte == b'\n' {
            self.line += 1;
            self.column = 0;
        } else {
            self.column += 1;
        }
    }
}

/// The deepest message, a grant with its constraint in a list, has ten levels.
const DEPTH_MAX: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_stand_where_they_are_named() {
        assert_eq!(check(br#"{"a":[1,2],"b":{"a" : [{"x":1}]}}"#, &["a"]), Ok(()));
        assert_eq!(check(br#"{"a":"[["}"#, &[]), Ok(()));
        assert_eq!(check(br#"{"a":"\"[","b":1}"#, &[]), Ok(()));
    }

    #[test]
    fn arrays_elsewhere_are_refused() {
        for text in [r#"[]"#, r#"[1,{}]"#, r#"{"b":[]}"#, r#"{"a":[[1]]}"#, r#"{"a":[1,[1]]}"#, r#"{"a":1,[]}"#] {
            assert!(check(text.as_bytes(), &["a"]).is_err(), "{text}");
        }
        assert_eq!(check(b"{\n \"b\": [", &["a"]), Err(DecodeError::Malformed { line: 2, column: 7 }));
    }

    #[test]
    fn depth_is_limited_and_odd_input_does_not_trip_it() {
        assert!(check(&[b'{'; 10], &[]).is_ok());
        assert!(check(&[b'{'; 11], &[]).is_err());
        for odd in [&b"\""[..], b"\"\\", b"]]]]", b"::::", b"", &[0xff; 5]] {
            assert_eq!(check(odd, &[]), Ok(()));
        }
    }
}
