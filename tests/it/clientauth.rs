//! Clients that authenticate with keys, over the wire: what works, and what must not.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use oauthlab::config::{Config, Profile};
use oauthlab::protocol::Secret;
use oauthlab::protocol::jose::sign_hs256;
use oauthlab::tls::ClientIdentity;
use serde_json::json;

use super::support::http::Answer;
use super::support::keyed::{
    CHAINED, MAC, PINNED, SIGNER, add, changed, claims, forged, form, key, maced, pinned_identity,
    send_as, signed, token_by, vouched,
};
use super::support::lab::TestLab;

const MACHINE: [(&str, &str); 2] = [("grant_type", "client_credentials"), ("scope", "notes:read")];

fn lab() -> TestLab {
    TestLab::with(add)
}

#[track_caller]
fn refused(answer: &Answer, rule_page: &str) {
    assert_eq!(answer.status, 401, "{}", answer.whole());
    assert_eq!(answer.json()["error"], "invalid_client");
    assert!(answer.member("error_uri").ends_with(rule_page), "{}", answer.whole());
}

/// Changes a configuration.
type Change = fn(&mut Config);

#[test]
fn an_assertion_is_a_credential_at_token_introspection_and_revocation() {
    let lab = lab();
    for (id, sign) in [(SIGNER, signed as fn(&_) -> String), (MAC, maced)] {
        let token =
            token_by(&lab, &sign(&claims(&lab, id)), &[]).expect(200).member("access_token");
        let fields = [("token", token.as_str())];
        let ask = |path, assertion: &str| lab.post(path, &form(assertion, &fields)).expect(200);
        assert_eq!(ask("/introspect", &sign(&claims(&lab, id))).json()["active"], true);
        ask("/revoke", &sign(&claims(&lab, id)));
        assert_eq!(ask("/introspect", &sign(&claims(&lab, id))).text(), r#"{"active":false}"#);
    }
    let named = [("client_id", SIGNER)];
    token_by(&lab, &signed(&claims(&lab, SIGNER)), &named).expect(200);
    let other = token_by(&lab, &signed(&claims(&lab, SIGNER)), &[("client_id", MAC)]);
    assert_eq!((other.status, other.member("error").as_str()), (400, "invalid_request"));
}

#[test]
fn an_assertion_is_good_once_wherever_it_was_sent_first() {
    let lab = lab();
    let assertion = signed(&claims(&lab, SIGNER));
    // The grant fails, the client did not: the assertion is used up.
    let fields = [("grant_type", "client_credentials"), ("scope", "no:such")];
    let first = lab.post("/token", &form(&assertion, &fields));
    assert_eq!((first.status, first.member("error").as_str()), (400, "invalid_scope"));
    refused(&token_by(&lab, &assertion, &[]), "client.assertion_unused");
    refused(
        &lab.post("/introspect", &form(&assertion, &[("token", "t")])),
        "client.assertion_unused",
    );
    // One that is not valid otherwise uses nothing up.
    let claims = claims(&lab, SIGNER);
    refused(&token_by(&lab, &forged(&claims), &[]), "client.authenticated");
    token_by(&lab, &signed(&claims), &[]).expect(200);
    refused(
        &token_by(&lab, &signed(&changed(&lab, &json!({ "jti": null }))), &[]),
        "client.assertion_unused",
    );
}

#[test]
fn of_many_at_once_exactly_one_uses_an_assertion() {
    let lab = lab();
    let assertion = signed(&claims(&lab, SIGNER));
    let wins = std::thread::scope(|scope| {
        let send = || scope.spawn(|| token_by(&lab, &assertion, &[]).status);
        let all: Vec<_> = (0..12).map(|_| send()).collect();
        let statuses: Vec<u16> = all.into_iter().map(|one| one.join().unwrap()).collect();
        assert!(statuses.iter().all(|status| [200, 401].contains(status)), "{statuses:?}");
        statuses.iter().filter(|status| **status == 200).count()
    });
    assert_eq!(wins, 1);
}

#[test]
fn no_forged_header_stands_for_a_signature() {
    let lab = lab();
    let body = URL_SAFE_NO_PAD.encode(claims(&lab, SIGNER).to_string());
    for alg in ["none", "None", "nOnE", ""] {
        let head = URL_SAFE_NO_PAD.encode(json!({ "alg": alg }).to_string());
        for signature in ["", "AAAA"] {
            let forged = format!("{head}.{body}.{signature}");
            refused(&token_by(&lab, &forged, &[]), "client.authenticated");
        }
    }
    // The public key as the secret of a MAC.
    let public = key().jwk();
    for secret in [json!(public).to_string(), public.x.clone().unwrap()] {
        let forged = sign_hs256(&Secret::new(secret), "JWT", &claims(&lab, SIGNER));
        refused(&token_by(&lab, forged.expose(), &[]), "client.authenticated");
    }
    // The signature of other claims, and an empty one.
    let good = signed(&claims(&lab, SIGNER));
    let (head, signature) = good.rsplit_once('.').unwrap();
    let (head, _) = head.split_once('.').unwrap();
    refused(&token_by(&lab, &format!("{head}.{body}.{signature}"), &[]), "client.authenticated");
    refused(&token_by(&lab, &format!("{head}.{body}."), &[]), "client.authenticated");
    let unknown = signed(&claims(&lab, "nobody"));
    refused(&token_by(&lab, &unknown, &[]), "client.authenticated");
}

#[test]
fn the_registered_algorithm_is_the_only_one() {
    let lab = TestLab::with(|config| {
        add(config);
        let signer = config.clients.iter_mut().find(|client| client.id.as_str() == SIGNER);
        signer.unwrap().metadata.keys.token_endpoint_auth_signing_alg = Some("PS256".into());
    });
    refused(&token_by(&lab, &signed(&claims(&lab, SIGNER)), &[]), "client.authenticated");
}

/// RFC 9126 §2 names three audiences; FAPI 2.0 and strict labs know one.
#[test]
fn who_the_audience_may_be_depends_on_how_strict_the_lab_is() {
    let strict = |config: &mut Config| {
        add(config);
        config.strict = true;
    };
    let fapi = |config: &mut Config| {
        add(config);
        config.profile = Profile::Fapi2;
    };
    let changes: [(bool, Change); 3] = [(true, add), (false, strict), (false, fapi)];
    for (is_lenient, change) in changes {
        let lab = TestLab::with(change);
        let ask = |path: &str, aud: serde_json::Value| {
            let assertion = signed(&changed(&lab, &json!({ "aud": aud })));
            let fields = [&MACHINE[..], &[("token", "t")]].concat();
            lab.post(path, &form(&assertion, &fields))
        };
        ask("/introspect", json!(lab.issuer())).expect(200);
        for aud in [
            json!([lab.issuer()]),
            json!(lab.at("/token")),
            json!(["https://elsewhere.example", lab.at("/token")]),
        ] {
            let answer = ask("/token", aud.clone());
            if is_lenient {
                let answer = answer.expect(200);
                let record = lab.record_of(&answer).to_string();
                assert!(record.contains("the issuer identifier alone is safer"), "{aud}: {record}");
            } else {
                refused(&answer, "client.assertion_audience");
            }
        }
        let introspection = ask("/introspect", json!(lab.at("/introspect")));
        assert_eq!(introspection.status, if is_lenient { 200 } else { 401 });
        for aud in [json!("https://elsewhere.example"), json!([]), json!(lab.at("/introspect"))] {
            refused(&ask("/token", aud), "client.assertion_audience");
        }
    }
}

#[test]
fn a_certificate_is_a_credential_at_token_introspection_and_revocation() {
    let lab = lab();
    let chained = vouched(&lab, CHAINED);
    for (id, identity) in [(CHAINED, &chained), (PINNED, pinned_identity())] {
        let fields = [&MACHINE[..], &[("client_id", id)]].concat();
        let token = send_as(&lab, Some(identity), "/token", &fields).expect(200);
        let token = token.member("access_token");
        let fields = [("client_id", id), ("token", token.as_str())];
        let known = send_as(&lab, Some(identity), "/introspect", &fields).expect(200);
        assert_eq!(known.json()["active"], true);
        send_as(&lab, Some(identity), "/revoke", &fields).expect(200);
        refused(&send_as(&lab, None, "/introspect", &fields), "client.authenticated");
    }
    // Each client's own way, and no other.
    for (id, identity) in [(CHAINED, pinned_identity()), (PINNED, &chained), (SIGNER, &chained)] {
        let fields = [&MACHINE[..], &[("client_id", id)]].concat();
        refused(&send_as(&lab, Some(identity), "/token", &fields), "client.authenticated");
    }
    let namesake = ClientIdentity::self_signed(CHAINED, lab.clock().now()).unwrap();
    let fields = [&MACHINE[..], &[("client_id", CHAINED)]].concat();
    refused(&send_as(&lab, Some(&namesake), "/token", &fields), "client.authenticated");
}

/// A certificate is no secret: who shows one must have its key.
#[test]
fn a_certificate_without_its_key_does_not_get_through_the_handshake() {
    let lab = lab();
    let other = ClientIdentity::self_signed("thief", lab.clock().now()).unwrap();
    let stolen = ClientIdentity::from_pem(&pinned_identity().certificate_pem, &other.key_pem);
    // The client's own library refuses the pair already: it never reaches the wire.
    let roots = oauthlab::tls::root_store(lab.lab().ca().unwrap().pem.as_bytes()).unwrap();
    let paired = stolen.and_then(|stolen| oauthlab::tls::client_config_as(roots, &stolen));
    assert!(paired.is_err());
}

#[test]
fn metadata_names_what_works_and_with_which_algorithms() {
    let lab = lab();
    let document = lab.send(super::support::http::Request::get(
        lab.at("/.well-known/oauth-authorization-server"),
    ));
    let metadata = document.expect(200).json();
    for endpoint in ["token", "introspection", "revocation"] {
        let methods = &metadata[format!("{endpoint}_endpoint_auth_methods_supported")];
        for method in [
            "client_secret_jwt",
            "private_key_jwt",
            "tls_client_auth",
            "self_signed_tls_client_auth",
        ] {
            assert!(methods.as_array().unwrap().contains(&json!(method)), "{endpoint} {methods}");
        }
        let algorithms =
            &metadata[format!("{endpoint}_endpoint_auth_signing_alg_values_supported")];
        let algorithms = algorithms.as_array().unwrap();
        assert!(algorithms.contains(&json!("ES256")) && algorithms.contains(&json!("HS256")));
        assert!(!algorithms.contains(&json!("none")));
    }
}
