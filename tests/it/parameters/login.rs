//! What a request wishes of the login: claims, ways of authentication, a certain user.

use std::time::Duration;

use serde_json::json;

use super::super::support::http::{Answer, Request};
use super::super::support::lab::{TestLab, parameter};
use super::super::support::user::Browser;
use super::{claims, verified};

const ALICE: [(&str, &str); 2] = [("username", "alice"), ("password", "alice")];

fn userinfo(lab: &TestLab, token: &str) -> serde_json::Value {
    lab.send(Request::get(lab.at("/userinfo")).bearer(token)).expect(200).json()
}

/// Opens a request in a browser where somebody may be logged in.
fn again(lab: &TestLab, browser: &mut Browser, changes: &[(&str, &str)]) -> Answer {
    browser.open(&lab.authorize_url(changes))
}

fn error_of(answer: &Answer) -> Option<String> {
    parameter(answer.location(), "error")
}

#[test]
fn claims_come_where_they_were_asked_for_and_unknown_ones_not_at_all() {
    let lab = TestLab::start();
    let asked = json!({
        "userinfo": { "email": { "essential": true }, "shoe_size": null },
        "id_token": { "name": null, "iss": { "value": "https://evil.example" } },
    });
    let asked = asked.to_string();
    let changes = [("scope", "openid notes:read"), ("claims", asked.as_str())];
    let plain = lab.tokens(&[("scope", "openid notes:read")]);
    assert_eq!(userinfo(&lab, &plain.access).as_object().unwrap().len(), 1, "sub alone");
    let mut browser = lab.browser();
    let login = browser.open(&lab.authorize_url(&changes)).expect(200);
    let consent = browser.submit_and_follow(&login.form(), &ALICE).expect(200);
    for shown in ["<code>email</code>", "<code>name</code>"] {
        assert!(consent.text().contains(shown), "{}", consent.text());
    }
    assert!(!consent.text().contains("shoe_size"));
    let back = browser.submit(&consent.form(), &[("decision", "allow")]).expect(303);
    let code = parameter(back.location(), "code").unwrap();
    let tokens = lab.redeem(&code, &[]).expect(200).json();
    let told = userinfo(&lab, tokens["access_token"].as_str().unwrap());
    assert_eq!(told["email"], "alice@example.com");
    assert_eq!(told.as_object().unwrap().len(), 2, "sub and email: {told}");
    let id_token = verified(&lab, tokens["id_token"].as_str().unwrap());
    assert!(id_token["name"].is_string() && id_token["email"].is_null(), "{id_token}");
    assert_eq!(id_token["iss"], lab.issuer(), "what a token says of itself is not for asking");
}

#[test]
fn a_login_counts_as_what_was_asked_for_and_the_better_way_needs_a_new_login() {
    let lab = TestLab::start();
    let (password, fresh) = ("urn:oauthlab:acr:password", "urn:oauthlab:acr:fresh");
    let mut browser = lab.browser();
    let back = lab.allow(&mut browser, &lab.authorize_url(&[])).expect(303);
    let first = lab.redeem(&parameter(back.location(), "code").unwrap(), &[]).expect(200).json();
    let claims_of = |answer: &serde_json::Value| claims(answer["id_token"].as_str().unwrap());
    assert_eq!(claims_of(&first)["acr"], password);
    assert_eq!(claims_of(&first)["amr"], json!(["pwd"]));
    assert_eq!(claims(first["access_token"].as_str().unwrap())["acr"], password);
    // Wishes never fail, and what a session is already needs no page.
    let consent = again(&lab, &mut browser, &[("acr_values", "urn:x")]).expect(200);
    assert!(consent.text().contains("Allow"));
    lab.wait(Duration::from_secs(1));
    let login = again(&lab, &mut browser, &[("acr_values", fresh)]).expect(200);
    assert!(login.text().contains("Password"), "a new login: {}", login.text());
    let consent = browser.submit_and_follow(&login.form(), &ALICE).expect(200);
    let back = browser.submit(&consent.form(), &[("decision", "allow")]).expect(303);
    let code = parameter(back.location(), "code").unwrap();
    assert_eq!(claims_of(&lab.redeem(&code, &[]).expect(200).json())["acr"], fresh);
    // Silently, an essential one fails where a wish is dropped.
    let essential = json!({ "id_token": { "acr": { "essential": true, "values": [fresh] } } });
    lab.wait(Duration::from_secs(1));
    let silent = [("prompt", "none"), ("claims", &essential.to_string())];
    assert_eq!(error_of(&again(&lab, &mut browser, &silent)).as_deref(), Some("login_required"));
    let impossible = json!({ "id_token": { "acr": { "essential": true, "value": "urn:x" } } });
    let back = again(&lab, &mut browser, &[("claims", &impossible.to_string())]);
    assert_eq!(error_of(&back).as_deref(), Some("unmet_authentication_requirements"));
}

