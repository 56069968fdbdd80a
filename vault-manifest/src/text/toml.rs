//! TOML, through the `toml` crate's table with spans.
//!
//! That crate bounds how deep a key and how deep a value may nest, but not their
//! product: 60 inline tables in one another, each under a key of 78 parts, are
//! 9 KB and overflow the stack when they are dropped. So the text is refused by
//! its tokens first, with a bound on both that leaves the product harmless.

use toml::Spanned;
use toml::de::{DeTable, DeValue};
use toml_parser::lexer::TokenKind;

use super::error::Fault;
use super::node::{Located, Member, Node, Value};

/// The whole document, a table.
pub(super) fn parse(text: &str) -> Result<Node, Located> {
    bounded(text)?;
    let table = DeTable::parse(text).map_err(|error| {
        // The error's own text is not used: it may hold the line that is wrong.
        let fault = match error.message() {
            "duplicate key" => Fault::MemberTwice,
            _ => Fault::Syntax { language: "TOML", expected: "keys and values, each on its line" },
        };
        (Some(error.span().map_or(text.len(), |span| span.start)), fault)
    })?;
    Ok(Node { at: table.span().start, value: members(table.into_inner()) })
}

fn node(value: Spanned<DeValue<'_>>) -> Node {
    let at = value.span().start;
    let value = match value.into_inner() {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(number) => Value::whole(number.as_str(), number.radix()),
        DeValue::Float(_) => Value::Fraction,
        DeValue::Boolean(value) => Value::Bool(value),
        DeValue::Datetime(_) => Value::Time,
        DeValue::Array(list) => Value::List(list.into_iter().map(node).collect()),
        DeValue::Table(table) => members(table),
    };
    Node { at, value }
}

fn members(table: DeTable<'_>) -> Value {
    let member = |(name, value): (Spanned<std::borrow::Cow<'_, str>>, _)| Member {
        at: name.span().start,
        name: name.into_inner().into_owned(),
        node: node(value),
    };
    let mut members: Vec<_> = table.into_iter().map(member).collect();
    // The first error told is the first in the file.
    members.sort_by_key(|member| member.at);
    Value::Table(members)
}

/// Neither keys of many parts nor values deep inside each other.
fn bounded(text: &str) -> Result<(), Located> {
    let (mut parts, mut open) = (0_usize, 0_usize);
    for token in toml_parser::Source::new(text).lex() {
        match token.kind() {
            TokenKind::Dot => parts += 1,
            TokenKind::LeftSquareBracket | TokenKind::LeftCurlyBracket => (parts, open) = (0, open + 1),
            TokenKind::RightSquareBracket | TokenKind::RightCurlyBracket => open = open.saturating_sub(1),
            TokenKind::Equals | TokenKind::Comma | TokenKind::Newline => parts = 0,
            _ => {}
        }
        for (count, max) in [(parts, PARTS_MAX), (open, OPEN_MAX)] {
            if count > max {
                return Err((Some(token.span().start()), Fault::TooDeep { max }));
            }
        }
    }
    Ok(())
}

/// Dots in one key. A declaration has none; a number has one.
const PARTS_MAX: usize = 8;
/// Brackets open at once. A declaration has two.
const OPEN_MAX: usize = 8;
