//! What only a file can promise: it outlives its process, it is shared, it is nobody else's.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;
use tempfile::TempDir;

use super::usage::Usage;
use super::{DatabaseFile, OpenError, SqliteStore, UpkeepError, upkeep};
use crate::clock::{Clock, Timestamp};
use crate::protocol::{ClientId, Scope, Subject};
use crate::store::record::ConsentRecord;
use crate::store::{Content, Key, Kind, Label, Store, StoreError, Trouble, View};

const KIND: Kind = Kind::RefreshToken;

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("lab.db");
    (folder, file)
}

fn clock() -> Clock {
    Clock::manual(Timestamp::from_secs(1_800_000_000))
}

fn open(file: &Path) -> SqliteStore {
    SqliteStore::open(file, clock()).unwrap()
}

fn refused(file: &Path) -> OpenError {
    SqliteStore::open(file, clock()).unwrap_err()
}

fn later() -> Timestamp {
    clock().now().plus(Duration::from_secs(60))
}

fn key(number: usize) -> Key {
    Key::of(&[&number.to_string()])
}

#[tokio::test]
async fn what_was_answered_is_there_after_a_restart() {
    let (_folder, file) = folder();
    let store = open(&file);
    store.put(KIND, key(1), Content::new(b"value".to_vec(), later())).await.unwrap();
    store.put(KIND, key(2), Content::new(b"value".to_vec(), later())).await.unwrap();
    store.take(KIND, key(2)).await.unwrap().unwrap();
    let before = store.get(KIND, key(1)).await.unwrap().unwrap();
    drop(store);
    let store = open(&file);
    assert_eq!(store.get(KIND, key(1)).await.unwrap(), Some(before.clone()));
    assert!(store.take(KIND, key(2)).await.unwrap().is_none());
    // Versions go on: nobody's old version fits a new record.
    store.put(KIND, key(1), Content::new(b"other".to_vec(), later())).await.unwrap();
    let old = Content::new(Vec::new(), later());
    assert!(!store.replace(KIND, key(1), before.version, old).await.unwrap());
}

