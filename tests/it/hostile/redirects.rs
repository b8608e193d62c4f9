//! Nobody is ever sent to a URI that is not registered, and untrusted text stays text.

use serde_json::json;

use super::super::support::http::{Request, encoded};
use super::super::support::lab::{CALLBACK, TestLab, parameter};
use super::{BIDI, CANARY, assert_alive, assert_harmless, fire};

/// Variations of the registered `http://127.0.0.1/callback`, and worse.
const MANIPULATED: &[&str] = &[
    "https://evil.example/callback",
    "//evil.example/callback",
    "http://127.0.0.1:40404@evil.example/callback",
    "http://127.0.0.1.evil.example/callback",
    "http://127.0.0.1:40404/callback/../evil",
    "http://127.0.0.1:40404/callback%2f..%2fevil",
    "http://127.0.0.1:40404/callback?next=https://evil.example",
    "http://127.0.0.1:40404/callback#fragment",
    "http://127.0.0.1:40404/callback/",
    "http://127.0.0.1:40404/Callback",
    "http://127.0.0.1:40404//callback",
    "http://127.0.0.1:40404/callback\\@evil.example",
    "http://127.0.0.1:99999/callback",
    "http://127.0.0.1:-1/callback",
    "http://127.0.0.1:0x50/callback",
    "http://127.1:40404/callback",
    "http://2130706433:40404/callback",
    "http://[::1]:40404/callback",
    "http://localhost:40404/callback",
    "https://127.0.0.1:40404/callback",
    "HTTP://127.0.0.1:40404/callback",
    "http://127.0.0.1:40404/callback\r\nLocation: https://evil.example",
    "http://127.0.0.1:40404/callback\0",
    " http://127.0.0.1:40404/callback",
    "http://user:pass@127.0.0.1:40404/callback",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "file:///etc/passwd",
    "",
    "callback",
    "/callback",
    "http://127\u{3002}0\u{3002}0\u{3002}1:40404/callback",
    CANARY,
];

#[test]
fn no_manipulated_redirect_uri_is_followed() {
    let lab = TestLab::start();
    let own_page = lab.at("/login");
    for uri in MANIPULATED.iter().copied().chain([own_page.as_str()]) {
        let fields = [
            ("response_type", "code"),
            ("client_id", "web"),
            ("redirect_uri", uri),
            ("state", "s"),
            ("prompt", "none"),
        ];
        let url = lab.at(&format!("/authorize?{}", encoded(&fields)));
        for request in [Request::get(url), Request::form(lab.at("/authorize"), &fields)] {
            let answer = fire(&lab, uri, &request);
            assert!((400..500).contains(&answer.status), "{uri}: {}", answer.whole());
            assert_eq!(answer.header("location"), None, "{uri}");
        }
    }
    let twice = format!("{}&redirect_uri=https://evil.example/", lab.authorize_url(&[]));
    let answer = fire(&lab, "two redirect URIs", &Request::get(twice));
    assert_eq!(answer.header("location"), None);
    assert_alive(&lab);
}

#[test]
fn an_unknown_client_is_never_redirected() {
    let lab = TestLab::start();
    for id in ["nobody", "", CANARY, BIDI, "web\0", "WEB", " web", "web%20", "../web"] {
        let fields = [("response_type", "code"), ("client_id", id), ("redirect_uri", CALLBACK)];
        let url = lab.at(&format!("/authorize?{}", encoded(&fields)));
        let answer = fire(&lab, id, &Request::get(url));
        assert!((400..500).contains(&answer.status), "{id}: {}", answer.whole());
        assert_eq!(answer.header("location"), None, "{id}");
    }
}

/// Parameters of the authorization request, known and unknown.
const PARAMETERS: &[&str] = &[
    "state",
    "scope",
    "nonce",
    "response_type",
    "response_mode",
    "prompt",
    "max_age",
    "resource",
    "code_challenge",
    "code_challenge_method",
    "login_hint",
    "display",
    "ui_locales",
    "claims",
    "request",
    "request_uri",
    "registration",
    "acr_values",
    "id_token_hint",
    "unknown",
];

#[test]
fn hostile_parameters_come_back_encoded_or_not_at_all() {
    let lab = TestLab::start();
    let long = "x".repeat(3000);
    let values = [
        CANARY,
        BIDI,
        "\r\nSet-Cookie: a=b",
        "\0",
        "a&error=x&code=y",
        "#",
        "https://evil.example/",
        &long,
    ];
    for name in PARAMETERS {
        for value in values {
            let what = format!("{name}={}", value.escape_debug());
            let answer = fire(&lab, &what, &Request::get(lab.authorize_url(&[(name, value)])));
            let Some(location) = answer.header("location") else { continue };
            if !location.starts_with(CALLBACK) {
                let page = lab.browser().open(&lab.authorize_url(&[(name, value)]));
                assert_harmless(&lab, &what, &page);
                continue;
            }
            let state = parameter(location, "state");
            let sent = if *name == "state" { value } else { "the-state" };
            assert!(state.as_deref().is_none_or(|state| state == sent), "{what}: {location}");
            assert_eq!(parameter(location, "code"), None, "{what}: {location}");
        }
    }
    assert_alive(&lab);
}

#[test]
fn the_text_of_a_client_is_refused_or_shown_as_text() {
    let lab = TestLab::start();
    let names = [
        CANARY,
        BIDI,
        "a\u{0}b",
        "a\nb",
        "Bank \u{2066}evil\u{2069}",
        "\u{feff}x",
        "x\u{200b}y",
        "'\"&<>",
    ];
    for name in names {
        let metadata = json!({
            "client_name": name,
            "redirect_uris": [CALLBACK],
            "token_endpoint_auth_method": "none",
        });
        let request = Request::json("POST", lab.at("/register"), &metadata);
        let answer = lab.send(request);
        if answer.status != 201 {
            assert_harmless(&lab, name, &answer);
            continue;
        }
        let id = answer.member("client_id");
        let mut browser = lab.browser();
        let login = browser.open(&lab.authorize_url(&[("client_id", &id)])).expect(200);
        assert_harmless(&lab, name, &login);
        let answers = [("username", "alice"), ("password", "alice")];
        let consent = browser.submit_and_follow(&login.form(), &answers).expect(200);
        assert_harmless(&lab, name, &consent);
    }
}

#[test]
fn what_a_user_types_is_shown_as_text() {
    let lab = TestLab::start();
    let mut browser = lab.browser();
    let mut page = browser.open(&lab.authorize_url(&[("login_hint", CANARY)])).expect(200);
    for (n, name) in [CANARY, BIDI, "\"><b>", "a\0b"].into_iter().enumerate() {
        assert_harmless(&lab, name, &page);
        page = browser.submit(&page.form(), &[("username", name), ("password", "wrong")]);
        assert_eq!(page.status, 401, "{n}: {}", page.whole());
    }
    assert_harmless(&lab, "the last one", &page);
}
