//! Rules of client authentication, at each of the decision points that begin with them.

use oauthlab::rule;
use oauthlab::tls::ClientIdentity;
use serde_json::json;

use super::super::support::http::{Answer, Request};
use super::super::support::keyed::{
    CHAINED, PINNED, SIGNER, changed, claims, forged, form, send_as, signed, vouched,
};
use super::super::support::lab::{CI_SECRET, VERIFIER};
use super::wire::Wire::Json;
use super::{CANARY, Scene, Setting, Table, exchange, jwt_bearer, prove, row};

const DEVICE_GRANT: (&str, &str) = ("grant_type", "urn:ietf:params:oauth:grant-type:device_code");

type Fields = Vec<(&'static str, &'static str)>;

/// Path and form of a request at the scene's decision point, without any client.
fn request(scene: &Scene<'_>) -> (&'static str, Fields) {
    match scene.docket.id {
        "token.authorization_code" => {
            let code = [("grant_type", "authorization_code"), ("code", CANARY)];
            ("/token", [&code[..], &[("code_verifier", VERIFIER)]].concat())
        }
        "token.client_credentials" => ("/token", vec![("grant_type", "client_credentials")]),
        "token.refresh_token" => {
            ("/token", vec![("grant_type", "refresh_token"), ("refresh_token", CANARY)])
        }
        "token.device_code" => ("/token", vec![DEVICE_GRANT, ("device_code", CANARY)]),
        "token.password" => {
            let user = [("username", "alice"), ("password", CANARY)];
            ("/token", [&[("grant_type", "password")], &user[..]].concat())
        }
        "device" => ("/device_authorization", Vec::new()),
        "token.exchange" => {
            ("/token", vec![("grant_type", exchange::GRANT), ("subject_token", CANARY)])
        }
        "token.jwt_bearer" => {
            ("/token", vec![("grant_type", jwt_bearer::GRANT), ("assertion", CANARY)])
        }
        "par" => ("/par", Vec::new()),
        "introspect" => ("/introspect", vec![("token", CANARY)]),
        "revoke" => ("/revoke", vec![("token", CANARY)]),
        other => panic!("{other} has no client"),
    }
}

pub(super) fn send(
    scene: &Scene<'_>,
    extra: &[(&'static str, &'static str)],
    change: impl FnOnce(Request) -> Request,
) -> Answer {
    let (path, mut fields) = request(scene);
    fields.extend(extra);
    scene.send(change(Request::form(scene.at(path), &fields)))
}

/// With an assertion as credential; `changes` replace or add fields.
pub(super) fn asserted(scene: &Scene<'_>, assertion: &str, changes: &[(&str, &str)]) -> Answer {
    let (path, fields) = request(scene);
    let fields = [&fields[..], changes].concat();
    scene.post(path, &form(assertion, &fields))
}

/// As a client that names itself over a connection with this certificate.
fn certified(scene: &Scene<'_>, id: &str, identity: Option<&ClientIdentity>) -> Answer {
    let (path, fields) = request(scene);
    send_as(scene, identity, path, &[&fields[..], &[("client_id", id)]].concat())
}

