//! Login sessions over the wire: how long they live, under which id, and what their end takes along.

use std::collections::BTreeSet;
use std::time::Duration;

use super::support::http::{Answer, Request};
use super::support::lab::{TestLab, parameter};
use super::support::user::Browser;

const ALICE: [(&str, &str); 2] = [("username", "alice"), ("password", "alice")];
const MINUTE: Duration = Duration::from_secs(60);

/// Idle for ten minutes, an hour at most.
fn lab() -> TestLab {
    TestLab::with(|config| {
        config.sessions.idle = 10 * MINUTE;
        config.sessions.absolute = 60 * MINUTE;
    })
}

/// Logs Alice in for a request with these changes.
#[track_caller]
fn log_in(lab: &TestLab, browser: &mut Browser, changes: &[(&str, &str)]) -> Answer {
    let login = browser.open(&lab.authorize_url(changes)).expect(200);
    assert!(login.text().contains("password"), "{}", login.text());
    browser.submit_and_follow(&login.form(), &ALICE).expect(200)
}

/// Whether the browser's session answers a silent request. That alone is no use of it: nobody sits
/// there when a frame of a client asks.
fn is_logged_in(lab: &TestLab, browser: &Browser) -> bool {
    let silent = lab.authorize_url(&[("prompt", "none")]);
    let answer = browser.clone().send(Request::get(silent)).expect(303);
    parameter(answer.location(), "error").as_deref() != Some("login_required")
}

/// Uses the session as a user does: a page is shown, and no login.
#[track_caller]
fn visit(lab: &TestLab, browser: &mut Browser) {
    let page = browser.open(&lab.authorize_url(&[])).expect(200);
    assert!(page.text().contains("Allow"), "{}", page.text());
}

fn session_of(browser: &Browser) -> Option<String> {
    let mut cookies = browser.cookies().iter();
    cookies.find(|(name, _)| name.ends_with("-session")).map(|(_, value)| value.clone())
}

#[test]
fn an_unused_session_dies_and_a_used_one_dies_later() {
    let lab = lab();
    let (mut unused, mut used) = (lab.browser(), lab.browser());
    log_in(&lab, &mut unused, &[]);
    log_in(&lab, &mut used, &[]);
    lab.wait(Duration::from_millis(10 * 60_000 - 1));
    assert!(is_logged_in(&lab, &unused), "for ten minutes");
    visit(&lab, &mut used);
    lab.wait(Duration::from_millis(1));
    assert!(!is_logged_in(&lab, &unused), "and not for longer");
    // Used every nine minutes: 19, 28, 37, 46, 55.
    for _ in 0..5 {
        lab.wait(9 * MINUTE);
        visit(&lab, &mut used);
    }
    lab.wait(Duration::from_millis(5 * 60_000 - 1));
    assert!(is_logged_in(&lab, &used), "up to an hour");
    lab.wait(Duration::from_millis(1));
    assert!(!is_logged_in(&lab, &used), "an hour is the end, however it is used");
}

#[test]
fn an_answer_is_a_use_of_the_session() {
    let lab = lab();
    let mut browser = lab.browser();
    let consent = log_in(&lab, &mut browser, &[]);
    lab.wait(9 * MINUTE);
    browser.submit(&consent.form(), &[("decision", "allow")]).expect(303);
    lab.wait(9 * MINUTE);
    assert!(is_logged_in(&lab, &browser));
}

#[test]
fn a_dead_session_is_asked_for_its_password_and_lists_nothing() {
    let lab = lab();
    let mut browser = lab.browser();
    log_in(&lab, &mut browser, &[]);
    let account = |browser: &Browser| {
        let request = Request::get(lab.at("/account")).header("Accept", "application/json");
        browser.clone().send(request)
    };
    assert_eq!(account(&browser).expect(200).json()["sessions"].as_array().unwrap().len(), 1);
    lab.wait(10 * MINUTE);
    let refused = account(&browser).expect(401);
    assert!(refused.member("error_uri").ends_with("/rules/session.live"), "{}", refused.text());
    log_in(&lab, &mut browser, &[]);
    assert_eq!(account(&browser).expect(200).json()["sessions"].as_array().unwrap().len(), 1);
}

