//! Files of secrets made by others: parsed strictly, checked whole. Errors name
//! lines and never repeat what is there: a line that is not understood may well
//! be the middle of a key.

mod declared;
mod dotenv;
mod json;

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io;
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};

use vault_client::SecretBytes;
use vault_proto::limits::VALUE_MAX;
use zeroize::Zeroizing;

use crate::failure::Problem;
use crate::input::bounded;
use crate::names::check_name;

pub(crate) use declared::{By, check_declared};
pub(crate) use dotenv::{DotenvError, parse as parse_dotenv};
pub(crate) use json::parse as parse_json;

/// As it stands in the file.
pub(crate) struct Entry {
    place: Place,
    key: String,
    value: Zeroizing<Vec<u8>>,
}

/// Where something stands in the file; both count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Line(usize),
    /// Of a JSON object, which may be one line.
    Entry(usize),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(number) => write!(f, "line {number}"),
            Self::Entry(number) => write!(f, "entry {number}"),
        }
    }
}

/// Ready to be stored.
pub(crate) struct Checked {
    place: Place,
    pub(crate) name: String,
    pub(crate) value: SecretBytes,
}

/// Why nothing was stored.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ImportError {
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("the file is over {max} bytes")]
    FileTooLarge { max: usize },
    #[error(transparent)]
    Dotenv(#[from] DotenvError),
    #[error("line {line}, column {column}: not one JSON object of strings")]
    Json { line: usize, column: usize },
    #[error("{place}: the key cannot be a secret's name, even in lower case")]
    Name { place: Place },
    #[error("{first} and {second} are both {name}")]
    Collision { name: String, first: Place, second: Place },
    #[error("{place}: {name} has no value")]
    Empty { name: String, place: Place },
    #[error("{place}: {name} has {len} bytes, at most {max} are accepted")]
    ValueTooLarge { name: String, place: Place, len: usize, max: usize },
    #[error("{place}: the app {app} declares no secret {name}")]
    NotDeclared { name: String, place: Place, app: String },
    #[error("{place}: {name} is declared with instances")]
    NoInstance { name: String, place: Place, app: String },
    #[error("{place}: {name} is set by {by}")]
    NotYours { name: String, place: Place, by: &'static str },
    #[error("there is no secret in the file")]
    Nothing,
    #[error("more than {max} secrets")]
    TooMany { max: usize },
    #[error("the answer does not belong to the call")]
    Unexpected,
}

impl Problem for ImportError {
    fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "io",
            Self::FileTooLarge { .. } | Self::ValueTooLarge { .. } | Self::TooMany { .. } => "too_large",
            Self::Collision { .. } => "collision",
            Self::Unexpected => "protocol",
            Self::NotDeclared { .. } => "not_declared",
            Self::NotYours { .. } => "forbidden",
            _ => "invalid",
        }
    }

    fn exit(&self) -> u8 {
        match self {
            Self::Io { .. } => 1,
            Self::NotYours { .. } => 4,
            Self::FileTooLarge { .. } | Self::ValueTooLarge { .. } | Self::TooMany { .. } => 10,
            Self::Unexpected => 8,
            _ => 2,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Io { .. } | Self::Unexpected => "",
            Self::Dotenv(error) => error.hint(),
            Self::Json { .. } => {
                "nothing was stored; write {\"name\": \"value\", …} with every value a string, no key twice"
            }
            Self::Name { .. } => "nothing was stored; a name is a letter, then letters, digits and _, at most 63",
            Self::Collision { .. } => "nothing was stored; remove one of them, or import them under two apps",
            Self::Empty { .. } => "nothing was stored; give it a value or remove the line",
            Self::FileTooLarge { .. } | Self::ValueTooLarge { .. } | Self::TooMany { .. } => {
                "nothing was stored; shorten it or split the file"
            }
            Self::NotDeclared { app, .. } => {
                return format!(
                    "nothing was stored; `vaultctl app show {app}` lists what it declares: leave the rest to another file"
                );
            }
            Self::NoInstance { name, app, .. } => {
                return format!("nothing was stored; set each with `vaultctl set --app {app} {name}/INSTANCE`");
            }
            Self::NotYours { .. } => "nothing was stored; leave it to them",
            Self::Nothing => "check that this is the right file and --format",
        }
        .into()
    }
}

/// The whole file, or standard input for `-`.
pub(crate) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, ImportError> {
    let io = |source| ImportError::Io { path: path.to_owned(), source };
    let file = match path.to_str() {
        Some("-") => io::stdin().as_fd().try_clone_to_owned().map(File::from),
        _ => File::open(path),
    }
    .map_err(io)?;
    let bytes = bounded(file, FILE_MAX + 1).map_err(io)?;
    if bytes.len() > FILE_MAX { Err(ImportError::FileTooLarge { max: FILE_MAX }) } else { Ok(bytes) }
}

/// Names in lower case, each once, each value one the vault takes.
pub(crate) fn check(entries: Vec<Entry>) -> Result<Vec<Checked>, ImportError> {
    if entries.is_empty() {
        return Err(ImportError::Nothing);
    }
    if entries.len() > ENTRIES_MAX {
        return Err(ImportError::TooMany { max: ENTRIES_MAX });
    }
    let mut places = BTreeMap::new();
    let mut checked = Vec::with_capacity(entries.len());
    for mut entry in entries {
        let (place, name) = (entry.place, entry.key.to_ascii_lowercase());
        check_name(&name).map_err(|_| ImportError::Name { place })?;
        if let Some(first) = places.insert(name.clone(), place) {
            return Err(ImportError::Collision { name, first, second: place });
        }
        let len = entry.value.len();
        match len {
            0 => return Err(ImportError::Empty { name, place }),
            1..=VALUE_MAX => {}
            _ => return Err(ImportError::ValueTooLarge { name, place, len, max: VALUE_MAX }),
        }
        checked.push(Checked { place, name, value: SecretBytes::new(std::mem::take(&mut *entry.value)) });
    }
    Ok(checked)
}

const FILE_MAX: usize = 4 << 20;
const ENTRIES_MAX: usize = 1_000;

#[cfg(test)]
mod tests;