macro_rules! client_table {
    ($name:ident) => {
        client_table!($name, Setting::Builtin);
    };
    ($name:ident, $setting:expr) => {
        pub(super) static $name: Table = Table {
            docket: &rule::$name,
            rows: &[
                row(&rule::CLIENT_PRESENTED, Json, |s| send(s, &[], |r| r)).on($setting),
                row(&rule::CLIENT_HEADER_FORM, Json, |s| {
                    send(s, &[], |r| r.header("Authorization", &format!("Basic !{CANARY}")))
                })
                .on($setting),
                row(&rule::CLIENT_ONE_METHOD, Json, |s| {
                    let body = [("client_id", "ci"), ("client_secret", CI_SECRET)];
                    send(s, &body, |r| r.basic("ci", CI_SECRET))
                })
                .on($setting),
                row(&rule::CLIENT_BODY_ID, Json, |s| {
                    send(s, &[("client_id", "web")], |r| r.basic("ci", CI_SECRET))
                })
                .on($setting),
                row(&rule::CLIENT_KNOWN, Json, |s| send(s, &[], |r| r.basic("nobody", CANARY)))
                    .on($setting),
                row(&rule::CLIENT_METHOD, Json, |s| {
                    send(s, &[("client_id", "ci"), ("client_secret", CI_SECRET)], |r| r)
                })
                .on($setting),
                row(&rule::CLIENT_SECRET, Json, |s| send(s, &[], |r| r.basic("ci", CANARY)))
                    .on($setting),
                row(&rule::CLIENT_ASSERTION_TYPE, Json, |s| {
                    let kind = "urn:ietf:params:oauth:client-assertion-type:saml2-bearer";
                    asserted(s, &signed(&claims(s, SIGNER)), &[("client_assertion_type", kind)])
                })
                .on($setting),
                row(&rule::CLIENT_ASSERTION_FORM, Json, |s| asserted(s, CANARY, &[])).on($setting),
                row(&rule::CLIENT_ASSERTION_ISSUER, Json, |s| {
            asserted(s, &signed(&changed(s, &json!({ "iss": "ci" }))), &[])
                })
                .on($setting),
                row(&rule::CLIENT_ASSERTION_AUDIENCE, Json, |s| {
            let elsewhere = json!({ "aud": "https://elsewhere.example" });
                    asserted(s, &signed(&changed(s, &elsewhere)), &[])
                })
                .on($setting),
                row(&rule::CLIENT_ASSERTION_FRESH, Json, |s| {
            asserted(s, &signed(&changed(s, &json!({ "exp": null }))), &[])
                })
                .on($setting),
                row(&rule::CLIENT_ASSERTION_SIGNATURE, Json, |s| {
                    asserted(s, &forged(&claims(s, SIGNER)), &[])
                })
                .on($setting),
                row(&rule::CLIENT_ASSERTION_UNUSED, Json, |s| {
                    let assertion = signed(&claims(s, SIGNER));
                    asserted(s, &assertion, &[]);
                    asserted(s, &assertion, &[])
                })
                .on($setting),
                row(&rule::CLIENT_CERTIFICATE_PRESENTED, Json, |s| certified(s, CHAINED, None))
                    .on($setting),
                row(&rule::CLIENT_CERTIFICATE_TRUSTED, Json, |s| {
                    let now = s.clock().now();
                    certified(s, CHAINED, Some(&ClientIdentity::self_signed(CHAINED, now).unwrap()))
                })
                .on($setting),
                row(&rule::CLIENT_CERTIFICATE_SUBJECT, Json, |s| {
                    certified(s, CHAINED, Some(&vouched(s, "somebody")))
                })
                .on($setting),
                row(&rule::CLIENT_CERTIFICATE_REGISTERED, Json, |s| {
                    let now = s.clock().now();
                    certified(s, PINNED, Some(&ClientIdentity::self_signed(PINNED, now).unwrap()))
                })
                .on($setting),
            ],
        };
    };
}

client_table!(DEVICE);
client_table!(TOKEN_DEVICE);
client_table!(TOKEN_PASSWORD, Setting::Legacy);
client_table!(TOKEN_CODE);
client_table!(TOKEN_CLIENT_CREDENTIALS);
client_table!(TOKEN_REFRESH);
client_table!(TOKEN_EXCHANGE);
client_table!(TOKEN_JWT_BEARER);
client_table!(PAR);
client_table!(INTROSPECT);
client_table!(REVOKE);

#[test]
fn rules_of_client_authentication() {
    prove(&[&DEVICE, &TOKEN_DEVICE, &TOKEN_PASSWORD]);
    prove(&[&TOKEN_EXCHANGE, &TOKEN_JWT_BEARER, &PAR]);
    prove(&[&TOKEN_CODE, &TOKEN_CLIENT_CREDENTIALS, &TOKEN_REFRESH, &INTROSPECT, &REVOKE]);
}
