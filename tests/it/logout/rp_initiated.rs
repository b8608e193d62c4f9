//! OpenID Connect RP-Initiated Logout 1.0: who is asked, who is not, and where the browser goes.

use oauthlab::rule;

use super::super::support::http::Request;
use super::super::support::lab::TestLab;
use super::allow_more;
use super::{AFTER, ID_TOKEN_LIFE, is_logged_in, lab, log_in, logout, refresh};

fn return_to(hint: &str) -> [(&str, &str); 3] {
    [("id_token_hint", hint), ("post_logout_redirect_uri", AFTER), ("state", "a b&c")]
}

#[test]
fn a_hint_of_this_session_ends_it_at_once_and_brings_the_state_back() {
    let lab = lab();
    let (mut browser, tokens) = log_in(&lab, "openid");
    let before = browser.clone();
    let answer = logout(&lab, &mut browser, &return_to(&tokens.id.unwrap())).expect(303);
    assert_eq!(answer.location(), format!("{AFTER}&state=a+b%26c"));
    let left = browser.cookies().keys().all(|name| name.ends_with("-known"));
    assert!(left, "{:?}", browser.cookies());
    // The old cookies are worth nothing: the session itself is gone.
    assert!(!is_logged_in(&lab, &before));
}

#[test]
fn without_a_hint_the_user_is_asked_and_decides() {
    let lab = lab();
    let (mut browser, _) = log_in(&lab, "openid");
    let asked = [("client_id", "web"), ("post_logout_redirect_uri", AFTER)];
    let page = logout(&lab, &mut browser, &asked).expect(200);
    assert!(page.text().contains("app.example"), "{}", page.text());
    assert!(is_logged_in(&lab, &browser));
    let stay = browser.submit(&page.form(), &[("decision", "stay")]).expect(403);
    assert_eq!(stay.header("location"), None);
    assert!(is_logged_in(&lab, &browser));
    let yes = browser.submit(&page.form(), &[("decision", "logout")]).expect(303);
    assert_eq!(yes.location(), AFTER);
    assert!(!is_logged_in(&lab, &browser));
}

#[test]
fn without_a_place_to_go_the_browser_stays_here() {
    let lab = lab();
    let (mut browser, _) = log_in(&lab, "openid");
    let page = logout(&lab, &mut browser, &[]).expect(200);
    let done = browser.submit(&page.form(), &[("decision", "logout")]).expect(200);
    assert!(done.text().contains("You are logged out"), "{}", done.text());
    assert!(!is_logged_in(&lab, &browser));
}

#[test]
fn a_hint_outlives_its_expiry() {
    let lab = lab();
    let (mut browser, tokens) = log_in(&lab, "openid");
    lab.wait(ID_TOKEN_LIFE);
    logout(&lab, &mut browser, &return_to(&tokens.id.unwrap())).expect(303);
    assert!(!is_logged_in(&lab, &browser));
}

#[test]
fn a_hint_of_another_session_ends_nothing_by_itself() {
    let lab = lab();
    let (mut mine, _) = log_in(&lab, "openid");
    let (theirs, tokens) = log_in(&lab, "openid");
    let page = logout(&lab, &mut mine, &return_to(&tokens.id.unwrap())).expect(200);
    assert!(page.text().contains("Log out?"), "{}", page.text());
    assert!(is_logged_in(&lab, &mine) && is_logged_in(&lab, &theirs));
    mine.submit(&page.form(), &[("decision", "logout")]).expect(303);
    assert!(!is_logged_in(&lab, &mine));
    assert!(is_logged_in(&lab, &theirs));
}

#[test]
fn only_our_own_id_tokens_are_hints() {
    let (lab, other) = (lab(), lab());
    let (mut browser, tokens) = log_in(&lab, "openid");
    let foreign = log_in(&other, "openid").1.id.unwrap();
    let own = tokens.id.unwrap();
    let parts: Vec<_> = own.split('.').collect();
    let unsigned = format!("eyJhbGciOiJub25lIn0.{}.", parts[1]);
    let cut = format!("{}.{}.{}", parts[0], parts[1], &parts[2][..parts[2].len() - 4]);
    for hint in [&foreign, &unsigned, &cut, &tokens.access] {
        let answer = logout(&lab, &mut browser, &return_to(hint)).expect(400);
        assert!(answer.text().contains(rule::LOGOUT_HINT.face.description), "{}", answer.text());
        assert_eq!(answer.header("location"), None);
    }
    assert!(is_logged_in(&lab, &browser));
}

#[test]
fn a_client_cannot_ask_with_the_id_token_of_another() {
    let lab = lab();
    let (mut browser, tokens) = log_in(&lab, "openid");
    let hint = tokens.id.unwrap();
    let answer = logout(&lab, &mut browser, &[("id_token_hint", &hint), ("client_id", "ci")]);
    let text = answer.expect(400).text();
    assert!(text.contains(rule::LOGOUT_CLIENT.face.description), "{text}");
    assert!(is_logged_in(&lab, &browser));
}

#[test]
fn no_variant_of_a_registered_uri_is_ever_a_way_out() {
    let lab = lab();
    let (mut browser, tokens) = log_in(&lab, "openid");
    let hint = tokens.id.unwrap();
    for uri in [
        "https://evil.example/after?kept=1",
        "https://app.example.evil.example/after?kept=1",
        "https://app.example@evil.example/after?kept=1",
        "https://APP.example/after?kept=1",
        "https://app.example:443/after?kept=1",
        "https://app.example/after?kept=1&more=1",
        "https://app.example/after",
        "https://app.example/after/?kept=1",
        "https://app.example/../after?kept=1",
        "https://app.example/%61fter?kept=1",
        "https://app.example/after?kept=1#",
        "http://app.example/after?kept=1",
        "//app.example/after?kept=1",
        "/after",
        "javascript:alert(1)",
        " https://app.example/after?kept=1",
        "https://app.example/after?kept=1\r\nX: y",
        "http://127.0.0.1:40404/callback",
    ] {
        let fields = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", uri)];
        let answer = logout(&lab, &mut browser, &fields).expect(400);
        assert_eq!(answer.header("location"), None, "{uri}");
        let text = answer.text();
        assert!(text.contains(rule::LOGOUT_REDIRECT_URI.face.description), "{uri}: {text}");
        assert!(!text.contains("evil.example") && !text.contains("javascript:"), "{uri}: {text}");
    }
    assert!(is_logged_in(&lab, &browser));
}

