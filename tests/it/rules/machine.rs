//! Rules of the client credentials grant.

use oauthlab::rule;
use serde_json::json;

use super::super::support::http::{Answer, Request};
use super::wire::Wire::Json;
use super::{Scene, Setting, Table, prove, row};

const GRANT: (&str, &str) = ("grant_type", "client_credentials");

fn ask(scene: &Scene<'_>, extra: &[(&str, &str)]) -> Answer {
    scene.post_as_ci("/token", &[&[GRANT], extra].concat())
}

/// Asks as a registered machine that may have every scope.
fn ask_for_all(scene: &Scene<'_>, scope: &str) -> Answer {
    let client = scene.register(&json!({ "grant_types": ["client_credentials"] }));
    let text = |name: &str| client[name].as_str().unwrap().to_owned();
    let request = Request::form(scene.at("/token"), &[GRANT, ("scope", scope)]);
    scene.send(request.basic(&text("client_id"), &text("client_secret")))
}

pub(super) static TOKEN_CLIENT_CREDENTIALS: Table = Table {
    docket: &rule::TOKEN_CLIENT_CREDENTIALS,
    rows: &[
        row(&rule::CLIENT_RATE, Json, |s| ask(s, &[])).on(Setting::NoTokenRequests),
        row(&rule::CLIENT_GRANT, Json, |s| {
            let client = s.register(&json!({ "redirect_uris": ["https://a.example/"] }));
            let text = |name: &str| client[name].as_str().unwrap().to_owned();
            let request = Request::form(s.at("/token"), &[GRANT]);
            s.send(request.basic(&text("client_id"), &text("client_secret")))
        }),
        row(&rule::CLIENT_CONFIDENTIAL, Json, |s| s.post("/token", &[GRANT, ("client_id", "web")]))
            .on(Setting::PublicMachine),
        row(&rule::SCOPE_FORM, Json, |s| ask(s, &[("scope", "a\\b")])),
        row(&rule::SCOPE_KNOWN, Json, |s| ask(s, &[("scope", "nothing")])),
        row(&rule::SCOPE_CLIENT, Json, |s| ask(s, &[("scope", "notes:write")])),
        row(&rule::SCOPE_USER, Json, |s| ask_for_all(s, "openid notes:read")),
        row(&rule::TARGET_FORM, Json, |s| ask(s, &[("resource", "https://a.example/#b")])),
        row(&rule::TARGET_KNOWN, Json, |s| ask(s, &[("resource", "https://a.example/")])),
        row(&rule::SCOPE_TARGET, Json, |s| {
            ask(s, &[("scope", "notes:read"), ("resource", &s.api("/mcp"))])
        }),
        row(&rule::SCOPE_ONE_API, Json, |s| ask_for_all(s, "notes:read mcp:tools")),
    ],
};

#[test]
fn rules_of_the_client_credentials_grant() {
    prove(&[&TOKEN_CLIENT_CREDENTIALS]);
}
