//! The metadata document says what works, and nothing else.

use super::*;
use crate::config::{Config, Profile, RegistrationMode};
use crate::protocol::Algorithm;
use crate::protocol::dpop::{ProofClaims, prove};
use crate::protocol::jose::SigningKey;
use crate::rule::{self, Judge};

#[tokio::test]
async fn what_is_switched_off_is_not_advertised() {
    let (issuer, _) = issuer_with(|config| config.registration = RegistrationMode::Off, &[]);
    assert!(issuer.metadata().registration_endpoint.is_none());
}

#[tokio::test]
async fn the_document_has_no_null_and_the_exact_issuer() {
    let (issuer, _) = issuer();
    let json = serde_json::to_value(issuer.metadata()).unwrap();
    assert_eq!(json["issuer"], issuer.url().as_str());
    assert!(!json.to_string().contains("null"));
    // OpenID Connect Discovery §3: required members.
    for member in [
        "authorization_endpoint",
        "token_endpoint",
        "jwks_uri",
        "response_types_supported",
        "subject_types_supported",
        "id_token_signing_alg_values_supported",
    ] {
        assert!(json.get(member).is_some(), "{member}");
    }
    let algorithms = json["id_token_signing_alg_values_supported"].as_array().unwrap();
    assert!(algorithms.iter().any(|alg| alg == "RS256"));
}

#[tokio::test]
async fn without_tls_nothing_is_bound_to_a_certificate() {
    let says = |tls: crate::config::TlsMode| {
        let (issuer, _) = issuer_with(|config| config.tls = tls, &[]);
        issuer.metadata().tls_client_certificate_bound_access_tokens
    };
    assert_eq!(says(crate::config::TlsMode::SelfSigned), Some(true));
    assert_eq!(says(crate::config::TlsMode::Off), None);
}

/// FAPI 2.0 Security Profile §5.4.1 speaks of every JWT, and so of proofs.
#[tokio::test]
async fn a_proof_has_an_algorithm_of_the_profile() {
    let fapi2 = |config: &mut Config| *config = config.clone().under(Profile::Fapi2);
    let (issuer, _) = issuer_with(fapi2, &[]);
    let said = issuer.metadata().dpop_signing_alg_values_supported;
    assert_eq!(said, ["PS256", "ES256", "EdDSA"]);
    for (alg, admitted) in [(Algorithm::Es256, true), (Algorithm::Rs256, false)] {
        let claims = ProofClaims {
            jti: alg.to_string(),
            htm: "POST".to_owned(),
            htu: issuer.url().endpoint("/token"),
            iat: issuer.now().secs(),
            ath: None,
            nonce: None,
        };
        let proof = prove(&SigningKey::generate(alg).unwrap(), &claims).unwrap();
        let (method, path) = ("POST".to_owned(), "/token".to_owned());
        let sender = PresentedSender { dpop: vec![proof], certificate: None, method, path };
        let mut judge = Judge::new(&rule::TOKEN_CLIENT_CREDENTIALS, &NoWaivers);
        let proved = issuer.judge_proof(&mut judge, &sender).await;
        assert_eq!(proved.is_ok_and(|(jkt, _)| jkt.is_some()), admitted, "{alg}");
        assert_eq!(judge.broken().contains(&&rule::DPOP_FORM), !admitted, "{alg}");
    }
}
