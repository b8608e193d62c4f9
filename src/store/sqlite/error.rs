//! What goes wrong with a database file: when it is opened, and later.

use std::path::PathBuf;

use rusqlite::ErrorCode;

use crate::store::{StoreError, Trouble};

/// A database that cannot be opened. Whatever is wrong with it, the file was left as it was.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file system refuses.
    #[error("cannot {verb} {path}: {reason}")]
    File {
        /// What was tried.
        verb: &'static str,
        /// With which file.
        path: PathBuf,
        /// Why it failed.
        reason: std::io::Error,
    },
    /// Not an SQLite database.
    #[error("{0} is no SQLite database")]
    NotADatabase(PathBuf),
    /// Another program's database.
    #[error("{path} belongs to another application (id {application:#010x})")]
    Foreign {
        /// The file.
        path: PathBuf,
        /// The application that it names.
        application: u32,
    },
    /// Written by a newer program.
    #[error("{path} has schema version {found}; this oauthlab knows versions up to {known}")]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// The newest one that we know.
        known: u32,
    },
    /// Somebody else works with it, and what we want needs it alone.
    #[error("another process holds {0}")]
    Held(PathBuf),
    /// SQLite refuses it.
    #[error("cannot open {path}: {reason}")]
    Engine {
        /// The file.
        path: PathBuf,
        /// What the store says.
        reason: StoreError,
    },
}

impl OpenError {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::File { .. } => "the folder must exist and be writable".to_owned(),
            Self::NotADatabase(_) | Self::Foreign { .. } => {
                "name another file; one that does not exist is made".to_owned()
            }
            Self::Newer { .. } => "use the oauthlab that wrote it, or a newer one".to_owned(),
            Self::Held(_) => "stop the lab that uses it, then try again".to_owned(),
            Self::Engine { reason, .. } => reason.hint().to_owned(),
        }
    }
}

/// What an error of SQLite means for whoever asked.
#[expect(clippy::needless_pass_by_value, reason = "it is what map_err hands over")]
pub(super) fn of_sqlite(error: rusqlite::Error) -> StoreError {
    let trouble = match error.sqlite_error_code() {
        // None is not of the engine: a value of another type than the schema says.
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) | None => {
            return StoreError::Damaged;
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Trouble::Busy,
        Some(ErrorCode::DiskFull) => Trouble::DiskFull,
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => Trouble::ReadOnly,
        Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen) => Trouble::Disk,
        Some(_) => Trouble::Engine,
    };
    StoreError::Unavailable(trouble)
}
