//! Switches and lists that depend on what clients register.

use oauthlab::protocol::jose::{SigningKey, sign_hs256};
use oauthlab::protocol::{Algorithm, Secret};
use serde_json::{Value, json};

use super::super::support::http::{Answer, Request};
use super::super::support::keyed;
use super::super::support::lab::{CALLBACK, CI_SECRET, parameter};
use super::super::support::proof::ProofKey;
use super::{Said, error, refused};

/// Proves a member; false for one that is unknown here.
pub(super) fn prove(said: &Said, member: &str) -> bool {
    match member {
        "authorization_response_iss_parameter_supported" => issuer_in_responses(said),
        "id_token_signing_alg_values_supported" => {
            registered(said, member, "id_token_signed_response_alg");
        }
        "request_object_signing_alg_values_supported" => object_algorithms(said, member),
        "authorization_signing_alg_values_supported" => {
            registered(said, member, "authorization_signed_response_alg");
        }
        "introspection_signing_alg_values_supported" => {
            registered(said, member, "introspection_signed_response_alg");
        }
        "request_parameter_supported" => {
            let expected =
                if said.says(member) { "invalid_request_object" } else { "request_not_supported" };
            refused(&authorize(said, &[("request", "a.b.c")]), 303, expected);
        }
        "request_uri_parameter_supported" => {
            assert!(!said.says(member));
            let answer = authorize(said, &[("request_uri", "https://rp.example/object")]);
            refused(&answer, 303, "request_uri_not_supported");
        }
        "require_pushed_authorization_requests" => pushed_only(said, member),
        "claims_supported" => claims(said),
        "claims_parameter_supported" => claims_parameter(said),
        "protected_resources" => protected_resources(said),
        "end_session_endpoint" => {
            let url = said.text(member);
            said.lab.browser().send(Request::get(url)).expect(200);
            let elsewhere = format!("{url}?post_logout_redirect_uri=https%3A%2F%2Frp.example%2F");
            said.lab.browser().send(Request::get(elsewhere)).expect(400);
        }
        "frontchannel_logout_supported" | "frontchannel_logout_session_supported" => {
            logout_uri(said, member, "frontchannel_logout_uri");
        }
        "backchannel_logout_supported" | "backchannel_logout_session_supported" => {
            logout_uri(said, member, "backchannel_logout_uri");
        }
        "acr_values_supported" => contexts(said),
        "authorization_details_types_supported" => details(said),
        "dpop_signing_alg_values_supported" => proofs(said),
        "tls_client_certificate_bound_access_tokens" => certificates(said, member),
        _ => return authentication(said, member),
    }
    true
}

/// How clients authenticate, endpoint by endpoint.
fn authentication(said: &Said, member: &str) -> bool {
    match member {
        "introspection_endpoint_auth_methods_supported" => {
            let confidential = said.list("token_endpoint_auth_methods_supported");
            let confidential: Vec<_> = confidential.into_iter().filter(|m| *m != "none").collect();
            assert_eq!(said.list(member), confidential);
            let answer = said.lab.post("/introspect", &[("token", "t"), ("client_id", "web")]);
            refused(&answer, 401, "invalid_client");
        }
        "revocation_endpoint_auth_methods_supported" => {
            assert_eq!(said.list(member), said.list("token_endpoint_auth_methods_supported"));
            said.lab.post("/revoke", &[("token", "t"), ("client_id", "web")]).expect(200);
        }
        "token_endpoint_auth_signing_alg_values_supported" => assertions(said, member, "/token"),
        "introspection_endpoint_auth_signing_alg_values_supported" => {
            assertions(said, member, "/introspect");
        }
        "revocation_endpoint_auth_signing_alg_values_supported" => {
            assertions(said, member, "/revoke");
        }
        _ => return false,
    }
    true
}

/// Algorithms that clients may sign requests with.
fn object_algorithms(said: &Said, member: &str) {
    for alg in said.list(member) {
        assert_eq!(register(said, "request_object_signing_alg", &alg.into()).status, 201);
    }
    let answer = register(said, "request_object_signing_alg", &"none".into());
    refused(&answer, 400, "invalid_client_metadata");
}

