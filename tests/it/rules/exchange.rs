//! Rules of token exchange (RFC 8693).

use oauthlab::rule;
use serde_json::json;

use super::super::support::http::{Answer, Request};
use super::super::support::lab::CALLBACK;
use super::super::support::proof::ProofKey;
use super::wire::Wire::Json;
use super::{CANARY, Scene, Setting, Table, prove, row, sender};

pub(super) const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS: &str = "urn:ietf:params:oauth:token-type:access_token";
const REFRESH: &str = "urn:ietf:params:oauth:token-type:refresh_token";

/// Exchanges a token as the machine client, with parameters added or replaced (an empty value
/// removes).
fn exchange(scene: &Scene<'_>, token: &str, changes: &[(&str, &str)]) -> Answer {
    scene.post_as_ci("/token", &form(token, changes))
}

fn form<'a>(token: &'a str, changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut fields =
        vec![("grant_type", GRANT), ("subject_token", token), ("subject_token_type", ACCESS)];
    fields.retain(|(name, _)| !changes.iter().any(|(own, _)| own == name));
    fields.extend(changes.iter().filter(|(_, value)| !value.is_empty()));
    fields
}

/// A fresh access token of Alice, issued to the public client.
fn token(scene: &Scene<'_>) -> String {
    scene.tokens(&[("scope", "openid notes:read notes:write")]).access
}

/// Exchanges as another confidential client, whom the lab file does not name.
fn as_stranger(scene: &Scene<'_>, token: &str) -> Answer {
    let client = scene.register(&json!({ "grant_types": [GRANT] }));
    let text = |name: &str| client[name].as_str().unwrap().to_owned();
    let request = Request::form(scene.at("/token"), &form(token, &[]));
    scene.send(request.basic(&text("client_id"), &text("client_secret")))
}

pub(super) static TOKEN_EXCHANGE: Table = Table {
    docket: &rule::TOKEN_EXCHANGE,
    rows: &[
        row(&rule::CLIENT_RATE, Json, |s| exchange(s, CANARY, &[])).on(Setting::NoTokenRequests),
        row(&rule::CLIENT_GRANT, Json, |s| {
            let client = s.register(&json!({ "redirect_uris": [CALLBACK] }));
            let text = |name: &str| client[name].as_str().unwrap().to_owned();
            let request = Request::form(s.at("/token"), &form(CANARY, &[]));
            s.send(request.basic(&text("client_id"), &text("client_secret")))
        }),
        row(&rule::EXCHANGE_CONFIDENTIAL, Json, |s| {
            s.post("/token", &form(CANARY, &[("client_id", "web")]))
        })
        .on(Setting::PublicMachine),
        row(&rule::EXCHANGE_SUBJECT_PRESENTED, Json, |s| {
            exchange(s, CANARY, &[("subject_token_type", "")])
        }),
        // A token in the place of its type is a token still.
        row(&rule::EXCHANGE_SUBJECT_TYPE, Json, |s| {
            exchange(s, CANARY, &[("subject_token_type", REFRESH)]).expect(400);
            exchange(s, CANARY, &[("subject_token_type", CANARY)])
        }),
        row(&rule::EXCHANGE_ACTOR_FORM, Json, |s| {
            exchange(s, CANARY, &[("actor_token_type", ACCESS)]).expect(400);
            exchange(s, CANARY, &[("actor_token", CANARY), ("actor_token_type", CANARY)])
        }),
        row(&rule::EXCHANGE_REQUESTED_TYPE, Json, |s| {
            exchange(s, CANARY, &[("requested_token_type", REFRESH)])
        }),
        row(&rule::EXCHANGE_TARGET_KNOWN, Json, |s| exchange(s, CANARY, &[("audience", "nobody")])),
        row(&rule::SCOPE_FORM, Json, |s| exchange(s, CANARY, &[("scope", "a\\b")])),
        row(&rule::EXCHANGE_SUBJECT_KNOWN, Json, |s| exchange(s, CANARY, &[])),
        row(&rule::EXCHANGE_SUBJECT_LIVE, Json, |s| {
            let token = token(s);
            s.post("/revoke", &[("token", &token), ("client_id", "web")]).expect(200);
            exchange(s, &token, &[])
        }),
        row(&rule::EXCHANGE_SUBJECT_CLIENT, Json, |s| as_stranger(s, &token(s))),
        row(&rule::EXCHANGE_ACTOR_KNOWN, Json, |s| {
            let token = token(s);
            exchange(s, &token, &[("actor_token", &token), ("actor_token_type", ACCESS)])
        }),
        row(&rule::EXCHANGE_ACTOR_LIVE, Json, |s| {
            let actor = s.machine_token();
            s.post_as_ci("/revoke", &[("token", &actor)]).expect(200);
            exchange(s, &token(s), &[("actor_token", &actor), ("actor_token_type", ACCESS)])
        }),
        row(&rule::EXCHANGE_SENDER, Json, |s| {
            let bound = sender::redeem(s, &s.code(&[]), &ProofKey::new()).expect(200);
            exchange(s, &bound.member("access_token"), &[])
        }),
        row(&rule::EXCHANGE_MAY_ACT, Json, |s| exchange(s, &token(s), &[])).on(Setting::MayAct),
        row(&rule::EXCHANGE_CHAIN, Json, |s| {
            let actor = s.machine_token();
            let acts = [("actor_token", actor.as_str()), ("actor_token_type", ACCESS)];
            let mut token = token(s);
            for _ in 0..8 {
                token = exchange(s, &token, &acts).expect(200).member("access_token");
            }
            exchange(s, &token, &acts)
        }),
        row(&rule::EXCHANGE_SCOPE, Json, |s| {
            exchange(s, &token(s), &[("scope", "notes:read notes:write")])
        }),
        row(&rule::DETAILS_GRANTED, Json, |s| {
            let details = r#"[{"type":"notes_access","actions":["read"]}]"#;
            exchange(s, &token(s), &[("authorization_details", details)])
        }),
        row(&rule::EXCHANGE_TARGET_GRANTED, Json, |s| {
            exchange(s, &token(s), &[("audience", "notes"), ("resource", &s.api("/mcp"))])
        }),
    ],
};

#[test]
fn rules_of_token_exchange() {
    prove(&[&TOKEN_EXCHANGE]);
}

#[test]
fn an_api_takes_an_exchanged_token_until_the_user_withdraws_the_grant() {
    let lab = super::TestLab::start();
    let scene = Scene { lab: &lab, docket: &rule::TOKEN_EXCHANGE };
    let tokens = lab.tokens(&[]);
    let answer = exchange(&scene, &tokens.access, &[("audience", "notes")]).expect(200);
    let body = answer.json();
    assert_eq!(body["issued_token_type"], ACCESS);
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!(body["scope"], "notes:read");
    assert!(body.get("refresh_token").is_none() && body.get("id_token").is_none(), "{body}");
    let exchanged = answer.member("access_token");
    let call = || lab.send(Request::get(lab.api("/notes")).bearer(&exchanged));
    call().expect(200);
    let refresh = tokens.refresh.unwrap();
    lab.post("/revoke", &[("token", &refresh), ("client_id", "web")]).expect(200);
    // The API remembers for a moment what the issuer said of a token.
    lab.wait(std::time::Duration::from_secs(60));
    call().expect(401);
    let introspected = lab.post_as_ci("/introspect", &[("token", &exchanged)]).expect(200);
    assert_eq!(introspected.text(), r#"{"active":false}"#);
}
