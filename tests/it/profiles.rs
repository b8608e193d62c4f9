//! What the profiles change, over the wire: who gets tokens under FAPI 2.0 (Security Profile
//! §5.3.2.1), and what a lab says of itself that is for teaching only.

use std::time::Duration;

use oauthlab::config::{Config, Profile, RegistrationMode, SETTLEMENTS};
use oauthlab::protocol::jose::SigningKey;
use oauthlab::protocol::{Algorithm, GrantType, Secret};
use serde_json::json;

use super::support::http::{Answer, Request, encoded};
use super::support::keyed::{
    CHAINED, SIGNER, add, changed, claims, forged, form, key, send_as, signed, vouched,
};
use super::support::lab::{CALLBACK, CHALLENGE, CI_SECRET, TestLab, VERIFIER, parameter};
use super::support::proof::ProofKey;

const MACHINE: [(&str, &str); 2] = [("grant_type", "client_credentials"), ("scope", "notes:read")];

const OWN_SECRET: &str = "the-secret-of-the-resource-server";

fn under(profile: Profile) -> TestLab {
    TestLab::with(|config| {
        *config = Config { registration: RegistrationMode::Open, ..config.clone().under(profile) };
        add(config);
    })
}

#[track_caller]
fn refused_by(lab: &TestLab, answer: &Answer, rule: &str) -> String {
    let record = lab.record_of(answer).to_string();
    assert!(record.contains(&format!("\"refused_by\":\"{rule}\"")), "{rule}: {record}");
    record
}

/// A token of the signer, bound to a key.
fn bound(lab: &TestLab, key: &ProofKey) -> Answer {
    let assertion = signed(&claims(lab, SIGNER));
    let proof = key.sign(&key.proof("POST", &lab.at("/token"), lab.clock().now().secs()));
    let fields = form(&assertion, &MACHINE);
    lab.send(Request::form(lab.at("/token"), &fields).header("DPoP", &proof))
}

/// A client that names no algorithm gets one that the profile has, and a lab without RS256 says so.
#[test]
fn under_fapi2_a_registered_client_gets_an_algorithm_that_there_is() {
    let lab = under(Profile::Fapi2);
    let key = SigningKey::generate(Algorithm::Es256);
    let client = lab.register(&json!({
        "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "private_key_jwt",
        "jwks": { "keys": [key.unwrap().jwk()] },
    }));
    assert_eq!(client["id_token_signed_response_alg"], "ES256");
}

#[test]
fn under_fapi2_a_proof_or_a_certificate_makes_a_token_that_is_bound_to_it() {
    let lab = under(Profile::Fapi2);
    let key = ProofKey::new();
    let answer = bound(&lab, &key).expect(200);
    assert_eq!(answer.json()["token_type"], "DPoP");
    // The bundled APIs take it: their own client may ask, although it has a secret.
    let token = answer.member("access_token");
    let proof = key.proof("GET", &lab.api("/notes"), lab.clock().now().secs()).for_token(&token);
    let call = Request::get(lab.api("/notes")).header("Authorization", &format!("DPoP {token}"));
    let answer = lab.send(call.header("DPoP", &key.sign(&proof)));
    // A machine has no notes: its token was taken.
    assert_eq!(answer.status, 403, "{}", answer.whole());
    // The certificate that authenticates binds as well.
    let fields = [&MACHINE[..], &[("client_id", CHAINED)]].concat();
    let identity = vouched(&lab, CHAINED);
    let token =
        send_as(&lab, Some(&identity), "/token", &fields).expect(200).member("access_token");
    let fields = [("client_id", CHAINED), ("token", token.as_str())];
    let state = send_as(&lab, Some(&identity), "/introspect", &fields).expect(200).json();
    assert!(state["cnf"]["x5t#S256"].is_string(), "{state}");
}