/// A request that nobody pushed is refused where the document says so.
fn pushed_only(said: &Said, member: &str) {
    let answer = authorize(said, &[]);
    let told = answer.whole().contains("must+be+pushed");
    assert_eq!(told, said.says(member), "{}", answer.whole());
}

/// What clients must show of a certificate.
fn certificates(said: &Said, member: &str) {
    // A client that wants it gets no token without its certificate.
    assert!(said.says(member));
    let client = register(said, member, &true.into()).json();
    let text = |name: &str| client[name].as_str().unwrap().to_owned();
    let code = [("grant_type", "authorization_code"), ("code", "x")];
    let form = Request::form(said.text("token_endpoint"), &code);
    let request = form.basic(&text("client_id"), &text("client_secret"));
    refused(&said.lab.send(request), 400, "invalid_request");
}

/// Each context can be asked for; an essential one that the lab does not have is refused.
fn contexts(said: &Said) {
    let ask = |value: &str| {
        let acr = json!({ "essential": true, "values": [value] });
        authorize(said, &[("claims", &json!({ "id_token": { "acr": acr } }).to_string())])
    };
    for acr in said.list("acr_values_supported") {
        assert_eq!(error(&ask(acr)), None, "{acr}");
    }
    refused(&ask("urn:example:gold"), 303, "unmet_authentication_requirements");
}

/// Each type is known; others are refused.
fn details(said: &Said) {
    let types = said.list("authorization_details_types_supported");
    let client = register(said, "authorization_details_types", &json!(types)).json();
    let id = client["client_id"].as_str().unwrap();
    let ask = |kind: &str| {
        let details = json!([{ "type": kind, "actions": ["read"] }]).to_string();
        authorize(said, &[("client_id", id), ("scope", ""), ("authorization_details", &details)])
    };
    for kind in types {
        assert_eq!(error(&ask(kind)), None, "{kind}");
    }
    refused(&ask("payment"), 303, "invalid_authorization_details");
}

/// A proof of the one key that tests have is taken; its changed form is not.
fn proofs(said: &Said) {
    let url = said.text("token_endpoint");
    assert!(said.list("dpop_signing_alg_values_supported").contains(&"ES256"));
    let key = ProofKey::new();
    let proof = key.sign(&key.proof("POST", url, said.lab.clock().now().secs()));
    let fields = [("grant_type", "client_credentials"), ("scope", "notes:read")];
    let send = |proof: &str| {
        let request = Request::form(url, &fields).basic("ci", CI_SECRET);
        said.lab.send(request.header("DPoP", proof))
    };
    assert_eq!(send(&proof).expect(200).json()["token_type"], "DPoP");
    refused(&send("a.b.c"), 400, "invalid_dpop_proof");
}

fn authorize(said: &Said, changes: &[(&str, &str)]) -> Answer {
    said.lab.browser().send(Request::get(said.lab.authorize_url(changes)))
}

fn register(said: &Said, member: &str, value: &Value) -> Answer {
    let metadata = json!({ "redirect_uris": [CALLBACK], member: value });
    said.lab.send(Request::json("POST", said.lab.at("/register"), &metadata))
}

fn issuer_in_responses(said: &Said) {
    let (lab, issuer) = (&said.lab, said.lab.issuer());
    let granted = lab.allow(&mut lab.browser(), &lab.authorize_url(&[])).expect(303);
    assert_eq!(parameter(granted.location(), "iss").as_deref(), Some(issuer));
    let refused = authorize(said, &[("prompt", "none")]).expect(303);
    assert_eq!(parameter(refused.location(), "iss").as_deref(), Some(issuer));
}

/// Each listed algorithm can be registered and has a key; others are refused.
fn registered(said: &Said, member: &str, metadata: &str) {
    let keys = said.lab.send(Request::get(said.lab.at("/jwks"))).expect(200).json();
    let keys: Vec<_> = keys["keys"].as_array().unwrap().iter().map(|key| &key["alg"]).collect();
    for alg in said.list(member) {
        assert_eq!(register(said, metadata, &alg.into()).status, 201, "{alg}");
        assert!(keys.iter().any(|key| **key == alg), "{alg} has no key");
    }
    for alg in ["none", "HS256", "ES512"] {
        refused(&register(said, metadata, &alg.into()), 400, "invalid_client_metadata");
    }
}

