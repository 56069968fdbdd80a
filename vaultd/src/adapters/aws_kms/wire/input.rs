//! A request's members, each asked for by name, kind and limit. What nobody asks
//! for is passed over, as at AWS; `null` is as good as absent.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use vault_core::envelope::CallerContext;
use zeroize::Zeroizing;

use super::super::error::Refused;
use super::super::words::Words;
use super::decode;
use crate::adapters::json::{Object, Value};

/// The members of an object.
#[derive(Clone, Copy)]
pub(in super::super) struct Input<'v>(&'v Object<'v>);

type Found<T> = Result<Option<T>, Refused>;

impl<'v> Input<'v> {
    pub(in super::super) fn new(members: &'v Object<'v>) -> Self {
        Self(members)
    }

    /// Text that is no secret, at most so many characters.
    pub(in super::super) fn text(self, member: &'static str, max: usize) -> Found<Cow<'v, str>> {
        match self.value(member) {
            None => Ok(None),
            Some(Value::Text(text)) => within(member, text.to_str(), max).map(Some),
            Some(_) => Err(Refused::wrong_type(member, "a string")),
        }
    }

    /// The same, not empty, and it has to be there.
    pub(in super::super) fn need_text(self, member: &'static str, max: usize) -> Result<Cow<'v, str>, Refused> {
        let text = self.need(member, self.text(member, max)?)?;
        if text.is_empty() { Err(Refused::invalid(member, "at least one character")) } else { Ok(text) }
    }

    /// Bytes, 1 to so many.
    pub(in super::super) fn blob(self, member: &'static str, max: usize) -> Found<Zeroizing<Vec<u8>>> {
        match self.value(member) {
            None => Ok(None),
            Some(Value::Text(text)) => {
                let bytes = decode(&text.decode()).ok_or(Refused::wrong_type(member, "padded standard base64"))?;
                match bytes.len() {
                    0 => Err(Refused::invalid(member, "at least one byte")),
                    len if len > max => Err(Refused::too_long(member, len, max, "bytes")),
                    _ => Ok(Some(bytes)),
                }
            }
            Some(_) => Err(Refused::wrong_type(member, "a string of base64")),
        }
    }

    /// The same, and it has to be there.
    pub(in super::super) fn need_blob(self, member: &'static str, max: usize) -> Result<Zeroizing<Vec<u8>>, Refused> {
        self.need(member, self.blob(member, max)?)
    }

    /// A whole number.
    pub(in super::super) fn number(self, member: &'static str, range: RangeInclusive<u32>) -> Found<u32> {
        match self.value(member) {
            None => Ok(None),
            Some(Value::Number(written)) => match written.parse() {
                Ok(number) if range.contains(&number) => Ok(Some(number)),
                _ => Err(Refused::out_of_range(member, &range)),
            },
            Some(_) => Err(Refused::wrong_type(member, "a number")),
        }
    }

    /// False where it is absent.
    pub(in super::super) fn flag(self, member: &'static str) -> Result<bool, Refused> {
        match self.value(member) {
            None => Ok(false),
            Some(Value::Flag(flag)) => Ok(*flag),
            Some(_) => Err(Refused::wrong_type(member, "true or false")),
        }
    }

    /// Seconds since 1970, as milliseconds.
    pub(in super::super) fn time(self, member: &'static str) -> Found<u64> {
        let Some(value) = self.value(member) else { return Ok(None) };
        let Value::Number(written) = value else { return Err(Refused::wrong_type(member, "seconds since 1970")) };
        match written.parse::<f64>() {
            Ok(seconds) if (0.0..=SECONDS_MAX).contains(&seconds) => Ok(Some((seconds * 1_000.0).round() as u64)),
            _ => Err(Refused::invalid(member, "seconds since 1970, before the year 10,000")),
        }
    }

    /// One of a list of words.
    pub(in super::super) fn word<T: Copy + PartialEq>(self, member: &'static str, words: &Words<T>) -> Found<T> {
        match self.text(member, WORD_MAX)? {
            None => Ok(None),
            Some(word) => words.find(member, &word).map(Some),
        }
    }

    /// The same, and it has to be there.
    pub(in super::super) fn need_word<T: Copy + PartialEq>(
        self,
        member: &'static str,
        words: &Words<T>,
    ) -> Result<T, Refused> {
        self.need(member, self.word(member, words)?)
    }

    /// An encryption context; none is an empty one.
    pub(in super::super) fn context(self, member: &'static str) -> Result<CallerContext, Refused> {
        let Some(pairs) = self.object(member)? else { return Ok(CallerContext::default()) };
        let mut texts = Vec::with_capacity(pairs.0.len());
        for (name, value) in pairs.0 {
            let Value::Text(value) = value else { return Err(Refused::wrong_type(member, "a map of strings")) };
            texts.push((name.as_bytes(), value.to_str()));
        }
        let pairs = texts.iter().map(|(name, value)| (*name, value.as_bytes()));
        CallerContext::new(pairs).map_err(|error| Refused::validation(format!("{member}: {error}")))
    }

    /// A list of strings, each at most so many characters.
    pub(in super::super) fn texts(self, member: &'static str, max: usize) -> Found<Vec<Cow<'v, str>>> {
        let Some(values) = self.list(member)? else { return Ok(None) };
        let text = |value: &'v Value<'v>| match value {
            Value::Text(text) => within(member, text.to_str(), max),
            _ => Err(Refused::wrong_type(member, "a list of strings")),
        };
        values.iter().map(text).collect::<Result<_, _>>().map(Some)
    }

    /// A list of objects.
    pub(in super::super) fn objects(self, member: &'static str) -> Found<Vec<Input<'v>>> {
        let Some(values) = self.list(member)? else { return Ok(None) };
        let object = |value: &'v Value<'v>| match value {
            Value::Object(object) => Ok(Self(object)),
            _ => Err(Refused::wrong_type(member, "a list of objects")),
        };
        values.iter().map(object).collect::<Result<_, _>>().map(Some)
    }

    /// An object.
    pub(in super::super) fn object(self, member: &'static str) -> Found<Input<'v>> {
        match self.value(member) {
            None => Ok(None),
            Some(Value::Object(object)) => Ok(Some(Self(object))),
            Some(_) => Err(Refused::wrong_type(member, "an object")),
        }
    }

    /// Refuses a member that must not be passed over: what it asks for would not happen.
    pub(in super::super) fn refuse(self, members: &[&'static str]) -> Result<(), Refused> {
        match members.iter().find(|member| self.value(member).is_some()) {
            Some(member) => Err(Refused::not_offered(member)),
            None => Ok(()),
        }
    }

    /// Is there such a member?
    pub(in super::super) fn has(self, member: &'static str) -> bool {
        self.value(member).is_some()
    }

    /// What is there, or a refusal that names what is not.
    pub(in super::super) fn need<T>(self, member: &'static str, found: Option<T>) -> Result<T, Refused> {
        found.ok_or_else(|| Refused::invalid(member, "a value: it is required"))
    }

    fn list(self, member: &'static str) -> Found<&'v [Value<'v>]> {
        match self.value(member) {
            None => Ok(None),
            Some(Value::List(list)) => Ok(Some(list)),
            Some(_) => Err(Refused::wrong_type(member, "a list")),
        }
    }

    fn value(self, member: &str) -> Option<&'v Value<'v>> {
        self.0.get(member).filter(|value| !matches!(value, Value::Null))
    }
}

fn within<'v>(member: &'static str, text: Cow<'v, str>, max: usize) -> Result<Cow<'v, str>, Refused> {
    let len = text.chars().count();
    if len > max { Err(Refused::too_long(member, len, max, "characters")) } else { Ok(text) }
}

const WORD_MAX: usize = 64;
/// The last second of the year 9999.
const SECONDS_MAX: f64 = 253_402_300_799.0;
