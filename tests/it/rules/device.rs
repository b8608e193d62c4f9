//! Rules of the device authorization grant: the device's requests, and its user's pages.

use std::time::Duration;

use oauthlab::rule;
use serde_json::{Value, json};

use super::super::support::http::Answer;
use super::super::support::user::{Browser, Form};
use super::wire::Wire::{Form as FormAgain, Json, Page};
use super::{CANARY, Scene, Setting, Table, prove, row};

const GRANT: (&str, &str) = ("grant_type", "urn:ietf:params:oauth:grant-type:device_code");
const TV: (&str, &str) = ("client_id", "tv");
const ALICE: [(&str, &str); 2] = [("username", "alice"), ("password", "alice")];
const DENIED: [(&str, &str); 1] = [("decision", "deny")];
const ALLOWED: [(&str, &str); 1] = [("decision", "allow")];

fn begin(scene: &Scene<'_>, extra: &[(&str, &str)]) -> Answer {
    scene.post("/device_authorization", &[&[TV], extra].concat())
}

/// The codes of a device that waits.
fn codes(scene: &Scene<'_>) -> Value {
    begin(scene, &[("scope", "notes:read")]).expect(200).json()
}

fn poll(scene: &Scene<'_>, device: &Value, extra: &[(&str, &str)]) -> Answer {
    let code = ("device_code", device["device_code"].as_str().unwrap());
    scene.post("/token", &[&[GRANT, TV, code], extra].concat())
}

fn code_page(scene: &Scene<'_>) -> (Browser, Form) {
    let mut browser = scene.browser();
    let form = browser.open(&scene.at("/device")).expect(200).form();
    (browser, form)
}

/// Types the code, logs in: the page that asks.
fn confirm_page(scene: &Scene<'_>, device: &Value) -> (Browser, Form) {
    let (mut browser, form) = code_page(scene);
    let typed = [("user_code", device["user_code"].as_str().unwrap())];
    let login = browser.submit_and_follow(&form, &typed).expect(200).form();
    let form = browser.submit_and_follow(&login, &ALICE).expect(200).form();
    (browser, form)
}

fn answered(scene: &Scene<'_>, device: &Value, answer: &[(&str, &str)]) -> Answer {
    let (mut browser, form) = confirm_page(scene, device);
    browser.submit(&form, answer)
}

fn typed(scene: &Scene<'_>, user_code: &str) -> Answer {
    let (mut browser, form) = code_page(scene);
    browser.submit(&form, &[("user_code", user_code)])
}

pub(super) static DEVICE: Table = Table {
    docket: &rule::DEVICE,
    rows: &[
        row(&rule::PROFILE_GRANT, Json, |s| begin(s, &[])).on(Setting::HighSecurity),
        row(&rule::CLIENT_RATE, Json, |s| begin(s, &[])).on(Setting::NoTokenRequests),
        row(&rule::CLIENT_GRANT, Json, |s| s.post_as_ci("/device_authorization", &[])),
        row(&rule::SCOPE_FORM, Json, |s| begin(s, &[("scope", "a\\b")])),
        row(&rule::SCOPE_KNOWN, Json, |s| begin(s, &[("scope", "nothing")])),
        row(&rule::SCOPE_CLIENT, Json, |s| {
            let client = s.register(&json!({
                "grant_types": [GRANT.1], "token_endpoint_auth_method": "none",
                "scope": "notes:read",
            }));
            let id = ("client_id", client["client_id"].as_str().unwrap());
            s.post("/device_authorization", &[id, ("scope", "notes:write")])
        }),
        row(&rule::TARGET_FORM, Json, |s| begin(s, &[("resource", "https://a.example/#b")])),
        row(&rule::TARGET_KNOWN, Json, |s| begin(s, &[("resource", "https://a.example/")])),
        row(&rule::SCOPE_TARGET, Json, |s| {
            begin(s, &[("scope", "notes:read"), ("resource", &s.api("/mcp"))])
        }),
        row(&rule::SCOPE_ONE_API, Json, |s| {
            let metadata =
                json!({ "grant_types": [GRANT.1], "token_endpoint_auth_method": "none" });
            let other = s.register(&metadata);
            let id = ("client_id", other["client_id"].as_str().unwrap());
            s.post("/device_authorization", &[id, ("scope", "notes:read mcp:tools")])
        }),
    ],
};

pub(super) static DEVICE_USER_CODE: Table = Table {
    docket: &rule::DEVICE_USER_CODE,
    rows: &[
        row(&rule::FORM_CSRF, Page, |s| {
            let (mut browser, form) = code_page(s);
            browser.submit(&form, &[("csrf", CANARY), ("user_code", CANARY)])
        }),
        row(&rule::USER_CODE_RATE, FormAgain, |s| {
            let (mut browser, form) = code_page(s);
            for _ in 0..5 {
                browser.submit(&form, &[("user_code", CANARY)]).expect(400);
            }
            // From here on a guess learns nothing, be it wrong or right.
            let device = codes(s);
            browser.submit(&form, &[("user_code", device["user_code"].as_str().unwrap())])
        }),
        row(&rule::USER_CODE_KNOWN, FormAgain, |s| typed(s, CANARY)),
        row(&rule::USER_CODE_FRESH, FormAgain, |s| {
            let device = codes(s);
            s.wait(Duration::from_secs(600));
            typed(s, device["user_code"].as_str().unwrap())
        }),
        row(&rule::USER_CODE_UNANSWERED, FormAgain, |s| {
            let device = codes(s);
            answered(s, &device, &ALLOWED).expect(200);
            typed(s, device["user_code"].as_str().unwrap())
        }),
    ],
};

