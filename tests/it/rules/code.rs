//! Rules of the authorization code grant.

use std::time::Duration;

use oauthlab::rule;
use serde_json::json;

use super::super::support::http::Answer;
use super::super::support::lab::CALLBACK;
use super::wire::Wire::Json;
use super::{CANARY, Scene, Setting, Table, prove, row};

pub(super) static TOKEN_ANY: Table = Table {
    docket: &rule::TOKEN_ANY,
    rows: &[
        row(&rule::GRANT_TYPE_PRESENTED, Json, |s| s.post("/token", &[("client_id", "web")])),
        row(&rule::GRANT_TYPE_SUPPORTED, Json, |s| {
            s.post_as_ci("/token", &[("grant_type", "urn:example:grant")])
        }),
        row(&rule::PROFILE_GRANT, Json, |s| {
            let user = [("username", "alice"), ("password", CANARY)];
            s.post_as_ci("/token", &[&[("grant_type", "password")], &user[..]].concat())
        }),
    ],
};

/// Redeems a fresh code with changes.
fn redeem(scene: &Scene<'_>, changes: &[(&str, &str)]) -> Answer {
    scene.redeem(&scene.code(&[]), changes)
}

pub(super) static TOKEN_CODE: Table = Table {
    docket: &rule::TOKEN_CODE,
    rows: &[
        row(&rule::CLIENT_RATE, Json, |s| redeem(s, &[])).on(Setting::NoTokenRequests),
        row(&rule::CLIENT_GRANT, Json, |s| {
            s.post_as_ci("/token", &[("grant_type", "authorization_code"), ("code", CANARY)])
        }),
        row(&rule::CODE_PRESENTED, Json, |s| s.redeem("", &[("code", "")])),
        row(&rule::PKCE_VERIFIER_FORM, Json, |s| redeem(s, &[("code_verifier", "leak canary")])),
        row(&rule::TARGET_FORM, Json, |s| redeem(s, &[("resource", "notes")])),
        row(&rule::CODE_KNOWN, Json, |s| s.redeem(CANARY, &[])),
        row(&rule::CODE_CLIENT, Json, |s| {
            let metadata =
                json!({ "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none" });
            let other = s.register(&metadata);
            redeem(s, &[("client_id", other["client_id"].as_str().unwrap())])
        }),
        row(&rule::CODE_UNSPENT, Json, |s| {
            let code = s.code(&[]);
            s.redeem(&code, &[]).expect(200);
            s.redeem(&code, &[])
        }),
        row(&rule::CODE_FRESH, Json, |s| {
            let code = s.code(&[]);
            s.wait(Duration::from_secs(61));
            s.redeem(&code, &[])
        }),
        row(&rule::GRANT_LIVE, Json, |s| {
            let code = s.code(&[]);
            s.redeem(&code, &[]).expect(200);
            // The replay revokes the authorization; another one finds it revoked.
            s.redeem(&code, &[]).expect(400);
            s.redeem(&code, &[])
        })
        .shown_as(&rule::CODE_UNSPENT),
        row(&rule::CODE_REDIRECT_URI, Json, |s| {
            redeem(s, &[("redirect_uri", "http://127.0.0.1:40405/callback")])
        }),
        row(&rule::PKCE_VERIFIER_PRESENTED, Json, |s| redeem(s, &[("code_verifier", "")])),
        row(&rule::PKCE_DOWNGRADE, Json, |s| {
            let code = s.code(&[("code_challenge", ""), ("code_challenge_method", "")]);
            s.redeem(&code, &[("code_verifier", CANARY)])
        })
        .on(Setting::ChallengeOptional),
        row(&rule::PKCE_VERIFIER, Json, |s| redeem(s, &[("code_verifier", CANARY)])),
        row(&rule::TARGET_GRANTED, Json, |s| redeem(s, &[("resource", &s.api("/mcp"))])),
    ],
};

#[test]
fn rules_of_the_authorization_code_grant() {
    prove(&[&TOKEN_ANY, &TOKEN_CODE]);
}

#[test]
fn a_wrong_verifier_burns_the_code_and_revokes_nothing() {
    let lab = super::TestLab::start();
    let first = lab.tokens(&[]);
    let code = lab.code(&[]);
    lab.redeem(&code, &[("code_verifier", CANARY)]).expect(400);
    lab.redeem(&code, &[]).expect(400);
    let userinfo = super::super::support::http::Request::get(lab.at("/userinfo"));
    lab.send(userinfo.bearer(&first.access)).expect(200);
}
