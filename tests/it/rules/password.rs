//! Rules of the password grant, which only the legacy profile has.

use oauthlab::config::{Config, Profile};
use oauthlab::protocol::GrantType;
use oauthlab::rule;

use super::super::support::http::Answer;
use super::wire::Wire::Json;
use super::{CANARY, Scene, Setting, Table, prove, row};

const GRANT: (&str, &str) = ("grant_type", "password");
const ALICE: [(&str, &str); 2] = [("username", "alice"), ("password", "alice")];

/// The legacy profile. The public client may ask for passwords, and the confidential one for
/// passwords and every scope.
pub(super) fn allow(config: &mut Config) {
    config.profile = Profile::Legacy;
    for client in &mut config.clients {
        client.metadata.grant_types.push(GrantType::Password);
        if client.secret.is_some() {
            client.metadata.scope = None;
        }
    }
}

fn ask(scene: &Scene<'_>, extra: &[(&str, &str)]) -> Answer {
    scene.post("/token", &[&[GRANT, ("client_id", "web")], &ALICE[..], extra].concat())
}

fn ask_as_ci(scene: &Scene<'_>, extra: &[(&str, &str)]) -> Answer {
    scene.post_as_ci("/token", &[&[GRANT], &ALICE[..], extra].concat())
}

/// Fails with Bob's name, so that nobody else's failures count.
fn fail_as_bob(scene: &Scene<'_>) -> Answer {
    let bob = [("username", "bob"), ("password", CANARY)];
    scene.post("/token", &[&[GRANT, ("client_id", "web")], &bob[..]].concat())
}

pub(super) static TOKEN_PASSWORD: Table = Table {
    docket: &rule::TOKEN_PASSWORD,
    rows: &[
        row(&rule::CLIENT_RATE, Json, |s| ask(s, &[])).on(Setting::NoTokenRequests),
        row(&rule::CLIENT_GRANT, Json, |s| {
            let client = s.register(&serde_json::json!({
                "redirect_uris": ["https://a.example/"], "token_endpoint_auth_method": "none",
            }));
            let id = ("client_id", client["client_id"].as_str().unwrap());
            s.post("/token", &[&[GRANT, id], &ALICE[..]].concat())
        })
        .on(Setting::Legacy),
        row(&rule::PASSWORD_PRESENTED, Json, |s| {
            s.post("/token", &[GRANT, ("client_id", "web"), ("username", "alice")])
        })
        .on(Setting::Legacy),
        row(&rule::SCOPE_FORM, Json, |s| ask(s, &[("scope", "a\\b")])).on(Setting::Legacy),
        row(&rule::SCOPE_KNOWN, Json, |s| ask(s, &[("scope", "nothing")])).on(Setting::Legacy),
        row(&rule::SCOPE_CLIENT, Json, |s| ask(s, &[("scope", "mcp:tools")])).on(Setting::Legacy),
        row(&rule::TARGET_FORM, Json, |s| ask(s, &[("resource", "https://a.example/#b")]))
            .on(Setting::Legacy),
        row(&rule::TARGET_KNOWN, Json, |s| ask(s, &[("resource", "https://a.example/")]))
            .on(Setting::Legacy),
        row(&rule::SCOPE_TARGET, Json, |s| {
            ask_as_ci(s, &[("scope", "notes:read"), ("resource", &s.api("/mcp"))])
        })
        .on(Setting::Legacy),
        row(&rule::SCOPE_ONE_API, Json, |s| ask_as_ci(s, &[("scope", "notes:read mcp:tools")]))
            .on(Setting::Legacy),
        row(&rule::LOGIN_RATE, Json, |s| {
            for _ in 0..5 {
                fail_as_bob(s).expect(400);
            }
            fail_as_bob(s)
        })
        .on(Setting::Legacy),
        row(&rule::PASSWORD_RIGHT, Json, |s| {
            let wrong = [("username", "alice"), ("password", CANARY)];
            s.post("/token", &[&[GRANT, ("client_id", "web")], &wrong[..]].concat())
        })
        .on(Setting::Legacy),
    ],
};

#[test]
fn rules_of_the_password_grant() {
    prove(&[&TOKEN_PASSWORD]);
}

#[test]
fn the_legacy_profile_gives_tokens_for_a_password() {
    let lab = super::TestLab::with(allow);
    let request = [GRANT, ("client_id", "web"), ALICE[0], ALICE[1], ("scope", "openid notes:read")];
    let tokens = lab.post("/token", &request).expect(200).json();
    assert!(tokens["id_token"].is_string() && tokens["refresh_token"].is_string(), "{tokens}");
    let access = tokens["access_token"].as_str().unwrap();
    let userinfo = super::super::support::http::Request::get(lab.at("/userinfo"));
    let claims = lab.send(userinfo.bearer(access)).expect(200).json();
    assert_eq!(claims["email"], serde_json::Value::Null, "{claims}");
    assert!(claims["sub"].is_string(), "{claims}");
}
