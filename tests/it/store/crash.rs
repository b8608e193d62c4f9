//! `kill -9` in the middle of work, several times: whatever a client received is known afterwards,
//! and nothing that was used works again.

use std::path::Path;

use rusqlite::Connection;
use serde_json::json;

use super::super::support::redis::RedisServer;
use super::super::support::run::Home;
use super::super::support::served::Served;
use super::load::{LAB, Place, at_work};
use super::{Registered, STORE, write_lab};

/// `OAUTHLAB_TEST_CRASHES` asks for more.
const ROUNDS: usize = 4;
/// Answers after which the first round is killed; each later one lives a little longer.
const ANSWERS: usize = 40;

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
    let rounds = std::env::var("OAUTHLAB_TEST_CRASHES").ok().and_then(|text| text.parse().ok());
    write_lab(home, LAB);
    let mut lab = Served::start(home, store);
    let client = Registered::new(&lab, &json!({}));
    let mut all = Vec::new();
    for round in 0..rounds.unwrap_or(ROUNDS) {
        let (received, killed) =
            at_work(&Place::of(&lab, &client), &client, ANSWERS + round * 7, || lab.kill());
        assert!(!received.is_empty());
        meanwhile(round);
        lab = Served::again(home, &killed, store);
        for one in &received {
            assert!(client.is_active(&lab, &one.access), "round {round}: a token is lost");
        }
        all.extend(received);
    }
    // A code is tried last: its second use revokes what came of the first.
    for one in &all {
        assert!(client.is_active(&lab, &one.access));
        client.refresh(&lab, &one.refresh).expect(200);
        assert_eq!(client.redeem(&lab, &one.code).expect(400).member("error"), "invalid_grant");
        assert!(!client.is_active(&lab, &one.access));
    }
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
