//! Rules of the APIs: the bearer token, what the issuer says of it, and the notes.

use std::time::Duration;

use oauthlab::lab::{LabOptions, Only};
use oauthlab::protocol::IssuerUrl;
use oauthlab::rule;
use serde_json::json;

use super::super::support::http::{Answer, Request};
use super::wire::Wire::{Bare, Bearer, Json};
use super::{CANARY, Scene, Setting, Table, prove, row};

/// Nobody listens there, and nobody may: port 1 is reserved.
pub(super) fn without_issuer(options: &mut LabOptions) {
    options.only = Some(Only::Resource);
    options.issuer = Some(IssuerUrl::parse("https://localhost:1").unwrap());
}

fn notes(scene: &Scene<'_>, token: &str) -> Answer {
    scene.send(Request::get(scene.api("/notes")).bearer(token))
}

fn write(scene: &Scene<'_>, token: &str, text: &str) -> Answer {
    let request = Request::json("POST", scene.api("/notes"), &json!({ "text": text }));
    scene.send(request.bearer(token))
}

fn alice(scene: &Scene<'_>) -> String {
    scene.tokens(&[("scope", "openid notes:read notes:write")]).access
}

/// The token with another signature of the same length.
fn resigned(token: &str) -> String {
    let (rest, signature) = token.rsplit_once('.').unwrap();
    let flipped = if signature.starts_with('A') { 'B' } else { 'A' };
    format!("{rest}.{flipped}{}", &signature[1..])
}

pub(super) static RESOURCE: Table = Table {
    docket: &rule::RESOURCE,
    rows: &[
        row(&rule::BEARER_PRESENTED, Bare, |s| s.send(Request::get(s.api("/notes")))),
        row(&rule::BEARER_NOT_IN_QUERY, Bearer, |s| {
            s.send(Request::get(s.api(&format!("/notes?access_token={CANARY}"))))
        }),
        row(&rule::BEARER_ONCE, Bearer, |s| {
            s.send(Request::get(s.api("/notes")).bearer(CANARY).bearer(CANARY))
        }),
        row(&rule::BEARER_FORM, Bearer, |s| notes(s, &format!("{CANARY} x"))),
        row(&rule::RESOURCE_ISSUER_REACHABLE, Json, |s| notes(s, CANARY)).on(Setting::IssuerGone),
        row(&rule::RESOURCE_SIGNATURE, Bearer, |s| notes(s, &resigned(&s.machine_token())))
            .on(Setting::LocalValidation),
        row(&rule::RESOURCE_TYPE, Bearer, |s| notes(s, &s.tokens(&[]).id.unwrap()))
            .on(Setting::LocalValidation),
        row(&rule::RESOURCE_ISSUER, Bearer, |s| notes(s, CANARY)).on(Setting::OtherIssuer),
        row(&rule::RESOURCE_FRESH, Bearer, |s| {
            let token = s.machine_token();
            s.wait(Duration::from_secs(700));
            notes(s, &token)
        })
        .on(Setting::LocalValidation),
        row(&rule::RESOURCE_ACTIVE, Bearer, |s| notes(s, CANARY)),
        row(&rule::RESOURCE_AUDIENCE, Bearer, |s| {
            s.send(Request::new("POST", s.api("/mcp")).bearer(&s.machine_token()))
        })
        .on(Setting::LocalValidation),
        row(&rule::RESOURCE_SCOPE, Bearer, |s| write(s, &s.tokens(&[]).access, "x")),
    ],
};

pub(super) static NOTE: Table = Table {
    docket: &rule::NOTE,
    rows: &[
        row(&rule::NOTE_USER, Bearer, |s| notes(s, &s.machine_token())),
        row(&rule::NOTE_FORM, Json, |s| write(s, &alice(s), "")),
        row(&rule::NOTE_KNOWN, Json, |s| {
            let mine = write(s, &alice(s), "mine").expect(201).member("id");
            let mut browser = s.browser();
            let login = browser.open(&s.authorize_url(&[])).expect(200);
            let bob = [("username", "bob"), ("password", "bob")];
            let consent = browser.submit_and_follow(&login.form(), &bob).expect(200);
            let back = browser.submit(&consent.form(), &[("decision", "allow")]).expect(303);
            let code = super::super::support::lab::parameter(back.location(), "code").unwrap();
            let token = s.redeem(&code, &[]).expect(200).member("access_token");
            s.send(Request::get(s.api(&format!("/notes/{mine}"))).bearer(&token))
        }),
        row(&rule::NOTE_BOUND, Json, |s| {
            let token = alice(s);
            let full = (0..101).map(|_| write(s, &token, "x")).find(|answer| answer.status != 201);
            full.unwrap()
        }),
    ],
};

#[test]
fn rules_of_the_apis() {
    prove(&[&RESOURCE]);
}

#[test]
fn rules_of_the_notes() {
    prove(&[&NOTE]);
}

#[test]
fn a_token_for_one_api_is_refused_by_the_other_however_it_is_checked() {
    for setting in [Setting::Builtin, Setting::LocalValidation] {
        let lab = setting.lab();
        let token = lab.machine_token();
        let answer = lab.send(Request::new("POST", lab.api("/mcp")).bearer(&token));
        assert_eq!(answer.status, 401, "{setting:?}: {}", answer.whole());
        let challenge = answer.header("www-authenticate").unwrap();
        let metadata = lab.api("/.well-known/oauth-protected-resource/mcp");
        assert!(challenge.contains("error=\"invalid_token\""), "{challenge}");
        assert!(challenge.contains(&format!("resource_metadata=\"{metadata}\"")), "{challenge}");
    }
}
