//! Rules of pushed requests and of request objects.

use oauthlab::protocol::Algorithm;
use oauthlab::protocol::jose::SigningKey;
use oauthlab::rule;
use serde_json::{Value, json};

use super::super::support::http::{Answer, Request};
use super::super::support::lab::CALLBACK;
use super::authorize::ask;
use super::wire::Wire::{Json, Page, Redirect};
use super::{Scene, Setting, Table, prove, row};

/// A client with a key of its own.
struct Signer {
    id: String,
    key: SigningKey,
}

fn signer(scene: &Scene<'_>, extra: &Value) -> Signer {
    let key = SigningKey::generate(Algorithm::Es256).unwrap();
    let mut metadata = json!({
        "redirect_uris": [CALLBACK],
        "token_endpoint_auth_method": "none",
        "jwks": { "keys": [key.jwk()] },
    });
    for (name, value) in extra.as_object().unwrap() {
        metadata[name] = value.clone();
    }
    let client = scene.register(&metadata);
    Signer { id: client["client_id"].as_str().unwrap().to_owned(), key }
}

/// Sends a request object with these claims changed, signed by `key` or by the client itself.
fn send(scene: &Scene<'_>, typ: &str, changes: &Value, key: Option<&SigningKey>) -> Answer {
    let client = signer(scene, &json!({}));
    let mut claims = json!({
        "iss": client.id, "aud": scene.issuer(), "client_id": client.id,
        "exp": scene.clock().now().secs() + 60,
    });
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    let object = key.unwrap_or(&client.key).sign(typ, &claims).unwrap();
    ask(scene, &scene.authorize_url(&[("client_id", &client.id), ("request", object.expose())]))
}

fn changed(scene: &Scene<'_>, changes: &Value) -> Answer {
    send(scene, "oauth-authz-req+jwt", changes, None)
}

fn unsigned(scene: &Scene<'_>) -> Answer {
    let client = signer(scene, &json!({ "require_signed_request_object": true }));
    ask(scene, &scene.authorize_url(&[("client_id", &client.id)]))
}

fn signed_by_a_stranger(scene: &Scene<'_>) -> Answer {
    let stranger = SigningKey::generate(Algorithm::Es256).unwrap();
    send(scene, "oauth-authz-req+jwt", &json!({}), Some(&stranger))
}

macro_rules! object_table {
    ($name:ident, $docket:expr, $sent:expr) => {
        pub(super) static $name: Table = Table {
            docket: $docket,
            rows: &[
                row(&rule::REQUEST_OBJECT_REQUIRED, $sent, unsigned),
                row(&rule::REQUEST_OBJECT_FORM, $sent, |s| {
                    ask(s, &s.authorize_url(&[("request", "a.b.c")]))
                }),
                row(&rule::REQUEST_OBJECT_TYPE, $sent, |s| send(s, "at+jwt", &json!({}), None)),
        row(&rule::REQUEST_OBJECT_ISSUER, $sent, |s| changed(s, &json!({ "iss": "x" }))),
                row(&rule::REQUEST_OBJECT_CLIENT, $sent, |s| {
            changed(s, &json!({ "client_id": "web" }))
                }),
                row(&rule::REQUEST_OBJECT_PLAIN, $sent, |s| {
            changed(s, &json!({ "request_uri": "urn:x" }))
                }),
                row(&rule::REQUEST_OBJECT_AUDIENCE, $sent, |s| {
            changed(s, &json!({ "aud": "https://as.example" }))
                }),
        row(&rule::REQUEST_OBJECT_FRESH, $sent, |s| changed(s, &json!({ "exp": 1 }))),
                row(&rule::REQUEST_OBJECT_SIGNATURE, $sent, signed_by_a_stranger),
            ],
        };
    };
}

object_table!(AUTHORIZE, &rule::AUTHORIZE, Redirect);
object_table!(PAR, &rule::PAR, Json);

/// Pushes the public client's request; gives the reference.
fn pushed(scene: &Scene<'_>) -> String {
    let url = scene.authorize_url(&[]);
    let (_, query) = url.split_once('?').unwrap();
    let form = Request::new("POST", scene.at("/par"));
    let form = form.header("Content-Type", "application/x-www-form-urlencoded").body(query);
    let answer = scene.send(form).expect(201).json();
    answer["request_uri"].as_str().unwrap().to_owned()
}

fn refer(scene: &Scene<'_>, client: &str, reference: &str) -> String {
    scene.authorize_url(&[("client_id", client), ("request_uri", reference)])
}

fn of_another_client(scene: &Scene<'_>) -> Answer {
    let other = signer(scene, &json!({}));
    ask(scene, &refer(scene, &other.id, &pushed(scene)))
}

fn in_two_browsers(scene: &Scene<'_>) -> Answer {
    let url = refer(scene, "web", &pushed(scene));
    let mut browser = scene.browser();
    browser.send(Request::get(&url)).expect(303);
    // Reloading is no second use.
    assert!(browser.send(Request::get(&url)).expect(303).location().contains("/login"));
    ask(scene, &url)
}

pub(super) static REFERENCES: Table = Table {
    docket: &rule::AUTHORIZE,
    rows: &[
        row(&rule::REQUEST_URI_PUSHED, Redirect, |s| {
            ask(s, &refer(s, "web", "https://rp.example/object"))
        }),
        row(&rule::REQUEST_URI_ALONE, Page, |s| {
            ask(s, &s.authorize_url(&[("request_uri", &pushed(s)), ("request", "a.b.c")]))
        }),
        row(&rule::PAR_REQUIRED, Redirect, |s| {
            let client = signer(s, &json!({ "require_pushed_authorization_requests": true }));
            ask(s, &s.authorize_url(&[("client_id", &client.id)]))
        }),
        row(&rule::REQUEST_URI_KNOWN, Page, |s| {
            ask(s, &refer(s, "web", "urn:ietf:params:oauth:request_uri:unknown"))
        }),
        row(&rule::REQUEST_URI_CLIENT, Page, of_another_client),
        row(&rule::REQUEST_URI_BROWSER, Page, in_two_browsers),
    ],
};

pub(super) static PUSHED: Table = Table {
    docket: &rule::PAR,
    rows: &[
        row(&rule::PAR_REQUEST_URI_ABSENT, Json, |s| ask(s, &refer(s, "web", &pushed(s)))),
        row(&rule::CLIENT_RATE, Json, |s| ask(s, &s.authorize_url(&[])))
            .on(Setting::NoTokenRequests),
    ],
};

#[test]
fn rules_of_request_objects_and_references() {
    prove(&[&AUTHORIZE, &PAR, &REFERENCES, &PUSHED]);
}
