//! Rules of what a request wishes beyond its scope: claims, ways of authentication, a certain user,
//! authorization details, tokens in the front channel.

use oauthlab::rule;
use serde_json::json;

use super::super::support::http::{Answer, Request};
use super::super::support::lab::{CALLBACK, CI_SECRET};
use super::authorize::ask;
use super::wire::Wire::{Form, Fragment, Json, Redirect};
use super::{CANARY, Scene, Setting, Table, prove, row};

const READING: &str = r#"[{"type":"notes_access","actions":["read"]}]"#;
const UNKNOWN: &str = r#"[{"type":"payment","actions":["read"]}]"#;

fn authorize(scene: &Scene<'_>, changes: &[(&str, &str)]) -> Answer {
    ask(scene, &scene.authorize_url(changes))
}

/// A client that wants bound tokens asks for one in the front channel.
fn authorize_bound(scene: &Scene<'_>) -> Answer {
    let client = scene.register(&json!({
        "redirect_uris": [CALLBACK], "grant_types": ["implicit"], "response_types": ["token"],
        "token_endpoint_auth_method": "none", "dpop_bound_access_tokens": true,
    }));
    let id = client["client_id"].as_str().unwrap();
    authorize(scene, &[("client_id", id), ("response_type", "token")])
}

fn machine(scene: &Scene<'_>, details: &str) -> Answer {
    let fields = [("grant_type", "client_credentials"), ("authorization_details", details)];
    scene.send(Request::form(scene.at("/token"), &fields).basic("ci", CI_SECRET))
}

/// Alice logs in where the client expects Bob.
fn another_user(scene: &Scene<'_>) -> Answer {
    let url = scene.authorize_url(&[("claims", r#"{"id_token":{"sub":{"value":"bob"}}}"#)]);
    let mut browser = scene.browser();
    let form = browser.open(&url).expect(200).form();
    browser.submit(&form, &[("username", "alice"), ("password", "alice")])
}

macro_rules! wish_table {
    ($name:ident, $docket:expr, $sent:expr, $fragment:expr) => {
        pub(super) static $name: Table = Table {
            docket: $docket,
            rows: &[
                row(&rule::PROFILE_RESPONSE_TYPE, $sent, |s| {
                    authorize(s, &[("response_type", "code id_token")])
                }),
                row(&rule::RESPONSE_TYPE_CLIENT, $fragment, |s| {
                    authorize(s, &[("response_type", "token")])
                })
                .on(Setting::Legacy),
                row(&rule::RESPONSE_TYPE_BOUND, $fragment, |s| authorize_bound(s))
                    .on(Setting::Legacy),
                row(&rule::NONCE_PRESENTED, $fragment, |s| {
                    authorize(s, &[("response_type", "id_token"), ("nonce", "")])
                })
                .on(Setting::Legacy),
                row(&rule::CLAIMS_FORM, $sent, |s| authorize(s, &[("claims", "[]")])),
                row(&rule::ACR_ESSENTIAL, $sent, |s| {
                    let claims =
                        r#"{"id_token":{"acr":{"essential":true,"values":["urn:example:gold"]}}}"#;
                    authorize(s, &[("claims", claims)])
                }),
                row(&rule::HINT_ID_TOKEN, $sent, |s| authorize(s, &[("id_token_hint", CANARY)])),
                row(&rule::DETAILS_FORM, $sent, |s| {
                    authorize(s, &[("authorization_details", "{}")])
                }),
                row(&rule::DETAILS_KNOWN, $sent, |s| {
                    authorize(s, &[("authorization_details", UNKNOWN)])
                }),
                row(&rule::DETAILS_CLIENT, $sent, |s| {
                    authorize(s, &[("authorization_details", READING)])
                }),
            ],
        };
    };
}

wish_table!(AUTHORIZE, &rule::AUTHORIZE, Redirect, Fragment);
wish_table!(PAR, &rule::PAR, Json, Json);

pub(super) static LOGIN: Table =
    Table { docket: &rule::LOGIN, rows: &[row(&rule::LOGIN_EXPECTED, Form, another_user)] };

pub(super) static TOKEN_CODE: Table = Table {
    docket: &rule::TOKEN_CODE,
    rows: &[row(&rule::DETAILS_GRANTED, Json, |s| {
        s.redeem(&s.code(&[]), &[("authorization_details", READING)])
    })],
};

pub(super) static TOKEN_REFRESH: Table = Table {
    docket: &rule::TOKEN_REFRESH,
    rows: &[row(&rule::DETAILS_GRANTED, Json, |s| {
        let token = s.tokens(&[]).refresh.unwrap();
        let fields = [
            ("grant_type", "refresh_token"),
            ("refresh_token", token.as_str()),
            ("client_id", "web"),
            ("authorization_details", READING),
        ];
        s.post("/token", &fields)
    })],
};

pub(super) static TOKEN_CLIENT_CREDENTIALS: Table = Table {
    docket: &rule::TOKEN_CLIENT_CREDENTIALS,
    rows: &[
        row(&rule::DETAILS_FORM, Json, |s| machine(s, "[]")),
        row(&rule::DETAILS_KNOWN, Json, |s| machine(s, UNKNOWN)),
        row(&rule::DETAILS_CLIENT, Json, |s| machine(s, READING)),
    ],
};

#[test]
fn rules_of_what_a_request_wishes() {
    prove(&[&PAR]);
    prove(&[&AUTHORIZE, &LOGIN, &TOKEN_CODE, &TOKEN_REFRESH, &TOKEN_CLIENT_CREDENTIALS]);
}
