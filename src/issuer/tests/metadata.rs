//! The metadata document says what works, and nothing else.

use super::*;
use crate::config::RegistrationMode;

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
