//! Rules of software statements, at registration and at the update of one.

use std::sync::LazyLock;

use oauthlab::config::{Config, SoftwareStatements, StatementIssuer};
use oauthlab::protocol::jose::{JwkSet, SigningKey};
use oauthlab::protocol::{Algorithm, ClientKeys};
use oauthlab::rule;
use serde_json::{Value, json};

use super::super::support::http::{Answer, Request};
use super::wire::Wire::Json;
use super::{Scene, Setting, Table, prove, row};

const URI: &str = "https://a.example/callback";
const PUBLISHER: &str = "https://publisher.example";

static KEY: LazyLock<SigningKey> = LazyLock::new(key);

fn key() -> SigningKey {
    SigningKey::generate(Algorithm::Es256).unwrap()
}

pub(super) fn trust(config: &mut Config) {
    let jwks = Some(JwkSet { keys: vec![KEY.jwk().clone()] });
    let keys = ClientKeys { jwks, ..ClientKeys::default() };
    let issuers = vec![StatementIssuer { issuer: PUBLISHER.to_owned(), keys }];
    config.software_statements = SoftwareStatements { issuers, required: true };
}

fn signed(by: &SigningKey, changes: &Value) -> Value {
    let mut claims = json!({ "iss": PUBLISHER, "client_name": "Approved", "software_id": "app" });
    claims.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    by.sign("JWT", &claims).unwrap().expose().into()
}

/// Registers with this statement, or replaces a fresh registration by one with it.
fn send(scene: &Scene<'_>, statement: &Value) -> Answer {
    let mut body = json!({ "redirect_uris": [URI], "software_statement": statement });
    if scene.docket.id == "register" {
        return scene.send(Request::json("POST", scene.at("/register"), &body));
    }
    let good = signed(&KEY, &json!({}));
    let client = scene.register(&json!({ "redirect_uris": [URI], "software_statement": good }));
    body["client_id"] = client["client_id"].clone();
    let text = |name: &str| client[name].as_str().unwrap().to_owned();
    let request = Request::json("PUT", text("registration_client_uri"), &body);
    scene.send(request.bearer(&text("registration_access_token")))
}

macro_rules! statement_table {
    ($name:ident, $docket:ident) => {
        pub(super) static $name: Table = Table {
            docket: &rule::$docket,
            rows: &[
                row(&rule::STATEMENT_PRESENTED, Json, |s| send(s, &Value::Null))
                    .on(Setting::SoftwareStatements),
                row(&rule::STATEMENT_FORM, Json, |s| send(s, &json!("a.b.c")))
                    .on(Setting::SoftwareStatements),
                row(&rule::STATEMENT_ISSUER, Json, |s| {
            send(s, &signed(&KEY, &json!({ "iss": "https://other.example" })))
                })
                .on(Setting::SoftwareStatements),
                row(&rule::STATEMENT_SIGNATURE, Json, |s| send(s, &signed(&key(), &json!({}))))
                    .on(Setting::SoftwareStatements),
        row(&rule::STATEMENT_TIME, Json, |s| send(s, &signed(&KEY, &json!({ "exp": 1 }))))
                    .on(Setting::SoftwareStatements),
            ],
        };
    };
}

statement_table!(REGISTER, REGISTER);
statement_table!(MANAGE_CLIENT, MANAGE_CLIENT);

#[test]
fn rules_of_software_statements() {
    prove(&[&REGISTER, &MANAGE_CLIENT]);
}

#[test]
fn what_the_publisher_signed_wins_and_the_statement_is_echoed_as_it_came() {
    let lab = Setting::SoftwareStatements.lab();
    let statement = signed(&KEY, &json!({ "aud": lab.issuer(), "exp": 4_000_000_000_u64 }));
    let client = lab.register(&json!({
        "redirect_uris": [URI], "client_name": "My own idea", "software_version": "2",
        "software_statement": statement,
    }));
    assert_eq!(client["client_name"], "Approved");
    assert_eq!((&client["software_id"], &client["software_version"]), (&json!("app"), &json!("2")));
    assert_eq!(client["software_statement"], statement);
    for claims in [
        json!({ "scope": 1 }),
        json!({ "aud": "https://other.example" }),
        json!({ "nbf": 4_000_000_000_u64 }),
    ] {
        let statement = signed(&KEY, &claims);
        let body = json!({ "redirect_uris": [URI], "software_statement": statement });
        let answer = lab.send(Request::json("POST", lab.at("/register"), &body)).expect(400);
        assert_eq!(answer.json()["error"], "invalid_software_statement", "{claims}");
    }
    let secret = json!({ "redirect_uris": ["javascript:alert(1)"] });
    let body = json!({ "redirect_uris": [URI], "software_statement": signed(&KEY, &secret) });
    let answer = lab.send(Request::json("POST", lab.at("/register"), &body)).expect(400);
    assert_eq!(answer.json()["error"], "invalid_redirect_uri", "signed metadata is judged too");
}

#[test]
fn a_lab_that_trusts_nobody_ignores_statements_and_does_not_echo_them() {
    let lab = Setting::Builtin.lab();
    let statement = signed(&KEY, &json!({}));
    let client = lab.register(&json!({ "redirect_uris": [URI], "software_statement": statement }));
    assert_eq!(client.get("software_statement"), None);
    assert_eq!(client.get("client_name"), None);
}
