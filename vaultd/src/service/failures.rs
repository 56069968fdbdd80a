//! Core errors as a person at a command line reads them: what, and what next.

use std::path::Path;

use vault_core::store::StoreError;
use vault_core::{Fault, OpenError, OpenFault, SlotError, UnsealError};

use crate::exit::{Exit, Failure};

/// A vault of the other kind than this daemon serves.
pub(super) fn wrong_kind(is_development: bool) -> Failure {
    if is_development {
        Failure::new(Exit::Forbidden, "this is a development vault: its key lies beside it")
            .hint("make one for use with `vaultd init`, or serve this one with `vaultd dev`")
    } else {
        Failure::new(Exit::Forbidden, "this is not a development vault").hint("serve it with `vaultd serve`")
    }
}

pub(super) fn store_failure(path: &Path, error: &StoreError) -> Failure {
    let (exit, hint) = match error {
        StoreError::Held { .. } => (Exit::Conflict, "one daemon per vault: stop the other one first"),
        StoreError::Place { .. } => (Exit::Forbidden, "vaults live in a private directory: chmod 0700 it"),
        StoreError::Corrupt { .. } => (Exit::Corrupt, "the file is kept as it is: restore a backup"),
        StoreError::TooNew { .. } => (Exit::Corrupt, "upgrade vaultd"),
        StoreError::Full => (Exit::ReadOnly, "make room on the disk"),
        StoreError::ReadOnly => (Exit::ReadOnly, "mount the medium for writing"),
        StoreError::Io(source) => return Failure::io(path, source).hint("check the path"),
        _ => (Exit::Failure, "see docs/OPERATING.md"),
    };
    Failure::new(exit, format_args!("{}: {error}", path.display())).hint(hint)
}

pub(super) fn open_failure(path: &Path, error: &OpenError) -> Failure {
    match error {
        OpenError::Store(error) => store_failure(path, error),
        other => Failure::new(Exit::Corrupt, format_args!("{}: {other}", path.display()))
            .hint("the file is kept as it is: restore a backup"),
    }
}

/// The anchor cannot be read.
pub(super) fn anchor_unreadable(error: &std::io::Error) -> Failure {
    Failure::new(Exit::Unavailable, format_args!("the anchor cannot be read: {error}"))
        .hint("mount its volume; for a new anchor make an empty file there: touch FILE")
}

pub(super) fn unseal_failure(error: &UnsealError) -> Failure {
    let (exit, hint) = match error {
        UnsealError::Slot(SlotError::WrongSecret) => {
            (Exit::Sealed, "use the key, passphrase or recovery key of this vault")
        }
        UnsealError::Slot(SlotError::Fault(fault)) | UnsealError::Rows(OpenFault::Fault(fault)) => {
            return fault_failure(fault);
        }
        UnsealError::Slot(SlotError::Passphrase(_)) => (Exit::Usage, "choose a passphrase of 8 to 4,096 bytes"),
        UnsealError::Kind { development } => return wrong_kind(*development),
        UnsealError::Anchor(_) => {
            (Exit::Rollback, "if you restored this vault yourself, empty the anchor file and start again")
        }
        UnsealError::Slot(_) => (Exit::Sealed, "see docs/OPERATING.md"),
        UnsealError::Header(_) | UnsealError::Rows(_) => {
            (Exit::Corrupt, "the file is kept as it is: restore a backup, or see `vaultd check`")
        }
        _ => (Exit::Unavailable, "see docs/OPERATING.md"),
    };
    Failure::new(exit, error).hint(hint)
}

pub(super) fn fault_failure(fault: &Fault) -> Failure {
    let exit = match fault {
        Fault::Corrupt { .. } => Exit::Corrupt,
        Fault::DiskFull | Fault::ReadOnly | Fault::Stopped => Exit::ReadOnly,
        Fault::Indeterminate | Fault::Unfinished(_) => Exit::Indeterminate,
        Fault::TooLarge { .. } => Exit::TooLarge,
        _ => Exit::Unavailable,
    };
    Failure::new(exit, fault)
}
