//! A lab that is asked to stop says so first, and one whose store takes nothing says that.

use std::time::{Duration, Instant};

use rusqlite::Connection;
use serde_json::json;

use super::super::support::http::{Answer, Request};
use super::super::support::run::Home;
use super::super::support::served::{Served, Site as _};
use super::load::LAB;
use super::{Registered, STORE, write_lab};

/// Asks until the answer is this one: an answer of a moment ago counts for a second.
#[track_caller]
fn until(lab: &Served, status: u16) -> Answer {
    let began = Instant::now();
    loop {
        let answer = lab.net().send(&Request::get(lab.at("/health/ready")));
        if answer.status == status {
            return answer;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "{}", answer.whole());
    }
}

#[test]
fn a_lab_that_leaves_says_so_and_serves_on_until_it_is_asked_again() {
    let home = Home::new();
    write_lab(&home, &format!("{LAB}drain: 10m\n"));
    let lab = Served::start(&home, &[]);
    until(&lab, 200);
    lab.ask_to_stop();
    let answer = until(&lab, 503);
    assert_eq!(answer.member("reason"), "the lab is stopping");
    assert!(answer.header("retry-after").is_some(), "{}", answer.whole());
    // Whoever was sent here meanwhile is served.
    lab.net().send(&Request::get(lab.at("/health/live"))).expect(200);
    let client = Registered::new(&lab, &json!({}));
    let code = client.code(&lab, &mut lab.browser(), ("alice", "alice"));
    client.redeem(&lab, &code).expect(200);
    lab.stop();
}

#[test]
fn a_lab_that_leaves_ends_by_itself() {
    let home = Home::new();
    write_lab(&home, &format!("{LAB}drain: 1s\n"));
    let lab = Served::start(&home, &[]);
    lab.stop();
}

/// Reading works all the time: that alone would not show it.
#[test]
fn a_store_that_cannot_be_written_shows_as_not_ready() {
    let home = Home::new();
    write_lab(&home, LAB);
    let lab = Served::start(&home, STORE);
    until(&lab, 200);
    let other = Connection::open(home.path().join("lab.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let answer = until(&lab, 503);
    assert!(answer.member("reason").starts_with("the store"), "{}", answer.whole());
    lab.net().send(&Request::get(lab.at("/health/live"))).expect(200);
    other.execute_batch("ROLLBACK").unwrap();
    until(&lab, 200);
}
