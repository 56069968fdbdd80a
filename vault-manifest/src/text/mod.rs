//! The files a declaration is written in.
//!
//! TOML, for people:
//!
//! ```toml
//! app = "spotify"
//! description = "Plays your music"
//!
//! [[secrets]]
//! name = "api_key"
//! description = "The key of your Spotify account"
//! required = true
//! ```
//!
//! JSON, for programs: `{"app": …, "description": …, "secrets": […]}`; the list
//! alone, when the app's name is given beside it; or a whole Imperal manifest,
//! known by its `app_id`, of which `secrets` (as Imperal writes them) and the
//! description are read and everything else is passed over.
//!
//! All of them become one tree with places, and one reader turns that into a
//! [`Manifest`]. So a rule cannot hold in one form and not in another, and every
//! error names the line and column of the member it is about. It never repeats
//! what stands there: people paste values into the wrong field.

mod error;
mod json;
mod node;
mod read;
mod toml;
mod write;

use std::path::Path;

use crate::Manifest;
use crate::limits;

pub use error::{Fault, Place, TextError};
pub use write::{to_json, to_toml};

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// `.toml`
    Toml,
    /// `.json`
    Json,
}

impl Format {
    /// By the file's name.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()? {
            "toml" => Some(Self::Toml),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

/// Reads a declaration and checks every rule. `app` is the app's name when it is
/// given beside the file: a list alone needs it, and where the file names the app
/// as well the two must be the same.
pub fn parse(bytes: &[u8], format: Format, app: Option<&str>) -> Result<Manifest, TextError> {
    let (len, max) = (bytes.len(), limits::FILE_MAX);
    if len > max {
        return Err(TextError::nowhere(Fault::TooLarge { len, max }));
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|error| TextError::at(&bytes[..error.valid_up_to()], error.valid_up_to(), Fault::NotUtf8))?;
    let read = match format {
        Format::Toml => toml::parse(text),
        Format::Json => json::parse(text),
    }
    .and_then(|tree| read::manifest(tree, format, app));
    read.map_err(|(at, fault)| match at {
        Some(at) => TextError::at(bytes, at, fault),
        None => TextError::nowhere(fault),
    })
}

#[cfg(test)]
mod tests;
