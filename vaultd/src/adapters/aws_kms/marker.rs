//! Where a page ended, opaque to clients: base64 of one byte that says in what,
//! and the last thing's place.

use vault_core::kms::Page;

use super::error::{INVALID_MARKER, Refused};
use super::wire::{Input, Output, decode, encode_into};

/// In what a marker points.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Listed {
    Keys = 1,
    Aliases = 2,
    Grants = 3,
    Retirable = 4,
    Rotations = 5,
    Tags = 6,
}

/// What a listing was asked for.
pub(super) struct Asked {
    listed: Listed,
    pub(super) limit: usize,
    after: Option<Vec<u8>>,
}

impl Asked {
    /// `default` and `most` are AWS's; a `Limit` above `most` is taken for it.
    pub(super) fn of(input: Input<'_>, listed: Listed, default: u32, most: u32) -> Result<Self, Refused> {
        let limit = input.number("Limit", 1..=LIMIT_MAX)?.unwrap_or(default).min(most);
        let after = match input.text("Marker", MARKER_MAX)? {
            None => None,
            Some(marker) => {
                let place = decode(marker.as_bytes()).filter(|bytes| bytes.first() == Some(&(listed as u8)));
                Some(place.ok_or_else(invalid)?[1..].to_vec())
            }
        };
        Ok(Self { listed, limit: limit as usize, after })
    }

    /// The place after which to go on, as its listing writes it.
    pub(super) fn after<T>(&self, parse: impl FnOnce(&[u8]) -> Option<T>) -> Result<Option<T>, Refused> {
        self.after.as_deref().map(|place| parse(place).ok_or_else(invalid)).transpose()
    }

    /// A page, and how to ask for the next.
    pub(super) fn page<T>(
        &self,
        name: &str,
        page: Page<T>,
        place: impl FnOnce(&T) -> Vec<u8>,
        show: impl Fn(T) -> Output,
    ) -> Output {
        let next = page.items.last().filter(|_| page.more).map(|last| {
            let mut bytes = vec![self.listed as u8];
            bytes.extend(place(last));
            let mut marker = Vec::new();
            encode_into(&bytes, &mut marker);
            String::from_utf8_lossy(&marker).into_owned()
        });
        Output::new()
            .objects(name, page.items.into_iter().map(show))
            .flag("Truncated", next.is_some())
            .with(next, |output, marker| output.text("NextMarker", &marker))
    }
}

/// As much of a listing as a page has room for.
pub(super) fn cut<T>(items: impl IntoIterator<Item = T>, limit: usize) -> Page<T> {
    let mut items = items.into_iter();
    let page: Vec<T> = items.by_ref().take(limit).collect();
    Page { items: page, more: items.next().is_some() }
}

fn invalid() -> Refused {
    Refused::new(INVALID_MARKER, "Marker is not one that this operation has given out")
}

const LIMIT_MAX: u32 = 1_000;
const MARKER_MAX: usize = 1_024;
