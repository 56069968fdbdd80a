//! A token comes from a file, never from an argument: that would stay in the
//! shell's history and show in the process list.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use vault_client::SecretBytes;
use vault_proto::limits::TOKEN_MAX;

use crate::failure::Problem;
use crate::input::bounded;

/// Why a token file was not read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TokenFileError {
    #[error("{} can be read by others (mode {mode:04o})", path.display())]
    Exposed { path: PathBuf, mode: u32 },
    #[error("{} holds no token", path.display())]
    NoToken { path: PathBuf },
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
}

impl Problem for TokenFileError {
    fn code(&self) -> &'static str {
        "token_file"
    }

    fn exit(&self) -> u8 {
        2
    }

    fn hint(&self) -> String {
        match self {
            Self::Exposed { path, .. } => {
                format!(
                    "`chmod 600 {}`; if somebody may have read it, revoke the token and make another",
                    path.display()
                )
            }
            Self::NoToken { .. } => "the file holds one line, the token as `vaultctl token create` showed it".into(),
            Self::Io { .. } => "check --token-file and $VAULTD_TOKEN_FILE".into(),
        }
    }
}

/// The token of the file named, or of the one in the environment; none when
/// neither is said.
pub(crate) fn find(named: Option<&Path>) -> Result<Option<SecretBytes>, TokenFileError> {
    let from_environment = || std::env::var_os(VARIABLE).filter(|path| !path.is_empty()).map(PathBuf::from);
    named.map(Path::to_owned).or_else(from_environment).map(|path| read(&path)).transpose()
}

fn read(path: &Path) -> Result<SecretBytes, TokenFileError> {
    let io = |source| TokenFileError::Io { path: path.to_owned(), source };
    let file = File::open(path).map_err(io)?;
    let metadata = file.metadata().map_err(io)?;
    let mode = metadata.mode() & 0o7777;
    // 0440 of root is how a systemd credential looks; a pipe has no others.
    if metadata.is_file() && mode & 0o077 != 0 && !(metadata.uid() == 0 && mode == 0o440) {
        return Err(TokenFileError::Exposed { path: path.to_owned(), mode });
    }
    let mut bytes = bounded(file, TOKEN_MAX + 2).map_err(io)?;
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
    }
    if bytes.is_empty() || bytes.len() > TOKEN_MAX || !bytes.iter().all(u8::is_ascii_graphic) {
        return Err(TokenFileError::NoToken { path: path.to_owned() });
    }
    Ok(SecretBytes::new(std::mem::take(&mut *bytes)))
}

const VARIABLE: &str = "VAULTD_TOKEN_FILE";
