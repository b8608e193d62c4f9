//! Copies of a database, and what becomes of the one that they replace.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;
use tempfile::TempDir;

use super::{DatabaseFile, OpenError, Overwrite, SqliteStore, UpkeepError};
use crate::clock::{Clock, Timestamp};
use crate::store::{Content, Key, Kind, Store};

fn clock() -> Clock {
    Clock::manual(Timestamp::from_secs(1_800_000_000))
}

fn folder() -> (TempDir, PathBuf, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let (file, backup) = (folder.path().join("lab.db"), folder.path().join("backup.db"));
    (folder, file, backup)
}

fn key(number: usize) -> Key {
    Key::of(&[&number.to_string()])
}

async fn put(store: &SqliteStore, number: usize) {
    let until = clock().now().plus(Duration::from_secs(60));
    store.put(Kind::Code, key(number), Content::new(vec![7; 100], until)).await.unwrap();
}

async fn has(store: &SqliteStore, number: usize) -> bool {
    store.get(Kind::Code, key(number)).await.unwrap().is_some()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_backup_under_load_holds_what_was_answered_before_it_began() {
    let (_folder, file, backup) = folder();
    let store = Arc::new(SqliteStore::open(&file, clock()).unwrap());
    for number in 0..300 {
        put(&store, number).await;
    }
    let writers: Vec<_> = (0..4)
        .map(|writer| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                for number in 0..200 {
                    put(&store, 1000 + writer * 1000 + number).await;
                }
            })
        })
        .collect();
    let (from, to) = (DatabaseFile::new(&file), backup.clone());
    let copied = tokio::task::spawn_blocking(move || from.backup(&to, Overwrite::Never));
    let copied = copied.await.unwrap().unwrap();
    for writer in writers {
        writer.await.unwrap();
    }
    assert!((300..=1100).contains(&copied.records), "{copied:?}");
    assert_eq!(fs::metadata(&backup).unwrap().permissions().mode() & 0o777, 0o600);
    DatabaseFile::new(&backup).verify_backup().unwrap();
    drop(store);
    // What came after the backup is gone with the database that it replaces.
    let place = DatabaseFile::new(&file);
    let restored = place.restore(&backup, Overwrite::Ours).unwrap();
    assert_eq!(restored.records, copied.records);
    let store = SqliteStore::open(&file, clock()).unwrap();
    for number in 0..300 {
        assert!(has(&store, number).await, "{number}");
    }
    put(&store, 9999).await;
    let contents = place.contents(clock().now()).unwrap();
    assert_eq!(contents.kinds[0].live, copied.records + 1);
    drop(store);
    place.verify().unwrap();
}

#[tokio::test]
async fn nothing_is_written_over_unless_it_is_asked_for_and_ours() {
    let (folder, file, backup) = folder();
    let store = SqliteStore::open(&file, clock()).unwrap();
    put(&store, 1).await;
    let place = DatabaseFile::new(&file);
    place.backup(&backup, Overwrite::Never).unwrap();
    let again = place.backup(&backup, Overwrite::Never);
    assert!(matches!(again, Err(UpkeepError::Exists(_))));
    place.backup(&backup, Overwrite::Ours).unwrap();
    assert!(matches!(place.backup(&file, Overwrite::Ours), Err(UpkeepError::Exists(_))));
    let refused = place.restore(&backup, Overwrite::Never);
    assert!(matches!(refused, Err(UpkeepError::Exists(_))));
    // A lab works with it.
    let held = place.restore(&backup, Overwrite::Ours);
    assert!(matches!(held, Err(UpkeepError::Open(OpenError::Held(_)))));
    assert!(has(&store, 1).await);
    let text = folder.path().join("notes.txt");
    fs::write(&text, "not a database").unwrap();
    for refused in [place.backup(&text, Overwrite::Ours), place.restore(&text, Overwrite::Ours)] {
        assert!(matches!(refused, Err(UpkeepError::Open(OpenError::NotADatabase(_)))));
    }
    assert_eq!(fs::read(&text).unwrap(), b"not a database");
    let absent = DatabaseFile::new(folder.path().join("absent.db"));
    assert!(matches!(absent.backup(&backup, Overwrite::Ours), Err(UpkeepError::Absent(_))));
    assert!(matches!(absent.contents(clock().now()), Err(UpkeepError::Absent(_))));
    assert!(!absent.path().exists());
    let left = |name: &str| folder.path().join(name).exists();
    assert!(!left("backup.db.part") && !left("lab.db.part"));
}

/// A killed lab leaves a log beside its file. With another file it would spoil that one.
#[tokio::test]
async fn a_log_of_the_old_database_is_not_read_into_the_new_one() {
    let (folder, file, backup) = folder();
    let store = SqliteStore::open(&file, clock()).unwrap();
    put(&store, 1).await;
    DatabaseFile::new(&file).backup(&backup, Overwrite::Never).unwrap();
    for number in 2..200 {
        put(&store, number).await;
    }
    let killed = folder.path().join("killed");
    fs::create_dir(&killed).unwrap();
    for name in ["lab.db", "lab.db-wal"] {
        fs::copy(folder.path().join(name), killed.join(name)).unwrap();
    }
    let place = DatabaseFile::new(killed.join("lab.db"));
    place.restore(&backup, Overwrite::Ours).unwrap();
    place.verify().unwrap();
    let store = place.store(clock()).unwrap();
    assert!(has(&store, 1).await && !has(&store, 2).await);
}

#[tokio::test]
async fn a_damaged_backup_replaces_nothing() {
    let (_folder, file, backup) = folder();
    let store = SqliteStore::open(&file, clock()).unwrap();
    for number in 0..200 {
        put(&store, number).await;
    }
    let place = DatabaseFile::new(&file);
    place.backup(&backup, Overwrite::Never).unwrap();
    drop(store);
    // One record less than the file says of itself.
    let edit = Connection::open(&backup).unwrap();
    edit.execute_batch("DELETE FROM record WHERE id = 1").unwrap();
    drop(edit);
    let refused = place.restore(&backup, Overwrite::Ours);
    assert!(matches!(refused, Err(UpkeepError::Damaged { .. })), "{refused:?}");
    assert!(has(&place.store(clock()).unwrap(), 199).await);
}
