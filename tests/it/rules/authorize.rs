//! Rules of the authorization request.

use oauthlab::rule;
use serde_json::json;

use super::super::support::http::{Answer, Request};
use super::super::support::lab::CALLBACK;
use super::wire::Wire::{Json, Page, Redirect};
use super::{Scene, Setting, Table, prove, row};

fn authorize(scene: &Scene<'_>, changes: &[(&str, &str)]) -> Answer {
    ask(scene, &scene.authorize_url(changes))
}

/// Sends an authorization request to the scene's decision point: by a browser, or pushed.
pub(super) fn ask(scene: &Scene<'_>, url: &str) -> Answer {
    let (_, query) = url.split_once('?').unwrap();
    if scene.docket.id == "par" {
        let form = Request::new("POST", scene.at("/par"));
        let form = form.header("Content-Type", "application/x-www-form-urlencoded");
        return scene.send(form.body(query));
    }
    scene.browser().send(Request::get(url))
}

fn resource(scene: &Scene<'_>, path: &str, scope: &str) -> Answer {
    authorize(scene, &[("resource", &scene.api(path)), ("scope", scope)])
}

/// The rules that an authorization request and a pushed one have in common.
macro_rules! request_table {
    ($name:ident, $docket:expr, $sent:expr, $shown:expr) => {
        pub(super) static $name: Table = Table {
            docket: $docket,
            rows: &[
                row(&rule::REDIRECT_URI_PRESENTED, $shown, |s| {
                    authorize(s, &[("redirect_uri", "")])
                }),
                row(&rule::REDIRECT_URI_REGISTERED, $shown, |s| {
                    authorize(s, &[("redirect_uri", "https://evil.example/")])
                }),
                row(&rule::STATE_FORM, $sent, |s| authorize(s, &[("state", &"x".repeat(2049))])),
                row(&rule::REGISTRATION_PARAMETER_ABSENT, $sent, |s| {
                    authorize(s, &[("registration", "{}")])
                }),
                row(&rule::RESPONSE_TYPE_PRESENTED, $sent, |s| {
                    authorize(s, &[("response_type", "")])
                }),
                row(&rule::RESPONSE_TYPE_SUPPORTED, $sent, |s| {
                    authorize(s, &[("response_type", "telepathy")])
                }),
                row(&rule::RESPONSE_MODE_SUPPORTED, $sent, |s| {
                    authorize(s, &[("response_mode", "web_message")])
                }),
                row(&rule::AUTHORIZE_CLIENT_GRANT, $sent, without_the_grant),
                row(&rule::PKCE_CHALLENGE_PRESENTED, $sent, |s| {
                    authorize(s, &[("code_challenge", ""), ("code_challenge_method", "")])
                }),
                row(&rule::PKCE_METHOD, $sent, |s| {
                    authorize(s, &[("code_challenge_method", "plain")])
                }),
                row(&rule::PKCE_CHALLENGE_FORM, $sent, |s| {
                    authorize(s, &[("code_challenge", "short")])
                }),
                row(&rule::SCOPE_FORM, $sent, |s| authorize(s, &[("scope", "a\"b")])),
                row(&rule::SCOPE_KNOWN, $sent, |s| authorize(s, &[("scope", "openid nothing")])),
                row(&rule::SCOPE_CLIENT, $sent, |s| authorize(s, &[("scope", "mcp:tools")])),
                row(&rule::TARGET_FORM, $sent, |s| authorize(s, &[("resource", "notes")])),
                row(&rule::TARGET_KNOWN, $sent, |s| resource(s, "/nowhere", "openid notes:read")),
                row(&rule::SCOPE_TARGET, $sent, |s| resource(s, "/mcp", "openid notes:read")),
                row(&rule::SCOPE_ONE_API, $sent, scopes_of_two_apis),
                row(&rule::PROMPT_FORM, $sent, |s| authorize(s, &[("prompt", "none login")])),
                row(&rule::DPOP_JKT_FORM, $sent, |s| authorize(s, &[("dpop_jkt", "short")])),
                row(&rule::MAX_AGE_FORM, $sent, |s| authorize(s, &[("max_age", "-1")])),
                row(&rule::NONCE_FORM, $sent, |s| authorize(s, &[("nonce", &"x".repeat(1025))])),
            ],
        };
    };
}

request_table!(REQUEST, &rule::AUTHORIZE, Redirect, Page);
request_table!(PAR, &rule::PAR, Json, Json);

pub(super) static AUTHORIZE: Table = Table {
    docket: &rule::AUTHORIZE,
    rows: &[
        row(&rule::AUTHORIZE_CLIENT_PRESENTED, Page, |s| authorize(s, &[("client_id", "")])),
        row(&rule::AUTHORIZE_CLIENT_KNOWN, Page, |s| authorize(s, &[("client_id", "nobody")])),
        row(&rule::PROMPT_LOGIN, Redirect, |s| authorize(s, &[("prompt", "none")])),
        row(&rule::PROMPT_CONSENT, Redirect, logged_in_without_consent),
        row(&rule::CONSENT_MODE, Redirect, |s| authorize(s, &[])).on(Setting::ConsentDenied),
    ],
};

fn without_the_grant(scene: &Scene<'_>) -> Answer {
    let metadata = json!({
        "redirect_uris": [CALLBACK],
        "token_endpoint_auth_method": "none",
        "grant_types": ["urn:ietf:params:oauth:grant-type:device_code"],
    });
    let client = scene.register(&metadata);
    authorize(scene, &[("client_id", client["client_id"].as_str().unwrap())])
}

fn scopes_of_two_apis(scene: &Scene<'_>) -> Answer {
    let client = scene.register(&json!({
        "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none",
    }));
    let id = client["client_id"].as_str().unwrap();
    authorize(scene, &[("client_id", id), ("scope", "notes:read mcp:tools")])
}

fn logged_in_without_consent(scene: &Scene<'_>) -> Answer {
    let mut browser = scene.browser();
    scene.allow(&mut browser, &scene.authorize_url(&[])).expect(303);
    // Consent to a public client is never remembered (RFC 8252 §8.6).
    browser.send(Request::get(scene.authorize_url(&[("prompt", "none")])))
}

#[test]
fn rules_of_the_authorization_request() {
    prove(&[&AUTHORIZE, &REQUEST]);
}

#[test]
fn rules_of_a_pushed_request() {
    prove(&[&PAR]);
}
