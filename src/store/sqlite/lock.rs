//! Who works with a database: any number of labs, or one who needs it alone. The lock is on a file
//! beside it, since SQLite's own locks come and go with each transaction.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::error::OpenError;

/// How often and for how long somebody who works alone is waited for.
const PAUSE: Duration = Duration::from_millis(20);
const TRIES: usize = 500;

/// A lock on a database. It ends with this.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
    database: PathBuf,
}

impl Lock {
    /// Opens the file of the lock, without taking it.
    pub(super) fn open(database: &Path) -> Result<Self, OpenError> {
        let path = beside(database, "-lock");
        let mut options = OpenOptions::new();
        let opened = options.read(true).write(true).create(true).mode(0o600).open(&path);
        let file = opened.map_err(|reason| OpenError::File { verb: "open", path, reason })?;
        Ok(Self { file, database: database.to_owned() })
    }

    /// Takes it alone, if nobody else has it.
    pub(super) fn try_alone(&self) -> Result<bool, OpenError> {
        self.taken(self.file.try_lock())
    }

    /// Takes it alone, if nobody else has it by the time that a store of this process is closed.
    pub(super) fn soon_alone(&self) -> Result<bool, OpenError> {
        for _ in 0..TRIES / 10 {
            if self.try_alone()? {
                return Ok(true);
            }
            std::thread::sleep(PAUSE);
        }
        Ok(false)
    }

    /// Takes it with others. Whoever has it alone is waited for.
    pub(super) fn shared(&self) -> Result<(), OpenError> {
        for _ in 0..TRIES {
            if self.taken(self.file.try_lock_shared())? {
                return Ok(());
            }
            std::thread::sleep(PAUSE);
        }
        Err(OpenError::Held(self.database.clone()))
    }

    fn taken(&self, tried: Result<(), TryLockError>) -> Result<bool, OpenError> {
        match tried {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(reason)) => {
                Err(OpenError::File { verb: "lock", path: self.database.clone(), reason })
            }
        }
    }
}

/// A file beside the database, as SQLite names its own.
pub(super) fn beside(database: &Path, suffix: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