#[test]
fn a_hint_names_the_only_user_who_may_answer() {
    let lab = TestLab::start();
    let tokens = lab.tokens(&[]);
    let hint = tokens.id.unwrap();
    lab.wait(Duration::from_secs(3 * 3600));
    let mut browser = lab.browser();
    // An expired hint still says who is meant; Bob is not.
    let login = again(&lab, &mut browser, &[("id_token_hint", &hint)]).expect(200);
    let bob = [("username", "bob"), ("password", "bob")];
    let refused = browser.submit(&login.form(), &bob).expect(400);
    assert!(refused.text().contains("expects another user"), "{}", refused.text());
    let consent = browser.submit_and_follow(&login.form(), &ALICE).expect(200);
    browser.submit(&consent.form(), &[("decision", "allow")]).expect(303);
    // A silent request about somebody else finds nobody logged in.
    let other = json!({ "id_token": { "sub": { "value": "bob" } } }).to_string();
    let silent = [("prompt", "none"), ("claims", other.as_str())];
    assert_eq!(error_of(&again(&lab, &mut browser, &silent)).as_deref(), Some("login_required"));
    let silent = [("prompt", "none"), ("id_token_hint", hint.as_str())];
    assert_eq!(error_of(&again(&lab, &mut browser, &silent)).as_deref(), Some("consent_required"));
    // A hint that was changed, or that is another kind of token, is none.
    for wrong in [format!("{hint}x"), tokens.access] {
        let back = again(&lab, &mut browser, &[("id_token_hint", &wrong)]);
        assert_eq!(error_of(&back).as_deref(), Some("invalid_request"));
    }
}

#[test]
fn a_pushed_request_remembers_whom_its_hint_meant() {
    let lab = TestLab::start();
    let hint = lab.tokens(&[]).id.unwrap();
    let query = lab.authorize_url(&[("id_token_hint", &hint)]);
    let fields = query.split_once('?').unwrap().1.to_owned();
    let form = Request::form(lab.at("/par"), &[]).body(fields);
    let pushed = lab.send(&form).expect(201).member("request_uri");
    let mut browser = lab.browser();
    let url = lab.at(&format!("/authorize?client_id=web&request_uri={pushed}"));
    let login = browser.open(&url).expect(200);
    let bob = [("username", "bob"), ("password", "bob")];
    let refused = browser.submit(&login.form(), &bob).expect(400);
    assert!(refused.text().contains("expects another user"), "{}", refused.text());
    let consent = browser.submit_and_follow(&login.form(), &ALICE).expect(200);
    browser.submit(&consent.form(), &[("decision", "allow")]).expect(303);
}

#[test]
fn choosing_an_account_shows_the_login_page_to_a_logged_in_user() {
    let lab = TestLab::start();
    let mut browser = lab.browser();
    lab.allow(&mut browser, &lab.authorize_url(&[])).expect(303);
    lab.wait(Duration::from_secs(1));
    let page = again(&lab, &mut browser, &[("prompt", "select_account")]).expect(200);
    assert!(page.text().contains("Password"));
}

#[test]
fn the_age_of_a_login_is_limited_by_the_client_where_the_request_says_nothing() {
    let lab = TestLab::with(|config| {
        for client in &mut config.clients {
            client.metadata.wishes.default_max_age = Some(60);
        }
    });
    let mut browser = lab.browser();
    lab.allow(&mut browser, &lab.authorize_url(&[])).expect(303);
    assert!(again(&lab, &mut browser, &[]).expect(200).text().contains("Allow"));
    lab.wait(Duration::from_secs(61));
    assert!(again(&lab, &mut browser, &[]).expect(200).text().contains("Password"));
    assert!(again(&lab, &mut browser, &[("max_age", "900")]).expect(200).text().contains("Allow"));
}
