//! Values: each advertised one is taken, every other one that exists is refused.

use oauthlab::protocol::{AuthMethod, GrantType, ResponseMode, ResponseType};
use serde_json::{Value, json};

use super::super::support::http::{Answer, Request};
use super::super::support::lab::CALLBACK;
use super::{Said, error, refused};

/// Members that list values, and differ by profile.
pub(super) const LISTS: &[&str] = &[
    "grant_types_supported",
    "response_types_supported",
    "response_modes_supported",
    "token_endpoint_auth_methods_supported",
    "code_challenge_methods_supported",
];

/// Proves a list or a switch; false for a member that is unknown here.
pub(super) fn prove(said: &Said, member: &str) -> bool {
    match member {
        "grant_types_supported" => grants(said),
        "response_types_supported" => response_types(said),
        "response_modes_supported" => response_modes(said),
        "token_endpoint_auth_methods_supported" => auth_methods(said),
        "code_challenge_methods_supported" => challenge_methods(said),
        "scopes_supported" => scopes(said),
        "prompt_values_supported" => prompts(said),
        "subject_types_supported" => assert_eq!(said.list(member), ["public"]),
        _ => return false,
    }
    true
}

fn authorize(said: &Said, changes: &[(&str, &str)]) -> Answer {
    said.lab.browser().send(Request::get(said.lab.authorize_url(changes)))
}

fn grants(said: &Said) {
    let advertised = said.list("grant_types_supported");
    for grant in GrantType::ALL.iter().map(|grant| grant.as_str()) {
        // Implicit names a right of the authorization endpoint; no token request has it.
        let expected = advertised.contains(&grant) && grant != "implicit";
        let answer = said.lab.post_as_ci("/token", &[("grant_type", grant)]);
        let supported = error(&answer).as_deref() != Some("unsupported_grant_type");
        assert_eq!(supported, expected, "{grant}: {}", answer.whole());
    }
}

fn response_types(said: &Said) {
    let advertised = said.list("response_types_supported");
    for kind in ResponseType::ALL.iter().map(|kind| kind.as_str()) {
        let answer = authorize(said, &[("response_type", kind)]);
        if said.says("require_pushed_authorization_requests") {
            assert!(answer.whole().contains("must+be+pushed"), "{kind}: {}", answer.whole());
            continue;
        }
        let unsupported = answer.whole().contains("unsupported_response_type");
        assert_eq!(!unsupported, advertised.contains(&kind), "{kind}: {}", answer.whole());
    }
}

fn response_modes(said: &Said) {
    let advertised = said.list("response_modes_supported");
    for mode in ResponseMode::ALL.iter().map(|mode| mode.as_str()) {
        let answer = authorize(said, &[("response_mode", mode)]);
        let taken = answer.status == 303 && answer.location().contains("/login");
        let pushed_only = said.says("require_pushed_authorization_requests");
        assert!(taken == advertised.contains(&mode) || pushed_only, "{mode}: {}", answer.whole());
    }
}

/// Metadata of a client that authenticates by this method.
fn client(method: &str) -> Value {
    let key = oauthlab::protocol::jose::SigningKey::generate(oauthlab::protocol::Algorithm::Es256);
    let mut jwk = serde_json::to_value(key.unwrap().jwk()).unwrap();
    let mut metadata = json!({
        "redirect_uris": [CALLBACK],
        "token_endpoint_auth_method": method,
    });
    match method {
        "private_key_jwt" => metadata["jwks"] = json!({ "keys": [jwk] }),
        "tls_client_auth" => metadata["tls_client_auth_subject_dn"] = "CN=client".into(),
        "self_signed_tls_client_auth" => {
            let made = rcgen::generate_simple_self_signed(["client.example".to_owned()]).unwrap();
            let der = base64::Engine::encode(
                &base64::engine::general_purpose::STANDARD,
                made.cert.der().as_ref(),
            );
            jwk["x5c"] = json!([der]);
            metadata["jwks"] = json!({ "keys": [jwk] });
        }
        _ => {}
    }
    metadata
}

fn auth_methods(said: &Said) {
    let advertised = said.list("token_endpoint_auth_methods_supported");
    for method in AuthMethod::ALL.iter().map(|method| method.as_str()) {
        let url = said.lab.at("/register");
        let answer = said.lab.send(Request::json("POST", url, &client(method)));
        if advertised.contains(&method) {
            assert_eq!(answer.status, 201, "{method}: {}", answer.whole());
        } else {
            refused(&answer, 400, "invalid_client_metadata");
        }
    }
}

fn challenge_methods(said: &Said) {
    assert_eq!(said.list("code_challenge_methods_supported"), ["S256"]);
    if !said.says("require_pushed_authorization_requests") {
        let plain = authorize(said, &[("code_challenge_method", "plain")]);
        refused(&plain, 303, "invalid_request");
    }
}

fn scopes(said: &Said) {
    let client = said.lab.register(&json!({ "redirect_uris": [CALLBACK] }));
    let id = client["client_id"].as_str().unwrap();
    let ask = |scope| authorize(said, &[("client_id", id), ("scope", scope)]);
    for scope in said.list("scopes_supported") {
        assert!(ask(scope).expect(303).location().contains("/login"), "{scope}");
    }
    refused(&ask("openid nothing"), 303, "invalid_scope");
}

fn prompts(said: &Said) {
    for prompt in said.list("prompt_values_supported") {
        let answer = authorize(said, &[("prompt", prompt)]).expect(303);
        let login_required = error(&answer).as_deref() == Some("login_required");
        assert_eq!(login_required, prompt == "none", "{prompt}");
    }
    refused(&authorize(said, &[("prompt", "create")]), 303, "invalid_request");
}
