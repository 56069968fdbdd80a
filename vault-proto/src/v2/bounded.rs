//! Reading with ceilings: a text or a list that is longer than its limit is
//! refused before it is kept. A list of tiny things would otherwise become many
//! times the size of the frame it came in.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::{
    AccessKeyInfo, AppInfo, Binding, SecretBytes, SecretSpec, SecretStatus, SpecChange, TokenInfo, UnmetSecret,
    WebhookHeader,
};
use crate::limits;

pub(super) fn word<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    from.deserialize_str(Text(limits::WORD_MAX))
}

pub(super) fn option_word<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    from.deserialize_option(Maybe(Text(limits::WORD_MAX)))
}

/// A description, or another sentence for people.
pub(super) fn text<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    from.deserialize_str(Text(limits::DESCRIPTION_MAX))
}

pub(super) fn option_text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    from.deserialize_option(Maybe(Text(limits::DESCRIPTION_MAX)))
}

pub(super) fn option_redirect<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    from.deserialize_option(Maybe(Text(limits::REDIRECT_MAX)))
}

/// The value of a header.
pub(super) fn header<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    from.deserialize_str(Text(limits::WEBHOOK_HEADER_MAX))
}

pub(super) fn token<'de, D: Deserializer<'de>>(from: D) -> Result<SecretBytes, D::Error> {
    bytes(from, limits::TOKEN_MAX)
}

/// A state or a verifier.
pub(super) fn oauth<'de, D: Deserializer<'de>>(from: D) -> Result<SecretBytes, D::Error> {
    bytes(from, limits::OAUTH_TEXT_MAX)
}

/// The body of a webhook.
pub(super) fn body<'de, D: Deserializer<'de>>(from: D) -> Result<SecretBytes, D::Error> {
    bytes(from, limits::WEBHOOK_BODY_MAX)
}

pub(super) fn specs<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<SecretSpec>, D::Error> {
    list(from, limits::SPECS_MAX)
}

pub(super) fn bindings<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Binding>, D::Error> {
    list(from, limits::BINDINGS_MAX)
}

pub(super) fn changes<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<SpecChange>, D::Error> {
    list(from, limits::CHANGES_MAX)
}

/// Names of fields.
pub(super) fn fields<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    let words: Vec<Word> = list(from, limits::CHANGED_FIELDS_MAX)?;
    Ok(words.into_iter().map(|Word(word)| word).collect())
}

pub(super) fn apps<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<AppInfo>, D::Error> {
    list(from, limits::APPS_MAX)
}

pub(super) fn access_keys<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<AccessKeyInfo>, D::Error> {
    list(from, limits::ACCESS_KEYS_MAX)
}

pub(super) fn tokens<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<TokenInfo>, D::Error> {
    list(from, limits::TOKENS_MAX)
}

pub(super) fn declared<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<SecretStatus>, D::Error> {
    list(from, limits::DECLARED_MAX)
}

pub(super) fn unmet<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<UnmetSecret>, D::Error> {
    list(from, limits::SPECS_MAX)
}

pub(super) fn headers<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<WebhookHeader>, D::Error> {
    list(from, limits::WEBHOOK_HEADERS_MAX)
}

fn bytes<'de, D: Deserializer<'de>>(from: D, max: usize) -> Result<SecretBytes, D::Error> {
    // They came in a frame, so they are no longer than one.
    let bytes = SecretBytes::deserialize(from)?;
    if bytes.expose().len() > max { Err(D::Error::custom("too many bytes")) } else { Ok(bytes) }
}

pub(super) fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D, max: usize) -> Result<Vec<T>, D::Error> {
    from.deserialize_seq(List { max, of: PhantomData })
}

/// A text of at most so many bytes.
pub(super) struct Text(pub(super) usize);

impl Visitor<'_> for Text {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a text of at most {} bytes", self.0)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<String, E> {
        if text.len() > self.0 { Err(E::custom("too long a text")) } else { Ok(text.to_owned()) }
    }
}

/// The same, or nothing.
struct Maybe(Text);

impl<'de> Visitor<'de> for Maybe {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_str(self.0).map(Some)
    }
}

#[derive(Deserialize)]
#[serde(transparent)]
struct Word(#[serde(deserialize_with = "word")] String);

struct List<T> {
    max: usize,
    of: PhantomData<T>,
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for List<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list of at most {}", self.max)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut kept = Vec::new();
        while let Some(item) = items.next_element()? {
            if kept.len() == self.max {
                return Err(A::Error::custom("too long a list"));
            }
            kept.push(item);
        }
        Ok(kept)
    }
}