/// Two engines with connections of their own are to SQLite what two processes are.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_who_share_a_file_share_its_promises() {
    let (_folder, file) = folder();
    let both = [Arc::new(open(&file)), Arc::new(open(&file))];
    for number in 0..50 {
        both[0].put(KIND, key(number), Content::new(Vec::new(), later())).await.unwrap();
        assert!(both[1].get(KIND, key(number)).await.unwrap().is_some());
    }
    let takers: Vec<_> = (0..200)
        .map(|number| {
            let store = Arc::clone(&both[number % 2]);
            tokio::spawn(async move { store.take(KIND, key(number / 4)).await.unwrap().is_some() })
        })
        .collect();
    let mut taken = 0;
    for taker in takers {
        taken += usize::from(taker.await.unwrap());
    }
    assert_eq!(taken, 50);
    for store in &both {
        assert!(store.scan(KIND, None, 100).await.unwrap().records.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_who_make_the_file_at_once_make_one() {
    let (_folder, file) = folder();
    let openers: Vec<_> = (0..8)
        .map(|_| {
            let file = file.clone();
            tokio::task::spawn_blocking(move || open(&file))
        })
        .collect();
    let mut stores = Vec::new();
    for opener in openers {
        stores.push(opener.await.unwrap());
    }
    stores[0].put(KIND, key(1), Content::new(Vec::new(), later())).await.unwrap();
    assert!(stores[7].get(KIND, key(1)).await.unwrap().is_some());
}

#[tokio::test]
async fn the_bound_holds_for_all_who_share_a_file() {
    let (_folder, file) = folder();
    let open = || SqliteStore::with_capacity(&file, clock(), 10).unwrap();
    let (one, other) = (open(), open());
    for number in 0..10 {
        let store = if number % 2 == 0 { &one } else { &other };
        store.put(KIND, key(number), Content::new(Vec::new(), later())).await.unwrap();
    }
    for store in [&one, &other] {
        let more = store.put(KIND, key(10), Content::new(Vec::new(), later())).await;
        assert_eq!(more, Err(StoreError::Full(10)));
    }
    other.take(KIND, key(0)).await.unwrap().unwrap();
    one.put(KIND, key(10), Content::new(Vec::new(), later())).await.unwrap();
}

/// A writer of another process may hold the file for a moment: readers do not notice.
#[tokio::test]
async fn readers_do_not_wait_for_a_writer() {
    let (_folder, file) = folder();
    let store = open(&file);
    store.put(KIND, key(1), Content::new(b"before".to_vec(), later())).await.unwrap();
    let other = Connection::open(&file).unwrap();
    other.execute_batch("BEGIN IMMEDIATE; DELETE FROM record").unwrap();
    assert_eq!(store.get(KIND, key(1)).await.unwrap().unwrap().value, b"before");
    other.execute_batch("COMMIT").unwrap();
    assert!(store.get(KIND, key(1)).await.unwrap().is_none());
}

/// The verbs of a group share a transaction, and nothing else.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_verb_that_fails_does_not_spoil_its_group() {
    let (_folder, file) = folder();
    let store = Arc::new(open(&file));
    let other = Connection::open(&file).unwrap();
    let refuse = "CREATE TRIGGER refuse BEFORE INSERT ON record WHEN new.value = x'07' \
                  BEGIN SELECT RAISE(ABORT, 'no'); END";
    other.execute_batch(refuse).unwrap();
    // While another holds the file, all of them queue up behind the first.
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let writers: Vec<_> = (0..50_u8)
        .map(|number| {
            let store = Arc::clone(&store);
            let value = vec![number % 10];
            tokio::spawn(async move {
                store.put(KIND, key(usize::from(number)), Content::new(value, later())).await
            })
        })
        .collect();
    other.execute_batch("COMMIT").unwrap();
    let mut failed = Vec::new();
    for (number, writer) in writers.into_iter().enumerate() {
        if let Err(error) = writer.await.unwrap() {
            assert_eq!(error, StoreError::Unavailable(Trouble::Engine));
            failed.push(number);
        }
    }
    assert_eq!(failed, [7, 17, 27, 37, 47]);
    assert_eq!(store.scan(KIND, None, 100).await.unwrap().records.len(), 45);
    assert_eq!(Usage::load(&other).unwrap(), counted(&other));
}

/// The usage that the records themselves show.
fn counted(connection: &Connection) -> Usage {
    let version = Usage::load(connection).unwrap().version;
    Usage { version, ..upkeep::counted(connection).unwrap() }
}

#[tokio::test]
async fn the_count_of_what_is_stored_stays_true() {
    let (_folder, file) = folder();
    let clock = clock();
    let store = SqliteStore::with_capacity(&file, clock.clone(), 20).unwrap();
    for round in 0..60 {
        let kind = if round % 3 == 0 { Kind::Interaction } else { KIND };
        let expires = clock.now().plus(Duration::from_secs(3));
        let _ = store.put(kind, key(round % 7), Content::new(vec![0; round], expires)).await;
        let _ = store.put_new(kind, key(round % 25), Content::new(vec![0; round], expires)).await;
        if let Some(found) = store.get(kind, key(round % 7)).await.unwrap() {
            let new = Content::new(vec![1; 3], expires);
            store.replace(kind, key(round % 7), found.version, new).await.unwrap();
        }
        store.take(kind, key(round % 5)).await.unwrap();
        store.sweep(2).await.unwrap();
        clock.advance(Duration::from_secs(1));
    }
    let connection = Connection::open(&file).unwrap();
    assert_eq!(Usage::load(&connection).unwrap(), counted(&connection));
}

#[tokio::test]
async fn the_files_are_for_their_owner_alone() {
    let (folder, file) = folder();
    let store = open(&file);
    store.put(KIND, key(1), Content::new(Vec::new(), later())).await.unwrap();
    let mut names = Vec::new();
    for entry in fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{entry:?}");
        names.push(entry.file_name().into_string().unwrap());
    }
    names.sort();
    assert_eq!(names, ["lab.db", "lab.db-lock", "lab.db-shm", "lab.db-wal"]);
    drop(store);
    // Somebody opened it to others.
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let _store = open(&file);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
}

/// Gives the file away, and what an engine says to it; it must not have been touched.
fn untouched(change: impl FnOnce(&Path)) -> OpenError {
    let (_folder, file) = folder();
    drop(open(&file));
    change(&file);
    let before = fs::read(&file).unwrap();
    let error = refused(&file);
    assert_eq!(fs::read(&file).unwrap(), before);
    assert!(!error.hint().is_empty());
    error
}

fn sql(file: &Path, sql: &str) {
    Connection::open(file).unwrap().execute_batch(sql).unwrap();
}

