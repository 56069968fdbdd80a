//! A file as a tree in which every member knows where it stands.

use super::error::Fault;

/// A fault, and the byte at which it stands.
pub(super) type Located = (Option<usize>, Fault);

/// A value and where it begins.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) at: usize,
    pub(super) value: Value,
}

/// A member of a table and where its name begins.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) at: usize,
    pub(super) name: String,
    pub(super) node: Node,
}

/// What both languages can say.
#[derive(Debug)]
pub(super) enum Value {
    Null,
    Bool(bool),
    /// Clamped: nothing that is declared comes near the ends.
    Whole(i64),
    Fraction,
    Time,
    Text(String),
    List(Vec<Node>),
    /// In the order of the file, no name twice.
    Table(Vec<Member>),
}

impl Value {
    /// Its type, with an article.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "true or false",
            Self::Whole(_) => "a whole number",
            Self::Fraction => "a number with a fraction or exponent",
            Self::Time => "a date or time",
            Self::Text(_) => "a string",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
        }
    }

    /// From the digits of a whole number, whatever their count.
    pub(super) fn whole(digits: &str, radix: u32) -> Self {
        let end = if digits.starts_with('-') { i64::MIN } else { i64::MAX };
        Self::Whole(i64::from_str_radix(digits, radix).unwrap_or(end))
    }
}
