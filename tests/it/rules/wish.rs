//! Rules of what a request wishes beyond its scope: claims, ways of authentication, a certain user,
//! authorization details, tokens in the front channel.

use oauthlab::rule;

use super::super::support::http::{Answer, Request};
use super::super::support::lab::CI_SECRET;
use super::wire::Wire::{Form, Fragment, Json, Redirect};
use super::{CANARY, Scene, Setting, Table, prove, row};

const READING: &str = r#"[{"type":"notes_access","actions":["read"]}]"#;
const UNKNOWN: &str = r#"[{"type":"payment","actions":["read"]}]"#;

fn authorize(scene: &Scene<'_>, changes: &[(&str, &str)]) -> Answer {
    scene.browser().send(Request::get(scene.authorize_url(changes)))
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

pub(super) static AUTHORIZE: Table = Table {
    docket: &rule::AUTHORIZE,
    rows: &[
        row(&rule::PROFILE_RESPONSE_TYPE, Redirect, |s| {
            authorize(s, &[("response_type", "code id_token")])
        }),
        row(&rule::RESPONSE_TYPE_CLIENT, Fragment, |s| authorize(s, &[("response_type", "token")]))
            .on(Setting::Legacy),
        row(&rule::NONCE_PRESENTED, Fragment, |s| {
            authorize(s, &[("response_type", "id_token"), ("nonce", "")])
        })
        .on(Setting::Legacy),
        row(&rule::CLAIMS_FORM, Redirect, |s| authorize(s, &[("claims", "[]")])),
        row(&rule::ACR_ESSENTIAL, Redirect, |s| {
            let claims = r#"{"id_token":{"acr":{"essential":true,"values":["urn:example:gold"]}}}"#;
            authorize(s, &[("claims", claims)])
        }),
        row(&rule::HINT_ID_TOKEN, Redirect, |s| authorize(s, &[("id_token_hint", CANARY)])),
        row(&rule::DETAILS_FORM, Redirect, |s| authorize(s, &[("authorization_details", "{}")])),
        row(&rule::DETAILS_KNOWN, Redirect, |s| {
            authorize(s, &[("authorization_details", UNKNOWN)])
        }),
        row(&rule::DETAILS_CLIENT, Redirect, |s| {
            authorize(s, &[("authorization_details", READING)])
        }),
    ],
};

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
    prove(&[&AUTHORIZE, &LOGIN, &TOKEN_CODE, &TOKEN_REFRESH, &TOKEN_CLIENT_CREDENTIALS]);
}
