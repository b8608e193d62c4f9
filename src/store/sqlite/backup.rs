//! Copies: one is made while labs write, and holds what was committed when it began. It is one file,
//! whole or not there at all.

use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::backup::Backup;

use super::error::OpenError;
use super::file::engine;
use super::lock::{Lock, beside};
use super::schema::{self, State};
use super::upkeep::{DatabaseFile, Overwrite, UpkeepError, counted, read_only, settle};

/// A copy that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// Where it is.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// The records in it, expired ones among them.
    pub records: u64,
}

/// How long a locked source is left alone before it is tried again.
const PAUSE: Duration = Duration::from_millis(20);

/// A file that is removed unless it became what it was to be.
struct Draft(PathBuf);

impl Drop for Draft {
    fn drop(&mut self) {
        // It has another name by now, or is of no use.
        let _ = fs::remove_file(&self.0);
        let _ = fs::remove_file(beside(&self.0, "-journal"));
    }
}

impl DatabaseFile {
    /// Copies it into a file, while labs go on writing.
    pub fn backup(&self, to: &Path, overwrite: Overwrite) -> Result<Copied, UpkeepError> {
        let database = self.open()?;
        if may_write(to, overwrite)? && same(to, &database.path) {
            return Err(UpkeepError::Exists(to.to_owned()));
        }
        let (draft, copied) = copy((&self.path, &database.reader()?), to)?;
        publish(&draft, to)?;
        Ok(copied)
    }

    /// Puts a backup in its place. No lab may work with it meanwhile.
    pub fn restore(&self, from: &Path, overwrite: Overwrite) -> Result<Copied, UpkeepError> {
        if schema::examine(from)? == State::New {
            return Err(UpkeepError::Absent(from.to_owned()));
        }
        if same(from, &self.path) {
            return Err(UpkeepError::Exists(self.path.clone()));
        }
        may_write(&self.path, overwrite)?;
        let lock = Lock::open(&self.path)?;
        if !lock.try_alone()? {
            return Err(OpenError::Held(self.path.clone()).into());
        }
        // Again: it may have been made meanwhile.
        let replaces = may_write(&self.path, overwrite)?;
        let (draft, copied) = copy((from, &read_only(from)?), &self.path)?;
        if replaces {
            retire(&self.path)?;
        }
        publish(&draft, &self.path)?;
        Ok(copied)
    }
}

/// Whether there is a file that may be written over: of ours, and not newer than we are.
fn may_write(path: &Path, overwrite: Overwrite) -> Result<bool, UpkeepError> {
    if schema::examine(path)? == State::New {
        return Ok(false);
    }
    match overwrite {
        Overwrite::Never => Err(UpkeepError::Exists(path.to_owned())),
        Overwrite::Ours => Ok(true),
    }
}

fn same(one: &Path, other: &Path) -> bool {
    matches!((fs::canonicalize(one), fs::canonicalize(other)), (Ok(one), Ok(other)) if one == other)
}

/// Copies into a new file beside the one that it will be. What was copied is read once again.
fn copy(from: (&Path, &Connection), to: &Path) -> Result<(Draft, Copied), UpkeepError> {
    let draft = Draft(beside(to, ".part"));
    let _ = fs::remove_file(&draft.0);
    let mut options = OpenOptions::new();
    let made = options.write(true).create_new(true).mode(0o600).open(&draft.0);
    made.map_err(|reason| file("make", &draft.0, reason))?;
    let records = {
        let copy = || {
            let mut into = Connection::open(&draft.0)?;
            // In one step, of one snapshot: in several, each write would begin it anew.
            Backup::new(from.1, &mut into)?.run_to_completion(i32::MAX, PAUSE, None)?;
            // A file of its own, without a log beside it.
            into.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))?;
            Ok(into)
        };
        let into = copy().map_err(|error| engine(to, error))?;
        DatabaseFile::new(from.0).whole(&into)?;
        counted(&into).map_err(|error| engine(to, error))?.records
    };
    let bytes = fs::metadata(&draft.0).map_err(|reason| file("read", &draft.0, reason))?.len();
    Ok((draft, Copied { path: to.to_owned(), bytes, records }))
}

/// Its name comes last, when all of it is on the disk.
fn publish(draft: &Draft, to: &Path) -> Result<(), OpenError> {
    settle(&draft.0)
        .and_then(|()| fs::rename(&draft.0, to))
        .and_then(|()| settle(to))
        .map_err(|reason| file("write", to, reason))
}

/// Takes the log of a database that is to be replaced: with another file it would spoil that one.
fn retire(path: &Path) -> Result<(), OpenError> {
    // What is in the log goes into the file first, should the new one not come; as far as it can.
    if let Ok(old) = Connection::open(path) {
        let _ = old.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    }
    for name in ["-wal", "-shm"].map(|suffix| beside(path, suffix)) {
        match fs::remove_file(&name) {
            Err(reason) if reason.kind() != io::ErrorKind::NotFound => {
                return Err(file("remove", &name, reason));
            }
            _ => {}
        }
    }
    Ok(())
}

fn file(verb: &'static str, path: &Path, reason: io::Error) -> OpenError {
    OpenError::File { verb, path: path.to_owned(), reason }
}