#[test]
fn under_fapi2_the_resource_server_alone_keeps_its_secret() {
    let mut own = String::new();
    let lab = TestLab::with(|config| {
        // Not imposed, so that the clients keep their secrets.
        config.profile = Profile::Fapi2;
        own = config.resource.client_id.as_str().to_owned();
        config.resource.client_secret = Some(Secret::new(OWN_SECRET));
    });
    let ask = |id: &str, secret: &str| {
        lab.send(Request::form(lab.at("/introspect"), &[("token", "t")]).basic(id, secret))
    };
    ask(&own, OWN_SECRET).expect(200);
    let answer = ask("ci", CI_SECRET).expect(401);
    refused_by(&lab, &answer, "profile.client_auth");
    assert!(answer.text().contains("fapi2"), "{}", answer.whole());
    // Who does not know the secret learns nothing of the registration.
    refused_by(&lab, &ask("ci", "wrong"), "client.secret");
}

/// What is not offered is listed nowhere, and a request for it names the profile.
#[test]
fn record_metadata_and_explanation_of_a_profile_name_the_same_grants() {
    for &profile in Profile::ALL {
        let lab = under(profile);
        let url = lab.at("/.well-known/oauth-authorization-server");
        let document = lab.send(Request::get(url)).expect(200).json();
        let offers = |grant: &str| {
            let all = document["grant_types_supported"].as_array().unwrap();
            all.iter().any(|own| own == grant)
        };
        let ready = lab.lab().ready();
        for client in &ready.clients {
            let not_offered: Vec<_> =
                client.grant_types.iter().filter(|own| !offers(own)).collect();
            assert!(not_offered.is_empty(), "{}: {not_offered:?}", client.client_id);
        }
        let settled = SETTLEMENTS.iter().find(|one| one.topic.starts_with("grants beside"));
        let settled = settled.unwrap().under(profile);
        let (named, _) = settled.split_once(';').unwrap();
        for grant in GrantType::ALL.iter().filter(|own| **own != GrantType::AuthorizationCode) {
            let says = named.split(", ").any(|own| own == grant.short());
            assert_eq!(says, offers(grant.as_str()), "{grant}: {settled}");
        }
        let devices = offers(GrantType::DeviceCode.as_str());
        assert_eq!(document["device_authorization_endpoint"].is_string(), devices);
        assert_eq!(ready.client("tv").is_some(), devices);
        let answer = lab.post("/device_authorization", &[("client_id", "tv")]);
        if devices {
            answer.expect(200);
        } else {
            refused_by(&lab, &answer.expect(400), "profile.grant");
        }
    }
}

/// Both ways of binding are taken, so that neither is said to be required.
#[test]
fn apis_say_which_bound_tokens_they_take() {
    for &profile in Profile::ALL {
        let lab = under(profile);
        let document = lab.api("/.well-known/oauth-protected-resource/notes");
        let document = lab.send(Request::get(document)).expect(200).json();
        assert_eq!(document["tls_client_certificate_bound_access_tokens"], true);
        assert!(document["dpop_signing_alg_values_supported"].is_array());
        assert!(document["dpop_bound_access_tokens_required"].is_null(), "{document}");
    }
}

#[test]
fn under_fapi2_refusals_of_methods_and_algorithms_name_the_profile() {
    let lab = under(Profile::Fapi2);
    for metadata in [
        json!({ "redirect_uris": [CALLBACK] }),
        json!({ "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none" }),
    ] {
        let answer = lab.send(Request::json("POST", lab.at("/register"), &metadata)).expect(400);
        let record = refused_by(&lab, &answer, "registration.auth_method");
        assert!(record.contains("under fapi2: private_key_jwt, "), "{record}");
    }
    let assertion = forged(&claims(&lab, SIGNER));
    let answer = lab.post("/token", &form(&assertion, &MACHINE));
    let record = refused_by(&lab, &answer, "client.assertion_signature");
    assert!(record.contains("an algorithm of the profile fapi2"), "{record}");
    let assertion = signed(&changed(&lab, &json!({ "aud": lab.at("/token") })));
    let answer = lab.post("/token", &form(&assertion, &MACHINE));
    let record = refused_by(&lab, &answer, "client.assertion_audience");
    assert!(record.contains("as a string, as the profile fapi2 wants"), "{record}");
    let metadata = json!({
        "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": "RS256", "jwks": { "keys": [key().jwk()] },
    });
    let answer = lab.send(Request::json("POST", lab.at("/register"), &metadata)).expect(400);
    let record = refused_by(&lab, &answer, "registration.algorithm");
    assert!(record.contains("under fapi2: PS256, ES256, EdDSA"), "{record}");
}

