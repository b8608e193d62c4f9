//! Rates: who is put off, for how long, and who is not.

use std::time::Duration;

use oauthlab::config::Rate;
use serde_json::json;

use super::super::support::http::{Answer, Request};
use super::super::support::lab::TestLab;
use super::super::support::user::Browser;

/// Whoever is put off is told for how long: a second less is too early, and then it works.
#[track_caller]
fn works_when_it_said(lab: &TestLab, again: impl Fn() -> Answer) {
    let refused = again().expect(429);
    let seconds: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!(seconds >= 1);
    lab.wait(Duration::from_secs(seconds - 1));
    assert_eq!(again().status, 429, "after {seconds} - 1 s");
    lab.wait(Duration::from_secs(1));
    let answer = again();
    assert!(answer.status < 400, "after {seconds} s: {}", answer.whole());
}

const fn rate(events: u32, secs: u64) -> Rate {
    Rate { events, per: Duration::from_secs(secs) }
}

#[test]
fn an_address_that_floods_waits_and_probes_do_not() {
    let lab = TestLab::with(|config| {
        config.limits.address = rate(20, 100);
        config.limits.loopback = true;
    });
    let get = |url: String| lab.send(Request::get(url));
    for _ in 0..20 {
        get(lab.at("/jwks")).expect(200);
    }
    let refused = get(lab.at("/jwks")).expect(429);
    assert_eq!(refused.member("error"), "temporarily_unavailable");
    assert!(refused.member("error_uri").ends_with("/rules/request.rate"));
    get(lab.api("/notes")).expect(429);
    get(lab.at("/health/ready")).expect(200);
    get(lab.api("/health/live")).expect(200);
    works_when_it_said(&lab, || get(lab.at("/jwks")));
}

#[test]
fn a_client_that_comes_too_often_is_told_when_to_come_back() {
    let lab = TestLab::with(|config| config.limits.token = rate(3, 100));
    let token = || lab.post_as_ci("/token", &[("grant_type", "client_credentials")]);
    for _ in 0..3 {
        token().expect(200);
        lab.wait(Duration::from_secs(10));
    }
    works_when_it_said(&lab, token);
}

#[test]
fn registrations_are_told_when_there_is_room_again() {
    let lab = TestLab::with(|config| config.limits.registration = rate(2, 600));
    let metadata = json!({ "redirect_uris": ["https://app.example/cb"] });
    let register = || lab.send(Request::json("POST", lab.at("/register"), &metadata));
    register().expect(201);
    lab.wait(Duration::from_secs(7));
    register().expect(201);
    works_when_it_said(&lab, register);
}

#[test]
fn user_codes_cannot_be_guessed_and_the_page_says_when_to_try_again() {
    let lab = TestLab::start();
    let mut browser = lab.browser();
    let form = browser.open(&lab.at("/device")).expect(200).form();
    let asked = lab.post("/device_authorization", &[("client_id", "tv")]).expect(200);
    let right = asked.member("user_code");
    let typed = |code: &str| browser.clone().submit(&form, &[("user_code", code)]);
    for _ in 0..5 {
        assert!(typed("BCDF-GHJK").status < 429);
    }
    lab.wait(Duration::from_secs(7));
    works_when_it_said(&lab, || typed(&right));
}

/// What a login page answers to a password of Alice.
fn try_password(lab: &TestLab, browser: &mut Browser, password: &str) -> Answer {
    let form = browser.open(&lab.authorize_url(&[])).expect(200).form();
    browser.submit(&form, &[("username", "alice"), ("password", password)])
}

#[test]
fn whoever_guesses_waits_and_the_browser_that_the_account_knows_does_not() {
    let lab = TestLab::start();
    let mut victim = lab.browser();
    try_password(&lab, &mut victim, "alice").expect(303);
    victim.forget("session");
    assert!(victim.cookies().keys().any(|name| name.ends_with("-known")));
    let mut attacker = lab.browser();
    for _ in 0..5 {
        try_password(&lab, &mut attacker, "guess").expect(401);
    }
    // All from one address: a stranger there has to wait.
    try_password(&lab, &mut attacker, "alice").expect(429);
    try_password(&lab, &mut lab.browser(), "alice").expect(429);
    try_password(&lab, &mut victim.clone(), "alice").expect(303);
    // Another account is another matter.
    let form = lab.browser();
    let mut bob = form;
    let page = bob.open(&lab.authorize_url(&[])).expect(200).form();
    bob.submit(&page, &[("username", "bob"), ("password", "bob")]).expect(303);
    let mut stranger = lab.browser();
    stranger.open(&lab.authorize_url(&[]));
    works_when_it_said(&lab, || try_password(&lab, &mut stranger.clone(), "alice"));
}

#[test]
fn a_known_browser_does_not_guess_on() {
    let lab = TestLab::start();
    let mut known = lab.browser();
    try_password(&lab, &mut known, "alice").expect(303);
    known.forget("session");
    for _ in 0..5 {
        try_password(&lab, &mut known, "guess").expect(401);
    }
    try_password(&lab, &mut known, "alice").expect(429);
    // What it did to itself, it did to nobody else.
    try_password(&lab, &mut lab.browser(), "alice").expect(303);
}
