//! What is wrong with a file, and where.

use std::fmt;

use crate::spec::Field;

/// A line and a column, both from 1; columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// From 1.
    pub line: usize,
    /// From 1.
    pub column: usize,
}

/// A file that is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextError {
    /// Of the member that is wrong; none when it is the file as a whole.
    pub place: Option<Place>,
    /// What is wrong.
    pub fault: Fault,
}

/// What can be wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// Longer than any declaration.
    #[error("the file has {len} bytes, at most {max} are accepted")]
    TooLarge {
        /// Its length.
        len: usize,
        /// The ceiling.
        max: usize,
    },
    /// Not text.
    #[error("this is not UTF-8")]
    NotUtf8,
    /// Not the language the file is written in.
    #[error("this is not {language}: expected {expected}")]
    Syntax {
        /// JSON or TOML.
        language: &'static str,
        /// What may stand here.
        expected: &'static str,
    },
    /// Nested deeper than any declaration.
    #[error("nested too deeply, at most {max} levels are accepted")]
    TooDeep {
        /// The ceiling.
        max: usize,
    },
    /// A member twice in one table.
    #[error("this member stands here twice")]
    MemberTwice,
    /// A member that no declaration has.
    #[error("{of} has no such member; known are {known}")]
    UnknownMember {
        /// Whose member it would be.
        of: &'static str,
        /// All there are.
        known: &'static str,
    },
    /// A member that must be there.
    #[error("`{field}` is missing")]
    Missing {
        /// Which.
        field: Field,
    },
    /// A value of another type.
    #[error("`{field}` is {found}: expected {expected}")]
    WrongType {
        /// Which member.
        field: Field,
        /// The type it has to have.
        expected: &'static str,
        /// The type it has.
        found: &'static str,
    },
    /// A number outside its range.
    #[error("`{field}` is out of range: expected {expected}")]
    OutOfRange {
        /// Which member.
        field: Field,
        /// The range.
        expected: &'static str,
    },
    /// A name with a line feed at its end, which is hard to see.
    #[error("`{field}` ends in a line feed: expected {expected}")]
    TrailingNewline {
        /// Which member.
        field: Field,
        /// The rule.
        expected: &'static str,
    },
    /// A description that says nothing.
    #[error("`{field}` is blank: expected {expected}")]
    Blank {
        /// Which member.
        field: Field,
        /// The rule.
        expected: &'static str,
    },
    /// Any other rule of a member.
    #[error("`{field}` is not acceptable: expected {expected}")]
    Rule {
        /// Which member.
        field: Field,
        /// The rule.
        expected: &'static str,
    },
    /// The same name twice.
    #[error("secret {index}: the name was declared before, as secret {first}")]
    NameTwice {
        /// Which, from 1.
        index: usize,
        /// The one before, from 1.
        first: usize,
    },
    /// Too many.
    #[error("{count} secrets are declared, at most {max} are accepted")]
    TooMany {
        /// Declared.
        count: usize,
        /// Accepted.
        max: usize,
    },
    /// Neither the file nor the caller names the app.
    #[error("the file does not name the app, so its name has to be given beside it")]
    AppNotNamed,
    /// The file names another app than the caller.
    #[error("the file names another app than the one given beside it")]
    OtherApp,
}

impl TextError {
    pub(super) fn nowhere(fault: Fault) -> Self {
        Self { place: None, fault }
    }

    /// At a byte of the text, which is UTF-8 up to there.
    pub(super) fn at(text: &[u8], at: usize, fault: Fault) -> Self {
        let before = text.get(..at).unwrap_or(text);
        let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |feed| feed + 1);
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        // Every character has one byte that is not a continuation.
        let column = 1 + before[line_start..].iter().filter(|byte| **byte & 0xc0 != 0x80).count();
        Self { place: Some(Place { line, column }), fault }
    }
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Some(Place { line, column }) => write!(f, "line {line}, column {column}: {}", self.fault),
            None => self.fault.fmt(f),
        }
    }
}

impl std::error::Error for TextError {}