pub(super) static DEVICE_ANSWER: Table = Table {
    docket: &rule::DEVICE_ANSWER,
    rows: &[
        row(&rule::INTERACTION_KNOWN, Page, |s| {
            let (mut browser, form) = confirm_page(s, &codes(s));
            browser.submit(&form, &[("interaction", CANARY), ALLOWED[0]])
        }),
        row(&rule::SESSION_LIVE, Page, |s| {
            let (mut browser, form) = confirm_page(s, &codes(s));
            browser.forget("session");
            browser.submit(&form, &ALLOWED)
        }),
        row(&rule::FORM_CSRF, Page, |s| {
            let (mut browser, form) = confirm_page(s, &codes(s));
            browser.submit(&form, &[("csrf", CANARY), ALLOWED[0]])
        }),
        row(&rule::USER_CODE_FRESH, Page, |s| {
            let device = codes(s);
            s.wait(Duration::from_secs(300));
            let (mut browser, form) = confirm_page(s, &device);
            s.wait(Duration::from_secs(300));
            browser.submit(&form, &ALLOWED)
        }),
        row(&rule::USER_CODE_UNANSWERED, Page, |s| {
            let (mut browser, form) = confirm_page(s, &codes(s));
            browser.submit(&form, &ALLOWED).expect(200);
            browser.submit(&form, &DENIED)
        }),
        row(&rule::CONSENT_MODE, Page, |s| answered(s, &codes(s), &ALLOWED))
            .on(Setting::ConsentDenied),
        row(&rule::CONSENT_GRANTED, Page, |s| answered(s, &codes(s), &DENIED)),
    ],
};

pub(super) static TOKEN_DEVICE: Table = Table {
    docket: &rule::TOKEN_DEVICE,
    rows: &[
        row(&rule::CLIENT_RATE, Json, |s| poll(s, &json!({ "device_code": CANARY }), &[]))
            .on(Setting::NoTokenRequests),
        row(&rule::CLIENT_GRANT, Json, |s| {
            s.post_as_ci("/token", &[GRANT, ("device_code", CANARY)])
        }),
        row(&rule::DEVICE_CODE_PRESENTED, Json, |s| s.post("/token", &[GRANT, TV])),
        row(&rule::TARGET_FORM, Json, |s| poll(s, &codes(s), &[("resource", "notes")])),
        row(&rule::DEVICE_CODE_KNOWN, Json, |s| poll(s, &json!({ "device_code": CANARY }), &[])),
        row(&rule::DEVICE_CODE_CLIENT, Json, |s| {
            let metadata =
                json!({ "grant_types": [GRANT.1], "token_endpoint_auth_method": "none" });
            let other = s.register(&metadata);
            let code = codes(s)["device_code"].as_str().unwrap().to_owned();
            let id = ("client_id", other["client_id"].as_str().unwrap());
            s.post("/token", &[GRANT, id, ("device_code", &code)])
        }),
        row(&rule::DEVICE_CODE_UNSPENT, Json, |s| {
            let device = codes(s);
            answered(s, &device, &ALLOWED).expect(200);
            poll(s, &device, &[]).expect(200);
            poll(s, &device, &[])
        }),
        row(&rule::DEVICE_CODE_FRESH, Json, |s| {
            let device = codes(s);
            s.wait(Duration::from_secs(600));
            poll(s, &device, &[])
        }),
        row(&rule::GRANT_LIVE, Json, |s| {
            let device = codes(s);
            answered(s, &device, &ALLOWED).expect(200);
            poll(s, &device, &[]).expect(200);
            // The replay revokes the authorization; another one finds it revoked.
            poll(s, &device, &[]).expect(400);
            poll(s, &device, &[])
        })
        .shown_as(&rule::DEVICE_CODE_UNSPENT),
        row(&rule::DEVICE_CODE_ALLOWED, Json, |s| {
            let device = codes(s);
            answered(s, &device, &DENIED).expect(403);
            poll(s, &device, &[])
        }),
        row(&rule::DEVICE_CODE_INTERVAL, Json, |s| {
            let device = codes(s);
            poll(s, &device, &[]).expect(400);
            poll(s, &device, &[])
        }),
        row(&rule::DEVICE_CODE_ANSWERED, Json, |s| poll(s, &codes(s), &[])),
        row(&rule::TARGET_GRANTED, Json, |s| {
            let device = codes(s);
            answered(s, &device, &ALLOWED).expect(200);
            poll(s, &device, &[("resource", &s.api("/mcp"))])
        }),
    ],
};

#[test]
fn rules_of_the_device_authorization_grant() {
    prove(&[&DEVICE, &DEVICE_USER_CODE, &DEVICE_ANSWER, &TOKEN_DEVICE]);
}
