//! The account page: what a user sees and takes back, and only of their own.

use oauthlab::rule;
use serde_json::Value;

use super::super::support::http::{Answer, Request};
use super::super::support::lab::{TestLab, Tokens, parameter};
use super::super::support::user::Browser;
use super::{allow_more, is_logged_in, lab, log_in, refresh};

#[track_caller]
fn account(lab: &TestLab, browser: &Browser) -> Value {
    let request = Request::get(lab.at("/account")).header("Accept", "application/json");
    browser.clone().send(request).expect(200).json()
}

/// A script takes something back.
fn take_back(lab: &TestLab, browser: &mut Browser, what: (&str, &str)) -> Answer {
    let csrf = account(lab, browser)["csrf"].as_str().unwrap().to_owned();
    let fields = [("csrf", csrf.as_str()), what];
    browser.send(
        Request::form(lab.at("/account/revoke"), &fields).header("Accept", "application/json"),
    )
}

fn log_in_as_bob(lab: &TestLab) -> Browser {
    let mut browser = lab.browser();
    let form = browser.open(&lab.authorize_url(&[])).expect(200).form();
    browser.submit(&form, &[("username", "bob"), ("password", "bob")]).expect(303);
    browser
}

#[test]
fn a_user_sees_sessions_and_lasting_access() {
    let lab = lab();
    let (first, _) = log_in(&lab, "openid notes:read");
    log_in_as_bob(&lab);
    let (mut second, _) = log_in(&lab, "openid notes:read");
    allow_more(&lab, &mut second, "openid offline_access");
    let seen = account(&lab, &first);
    assert_eq!(seen["schema"], "oauthlab.account/v1");
    assert_eq!(seen["sessions"].as_array().unwrap().len(), 2, "{seen:#}");
    let current = seen["sessions"].as_array().unwrap().iter().filter(|one| one["current"] == true);
    assert_eq!(current.count(), 1, "{seen:#}");
    assert_eq!(seen["grants"].as_array().unwrap().len(), 3, "{seen:#}");
    assert_eq!(seen["grants"][0]["client_id"], "web");
    // A page shows the same to people, with a form for each.
    let page = first.clone().send(Request::get(lab.at("/account"))).expect(200);
    assert_eq!(page.text().matches("<form").count(), 5, "{}", page.text());
    assert!(page.header("content-type").unwrap().starts_with("text/html"));
}

#[test]
fn a_session_that_is_taken_back_is_over_where_it_lived() {
    let lab = lab();
    let (lost, tokens) = log_in(&lab, "openid notes:read");
    let (mut here, kept) = log_in(&lab, "openid notes:read");
    let sessions = account(&lab, &here)["sessions"].clone();
    let other = sessions.as_array().unwrap().iter().find(|one| one["current"] == false).unwrap();
    let answer = take_back(&lab, &mut here, ("session", other["id"].as_str().unwrap()));
    assert_eq!(answer.expect(200).json()["logged_out"], false);
    assert!(!is_logged_in(&lab, &lost));
    assert!(is_logged_in(&lab, &here));
    assert_eq!(refresh(&lab, &tokens).expect(400).member("error"), "invalid_grant");
    refresh(&lab, &kept).expect(200);
}

#[test]
fn the_own_session_can_be_taken_back_as_well() {
    let lab = lab();
    let (mut here, _) = log_in(&lab, "openid");
    let before = here.clone();
    let own = account(&lab, &here)["sessions"][0]["id"].as_str().unwrap().to_owned();
    let answer = take_back(&lab, &mut here, ("session", &own));
    assert_eq!(answer.expect(200).json()["logged_out"], true);
    assert!(here.cookies().keys().all(|name| name.ends_with("-known")));
    assert!(!is_logged_in(&lab, &before));
}

#[test]
fn all_access_of_a_client_ends_the_lasting_one_too() {
    let lab = lab();
    let (mut browser, short) = log_in(&lab, "openid notes:read");
    let lasting = allow_more(&lab, &mut browser, "openid notes:read offline_access");
    take_back(&lab, &mut browser, ("client", "web")).expect(200);
    for tokens in [&short, &lasting] {
        assert_eq!(refresh(&lab, tokens).expect(400).member("error"), "invalid_grant");
    }
    assert_eq!(account(&lab, &browser)["grants"], Value::Array(Vec::new()));
    assert!(is_logged_in(&lab, &browser));
    // There is nothing left to take back.
    take_back(&lab, &mut browser, ("client", "web")).expect(404);
}