#[test]
fn a_newer_file_is_refused_by_name() {
    let error = untouched(|file| sql(file, "PRAGMA user_version = 4711"));
    assert!(error.to_string().contains("lab.db has schema version 4711"), "{error}");
    assert!(matches!(error, OpenError::Newer { found: 4711, .. }));
}

/// A newer program was killed: what it wrote is in its log alone.
#[test]
fn a_newer_version_is_seen_in_the_log_of_a_file() {
    let (folder, file) = folder();
    drop(open(&file));
    let newer = Connection::open(&file).unwrap();
    newer.execute_batch("PRAGMA wal_autocheckpoint = 0; PRAGMA user_version = 4711").unwrap();
    let killed = folder.path().join("killed");
    fs::create_dir(&killed).unwrap();
    for name in ["lab.db", "lab.db-wal"] {
        fs::copy(folder.path().join(name), killed.join(name)).unwrap();
    }
    let copy = killed.join("lab.db");
    let both = || (fs::read(&copy).unwrap(), fs::read(killed.join("lab.db-wal")).unwrap());
    let before = both();
    assert!(matches!(refused(&copy), OpenError::Newer { found: 4711, .. }));
    assert!(before == both(), "the files were touched");
}

#[test]
fn what_is_not_ours_is_refused() {
    let foreign = untouched(|file| sql(file, "PRAGMA application_id = 252006674"));
    assert!(matches!(foreign, OpenError::Foreign { application: 0x0F05_5112, .. }), "{foreign}");
    let text = untouched(|file| fs::write(file, "lab: demo\n").unwrap());
    assert!(matches!(text, OpenError::NotADatabase(_)), "{text}");
    let (folder, _) = folder();
    let file = folder.path().join("absent").join("lab.db");
    assert!(matches!(refused(&file), OpenError::File { .. }));
    assert!(matches!(refused(folder.path()), OpenError::File { .. }));
}

/// The first version had no labels.
#[tokio::test]
async fn a_file_of_the_first_version_gets_its_labels() {
    let (_folder, file) = folder();
    let alice = Subject::parse("alice").unwrap();
    let consent = ConsentRecord {
        client_id: ClientId::parse("web").unwrap(),
        subject: alice.clone(),
        scope: Scope::default(),
        audience: Vec::new(),
    };
    let view = || View::new(Arc::new(open(&file)));
    view().put(key(1), &consent, later()).await.unwrap();
    sql(&file, "DROP TABLE label; PRAGMA user_version = 1");
    let found = async |view: &View| {
        let found = view.labelled::<ConsentRecord>(Label::User(&alice), 10, |_| true).await;
        found.unwrap().len()
    };
    let store = view();
    assert_eq!(found(&store).await, 0);
    store.label_all().await.unwrap();
    assert_eq!(found(&store).await, 1);
    let version = async || store.get::<ConsentRecord>(key(1)).await.unwrap().unwrap().version;
    let before = version().await;
    store.label_all().await.unwrap();
    assert_eq!(version().await, before, "once is enough");
    drop(store);
    DatabaseFile::new(&file).verify().unwrap();
    sql(&file, "PRAGMA foreign_keys = OFF; DELETE FROM record WHERE kind = 9");
    let verified = DatabaseFile::new(&file).verify().unwrap_err();
    assert!(verified.to_string().contains("a label leads to no record"), "{verified}");
}

#[tokio::test]
async fn damage_is_named_and_nothing_is_made_up() {
    let (_folder, file) = folder();
    let store = open(&file);
    for number in 0..500 {
        store.put(KIND, key(number), Content::new(vec![b'x'; 200], later())).await.unwrap();
    }
    drop(store);
    let mut bytes = fs::read(&file).unwrap();
    // Past the first page, so that the file still opens.
    for at in (4096..bytes.len()).step_by(512) {
        bytes[at] ^= 0xFF;
    }
    fs::write(&file, bytes).unwrap();
    let found = match SqliteStore::open(&file, clock()) {
        Ok(store) => store.scan(KIND, None, 1000).await.map(|page| page.records.len()),
        Err(OpenError::Engine { reason, .. }) => Err(reason),
        Err(error) => panic!("{error}"),
    };
    assert_eq!(found, Err(StoreError::Damaged));
    let verified = DatabaseFile::new(&file).verify();
    assert!(matches!(verified, Err(UpkeepError::Damaged { .. })), "{verified:?}");
}
