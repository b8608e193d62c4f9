//! Rules of the logout endpoint and of the account page.

use oauthlab::rule;

use super::super::support::http::{Answer, Request};
use super::super::support::user::{Browser, Form};
use super::wire::Wire::{Form as FormAgain, Page};
use super::{CANARY, Scene, Table, prove, row};

/// A browser in which Alice is logged in.
fn logged_in(scene: &Scene<'_>) -> Browser {
    let mut browser = scene.browser();
    scene.allow(&mut browser, &scene.authorize_url(&[])).expect(303);
    browser
}

fn get(scene: &Scene<'_>, query: &str) -> Answer {
    scene.send(Request::get(scene.at(&format!("/logout?{query}"))))
}

fn asked(scene: &Scene<'_>) -> (Browser, Form) {
    let mut browser = logged_in(scene);
    let form = browser.open(&scene.at("/logout")).expect(200).form();
    (browser, form)
}

/// The form of the account page that ends the only session.
fn account_form(scene: &Scene<'_>) -> (Browser, Form) {
    let mut browser = logged_in(scene);
    let form = browser.open(&scene.at("/account")).expect(200).form();
    (browser, form)
}

pub(super) static LOGOUT: Table = Table {
    docket: &rule::LOGOUT,
    rows: &[
        row(&rule::LOGOUT_HINT, Page, |s| get(s, &format!("id_token_hint={CANARY}"))),
        row(&rule::LOGOUT_CLIENT, Page, |s| get(s, "client_id=nobody")),
        row(&rule::LOGOUT_REDIRECT_URI, Page, |s| {
            get(s, "client_id=web&post_logout_redirect_uri=https%3A%2F%2Fevil.example%2F")
        }),
        row(&rule::STATE_FORM, Page, |s| get(s, "client_id=web&state=%07")),
        row(&rule::FORM_CSRF, Page, |s| {
            let (mut browser, form) = asked(s);
            browser.submit(&form, &[("csrf", CANARY), ("decision", "logout")])
        }),
        row(&rule::LOGOUT_CONFIRMED, Page, |s| {
            let (mut browser, form) = asked(s);
            browser.submit(&form, &[("decision", "stay")])
        }),
    ],
};

pub(super) static ACCOUNT: Table = Table {
    docket: &rule::ACCOUNT,
    rows: &[row(&rule::SESSION_LIVE, FormAgain, |s| s.send(Request::get(s.at("/account"))))],
};

fn login_form(scene: &Scene<'_>) -> (Browser, Form) {
    let mut browser = scene.browser();
    let form = browser.open(&scene.at("/account")).expect(401).form();
    (browser, form)
}

pub(super) static ACCOUNT_LOGIN: Table = Table {
    docket: &rule::ACCOUNT_LOGIN,
    rows: &[
        row(&rule::FORM_CSRF, Page, |s| {
            let (mut browser, form) = login_form(s);
            browser.submit(&form, &[("csrf", CANARY), ("username", "alice"), ("password", "alice")])
        }),
        row(&rule::LOGIN_PASSWORD, FormAgain, |s| {
            let (mut browser, form) = login_form(s);
            browser.submit(&form, &[("username", "alice"), ("password", CANARY)])
        }),
        row(&rule::LOGIN_RATE, FormAgain, |s| {
            let (mut browser, form) = login_form(s);
            let guess = [("username", "bob"), ("password", CANARY)];
            for _ in 0..5 {
                browser.submit(&form, &guess).expect(401);
            }
            browser.submit(&form, &guess)
        }),
    ],
};

pub(super) static ACCOUNT_REVOKE: Table = Table {
    docket: &rule::ACCOUNT_REVOKE,
    rows: &[
        row(&rule::SESSION_LIVE, Page, |s| {
            let (mut browser, form) = account_form(s);
            browser.forget("session");
            browser.submit(&form, &[])
        }),
        row(&rule::FORM_CSRF, Page, |s| {
            let (mut browser, form) = account_form(s);
            browser.submit(&form, &[("csrf", CANARY)])
        }),
        row(&rule::ACCOUNT_TARGET, Page, |s| {
            let (mut browser, form) = account_form(s);
            browser.submit(&form, &[("session", CANARY)])
        }),
    ],
};

#[test]
fn rules_of_logout_and_account() {
    prove(&[&LOGOUT, &ACCOUNT, &ACCOUNT_LOGIN, &ACCOUNT_REVOKE]);
}