#[test]
fn nobody_takes_back_what_is_of_another() {
    let lab = lab();
    let (alice, tokens) = log_in(&lab, "openid notes:read");
    let session = account(&lab, &alice)["sessions"][0]["id"].as_str().unwrap().to_owned();
    let mut bob = log_in_as_bob(&lab);
    for what in [("session", session.as_str()), ("client", "web"), ("consent", "web")] {
        let answer = take_back(&lab, &mut bob, what).expect(404);
        assert_eq!(answer.json()["error_description"], rule::ACCOUNT_TARGET.face.description);
    }
    assert!(is_logged_in(&lab, &alice));
    refresh(&lab, &tokens).expect(200);
    // Nor is the token of one user's page worth anything for another.
    let csrf = account(&lab, &alice)["csrf"].as_str().unwrap().to_owned();
    let own = account(&lab, &bob)["sessions"][0]["id"].as_str().unwrap().to_owned();
    let fields = [("csrf", csrf.as_str()), ("session", own.as_str())];
    bob.send(Request::form(lab.at("/account/revoke"), &fields)).expect(403);
    assert!(is_logged_in(&lab, &bob));
}

#[test]
fn a_form_names_one_thing() {
    let lab = lab();
    let (mut browser, _) = log_in(&lab, "openid");
    let csrf = account(&lab, &browser)["csrf"].as_str().unwrap().to_owned();
    let both = [("csrf", csrf.as_str()), ("client", "web"), ("consent", "web")];
    browser.send(Request::form(lab.at("/account/revoke"), &both)).expect(404);
    browser.send(Request::form(lab.at("/account/revoke"), &both[..1])).expect(404);
}

#[test]
fn a_consent_that_is_withdrawn_is_asked_for_again_and_its_tokens_end() {
    let lab = TestLab::with(|config| config.consent.remember_confidential = true);
    let client = lab.register(&serde_json::json!({
        "redirect_uris": ["https://app.example/cb"],
        "grant_types": ["authorization_code", "refresh_token"],
    }));
    let (id, secret) = (client["client_id"].as_str().unwrap(), client["client_secret"].as_str());
    let url = lab.authorize_url(&[("client_id", id), ("redirect_uri", "https://app.example/cb")]);
    let mut browser = lab.browser();
    let sent_back = lab.allow(&mut browser, &url).expect(303);
    let code = parameter(sent_back.location(), "code").unwrap();
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", "https://app.example/cb"),
        ("code_verifier", super::super::support::lab::VERIFIER),
    ];
    let request = Request::form(lab.at("/token"), &fields).basic(id, secret.unwrap());
    let tokens = Tokens::of(&lab.send(request).expect(200));
    browser.send(Request::get(url.clone())).expect(303);
    let seen = account(&lab, &browser);
    assert_eq!(seen["consents"][0]["client_id"], id, "{seen:#}");
    take_back(&lab, &mut browser, ("consent", id)).expect(200);
    let fields = [("grant_type", "refresh_token"), ("refresh_token", &tokens.refresh.unwrap())];
    let refused = lab.send(Request::form(lab.at("/token"), &fields).basic(id, secret.unwrap()));
    assert_eq!(refused.expect(400).member("error"), "invalid_grant");
    let again = browser.open(&url).expect(200);
    assert!(again.text().contains("Allow access?"), "{}", again.text());
}

#[test]
fn the_account_is_not_for_other_origins() {
    let lab = lab();
    let (mut browser, _) = log_in(&lab, "openid");
    for path in ["/account", "/logout"] {
        let request = Request::get(lab.at(path)).header("Origin", "https://evil.example");
        let answer = browser.send(request).expect(200);
        assert_eq!(answer.header("access-control-allow-origin"), None);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert!(
            answer.header("content-security-policy").unwrap().contains("frame-ancestors 'none'")
        );
    }
}

#[test]
fn a_user_logs_in_at_the_account_itself() {
    let lab = lab();
    let mut browser = lab.browser();
    let form = browser.open(&lab.at("/account")).expect(401).form();
    let answers = [("username", "alice"), ("password", "alice")];
    // The form works only in the browser that it was shown to.
    let mut other = lab.browser();
    other.open(&lab.at("/account")).expect(401);
    other.submit(&form, &answers).expect(403);
    let page = browser.submit_and_follow(&form, &answers).expect(200);
    assert!(page.text().contains("Account of alice"), "{}", page.text());
    let script = Request::get(lab.at("/account")).header("Accept", "application/json");
    let refused = lab.send(script).expect(401).json();
    assert_eq!(refused["error"], "login_required");
}
