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
            send(s, &json!({ "token_endpoint_auth_method": "telepathy" }))
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
                row(&rule::REGISTRATION_KEYS, Json, |s| {
            send(s, &json!({ "jwks": { "keys": [{ "kty": "oct", "k": CANARY }] } }))
                }),
                row(&rule::REGISTRATION_AUTH_KEYS, Json, |s| {
            send(s, &json!({ "token_endpoint_auth_signing_alg": "ES256" }))
                }),
                row(&rule::REGISTRATION_CERTIFICATE, Json, |s| {
            send(s, &json!({ "tls_client_auth_san_dns": "a.example" }))
                }),
                row(&rule::REGISTRATION_DETAILS, Json, |s| {
            send(s, &json!({ "authorization_details_types": ["telepathy"] }))
                }),
                row(&rule::REGISTRATION_LOGOUT_URI, Json, |s| {
            send(s, &json!({ "frontchannel_logout_uri": "https://b.example/bye" }))
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
        row(&rule::MANAGE_MEMBERS, Json, |s| {
            deliver(
                s,
                r#"{"redirect_uris":["https://a.example/"],"client_id_issued_at":1}"#.to_owned(),
            )
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

/// RFC 7592 §2.2 and §3: everything is replaced, and the answer has the shape of the first one.
#[test]
fn an_update_replaces_everything_and_keeps_the_secret_while_the_method_needs_it() {
    let lab = Setting::Builtin.lab();
    let created = lab.register(&json!({
        "redirect_uris": [URI], "client_name": "first", "dpop_bound_access_tokens": true,
        "post_logout_redirect_uris": [URI], "default_max_age": 60,
        "authorization_details_types": ["notes_access"],
        "backchannel_logout_uri": "https://a.example/back",
    }));
    assert_eq!(created["dpop_bound_access_tokens"], true);
    assert_eq!(created["default_max_age"], 60);
    assert_eq!(created["authorization_details_types"], json!(["notes_access"]));
    assert_eq!(created["post_logout_redirect_uris"], json!([URI]));
    let text = |name: &str| created[name].as_str().unwrap().to_owned();
    let (uri, token) = (text("registration_client_uri"), text("registration_access_token"));
    let read = lab.send(Request::get(&uri).bearer(&token)).expect(200).json();
    for name in ["registration_access_token", "registration_client_uri", "client_name"] {
        assert_eq!(read[name], created[name], "{name}");
    }
    let put = |members: Value| {
        let mut body = json!({ "client_id": text("client_id"), "redirect_uris": [URI] });
        body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        lab.send(Request::json("PUT", &uri, &body).bearer(&token))
    };
    let wrong = put(json!({ "client_secret": CANARY })).expect(400).json();
    assert_eq!(wrong["error"], "invalid_client_metadata");
    let kept = put(json!({ "client_secret": text("client_secret") })).expect(200).json();
    assert_eq!(kept["client_secret"], created["client_secret"]);
    assert_eq!(kept.get("client_name"), None, "what is left out is removed");
    assert_eq!(kept.get("dpop_bound_access_tokens"), None);
    let public = put(json!({ "token_endpoint_auth_method": "none" })).expect(200).json();
    assert_eq!(public.get("client_secret"), None);
    let again =
        put(json!({ "token_endpoint_auth_method": "client_secret_post" })).expect(200).json();
    assert_ne!(again["client_secret"], created["client_secret"]);
    assert_eq!(again["client_secret_expires_at"], 0);
    lab.send(Request::new("DELETE", &uri).bearer(&token)).expect(204);
    lab.send(Request::get(&uri).bearer(&token)).expect(401);
}