#[test]
fn a_registered_uri_without_a_client_to_name_it_is_no_way_out() {
    let lab = lab();
    let (mut browser, _) = log_in(&lab, "openid");
    let fields = [("post_logout_redirect_uri", AFTER)];
    assert_eq!(logout(&lab, &mut browser, &fields).expect(400).header("location"), None);
    // Nor does anybody get sent on who was not asked and shows nothing.
    let named = [("client_id", "web"), fields[0]];
    let page = logout(&lab, &mut lab.browser(), &named).expect(200);
    assert_eq!(page.header("location"), None);
    assert!(!page.text().contains("http-equiv"), "{}", page.text());
    assert!(page.text().contains("Continue to app.example"), "{}", page.text());
}

#[test]
fn another_site_cannot_log_anybody_out() {
    let lab = lab();
    let (mut browser, _) = log_in(&lab, "openid");
    let form = |fields: &[(&str, &str)]| {
        Request::form(lab.at("/logout"), fields).header("Origin", "https://evil.example")
    };
    // A form that presses our button, as from a site that is "same-site" with the lab.
    let forged = browser.send(form(&[("decision", "logout"), ("csrf", "guess")])).expect(403);
    assert!(forged.text().contains(rule::FORM_CSRF.face.description), "{}", forged.text());
    browser.send(form(&[("decision", "logout")])).expect(403);
    // What our page carries in a query is not an answer.
    logout(&lab, &mut browser, &[("decision", "logout")]).expect(200);
    browser.send(form(&[])).expect(200);
    assert!(is_logged_in(&lab, &browser));
    // The page of one browser is worth nothing in another.
    let page = logout(&lab, &mut browser, &[]).expect(200).form();
    let (mut other, _) = log_in(&lab, "openid");
    other.submit(&page, &[("decision", "logout")]).expect(403);
    assert!(is_logged_in(&lab, &other) && is_logged_in(&lab, &browser));
}

#[test]
fn a_post_that_lost_its_cookies_on_the_way_is_asked_for_again() {
    let lab = lab();
    let (mut browser, tokens) = log_in(&lab, "openid");
    let hint = tokens.id.unwrap();
    // Browsers leave cookies out of a POST that another site sends.
    let bare = lab.send(Request::form(lab.at("/logout"), &return_to(&hint))).expect(200);
    assert!(bare.headers.iter().all(|(name, _)| name != "set-cookie"), "{}", bare.whole());
    let answer = browser.submit(&bare.form(), &[]).expect(303);
    assert!(answer.location().starts_with(AFTER));
    assert!(!is_logged_in(&lab, &browser));
    // Who has no cookies is not asked for ever, and loses none.
    let bare = lab.send(Request::form(lab.at("/logout"), &[("continued", "1")])).expect(200);
    assert!(!bare.text().contains("<form"), "{}", bare.text());
    assert!(bare.headers.iter().all(|(name, _)| name != "set-cookie"), "{}", bare.whole());
}

#[test]
fn who_is_not_logged_in_is_logged_out_already() {
    let lab = lab();
    let (mut browser, tokens) = log_in(&lab, "openid");
    let hint = tokens.id.unwrap();
    for _ in 0..2 {
        let answer = logout(&lab, &mut browser, &return_to(&hint)).expect(303);
        assert!(answer.location().starts_with(AFTER));
    }
}

#[test]
fn access_that_was_not_meant_to_last_ends_with_its_session() {
    let lab = lab();
    let (mut browser, short) = log_in(&lab, "openid notes:read");
    let lasting = allow_more(&lab, &mut browser, "openid notes:read offline_access");
    let (_, elsewhere) = log_in(&lab, "openid notes:read");
    let unspent = browser.open(&lab.authorize_url(&[])).expect(200);
    let unspent = browser.submit(&unspent.form(), &[("decision", "allow")]).expect(303);
    logout(&lab, &mut browser, &return_to(short.id.as_deref().unwrap())).expect(303);
    assert_eq!(refresh(&lab, &short).expect(400).member("error"), "invalid_grant");
    refresh(&lab, &lasting).expect(200);
    refresh(&lab, &elsewhere).expect(200);
    let code = super::parameter(unspent.location(), "code").unwrap();
    assert_eq!(lab.redeem(&code, &[]).expect(400).member("error"), "invalid_grant");
    assert!(!active(&lab, &short.access));
}

fn active(lab: &TestLab, token: &str) -> bool {
    lab.send(Request::get(lab.api("/notes")).bearer(token)).status == 200
}

#[test]
fn the_metadata_names_the_endpoint() {
    let lab = lab();
    let metadata = lab.send(Request::get(lab.at("/.well-known/openid-configuration"))).json();
    assert_eq!(metadata["end_session_endpoint"], lab.at("/logout").as_str());
    for channel in ["backchannel", "frontchannel"] {
        for what in ["supported", "session_supported"] {
            assert_eq!(metadata[format!("{channel}_logout_{what}")], true, "{metadata:#}");
        }
    }
    assert_eq!(metadata.get("check_session_iframe"), None);
}
