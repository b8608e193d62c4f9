//! The file itself: made for its owner alone, examined before it is touched, opened as one writer
//! or reader of its write-ahead log.

use std::fs::{self, OpenOptions, Permissions};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::error::{OpenError, of_sqlite};
use super::lock::{Lock, beside};
use super::schema::{self, State};

/// How long a transaction waits for one of another process.
const BUSY: Duration = Duration::from_secs(5);

/// A database that is ours and of this version, held against whoever needs it alone.
#[derive(Debug)]
pub(super) struct Database {
    pub(super) path: PathBuf,
    _lock: Lock,
}

impl Database {
    /// Opens or makes it. A file that is not ours, or newer than we are, is refused untouched.
    pub(super) fn open(path: &Path) -> Result<Self, OpenError> {
        let failed = |reason| OpenError::File { verb: "find", path: path.to_owned(), reason };
        // Absolute: SQLite takes a name that begins with `file:` for a URI.
        let path = std::path::absolute(path).map_err(failed)?;
        schema::examine(&path)?;
        let lock = Lock::open(&path)?;
        if lock.try_alone()? {
            prepare(&path)?;
        }
        lock.shared()?;
        let connection = examining(&path)?;
        match schema::examine_open(&path, &connection)? {
            State::Current => Ok(Self { path, _lock: lock }),
            // A step needs the file alone, and a lab of an older version has it.
            State::New | State::Old => Err(OpenError::Held(path)),
        }
    }

    /// A connection that writes: what it has committed outlives a loss of power.
    pub(super) fn writer(&self) -> Result<Connection, OpenError> {
        let connection = connect(&self.path)?;
        let set = || {
            connection.pragma_update(None, "synchronous", "FULL")?;
            connection.pragma_update(None, "fullfsync", true)?;
            connection.pragma_update(None, "checkpoint_fullfsync", true)?;
            connection.pragma_update(None, "journal_size_limit", 64 << 20)?;
            connection.pragma_update(None, "foreign_keys", true)?;
            connection.pragma_update(None, "cache_size", -16_384)
        };
        set().map_err(|error| engine(&self.path, error))?;
        Ok(connection)
    }

    /// A connection that cannot write.
    pub(super) fn reader(&self) -> Result<Connection, OpenError> {
        let connection = connect(&self.path)?;
        let set = || {
            connection.pragma_update(None, "query_only", true)?;
            connection.pragma_update(None, "cache_size", -4096)
        };
        set().map_err(|error| engine(&self.path, error))?;
        Ok(connection)
    }
}

/// Makes the file if there is none, brings it to this version, and keeps others out of it.
fn prepare(path: &Path) -> Result<(), OpenError> {
    if schema::examine(path)? == State::New {
        let mut options = OpenOptions::new();
        let made = options.write(true).create(true).truncate(false).mode(0o600).open(path);
        made.map_err(|reason| OpenError::File { verb: "make", path: path.to_owned(), reason })?;
    } else {
        // Its log may say what the file does not.
        schema::examine_open(path, &examining(path)?)?;
    }
    private(path)?;
    let mut connection = connect(path)?;
    let made = schema::migrate(&mut connection).and_then(|()| {
        // Also what a reader of the bare file sees: an older program must see the version.
        connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
    });
    made.map_err(|error| engine(path, error))
}

/// For its owner alone. SQLite gives its own files beside it the same mode when it makes them.
fn private(path: &Path) -> Result<(), OpenError> {
    for path in [path.to_owned(), beside(path, "-wal"), beside(path, "-shm")] {
        let set = match fs::metadata(&path) {
            Ok(found) if found.permissions().mode() & 0o777 == 0o600 => Ok(()),
            Ok(_) => fs::set_permissions(&path, Permissions::from_mode(0o600)),
            Err(_) => Ok(()),
        };
        set.map_err(|reason| OpenError::File { verb: "protect", path, reason })?;
    }
    Ok(())
}

pub(super) fn connect(path: &Path) -> Result<Connection, OpenError> {
    let set = || {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(BUSY)?;
        // Nothing in the file is a program, and nothing damaged is trusted.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
        connection.pragma_update(None, "cell_size_check", true)?;
        Ok(connection)
    };
    set().map_err(|error| engine(path, error))
}

/// A connection that leaves no trace in the file, not even when it closes.
fn examining(path: &Path) -> Result<Connection, OpenError> {
    let connection = connect(path)?;
    let set = connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
    set.map_err(|error| engine(path, error))?;
    Ok(connection)
}

/// The engine refuses to open it.
pub(super) fn engine(path: &Path, error: rusqlite::Error) -> OpenError {
    OpenError::Engine { path: path.to_owned(), reason: of_sqlite(error) }
}
