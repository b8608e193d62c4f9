//! Many who use the same thing at the same time: one of them gets something, whatever remembers.

use std::sync::Barrier;
use std::thread;

use serde_json::json;

use super::super::support::http::Answer;
use super::super::support::run::Home;
use super::super::support::served::{Served, Site};
use super::{Registered, STORE};

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
