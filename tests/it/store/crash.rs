//! `kill -9` in the middle of work, several times: whatever a client received is known afterwards,
//! and nothing that was used works again.

use std::path::Path;
use std::thread;

use rusqlite::Connection;
use serde_json::json;

use super::super::support::redis::RedisServer;
use super::super::support::run::Home;
use super::super::support::served::Served;
use super::load::{LAB, Place, Received, at_work};
use super::{Registered, STORE, write_lab};

/// Rounds, and answered requests after which the first is killed; each later one lives a little
/// longer.
const SHORT: (usize, usize) = (4, 200);
/// So many requests, where `OAUTHLAB_TEST_CRASHES` says how many rounds (`make crash-test`).
const LONG: usize = 2000;
/// Nothing expires while all of it is looked at.
const LASTING: &str = "tokens: { access: { ttl: 8h }, refresh: { idle: 8h } }\n";
/// Who looks afterwards whether everything is there.
const WITNESSES: usize = 8;

#[test]
fn what_a_client_received_outlives_kill_9_and_what_was_used_stays_used() {
    let home = Home::new();
    crashes(&home, STORE, |_| assert_whole(home.path()));
}

/// The lab is killed, and every other time its Redis as well.
#[test]
fn what_a_client_received_outlives_kill_9_of_the_lab_and_of_its_redis() {
    let home = Home::new();
    let mut redis = RedisServer::with(&["--appendonly", "yes", "--appendfsync", "always"]);
    let url = redis.url();
    crashes(&home, &["--store", &url], |round| {
        if round % 2 == 1 {
            redis.restart();
        }
    });
}

/// Kills the lab under load, again and again; `meanwhile` it is down.
#[track_caller]
fn crashes(home: &Home, store: &[&str], mut meanwhile: impl FnMut(usize)) {
    let asked = std::env::var("OAUTHLAB_TEST_CRASHES").ok();
    let (rounds, requests) = asked.map_or(SHORT, |text| (text.parse().unwrap(), LONG));
    write_lab(home, &format!("{LAB}{LASTING}"));
    let mut lab = Served::start(home, store);
    let client = Registered::new(&lab, &json!({}));
    let mut all = Vec::new();
    for round in 0..rounds {
        let (received, killed) =
            at_work(&Place::of(&lab, &client), &client, requests + round * 7, || lab.kill());
        assert!(!received.is_empty());
        meanwhile(round);
        lab = Served::again(home, &killed, store);
        witnessed(&received, |one| {
            assert!(client.is_active(&lab, &one.access), "round {round}: a token is lost");
        });
        all.extend(received);
    }
    // A code is tried last: its second use revokes what came of the first.
    witnessed(&all, |one| {
        assert!(client.is_active(&lab, &one.access));
        client.refresh(&lab, &one.refresh).expect(200);
        assert_eq!(client.redeem(&lab, &one.code).expect(400).member("error"), "invalid_grant");
        assert!(!client.is_active(&lab, &one.access));
    });
    println!("{rounds} crashes, {} tokens received, none lost, no code worked twice", all.len());
}

/// Looks at all of it, several at once.
fn witnessed(all: &[Received], look: impl Fn(&Received) + Sync) {
    let look = &look;
    thread::scope(|scope| {
        for part in all.chunks(all.len().div_ceil(WITNESSES).max(1)) {
            scope.spawn(move || part.iter().for_each(look));
        }
    });
}

/// The files as they were left are whole. A copy is looked at: looking repairs.
#[track_caller]
fn assert_whole(folder: &Path) {
    let copy = tempfile::tempdir().unwrap();
    for name in ["lab.db", "lab.db-wal"] {
        std::fs::copy(folder.join(name), copy.path().join(name)).unwrap();
    }
    let database = Connection::open(copy.path().join("lab.db")).unwrap();
    let check = |row: &rusqlite::Row<'_>| row.get::<_, String>(0);
    assert_eq!(database.query_row("PRAGMA integrity_check", [], check).unwrap(), "ok");
}
