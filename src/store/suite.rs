//! One suite for every engine: the promises of the store's verbs, races included.

mod labels;

use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;

use super::redis::testing::RedisServer;
use super::{
    Content, Key, Kind, MemoryStore, RedisStore, SealKey, SealedStore, SqliteStore, Store,
    StoreError,
};
use crate::clock::{Clock, Timestamp};
use crate::protocol::Secret;

const KIND: Kind = Kind::Code;

/// A freshly made engine.
struct Lab {
    store: Arc<dyn Store>,
    clock: Clock,
    // A file's folder, until the engine is gone.
    _folder: Option<TempDir>,
    // A server's process, until the engine is gone.
    _server: Option<RedisServer>,
}

impl Lab {
    fn later(&self, secs: u64) -> Timestamp {
        self.clock.now().plus(Duration::from_secs(secs))
    }
}

/// More records than any test here makes.
const MANY: usize = 100_000;

/// Every engine.
async fn engines() -> Vec<Lab> {
    engines_of(MANY).await
}

/// Every engine, with room for so many records.
async fn engines_of(capacity: usize) -> Vec<Lab> {
    let clock = || Clock::manual(Timestamp::from_secs(1_800_000_000));
    let memory = clock();
    let store = Arc::new(MemoryStore::with_capacity(memory.clone(), capacity));
    let memory = Lab { store, clock: memory, _folder: None, _server: None };
    let (sqlite, folder) = (clock(), tempfile::tempdir().unwrap());
    let file = folder.path().join("lab.db");
    let store = Arc::new(SqliteStore::with_capacity(&file, sqlite.clone(), capacity).unwrap());
    let sqlite = Lab { store, clock: sqlite, _folder: Some(folder), _server: None };
    vec![memory, sqlite, sealed(capacity).await, redis(capacity).await]
}

async fn redis(capacity: usize) -> Lab {
    let (clock, server) =
        (Clock::manual(Timestamp::from_secs(1_800_000_000)), RedisServer::with(&[]));
    let store = RedisStore::open(&Secret::new(server.url()), "https://localhost", clock.clone())
        .await
        .unwrap();
    let store = Arc::new(store.with_capacity(capacity));
    Lab { store, clock, _folder: None, _server: Some(server) }
}

async fn sealed(capacity: usize) -> Lab {
    let clock = Clock::manual(Timestamp::from_secs(1_800_000_000));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("lab.db");
    // One record is the proof of the key.
    let engine = SqliteStore::with_capacity(&file, clock.clone(), capacity + 1).unwrap();
    let key = SealKey::new([7; 32]);
    let store = Arc::new(SealedStore::open(Arc::new(engine), &key).await.unwrap());
    Lab { store, clock, _folder: Some(folder), _server: None }
}

/// Runs so many tasks at once; how many of them say yes.
async fn winners<F: Future<Output = bool> + Send + 'static>(
    tasks: impl Iterator<Item = F>,
) -> usize {
    let tasks: Vec<_> = tasks.map(tokio::spawn).collect();
    let mut winners = 0;
    for task in tasks {
        winners += usize::from(task.await.unwrap());
    }
    winners
}

/// Tasks of a race.
const RACERS: u8 = 200;

fn key(name: &str) -> Key {
    Key::of(&[name])
}

