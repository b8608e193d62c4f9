//! Rules of dynamic client registration and of its management.

use oauthlab::rule;
use serde_json::{Value, json};

use super::super::support::http::{Answer, Request};
use super::wire::Wire::{Bearer, Json};
use super::{CANARY, Scene, Setting, Table, prove, row};

const URI: &str = "https://a.example/callback";

/// Registers, or updates a fresh registration, with these members over good ones.
fn send(scene: &Scene<'_>, members: &Value) -> Answer {
    let mut metadata = json!({ "redirect_uris": [URI] });
    metadata.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    deliver(scene, metadata.to_string())
}

fn deliver(scene: &Scene<'_>, body: String) -> Answer {
    if scene.docket.id == "register" {
        let request = Request::json("POST", scene.at("/register"), &json!({}));
        return scene.send(request.body(body));
    }
    let client = scene.register(&json!({ "redirect_uris": [URI] }));
    let text = |name: &str| client[name].as_str().unwrap().to_owned();
    let id = json!(text("client_id")).to_string();
    let body = body.replacen('{', &format!("{{\"client_id\":{id},"), 1).replace(",}", "}");
    let request = Request::json("PUT", text("registration_client_uri"), &json!({})).body(body);
    scene.send(request.bearer(&text("registration_access_token")))
}

macro_rules! metadata_table {
    ($name:ident, $docket:ident) => {
        pub(super) static $name: Table = Table {
            docket: &rule::$docket,
            rows: &[
        row(&rule::REGISTRATION_JSON, Json, |s| send(s, &json!({ "scope": 1 }))),
                row(&rule::REGISTRATION_REDIRECT_URI, Json, |s| {
            send(s, &json!({ "redirect_uris": ["http://a.example/"] }))
                }),
                row(&rule::REGISTRATION_REDIRECT_PRESENT, Json, |s| {
            send(s, &json!({ "redirect_uris": [] }))
                }),
                row(&rule::REGISTRATION_AUTH_METHOD, Json, |s| {
            send(s, &json!({ "token_endpoint_auth_method": "tls_client_auth" }))
                }),
                row(&rule::REGISTRATION_GRANTS, Json, |s| {
            send(s, &json!({ "grant_types": ["authorization_code", "password"] }))
                })
                .shown_as(&rule::REGISTRATION_GRANTS),
                row(&rule::REGISTRATION_RESPONSE_TYPES, Json, |s| {
            send(s, &json!({ "response_types": ["token"] }))
                }),
                row(&rule::REGISTRATION_GRANT_CLIENT, Json, |s| {
                    let grants = json!(["authorization_code", "client_credentials"]);
                    let method = "none";
            send(s, &json!({ "grant_types": grants, "token_endpoint_auth_method": method }))
                }),
        row(&rule::REGISTRATION_SCOPE, Json, |s| send(s, &json!({ "scope": "nothing" }))),
                row(&rule::REGISTRATION_ALGORITHM, Json, |s| {
            send(s, &json!({ "id_token_signed_response_alg": "none" }))
                }),
                row(&rule::REGISTRATION_TEXT, Json, |s| {
            send(s, &json!({ "client_name": "x".repeat(201) }))
                }),
            ],
        };
    };
}

metadata_table!(REGISTER_METADATA, REGISTER);
metadata_table!(MANAGE_METADATA, MANAGE_CLIENT);

pub(super) static REGISTER: Table = Table {
    docket: &rule::REGISTER,
    rows: &[
        row(&rule::REGISTRATION_OPEN, Json, |s| send(s, &json!({}))).on(Setting::RegistrationOff),
        row(&rule::REGISTRATION_RATE, Json, |s| send(s, &json!({}))).on(Setting::NoRegistrations),
        row(&rule::REGISTRATION_TOKEN, Bearer, |s| {
            let request =
                Request::json("POST", s.at("/register"), &json!({ "redirect_uris": [URI] }));
            s.send(request.bearer(CANARY))
        })
        .on(Setting::RegistrationByToken),
    ],
};

pub(super) static MANAGE_CLIENT: Table = Table {
    docket: &rule::MANAGE_CLIENT,
    rows: &[
        row(&rule::MANAGE_TOKEN, Bearer, |s| {
            let client = s.register(&json!({ "redirect_uris": [URI] }));
            let uri = client["registration_client_uri"].as_str().unwrap();
            s.send(Request::get(uri).bearer(CANARY))
        }),
        row(&rule::MANAGE_IDENTITY, Json, |s| {
            let client = s.register(&json!({ "redirect_uris": [URI] }));
            let text = |name: &str| client[name].as_str().unwrap().to_owned();
            let body = json!({ "client_id": "web", "redirect_uris": [URI] });
            let request = Request::json("PUT", text("registration_client_uri"), &body);
            s.send(request.bearer(&text("registration_access_token")))
        }),
    ],
};

#[test]
fn rules_of_registration() {
    prove(&[&REGISTER, &REGISTER_METADATA]);
}

#[test]
fn rules_of_registration_management() {
    prove(&[&MANAGE_CLIENT, &MANAGE_METADATA]);
}

#[test]
fn with_the_right_token_a_strict_lab_registers() {
    let lab = Setting::RegistrationByToken.lab();
    let request = Request::json("POST", lab.at("/register"), &json!({ "redirect_uris": [URI] }));
    lab.send(request.clone().bearer("the-initial-access-token")).expect(201);
    lab.send(request).expect(401);
}
