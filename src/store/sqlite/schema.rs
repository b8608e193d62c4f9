//! What the file holds: its identity, its tables, and the steps from one version to the next.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::error::OpenError;

/// `application_id` of our databases: "OALB".
const APPLICATION: u32 = 0x4F41_4C42;

/// The step to each version, the first one first. A step that was released never changes.
const STEPS: &[&str] = &[
    // A row's number keeps the table itself small and in order of age; keys are random.
    "CREATE TABLE record (
        id INTEGER PRIMARY KEY,
        kind INTEGER NOT NULL,
        key BLOB NOT NULL,
        value BLOB NOT NULL,
        version INTEGER NOT NULL,
        expires INTEGER NOT NULL
     ) STRICT;
     CREATE UNIQUE INDEX record_by_key ON record (kind, key);
     CREATE INDEX record_by_expiry ON record (expires);
     CREATE TABLE usage (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        records INTEGER NOT NULL,
        bytes INTEGER NOT NULL,
        strangers INTEGER NOT NULL,
        version INTEGER NOT NULL
     ) STRICT;
     INSERT INTO usage VALUES (1, 0, 0, 0, 1);",
    // The way from a label to its records. A label goes with its record, whatever ends that.
    "CREATE TABLE label (
        label BLOB NOT NULL,
        kind INTEGER NOT NULL,
        key BLOB NOT NULL,
        record INTEGER NOT NULL REFERENCES record (id) ON DELETE CASCADE,
        PRIMARY KEY (label, kind, key)
     ) STRICT, WITHOUT ROWID;
     CREATE INDEX label_by_record ON label (record);",
];

/// What a file is to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Empty or absent.
    New,
    /// Ours, of an older version.
    Old,
    /// Ours, of this version.
    Current,
}

/// The newest version that this program knows.
pub(super) fn known() -> u32 {
    u32::try_from(STEPS.len()).unwrap_or(u32::MAX)
}

/// Looks at the first bytes of a file, without SQLite: what is not ours stays untouched.
/// (Offsets: the SQLite file format, section 1.3.)
pub(super) fn examine(path: &Path) -> Result<State, OpenError> {
    let failed = |reason| OpenError::File { verb: "read", path: path.to_owned(), reason };
    let mut header = Vec::with_capacity(100);
    match File::open(path) {
        Ok(file) => file.take(100).read_to_end(&mut header).map_err(failed)?,
        Err(reason) if reason.kind() == std::io::ErrorKind::NotFound => return Ok(State::New),
        Err(reason) => return Err(failed(reason)),
    };
    if header.is_empty() {
        return Ok(State::New);
    }
    let number = |at: usize| {
        let bytes = header.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
        bytes.map(u32::from_be_bytes)
    };
    match (header.starts_with(b"SQLite format 3\0"), number(60), number(68)) {
        (true, Some(version), Some(application)) => judge(path, version, application),
        _ => Err(OpenError::NotADatabase(path.to_owned())),
    }
}

/// As [`examine`], with what a write-ahead log may say beside the file.
pub(super) fn examine_open(path: &Path, connection: &Connection) -> Result<State, OpenError> {
    let number = |pragma| {
        let read = connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
        // The application's id is signed there.
        read.map(|number| u32::try_from(number & 0xFFFF_FFFF).unwrap_or(u32::MAX))
            .map_err(|error| super::file::engine(path, error))
    };
    judge(path, number("user_version")?, number("application_id")?)
}

fn judge(path: &Path, version: u32, application: u32) -> Result<State, OpenError> {
    let path = path.to_owned();
    if application != APPLICATION {
        return Err(OpenError::Foreign { path, application });
    }
    match version {
        _ if version > known() => Err(OpenError::Newer { path, found: version, known: known() }),
        _ if version < known() => Ok(State::Old),
        _ => Ok(State::Current),
    }
}

/// Takes every step that is missing, all of them or none.
pub(super) fn migrate(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Exclusive)?;
    let version = transaction
        .pragma_query_value(None, "user_version", |row| row.get::<_, u32>(0))
        .map(|version| usize::try_from(version).unwrap_or(usize::MAX))?;
    if version == STEPS.len() {
        return Ok(());
    }
    for step in STEPS.iter().skip(version) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    transaction.pragma_update(None, "user_version", known())?;
    transaction.commit()
}