#[test]
fn under_fapi2_refusals_of_request_objects_name_the_profile() {
    let lab = under(Profile::Fapi2);
    let push = |object: &str| {
        let assertion = signed(&claims(&lab, SIGNER));
        lab.post("/par", &form(&assertion, &[("client_id", SIGNER), ("request", object)]))
    };
    let now = lab.clock().now().secs();
    let whole = json!({ "iss": SIGNER, "aud": lab.issuer(), "exp": now + 60, "nbf": now });
    for (member, rule, named) in [
        ("aud", "request_object.audience", "as the profile fapi2 wants"),
        ("exp", "request_object.fresh", "as the profile fapi2 wants"),
    ] {
        let mut claims = whole.clone();
        claims.as_object_mut().unwrap().remove(member);
        let answer = push(&signed(&claims));
        assert_eq!(answer.member("error"), "invalid_request_object");
        let record = refused_by(&lab, &answer, rule);
        assert!(record.contains(named), "{record}");
    }
    let rsa = SigningKey::generate(Algorithm::Rs256).unwrap();
    let answer = push(rsa.sign("oauth-authz-req+jwt", &whole).unwrap().expose());
    assert_eq!(answer.member("error"), "invalid_request_object");
    let record = refused_by(&lab, &answer, "request_object.signature");
    assert!(record.contains("under fapi2: PS256, ES256, EdDSA"), "{record}");
}

#[test]
fn pages_of_the_legacy_profile_say_that_it_is_for_teaching_and_no_others_do() {
    for &profile in Profile::ALL {
        let lab = under(profile);
        let page = lab.send(Request::get(lab.at("/rules"))).expect(200).text();
        assert_eq!(page.contains("for teaching only"), profile == Profile::Legacy);
    }
}

/// A fresh code of the signer: pushed, allowed, and not redeemed yet.
fn pushed_code(lab: &TestLab) -> String {
    let wanted = [
        ("client_id", SIGNER),
        ("response_type", "code"),
        ("redirect_uri", CALLBACK),
        ("scope", "notes:read"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        // The consent of before is remembered.
        ("prompt", "consent"),
    ];
    let assertion = signed(&claims(lab, SIGNER));
    let reference = lab.post("/par", &form(&assertion, &wanted)).expect(201).member("request_uri");
    let query = encoded(&[("client_id", SIGNER), ("request_uri", &reference)]);
    let url = lab.at(&format!("/authorize?{query}"));
    let answer = lab.allow(&mut lab.browser(), &url).expect(303);
    parameter(answer.location(), "code").unwrap()
}

/// FAPI 2.0 Security Profile §5.3.2.1, item 11.
#[test]
fn under_fapi2_a_code_works_for_a_minute_and_no_longer() {
    let lab = TestLab::with(|config| {
        config.tokens.code_ttl = Duration::from_secs(600);
        *config = config.clone().under(Profile::Fapi2);
        add(config);
        let web = config.clients[0].metadata.clone();
        let signer = config.clients.iter_mut().find(|client| client.id.as_str() == SIGNER);
        let own = &mut signer.unwrap().metadata;
        own.grant_types = vec![GrantType::AuthorizationCode];
        (own.redirect_uris, own.response_types) = (web.redirect_uris, web.response_types);
    });
    let redeemed_after = |seconds| {
        let code = pushed_code(&lab);
        lab.wait(Duration::from_secs(seconds));
        let grant = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        let key = ProofKey::new();
        let proof = key.sign(&key.proof("POST", &lab.at("/token"), lab.clock().now().secs()));
        let assertion = signed(&claims(&lab, SIGNER));
        let request = Request::form(lab.at("/token"), &form(&assertion, &grant));
        lab.send(request.header("DPoP", &proof))
    };
    assert_eq!(redeemed_after(59).expect(200).member("token_type"), "DPoP");
    let late = redeemed_after(61).expect(400);
    assert_eq!(late.member("error"), "invalid_grant");
    refused_by(&lab, &late, "code.fresh");
}
