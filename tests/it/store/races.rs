//! Many who use the same thing at the same time: one of them gets something, whatever remembers.

use std::collections::BTreeSet;
use std::sync::Barrier;
use std::thread;

use serde_json::json;

use super::super::support::http::Answer;
use super::super::support::run::Home;
use super::super::support::served::{Served, Site};
use super::load::LAB;
use super::{Registered, STORE, write_lab};

const ALICE: (&str, &str) = ("alice", "alice");
const MANY: usize = 200;

/// Sends the same at once.
fn at_once(send: impl Fn() -> Answer + Sync) -> Vec<Answer> {
    let barrier = Barrier::new(MANY);
    thread::scope(|scope| {
        let racers: Vec<_> = (0..MANY)
            .map(|_| {
                scope.spawn(|| {
                    barrier.wait();
                    send()
                })
            })
            .collect();
        racers.into_iter().map(|racer| racer.join().unwrap()).collect()
    })
}

/// The one who got tokens; everybody else was refused as the specification says.
#[track_caller]
fn winner(answers: &[Answer]) -> &Answer {
    let winners: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
    assert_eq!(winners.len(), 1, "a family never forks");
    for loser in answers.iter().filter(|answer| answer.status != 200) {
        assert_eq!(loser.clone().expect(400).member("error"), "invalid_grant");
    }
    winners[0]
}

/// A code that is used twice revokes what it gave.
#[track_caller]
pub(crate) fn one_code_is_redeemed_once(site: &(impl Site + Sync)) {
    let client = Registered::new(site, &json!({}));
    let code = client.code(site, &mut site.browser(), ALICE);
    let answers = at_once(|| client.redeem(site, &code));
    let won = winner(&answers);
    assert!(!client.is_active(site, &won.member("access_token")));
}

/// A refresh token that is used twice ends its family, the successor included.
#[track_caller]
pub(crate) fn one_token_is_refreshed_once(site: &(impl Site + Sync)) {
    let client = Registered::new(site, &json!({}));
    let code = client.code(site, &mut site.browser(), ALICE);
    let refresh = client.redeem(site, &code).expect(200).member("refresh_token");
    let answers = at_once(|| client.refresh(site, &refresh));
    let won = winner(&answers);
    let successor = won.member("refresh_token");
    assert_eq!(client.refresh(site, &successor).expect(400).member("error"), "invalid_grant");
    assert!(!client.is_active(site, &won.member("access_token")));
}

/// For the lab's file; longer than any race here takes.
pub(crate) const GRACE: &str = "tokens: { refresh: { rotation: grace, grace: 5m } }\n";

/// With grace everybody gets an answer, and all of them the same successor: the family has no
/// branches.
#[track_caller]
pub(crate) fn one_token_with_grace_has_one_successor(site: &(impl Site + Sync)) {
    let client = Registered::new(site, &json!({}));
    let code = client.code(site, &mut site.browser(), ALICE);
    let mut refresh = client.redeem(site, &code).expect(200).member("refresh_token");
    // The successor is as good as the first one was.
    for _ in 0..2 {
        let answers = at_once(|| client.refresh(site, &refresh));
        let member = |name: &'static str| {
            answers.iter().map(move |answer| answer.clone().expect(200).member(name))
        };
        let successors: BTreeSet<_> = member("refresh_token").collect();
        assert_eq!(successors.len(), 1, "a family never forks");
        let access: BTreeSet<_> = member("access_token").collect();
        assert_eq!(access.len(), MANY);
        assert!(client.is_active(site, access.first().unwrap()));
        refresh = successors.into_iter().next().unwrap();
    }
    // What ends one of them ends them all: it is one family.
    client.post(site, "/revoke", &[("token", &refresh)]).expect(200);
    assert_eq!(client.refresh(site, &refresh).expect(400).member("error"), "invalid_grant");
}

/// A lab whose file says so.
fn with_grace(home: &Home, flags: &[&str]) -> Served {
    write_lab(home, &format!("{LAB}{GRACE}"));
    Served::start(home, flags)
}

#[test]
fn of_many_at_once_with_grace_all_get_the_same_successor_in_memory() {
    let home = Home::new();
    one_token_with_grace_has_one_successor(&with_grace(&home, &[]));
}

#[test]
fn of_many_at_once_with_grace_all_get_the_same_successor_of_a_database() {
    let home = Home::new();
    one_token_with_grace_has_one_successor(&with_grace(&home, STORE));
}

#[test]
fn of_many_at_once_one_gets_something_in_memory() {
    let home = Home::new();
    let lab = Served::start(&home, &[]);
    one_code_is_redeemed_once(&lab);
    one_token_is_refreshed_once(&lab);
}

#[test]
fn of_many_at_once_one_gets_something_of_a_database() {
    let home = Home::new();
    let lab = Served::start(&home, STORE);
    one_code_is_redeemed_once(&lab);
    one_token_is_refreshed_once(&lab);
}
