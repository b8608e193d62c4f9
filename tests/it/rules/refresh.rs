//! Rules of the refresh token grant.

use std::time::Duration;

use oauthlab::rule;
use serde_json::json;

use super::super::support::http::Answer;
use super::super::support::lab::CALLBACK;
use super::wire::Wire::Json;
use super::{CANARY, Scene, Setting, Table, prove, row};

fn refresh(scene: &Scene<'_>, token: &str, extra: &[(&str, &str)]) -> Answer {
    let grant = [("grant_type", "refresh_token"), ("refresh_token", token)];
    let client = [("client_id", "web")];
    let named = extra.iter().any(|(name, _)| *name == "client_id");
    let client = if named { &[][..] } else { &client[..] };
    scene.post("/token", &[&grant[..], client, extra].concat())
}

fn token(scene: &Scene<'_>) -> String {
    scene.tokens(&[]).refresh.unwrap()
}

pub(super) static TOKEN_REFRESH: Table = Table {
    docket: &rule::TOKEN_REFRESH,
    rows: &[
        row(&rule::CLIENT_RATE, Json, |s| refresh(s, CANARY, &[])).on(Setting::NoTokenRequests),
        row(&rule::CLIENT_GRANT, Json, |s| {
            s.post_as_ci("/token", &[("grant_type", "refresh_token"), ("refresh_token", CANARY)])
        }),
        row(&rule::REFRESH_PRESENTED, Json, |s| refresh(s, "", &[])),
        row(&rule::SCOPE_FORM, Json, |s| refresh(s, CANARY, &[("scope", "a\"b")])),
        row(&rule::TARGET_FORM, Json, |s| refresh(s, CANARY, &[("resource", "notes")])),
        row(&rule::REFRESH_KNOWN, Json, |s| refresh(s, CANARY, &[])),
        row(&rule::REFRESH_CLIENT, Json, |s| {
            let other = s.register(&json!({
                "redirect_uris": [CALLBACK],
                "grant_types": ["authorization_code", "refresh_token"],
                "token_endpoint_auth_method": "none",
            }));
            refresh(s, &token(s), &[("client_id", other["client_id"].as_str().unwrap())])
        }),
        row(&rule::REFRESH_UNROTATED, Json, |s| {
            let token = token(s);
            refresh(s, &token, &[]).expect(200);
            refresh(s, &token, &[])
        }),
        row(&rule::REFRESH_FRESH, Json, |s| {
            let token = token(s);
            s.wait(Duration::from_secs(30 * 60));
            refresh(s, &token, &[])
        }),
        row(&rule::GRANT_LIVE, Json, |s| {
            let token = token(s);
            let newest = refresh(s, &token, &[]).expect(200).member("refresh_token");
            refresh(s, &token, &[]).expect(400);
            refresh(s, &newest, &[])
        }),
        row(&rule::REFRESH_SCOPE, Json, |s| {
            refresh(s, &token(s), &[("scope", "notes:read notes:write")])
        }),
        row(&rule::TARGET_GRANTED, Json, |s| {
            refresh(s, &token(s), &[("resource", &s.api("/mcp"))])
        }),
    ],
};

#[test]
fn rules_of_the_refresh_token_grant() {
    prove(&[&TOKEN_REFRESH]);
}

#[test]
fn a_replay_by_a_stranger_revokes_nothing() {
    let lab = super::TestLab::start();
    let scene = Scene { lab: &lab, docket: &rule::TOKEN_REFRESH };
    let first = token(&scene);
    let newest = refresh(&scene, &first, &[]).expect(200).member("refresh_token");
    let other = lab.register(&json!({
        "redirect_uris": [CALLBACK],
        "grant_types": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_method": "none",
    }));
    let id = other["client_id"].as_str().unwrap();
    refresh(&scene, &first, &[("client_id", id)]).expect(400);
    refresh(&scene, &newest, &[]).expect(200);
}