/// Every claim that reaches a client is listed.
fn claims(said: &Said) {
    let lab = &said.lab;
    let client = lab.register(&json!({
        "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none",
    }));
    let id = client["client_id"].as_str().unwrap();
    let code = lab.code(&[("client_id", id), ("scope", "openid profile email")]);
    let tokens = lab.redeem(&code, &[("client_id", id)]).expect(200).json();
    let access = tokens["access_token"].as_str().unwrap();
    let user = lab.send(Request::get(lab.at("/userinfo")).bearer(access)).expect(200).json();
    let payload = tokens["id_token"].as_str().unwrap().split('.').nth(1).unwrap().to_owned();
    let url_safe = base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let payload = base64::Engine::decode(&url_safe, payload).unwrap();
    let token: Value = serde_json::from_slice(&payload).unwrap();
    let listed = said.list("claims_supported");
    for claim in [&user, &token].into_iter().flat_map(|all| all.as_object().unwrap().keys()) {
        assert!(listed.contains(&claim.as_str()), "{claim} is delivered and not listed");
    }
}

/// A claim that no scope releases is delivered exactly if the parameter is supported.
fn claims_parameter(said: &Said) {
    let (lab, supported) = (&said.lab, said.says("claims_parameter_supported"));
    let asked = json!({ "userinfo": { "email": null } }).to_string();
    let tokens = lab.tokens(&[("claims", &asked), ("scope", "openid")]);
    let user = lab.send(Request::get(lab.at("/userinfo")).bearer(&tokens.access)).expect(200);
    assert_eq!(user.json()["email"] == "alice@example.com", supported, "{}", user.whole());
    let malformed = authorize(said, &[("claims", "[")]);
    assert_eq!(error(&malformed).as_deref() == Some("invalid_request"), supported);
}

fn protected_resources(said: &Said) {
    for resource in said.list("protected_resources") {
        let url = url::Url::parse(resource).unwrap();
        let origin = url.origin().ascii_serialization();
        let at = format!("{origin}/.well-known/oauth-protected-resource{}", url.path());
        let document = said.lab.send(Request::get(at)).expect(200).json();
        assert_eq!(document["resource"], resource);
        assert_eq!(document["authorization_servers"], json!([said.lab.issuer()]));
        said.lab.send(Request::get(resource)).expect(if url.path() == "/mcp" { 405 } else { 401 });
    }
}

/// A client can register and use each listed algorithm there, and no other.
fn assertions(said: &Said, member: &str, path: &str) {
    let machine = |method: &str, alg: &str| {
        json!({
            "grant_types": ["client_credentials"],
            "response_types": [],
            "token_endpoint_auth_method": method,
            "token_endpoint_auth_signing_alg": alg,
        })
    };
    let register =
        |metadata: &Value| said.lab.send(Request::json("POST", said.lab.at("/register"), metadata));
    let fields = [("grant_type", "client_credentials"), ("scope", "notes:read"), ("token", "t")];
    for alg in said.list(member) {
        let key = Algorithm::parse(alg).map(|alg| SigningKey::generate(alg).unwrap());
        let mut metadata =
            machine(if key.is_some() { "private_key_jwt" } else { "client_secret_jwt" }, alg);
        if let Some(key) = &key {
            metadata["jwks"] = json!({ "keys": [key.jwk()] });
        }
        let client = register(&metadata).expect(201);
        let claims = keyed::claims(&said.lab, &client.member("client_id"));
        let assertion = match &key {
            Some(key) => key.sign("JWT", &claims).unwrap(),
            None => sign_hs256(&Secret::new(client.member("client_secret")), "JWT", &claims),
        };
        said.lab.post(path, &keyed::form(assertion.expose(), &fields)).expect(200);
    }
    for alg in ["none", "HS512"] {
        let answer = register(&machine("client_secret_jwt", alg));
        refused(&answer, 400, "invalid_client_metadata");
    }
}

fn logout_uri(said: &Said, member: &str, metadata: &str) {
    assert!(said.says(member));
    let own = CALLBACK.replace("/callback", "/logout");
    assert_eq!(error(&register(said, metadata, &own.into())), None);
    refused(&register(said, metadata, &"ftp://x/".into()), 400, "invalid_client_metadata");
}