#[tokio::test]
async fn a_record_reads_back_until_it_expires() {
    for Lab { store, clock, .. } in engines().await {
        store
            .put(
                KIND,
                key("a"),
                Content::new(b"1".to_vec(), clock.now().plus(Duration::from_secs(5))),
            )
            .await
            .unwrap();
        assert_eq!(store.get(KIND, key("a")).await.unwrap().unwrap().value, b"1");
        assert!(store.get(Kind::Session, key("a")).await.unwrap().is_none());
        clock.advance(Duration::from_secs(5));
        assert!(store.get(KIND, key("a")).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn put_new_admits_one_and_expiry_makes_room() {
    for lab in engines().await {
        let put =
            |secs| lab.store.put_new(KIND, key("a"), Content::new(Vec::new(), lab.later(secs)));
        assert!(put(5).await.unwrap());
        assert!(!put(5).await.unwrap());
        lab.clock.advance(Duration::from_secs(5));
        assert!(put(5).await.unwrap());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_takers_one_gets_the_record() {
    for lab in engines().await {
        lab.store.put(KIND, key("a"), Content::new(Vec::new(), lab.later(5))).await.unwrap();
        let takers = (0..RACERS).map(|_| {
            let store = Arc::clone(&lab.store);
            async move { store.take(KIND, key("a")).await.unwrap().is_some() }
        });
        assert_eq!(winners(takers).await, 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_swappers_of_one_version_one_wins() {
    for lab in engines().await {
        lab.store.put(KIND, key("a"), Content::new(Vec::new(), lab.later(5))).await.unwrap();
        let version = lab.store.get(KIND, key("a")).await.unwrap().unwrap().version;
        let expires = lab.later(5);
        let swappers = (0..RACERS).map(|n| {
            let store = Arc::clone(&lab.store);
            let new = Content::new(vec![n], expires);
            async move { store.replace(KIND, key("a"), version, new).await.unwrap() }
        });
        assert_eq!(winners(swappers).await, 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_put_something_new_one_does() {
    for lab in engines().await {
        let expires = lab.later(5);
        let writers =
            (0..RACERS).map(|n| {
                let store = Arc::clone(&lab.store);
                async move {
                    store.put_new(KIND, key("a"), Content::new(vec![n], expires)).await.unwrap()
                }
            });
        assert_eq!(winners(writers).await, 1);
    }
}

/// Whoever loses reads again and tries again: no increment is lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn swaps_that_are_tried_again_lose_nothing() {
    for lab in engines().await {
        let expires = lab.later(5);
        lab.store.put(KIND, key("a"), Content::new(vec![0], expires)).await.unwrap();
        let counters = (0..RACERS).map(|_| {
            let store = Arc::clone(&lab.store);
            async move {
                loop {
                    let found = store.get(KIND, key("a")).await.unwrap().unwrap();
                    let value = vec![found.value[0] + 1];
                    let new = Content::new(value, expires);
                    if store.replace(KIND, key("a"), found.version, new).await.unwrap() {
                        return true;
                    }
                }
            }
        });
        winners(counters).await;
        let counted = lab.store.get(KIND, key("a")).await.unwrap().unwrap();
        assert_eq!(counted.value, [RACERS]);
    }
}

#[tokio::test]
async fn a_version_is_never_used_again() {
    for lab in engines().await {
        lab.store.put(KIND, key("a"), Content::new(Vec::new(), lab.later(5))).await.unwrap();
        let old = lab.store.get(KIND, key("a")).await.unwrap().unwrap().version;
        lab.store.take(KIND, key("a")).await.unwrap();
        lab.store.put(KIND, key("a"), Content::new(Vec::new(), lab.later(5))).await.unwrap();
        let new = Content::new(Vec::new(), lab.later(5));
        assert!(!lab.store.replace(KIND, key("a"), old, new).await.unwrap());
    }
}

#[tokio::test]
async fn an_expired_record_cannot_be_replaced_or_taken() {
    for lab in engines().await {
        lab.store.put(KIND, key("a"), Content::new(Vec::new(), lab.later(5))).await.unwrap();
        let version = lab.store.get(KIND, key("a")).await.unwrap().unwrap().version;
        lab.clock.advance(Duration::from_secs(5));
        let new = Content::new(Vec::new(), lab.later(5));
        assert!(!lab.store.replace(KIND, key("a"), version, new).await.unwrap());
        assert!(lab.store.take(KIND, key("a")).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn a_scan_walks_every_live_record_of_its_kind_once() {
    for lab in engines().await {
        for n in 0..50 {
            lab.store
                .put(KIND, key(&n.to_string()), Content::new(vec![n], lab.later(5)))
                .await
                .unwrap();
        }
        lab.store
            .put(Kind::Session, key("x"), Content::new(Vec::new(), lab.later(5)))
            .await
            .unwrap();
        lab.store.put(KIND, key("dead"), Content::new(Vec::new(), lab.clock.now())).await.unwrap();
        let (mut after, mut seen) = (None, Vec::new());
        loop {
            let page = lab.store.scan(KIND, after, 7).await.unwrap();
            assert!(page.records.len() <= 7);
            seen.extend(page.records.iter().map(|(key, _)| *key));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen.len(), 50);
        assert!(seen.is_sorted());
    }
}

#[tokio::test]
async fn a_sweep_forgets_the_dead_within_its_budget_and_nothing_else() {
    for lab in engines().await {
        for n in 0..200 {
            let secs = if n % 2 == 0 { 5 } else { 50 };
            lab.store
                .put(KIND, key(&n.to_string()), Content::new(Vec::new(), lab.later(secs)))
                .await
                .unwrap();
        }
        lab.clock.advance(Duration::from_secs(5));
        let (mut forgotten, mut calls) = (0, 0);
        while forgotten < 100 && calls < 1000 {
            let swept = lab.store.sweep(3).await.unwrap();
            assert!(swept <= 3);
            forgotten += swept;
            calls += 1;
        }
        assert_eq!(forgotten, 100);
        assert_eq!(lab.store.scan(KIND, None, 1000).await.unwrap().records.len(), 100);
    }
}

#[tokio::test]
async fn a_full_store_refuses_and_evicts_nothing_alive() {
    for Lab { store, clock, .. } in engines_of(10).await {
        let soon = clock.now().plus(Duration::from_secs(5));
        for n in 0..10 {
            store.put(KIND, key(&n.to_string()), Content::new(Vec::new(), soon)).await.unwrap();
        }
        let one_more = store.put(KIND, key("more"), Content::new(Vec::new(), soon)).await;
        assert!(matches!(one_more, Err(StoreError::Full(_))), "{one_more:?}");
        assert!(store.get(KIND, key("0")).await.unwrap().is_some());
        clock.advance(Duration::from_secs(5));
        let later = clock.now().plus(Duration::from_secs(5));
        store.put(KIND, key("more"), Content::new(Vec::new(), later)).await.unwrap();
    }
}

/// Requests that wait for a user are made by anybody: they must not push out what users have.
#[tokio::test]
async fn a_flood_of_strangers_leaves_room_for_everyone_else() {
    for Lab { store, clock, .. } in engines_of(100).await {
        let soon = clock.now().plus(Duration::from_secs(5));
        let mut admitted = 0;
        for n in 0..200 {
            let record = vec![0; 8 * 1024];
            let put =
                store.put(Kind::Interaction, key(&n.to_string()), Content::new(record, soon)).await;
            admitted += usize::from(put.is_ok());
        }
        assert!((1..10).contains(&admitted), "{admitted} large records of strangers");
        for n in 0..50 {
            store
                .put(Kind::RefreshToken, key(&n.to_string()), Content::new(vec![0; 500], soon))
                .await
                .unwrap();
        }
        store.take(Kind::Interaction, key("0")).await.unwrap();
        store
            .put(Kind::Interaction, key("again"), Content::new(vec![0; 8 * 1024], soon))
            .await
            .unwrap();
    }
}

/// What a record weighs is given back by whatever ends it: nothing is left of many rounds.
#[tokio::test]
async fn a_store_does_not_fill_up_with_what_is_gone() {
    for Lab { store, clock, .. } in engines_of(4).await {
        for round in 0..300 {
            let soon = clock.now().plus(Duration::from_secs(5));
            store.put(Kind::Interaction, key("a"), Content::new(vec![0; 100], soon)).await.unwrap();
            assert!(
                !store
                    .put_new(Kind::Interaction, key("a"), Content::new(vec![0; 9], soon))
                    .await
                    .unwrap()
            );
            let version = store.get(Kind::Interaction, key("a")).await.unwrap().unwrap().version;
            let new = Content::new(vec![0; 200], soon);
            assert!(store.replace(Kind::Interaction, key("a"), version, new).await.unwrap());
            match round % 3 {
                0 => drop(store.take(Kind::Interaction, key("a")).await.unwrap()),
                1 => clock.advance(Duration::from_secs(5)),
                _ => {}
            }
        }
    }
}

#[tokio::test]
async fn a_census_counts_each_kind() {
    for lab in engines().await {
        for n in 0..3 {
            lab.store
                .put(KIND, key(&n.to_string()), Content::new(Vec::new(), lab.later(5)))
                .await
                .unwrap();
        }
        lab.store
            .put(Kind::Session, key("a"), Content::new(Vec::new(), lab.later(5)))
            .await
            .unwrap();
        lab.store.take(KIND, key("0")).await.unwrap();
        let census = lab.store.census().await.unwrap();
        let of = |kind| census.iter().find(|(own, _)| *own == kind).map_or(0, |(_, count)| *count);
        assert_eq!((of(KIND), of(Kind::Session), of(Kind::Client)), (2, 1, 0));
    }
}

#[test]
fn keys_of_parts_do_not_collide() {
    assert_ne!(Key::of(&["ab", "c"]), Key::of(&["a", "bc"]));
    assert_ne!(Key::of(&["ab"]), Key::of(&["a", "b"]));
}
