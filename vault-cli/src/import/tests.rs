use proptest::prelude::*;

use super::*;

fn dotenv(text: &str) -> Result<Vec<(String, String)>, DotenvError> {
    let entries = parse_dotenv(text.as_bytes())?;
    Ok(entries.into_iter().map(|e| (e.key.clone(), String::from_utf8(e.value.to_vec()).unwrap())).collect())
}

fn one(text: &str) -> String {
    let entries = dotenv(text).unwrap();
    assert_eq!(entries.len(), 1, "{text:?}");
    entries[0].1.clone()
}

#[test]
fn what_every_dialect_agrees_on() {
    let text = "\u{feff}# a comment\n\nA=1\r\nexport B=two\nC=\"three\"\nD='four'\n  E=5  \n";
    let pairs: Vec<_> = dotenv(text).unwrap();
    let expected = [("A", "1"), ("B", "two"), ("C", "three"), ("D", "four"), ("E", "5")];
    assert_eq!(pairs, expected.map(|(k, v)| (k.to_owned(), v.to_owned())));
}

#[test]
fn values() {
    assert_eq!(one("A=pa#ss=word$9"), "pa#ss=word$9");
    assert_eq!(one("A=two words # comment"), "two words");
    assert_eq!(one("A='it #is' # comment"), "it #is");
    assert_eq!(one("A='a\\n${B}`\"'"), "a\\n${B}`\"");
    assert_eq!(one("A=\"a\\n\\t\\\\\\\"\\$ '$9\""), "a\n\t\\\"$ '$9");
    assert_eq!(one("A=\"-----BEGIN\nline\n-----END\"\n"), "-----BEGIN\nline\n-----END");
    assert_eq!(one("A='x\ny'\r\n"), "x\ny");
    for empty in ["A=", "A=''", "A=\"\"", "A=  ", "A= # none", "A=#none", "A=\r\n"] {
        assert_eq!(one(empty), "", "{empty:?}");
    }
}

#[test]
fn what_dialects_read_differently_is_refused_by_line() {
    use DotenvError as E;
    for (text, error) in [
        ("A=1\nMIIEvQIBADAN", E::NotAnEntry { line: 2 }),
        ("1A=x", E::NotAnEntry { line: 1 }),
        ("a-b=x", E::NotAnEntry { line: 1 }),
        ("=x", E::NotAnEntry { line: 1 }),
        ("export", E::NotAnEntry { line: 1 }),
        ("A =1", E::SpaceAtEquals { line: 1 }),
        ("\nA= 1", E::SpaceAtEquals { line: 2 }),
        ("A='x", E::OpenQuote { line: 1 }),
        ("\nA=\"x\ny", E::OpenQuote { line: 2 }),
        ("A=it's", E::QuoteInside { line: 1 }),
        ("A='x'y", E::AfterQuote { line: 1 }),
        ("A='x'#y", E::AfterQuote { line: 1 }),
        ("A='x\n'B=2", E::AfterQuote { line: 2 }),
        ("A=\"\n\\d\"", E::Escape { line: 2 }),
        ("A=a\\nb", E::Escape { line: 1 }),
        ("A=${HOME}", E::Expansion { line: 1 }),
        ("A=\"$(id)\"", E::Expansion { line: 1 }),
        ("A=`id`", E::Expansion { line: 1 }),
    ] {
        assert_eq!(dotenv(text).unwrap_err(), error, "{text:?}");
    }
}

#[test]
fn all_names_are_checked_and_values_never_repeated() {
    let check = |text: &str| super::check(parse_dotenv(text.as_bytes()).unwrap()).map(|checked| checked.len());
    assert_eq!(check("API_TOKEN=a\nb=c").unwrap(), 2);
    let collision = check("Token=hunter2\n\nTOKEN=hunter3").unwrap_err();
    assert!(matches!(&collision, ImportError::Collision { first: Place::Line(1), second: Place::Line(3), .. }));
    assert!(matches!(check("A=1\n_x=hunter2"), Err(ImportError::Name { place: Place::Line(2) })));
    assert!(matches!(check("A=1\nB="), Err(ImportError::Empty { place: Place::Line(2), .. })));
    assert!(matches!(check("# only a comment"), Err(ImportError::Nothing)));
    let large = check(&format!("A={}", "x".repeat(VALUE_MAX + 1))).unwrap_err();
    assert_eq!(large.exit(), 10);
    assert!(!format!("{collision} {collision:?} {large:?}").contains("hunter"));
}

#[test]
fn json_objects_of_strings() {
    let entries = parse_json(br#" {"API_TOKEN": "hunter2", "b": "a\nb"} "#).unwrap();
    assert_eq!((entries[0].key.as_str(), entries[0].value.as_slice()), ("API_TOKEN", &b"hunter2"[..]));
    assert_eq!(entries[1].value.as_slice(), b"a\nb");
    for bad in [
        r#"{"a": 5}"#,
        r#"{"a": "hunter2", "a": "hunter2"}"#,
        r#"{"a": {"b": "hunter2"}}"#,
        r#"["hunter2"]"#,
        r#"{"a": "hunter2"} x"#,
        r#"{"a": "hunter2"#,
        "",
    ] {
        let error = parse_json(bad.as_bytes()).err().unwrap();
        assert!(matches!(error, ImportError::Json { .. }), "{bad}");
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}

proptest! {
    #[test]
    fn any_bytes_are_parsed_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse_dotenv(&bytes);
        let _ = parse_json(&bytes);
    }

    #[test]
    fn what_is_quoted_comes_back(value in "[^']{1,60}", escaped in any::<String>()) {
        prop_assert_eq!(one(&format!("KEY='{value}'")), value);
        let quoted = escaped.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$").replace('`', "'");
        prop_assert_eq!(one(&format!("KEY=\"{quoted}\" # end")), escaped.replace('`', "'"));
    }
}
