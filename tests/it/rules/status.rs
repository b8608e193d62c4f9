//! Rules of introspection, revocation and userinfo.

use std::time::Duration;

use oauthlab::rule;

use super::super::support::http::{Answer, Request};
use super::wire::Wire::{Bare, Bearer, Inactive, Json, Nothing};
use super::{CANARY, Scene, Setting, Table, prove, row};

pub(super) static INTROSPECT: Table = Table {
    docket: &rule::INTROSPECT,
    rows: &[
        row(&rule::INTROSPECT_CONFIDENTIAL, Json, |s| {
            s.post("/introspect", &[("client_id", "web"), ("token", CANARY)])
        }),
        row(&rule::CLIENT_RATE, Json, |s| s.post_as_ci("/introspect", &[("token", CANARY)]))
            .on(Setting::NoTokenRequests),
        row(&rule::TOKEN_PRESENTED, Json, |s| s.post_as_ci("/introspect", &[])),
    ],
};

pub(super) static REVOKE: Table = Table {
    docket: &rule::REVOKE,
    rows: &[
        row(&rule::CLIENT_RATE, Json, |s| s.post_as_ci("/revoke", &[("token", CANARY)]))
            .on(Setting::NoTokenRequests),
        row(&rule::TOKEN_PRESENTED, Json, |s| s.post_as_ci("/revoke", &[])),
    ],
};

fn introspect(scene: &Scene<'_>, token: &str) -> Answer {
    scene.post_as_ci("/introspect", &[("token", token)])
}

pub(super) static TOKEN_STATUS: Table = Table {
    docket: &rule::TOKEN_STATUS,
    rows: &[
        row(&rule::TOKEN_KNOWN, Inactive, |s| introspect(s, CANARY)),
        row(&rule::TOKEN_FRESH, Inactive, |s| {
            let token = s.machine_token();
            s.wait(Duration::from_secs(600));
            introspect(s, &token)
        }),
        row(&rule::TOKEN_LIVE, Inactive, |s| {
            let token = s.machine_token();
            s.post_as_ci("/revoke", &[("token", &token)]).expect(200);
            introspect(s, &token)
        }),
        row(&rule::INTROSPECT_AUDIENCE, Inactive, |s| introspect(s, &s.tokens(&[]).access)),
    ],
};

pub(super) static REVOKE_TOKEN: Table = Table {
    docket: &rule::REVOKE_TOKEN,
    rows: &[
        row(&rule::TOKEN_KNOWN, Nothing, |s| s.post_as_ci("/revoke", &[("token", CANARY)])),
        row(&rule::REVOKE_CLIENT, Nothing, |s| {
            let token = s.tokens(&[]).access;
            let answer = s.post_as_ci("/revoke", &[("token", &token)]);
            userinfo(s, &token).expect(200);
            answer
        }),
    ],
};

fn userinfo(scene: &Scene<'_>, token: &str) -> Answer {
    scene.send(Request::get(scene.at("/userinfo")).bearer(token))
}

pub(super) static USERINFO: Table = Table {
    docket: &rule::USERINFO,
    rows: &[
        row(&rule::BEARER_PRESENTED, Bare, |s| s.send(Request::get(s.at("/userinfo")))),
        row(&rule::BEARER_NOT_IN_QUERY, Bearer, |s| {
            s.send(Request::get(s.at(&format!("/userinfo?access_token={CANARY}"))))
        }),
        row(&rule::BEARER_ONCE, Bearer, |s| {
            s.send(Request::get(s.at("/userinfo")).bearer(CANARY).bearer(CANARY))
        }),
        row(&rule::BEARER_FORM, Bearer, |s| userinfo(s, &format!("{CANARY} x"))),
        row(&rule::TOKEN_KNOWN, Bearer, |s| userinfo(s, CANARY)),
        row(&rule::TOKEN_FRESH, Bearer, |s| {
            let token = s.tokens(&[]).access;
            s.wait(Duration::from_secs(600));
            userinfo(s, &token)
        }),
        row(&rule::TOKEN_LIVE, Bearer, |s| {
            let token = s.tokens(&[]).access;
            s.post("/revoke", &[("client_id", "web"), ("token", &token)]).expect(200);
            userinfo(s, &token)
        }),
        row(&rule::USERINFO_AUDIENCE, Bearer, |s| userinfo(s, &s.machine_token())),
        row(&rule::USERINFO_OPENID, Bearer, |s| {
            let refresh = s.tokens(&[]).refresh.unwrap();
            let narrowed = s.post(
                "/token",
                &[
                    ("grant_type", "refresh_token"),
                    ("refresh_token", &refresh),
                    ("client_id", "web"),
                    ("scope", "notes:read"),
                ],
            );
            userinfo(s, &narrowed.expect(200).member("access_token"))
        }),
    ],
};

#[test]
fn rules_of_introspection_revocation_and_userinfo() {
    prove(&[&INTROSPECT, &REVOKE, &TOKEN_STATUS, &REVOKE_TOKEN, &USERINFO]);
}

#[test]
fn opaque_tokens_are_refused_in_the_same_words() {
    let lab = Setting::Opaque.lab();
    let token = lab.machine_token();
    assert!(!token.contains('.'), "an opaque token is no JWT");
    let scene = Scene { lab: &lab, docket: &rule::TOKEN_STATUS };
    assert_eq!(introspect(&scene, &token).expect(200).json()["active"], true);
    assert_eq!(introspect(&scene, CANARY).expect(200).text(), r#"{"active":false}"#);
}
