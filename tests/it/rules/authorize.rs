//! Rules of the authorization request.

use oauthlab::rule;
use serde_json::json;

use super::super::support::http::{Answer, Request};
use super::super::support::lab::CALLBACK;
use super::wire::Wire::{Page, Redirect};
use super::{Scene, Setting, Table, prove, row};

fn authorize(scene: &Scene<'_>, changes: &[(&str, &str)]) -> Answer {
    scene.browser().send(Request::get(scene.authorize_url(changes)))
}

fn resource(scene: &Scene<'_>, path: &str, scope: &str) -> Answer {
    authorize(scene, &[("resource", &scene.api(path)), ("scope", scope)])
}

pub(super) static AUTHORIZE: Table = Table {
    docket: &rule::AUTHORIZE,
    rows: &[
        row(&rule::AUTHORIZE_CLIENT_PRESENTED, Page, |s| authorize(s, &[("client_id", "")])),
        row(&rule::AUTHORIZE_CLIENT_KNOWN, Page, |s| authorize(s, &[("client_id", "nobody")])),
        row(&rule::REDIRECT_URI_PRESENTED, Page, |s| authorize(s, &[("redirect_uri", "")])),
        row(&rule::REDIRECT_URI_REGISTERED, Page, |s| {
            authorize(s, &[("redirect_uri", "https://evil.example/")])
        }),
        row(&rule::STATE_FORM, Redirect, |s| authorize(s, &[("state", &"x".repeat(2049))])),
        row(&rule::REQUEST_OBJECT_ABSENT, Redirect, |s| authorize(s, &[("request", "a.b.c")])),
        row(&rule::REQUEST_URI_ABSENT, Redirect, |s| {
            authorize(s, &[("request_uri", "urn:example:x")])
        }),
        row(&rule::REGISTRATION_PARAMETER_ABSENT, Redirect, |s| {
            authorize(s, &[("registration", "{}")])
        }),
        row(&rule::RESPONSE_TYPE_PRESENTED, Redirect, |s| authorize(s, &[("response_type", "")])),
        row(&rule::RESPONSE_TYPE_SUPPORTED, Redirect, |s| {
            authorize(s, &[("response_type", "telepathy")])
        }),
        row(&rule::RESPONSE_MODE_SUPPORTED, Redirect, |s| {
            authorize(s, &[("response_mode", "web_message")])
        }),
        row(&rule::AUTHORIZE_CLIENT_GRANT, Redirect, without_the_grant),
        row(&rule::PKCE_CHALLENGE_PRESENTED, Redirect, |s| {
            authorize(s, &[("code_challenge", ""), ("code_challenge_method", "")])
        }),
        row(&rule::PKCE_METHOD, Redirect, |s| authorize(s, &[("code_challenge_method", "plain")])),
        row(&rule::PKCE_CHALLENGE_FORM, Redirect, |s| authorize(s, &[("code_challenge", "short")])),
        row(&rule::SCOPE_FORM, Redirect, |s| authorize(s, &[("scope", "a\"b")])),
        row(&rule::SCOPE_KNOWN, Redirect, |s| authorize(s, &[("scope", "openid nothing")])),
        row(&rule::SCOPE_CLIENT, Redirect, |s| authorize(s, &[("scope", "mcp:tools")])),
        row(&rule::TARGET_FORM, Redirect, |s| authorize(s, &[("resource", "notes")])),
        row(&rule::TARGET_KNOWN, Redirect, |s| resource(s, "/nowhere", "openid notes:read")),
        row(&rule::SCOPE_TARGET, Redirect, |s| resource(s, "/mcp", "openid notes:read")),
        row(&rule::SCOPE_ONE_API, Redirect, scopes_of_two_apis),
        row(&rule::PROMPT_FORM, Redirect, |s| authorize(s, &[("prompt", "none login")])),
        row(&rule::MAX_AGE_FORM, Redirect, |s| authorize(s, &[("max_age", "-1")])),
        row(&rule::NONCE_FORM, Redirect, |s| authorize(s, &[("nonce", &"x".repeat(1025))])),
        row(&rule::PROMPT_LOGIN, Redirect, |s| authorize(s, &[("prompt", "none")])),
        row(&rule::PROMPT_CONSENT, Redirect, logged_in_without_consent),
        row(&rule::CONSENT_MODE, Redirect, |s| authorize(s, &[])).on(Setting::ConsentDenied),
    ],
};

fn without_the_grant(scene: &Scene<'_>) -> Answer {
    let metadata = json!({ "redirect_uris": [CALLBACK], "grant_types": ["client_credentials"] });
    let client = scene.register(&metadata);
    authorize(scene, &[("client_id", client["client_id"].as_str().unwrap())])
}

fn scopes_of_two_apis(scene: &Scene<'_>) -> Answer {
    let client = scene.register(&json!({ "redirect_uris": [CALLBACK] }));
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
    prove(&[&AUTHORIZE]);
}