#[test]
fn every_login_has_a_session_id_of_its_own_and_the_one_before_is_dead() {
    let lab = lab();
    let mut browser = lab.browser();
    let mut ids = BTreeSet::new();
    let fresh = "urn:oauthlab:acr:fresh";
    let essential = format!(r#"{{"id_token":{{"acr":{{"essential":true,"value":"{fresh}"}}}}}}"#);
    for changes in [
        &[][..],
        // The user is asked again, as the client wishes.
        &[("prompt", "login")],
        // More than the session is good for: a better way of authentication (step-up).
        &[("acr_values", fresh)],
        &[("claims", essential.as_str())],
        // A newer login.
        &[("max_age", "0")],
    ] {
        let before = browser.clone();
        assert_eq!(is_logged_in(&lab, &before), !ids.is_empty());
        log_in(&lab, &mut browser, changes);
        assert!(ids.insert(session_of(&browser).unwrap()), "{changes:?}");
        assert!(is_logged_in(&lab, &browser), "{changes:?}");
        assert!(!is_logged_in(&lab, &before), "{changes:?}");
        lab.wait(Duration::from_secs(2));
    }
    let account = Request::get(lab.at("/account")).header("Accept", "application/json");
    let sessions = browser.send(account).expect(200).json()["sessions"].clone();
    assert_eq!(sessions.as_array().unwrap().len(), 1, "one browser, one session: {sessions}");
}

#[test]
fn what_was_on_its_way_ends_with_the_session() {
    let lab = lab();
    let mut browser = lab.browser();
    let consent = log_in(&lab, &mut browser, &[]);
    let back = browser.submit(&consent.form(), &[("decision", "allow")]).expect(303);
    let code = parameter(back.location(), "code").unwrap();
    let open = browser.open(&lab.authorize_url(&[])).expect(200);
    let before = browser.clone();
    let page = browser.open(&lab.at("/logout")).expect(200);
    let out = browser.submit(&page.form(), &[("decision", "logout")]);
    assert!(out.status < 400, "{}", out.whole());
    assert_eq!(session_of(&browser), None, "the cookie is taken away");
    assert!(!is_logged_in(&lab, &before), "and worth nothing to whoever kept it");
    assert_eq!(lab.redeem(&code, &[]).expect(400).member("error"), "invalid_grant");
    // A page that was shown before, answered afterwards, with the old cookies.
    let answer = before.clone().submit(&open.form(), &[("decision", "allow")]);
    assert!(answer.status >= 400 && answer.header("location").is_none(), "{}", answer.whole());
}

#[test]
fn cookies_name_the_issuer_and_its_port_and_no_other_server_has_any() {
    let (one, two) = (lab(), lab());
    let set = |lab: &TestLab| {
        let mut browser = lab.browser();
        let login = browser.send(Request::get(lab.authorize_url(&[])));
        let page = browser.open(&lab.authorize_url(&[])).expect(200);
        let form = browser.submit(&page.form(), &ALICE).expect(303);
        let answers = [login, form].into_iter().flat_map(|answer| answer.headers);
        let cookies = answers.filter(|(name, _)| name == "set-cookie").map(|(_, value)| value);
        cookies.collect::<Vec<String>>()
    };
    let (of_one, of_two) = (set(&one), set(&two));
    assert_eq!(of_one.len(), 3, "{of_one:?}");
    for (lab, cookies) in [(&one, &of_one), (&two, &of_two)] {
        let port = lab.issuer().rsplit(':').next().unwrap();
        for cookie in cookies {
            let (pair, attributes) = cookie.split_once("; ").unwrap();
            assert!(pair.starts_with(&format!("__Host-oauthlab-issuer-{port}-")), "{cookie}");
            for wanted in ["Path=/", "HttpOnly", "SameSite=Lax", "Secure"] {
                assert!(attributes.split("; ").any(|own| own == wanted), "{cookie}");
            }
            assert!(!attributes.contains("Domain"), "{cookie}");
        }
    }
    // A browser sends those of both labs to both, and stays logged in at both.
    let mut browser = one.browser();
    log_in(&one, &mut browser, &[]);
    let theirs: Vec<_> = of_two.iter().filter_map(|cookie| cookie.split(';').next()).collect();
    let own: Vec<_> = browser.cookies().iter().map(|(n, v)| format!("{n}={v}")).collect();
    let both = own.iter().map(String::as_str).chain(theirs).collect::<Vec<_>>().join("; ");
    let silent = one.authorize_url(&[("prompt", "none")]);
    let answer = one.send(Request::get(silent).header("Cookie", &both)).expect(303);
    assert_ne!(parameter(answer.location(), "error").as_deref(), Some("login_required"));
    let token = one.lab().inspector_token().expose();
    for url in [one.inspector("/api/lab"), one.api("/notes"), one.api("/health")] {
        let answer = one.send(Request::get(url).bearer(token));
        assert_eq!(answer.header("set-cookie"), None);
    }
}
