//! Care of a database: copies of it, and what is in it. None of it needs the key that seals values.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, params};

use super::error::OpenError;
use super::file::{Database, engine};
use super::schema::{self, State};
use super::usage::Usage;
use super::{SqliteStore, signed, unsigned};
use crate::clock::{Clock, Timestamp};
use crate::store::{Kind, StoreError};

/// A database by its path, whether a lab works with it or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseFile {
    pub(super) path: PathBuf,
}

/// What was asked of a database cannot be done.
#[derive(Debug, thiserror::Error)]
pub enum UpkeepError {
    /// It cannot be opened, or a file beside it cannot.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// It is not there.
    #[error("there is no database {0}")]
    Absent(PathBuf),
    /// It would be overwritten.
    #[error("{0} exists already")]
    Exists(PathBuf),
    /// Another key sealed it.
    #[error("{0} was sealed with another key")]
    OtherKey(PathBuf),
    /// It is damaged.
    #[error("{path} is damaged: {first}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The first thing that is wrong.
        first: String,
    },
}

impl UpkeepError {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Open(error) => error.hint(),
            Self::Absent(_) => {
                "name it with --store sqlite:FILE, or in the lab's file; `serve` makes it"
                    .to_owned()
            }
            Self::Exists(_) => "name another file, or overwrite it with --force".to_owned(),
            Self::OtherKey(_) => "give its own key as OAUTHLAB_STORE_KEY".to_owned(),
            Self::Damaged { .. } => "restore a backup".to_owned(),
        }
    }
}

/// Whether an existing file may be written over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overwrite {
    /// It is refused.
    Never,
    /// If it is a database of ours.
    Ours,
}

/// What is in a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    /// By kind, in the order of their numbers; kinds without any record are left out.
    pub kinds: Vec<KindContents>,
    /// The size of the file itself.
    pub file_bytes: u64,
    /// The size of its write-ahead log.
    pub log_bytes: u64,
    /// The version of its schema.
    pub schema: u32,
}

/// What is there of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KindContents {
    /// The kind.
    pub kind: Kind,
    /// Records that are alive.
    pub live: u64,
    /// Expired ones that no sweep has forgotten yet.
    pub expired: u64,
    /// Bytes of their values.
    pub bytes: u64,
}

impl DatabaseFile {
    /// Names it.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens it without making it.
    pub(super) fn open(&self) -> Result<Database, UpkeepError> {
        if schema::examine(&self.path)? == State::New {
            return Err(UpkeepError::Absent(self.path.clone()));
        }
        Ok(Database::open(&self.path)?)
    }

    /// What is in it.
    pub fn contents(&self, now: Timestamp) -> Result<Contents, UpkeepError> {
        let database = self.open()?;
        let connection = database.reader()?;
        let kinds = kinds(&connection, now).map_err(|error| engine(&self.path, error))?;
        let size = |path: &Path| fs::metadata(path).map_or(0, |found| found.len());
        let log = super::lock::beside(&database.path, "-wal");
        let (file_bytes, log_bytes) = (size(&database.path), size(&log));
        Ok(Contents { kinds, file_bytes, log_bytes, schema: schema::known() })
    }

    /// What was asked of its store failed.
    pub fn failed(&self, reason: StoreError) -> UpkeepError {
        OpenError::Engine { path: self.path.clone(), reason }.into()
    }

    /// Opens it as a lab does, without making it.
    pub fn store(&self, clock: Clock) -> Result<SqliteStore, UpkeepError> {
        drop(self.open()?);
        Ok(SqliteStore::open(&self.path, clock)?)
    }

    /// Reads all of it: whether it is whole, and counts what it says it counts.
    pub fn verify(&self) -> Result<(), UpkeepError> {
        self.whole(&self.open()?.reader()?)
    }

    /// As [`DatabaseFile::verify`], for a backup: nothing is made beside it.
    pub fn verify_backup(&self) -> Result<(), UpkeepError> {
        if schema::examine(&self.path)? == State::New {
            return Err(UpkeepError::Absent(self.path.clone()));
        }
        self.whole(&read_only(&self.path)?)
    }

    pub(super) fn whole(&self, connection: &Connection) -> Result<(), UpkeepError> {
        let problems = problems(connection).map_err(|error| engine(&self.path, error))?;
        match problems.into_iter().next() {
            None => Ok(()),
            Some(first) => Err(UpkeepError::Damaged { path: self.path.clone(), first }),
        }
    }
}

fn kinds(connection: &Connection, now: Timestamp) -> rusqlite::Result<Vec<KindContents>> {
    let sql = "SELECT kind, sum(expires > ?1), sum(expires <= ?1), sum(length(value)) \
               FROM record GROUP BY kind ORDER BY kind";
    let mut statement = connection.prepare(sql)?;
    let found = statement.query_map(params![signed(now.millis())], |row| {
        let kind = Kind::of_number(row.get(0)?);
        let [live, expired, bytes] = [row.get(1)?, row.get(2)?, row.get(3)?].map(unsigned);
        Ok(kind.map(|kind| KindContents { kind, live, expired, bytes }))
    })?;
    Ok(found.collect::<rusqlite::Result<Vec<_>>>()?.into_iter().flatten().collect())
}

/// What is wrong, as one snapshot shows it.
fn problems(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let snapshot = connection.unchecked_transaction()?;
    let text = |row: &rusqlite::Row<'_>| row.get::<_, String>(0);
    let mut statement = snapshot.prepare("PRAGMA integrity_check(1)")?;
    let checked = match statement.query_map([], text)?.collect::<rusqlite::Result<Vec<_>>>() {
        // What cannot even be read is not whole.
        Err(error) if is_damage(&error) => vec![error.to_string()],
        checked => checked?,
    };
    let mut problems: Vec<String> = checked.into_iter().filter(|line| line != "ok").collect();
    if problems.is_empty() && snapshot.prepare("PRAGMA foreign_key_check")?.exists([])? {
        problems.push("a label leads to no record".to_owned());
    }
    if problems.is_empty() {
        let counted = counted(&snapshot)?;
        let said = Usage::load(&snapshot)?;
        if counted != (Usage { version: counted.version, ..said }) {
            problems.push("its count of records is not what is there".to_owned());
        }
        if counted.version >= said.version {
            problems.push("a record is newer than the newest version".to_owned());
        }
    }
    Ok(problems)
}

fn is_damage(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    matches!(error.sqlite_error_code(), Some(DatabaseCorrupt | NotADatabase))
}

/// The usage that the records themselves show; its version is that of the newest one.
pub(super) fn counted(connection: &Connection) -> rusqlite::Result<Usage> {
    let sql = "SELECT kind, count(*), sum(length(value)), max(version) FROM record GROUP BY kind";
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut usage = Usage::default();
    while let Some(row) = rows.next()? {
        let [records, bytes, version] = [row.get(1)?, row.get(2)?, row.get(3)?].map(unsigned);
        if let Some(kind) = Kind::of_number(row.get(0)?) {
            usage.add_all(kind, records, bytes);
        }
        usage.version = usage.version.max(version);
    }
    Ok(usage)
}

/// A database file that nobody works with, such as a backup: opened to be read, and left alone.
pub(super) fn read_only(path: &Path) -> Result<Connection, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(path, flags).map_err(|error| engine(path, error))
}

/// On the disk, with its name.
pub(super) fn settle(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}
