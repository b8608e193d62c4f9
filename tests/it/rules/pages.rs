//! Rules of the login page and the consent page.

use std::time::Duration;

use oauthlab::rule;

use super::super::support::http::{Answer, Request};
use super::super::support::user::{Browser, Form};
use super::wire::Wire::{Form as FormAgain, Page, Redirect};
use super::{CANARY, Scene, Table, prove, row};

const ALICE: [(&str, &str); 2] = [("username", "alice"), ("password", "alice")];

fn login_page(scene: &Scene<'_>) -> (Browser, Form) {
    let mut browser = scene.browser();
    let form = browser.open(&scene.authorize_url(&[])).expect(200).form();
    (browser, form)
}

fn consent_page(scene: &Scene<'_>) -> (Browser, Form) {
    let (mut browser, login) = login_page(scene);
    let form = browser.submit_and_follow(&login, &ALICE).expect(200).form();
    (browser, form)
}

/// Submits the login form with Bob's name, so that nobody else's failures count.
fn fail_as_bob(browser: &mut Browser, form: &Form) -> Answer {
    browser.submit(form, &[("username", "bob"), ("password", CANARY)])
}

pub(super) static LOGIN: Table = Table {
    docket: &rule::LOGIN,
    rows: &[
        row(&rule::INTERACTION_KNOWN, Page, |s| {
            let (mut browser, form) = login_page(s);
            browser.submit(&form, &[("interaction", CANARY)])
        }),
        row(&rule::FORM_CSRF, Page, |s| {
            let (mut browser, form) = login_page(s);
            browser.submit(&form, &[("csrf", CANARY), ALICE[0], ALICE[1]])
        }),
        row(&rule::LOGIN_PASSWORD, FormAgain, |s| {
            let (mut browser, form) = login_page(s);
            browser.submit(&form, &[("username", "alice"), ("password", CANARY)])
        }),
        row(&rule::LOGIN_RATE, FormAgain, |s| {
            let (mut browser, form) = login_page(s);
            for _ in 0..5 {
                fail_as_bob(&mut browser, &form).expect(401);
            }
            fail_as_bob(&mut browser, &form)
        }),
    ],
};

pub(super) static CONSENT: Table = Table {
    docket: &rule::CONSENT,
    rows: &[
        row(&rule::INTERACTION_KNOWN, Page, |s| {
            let (mut browser, form) = consent_page(s);
            browser.submit(&form, &[("interaction", CANARY), ("decision", "allow")])
        }),
        row(&rule::SESSION_LIVE, Page, |s| {
            let (mut browser, form) = consent_page(s);
            browser.forget("session");
            browser.submit(&form, &[("decision", "allow")])
        }),
        row(&rule::FORM_CSRF, Page, |s| {
            let (mut browser, form) = consent_page(s);
            browser.submit(&form, &[("csrf", CANARY), ("decision", "allow")])
        }),
        row(&rule::CONSENT_UNANSWERED, Page, |s| {
            let (mut browser, form) = consent_page(s);
            browser.submit(&form, &[("decision", "allow")]).expect(303);
            browser.submit(&form, &[("decision", "allow")])
        }),
        row(&rule::CONSENT_GRANTED, Redirect, |s| {
            let (mut browser, form) = consent_page(s);
            browser.submit(&form, &[("decision", "deny")])
        }),
    ],
};

#[test]
fn rules_of_login_and_consent() {
    prove(&[&LOGIN, &CONSENT]);
}

#[test]
fn a_page_works_in_its_own_browser_only() {
    let lab = super::TestLab::start();
    let mut browser = lab.browser();
    let form = browser.open(&lab.authorize_url(&[])).expect(200).form();
    let mut other = lab.browser();
    other.open(&lab.authorize_url(&[])).expect(200);
    let stolen = other.submit(&form, &ALICE).expect(400);
    assert!(stolen.text().contains(rule::INTERACTION_KNOWN.face.description), "{}", stolen.whole());
    browser.submit(&form, &ALICE).expect(303);
}

#[test]
fn the_session_id_changes_at_login() {
    let lab = super::TestLab::start();
    let mut browser = lab.browser();
    let login = browser.open(&lab.authorize_url(&[("prompt", "login")])).expect(200);
    browser.submit(&login.form(), &ALICE).expect(303);
    let first = browser.cookies().clone();
    lab.wait(Duration::from_secs(1));
    let again = browser.open(&lab.authorize_url(&[("prompt", "login")])).expect(200);
    browser.submit(&again.form(), &ALICE).expect(303);
    let changed = browser.cookies().iter().filter(|(name, value)| first[*name] != **value).count();
    assert_eq!(changed, 1, "{first:?} {:?}", browser.cookies());
    // The first id is worth nothing any more: the request needs a login again.
    let old: Vec<_> = first.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let request = Request::get(lab.authorize_url(&[("prompt", "none")]));
    let answer = lab.send(request.header("Cookie", &old.join("; "))).expect(303);
    assert!(answer.location().contains("error=login_required"), "{}", answer.location());
}
