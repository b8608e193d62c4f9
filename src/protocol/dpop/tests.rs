//! Proofs: the published one, each fault of their form, and texts that no client would send.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn claims() -> ProofClaims {
    ProofClaims {
        jti: "-BwC3ESc6acc2lTc".to_owned(),
        htm: "POST".to_owned(),
        htu: "https://server.example.com/token".to_owned(),
        iat: 1_562_262_616,
        ath: None,
        nonce: None,
    }
}

/// A proof whose header and claims are changed before signing.
fn forged(alter: impl Fn(&mut Value, &mut Value)) -> Secret {
    let key = SigningKey::generate(Algorithm::Es256).unwrap();
    let mut header = json!({ "typ": TYPE, "alg": "ES256", "jwk": key.jwk() });
    let mut body = serde_json::to_value(claims()).unwrap();
    alter(&mut header, &mut body);
    key.sign_with_header(&header, &body).unwrap()
}

fn refused(alter: impl Fn(&mut Value, &mut Value)) -> ProofError {
    Proof::parse(forged(alter).expose()).unwrap_err()
}

/// The proof and the thumbprint of RFC 9449 §4.1 and §6.1.
#[test]
fn the_published_proof_verifies() {
    let published = concat!(
        "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0",
        "VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10",
        "NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjo",
        "iUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.",
        "2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg",
    );
    let proof = Proof::parse(published).unwrap();
    assert!(proof.verifies());
    assert_eq!(proof.claims.iat, 1_562_262_616);
    assert_eq!(proof.thumbprint(), "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
    assert!(is_thumbprint(&proof.thumbprint()) && !is_thumbprint("0ZcO"));
}

#[test]
fn every_algorithm_proves_and_shows_no_private_member() {
    for &alg in PROOF_ALGORITHMS {
        let key = SigningKey::generate(alg).unwrap();
        let text = prove(&key, &claims()).unwrap();
        let proof = Proof::parse(text.expose()).unwrap();
        assert!(proof.verifies(), "{alg}");
        assert_eq!(proof.thumbprint(), key.jwk().thumbprint(), "{alg}");
    }
}

#[test]
fn each_fault_of_the_form_has_a_name() {
    assert_eq!(refused(|header, _| header["typ"] = json!("jwt")), ProofError::Type);
    assert_eq!(refused(|header, _| header["alg"] = json!("HS256")), ProofError::Algorithm);
    assert_eq!(refused(|header, _| header["alg"] = json!("none")), ProofError::Algorithm);
    assert_eq!(refused(|header, _| header["crit"] = json!(["exp"])), ProofError::Critical);
    assert_eq!(refused(|header, _| header["jwk"] = json!(null)), ProofError::Key);
    assert_eq!(refused(|header, _| header["jwk"] = json!("x")), ProofError::Key);
    // The members of a key in our order, without their names.
    let bare = |key: &Value| json!(["EC", "P-256", key["x"], key["y"], (), (), (), (), (), (), []]);
    assert_eq!(refused(|header, _| header["jwk"] = bare(&header["jwk"])), ProofError::Key);
    assert_eq!(refused(|header, _| header["alg"] = json!("RS256")), ProofError::Key);
    assert_eq!(refused(|header, _| header["jwk"]["d"] = json!("AA")), ProofError::PrivateKey);
    assert_eq!(refused(|header, _| header["jwk"]["d"] = json!(null)), ProofError::PrivateKey);
    assert_eq!(refused(|_, body| body["iat"] = json!("now")), ProofError::Claims);
    assert_eq!(refused(|_, body| body["iat"] = json!(-1)), ProofError::Claims);
    assert_eq!(refused(|_, body| body["htu"] = json!(null)), ProofError::Claims);
    assert_eq!(refused(|_, body| body["jti"] = json!("")), ProofError::Jti);
    assert_eq!(refused(|_, body| body["jti"] = json!("x".repeat(129))), ProofError::Jti);
    assert_eq!(Proof::parse(&"a".repeat(MAX_PROOF + 1)).unwrap_err(), ProofError::TooLong);
    assert_eq!(Proof::parse("a.b").unwrap_err(), ProofError::Malformed);
}

#[test]
fn a_proof_of_another_key_does_not_verify() {
    let other = SigningKey::generate(Algorithm::Es256).unwrap();
    let text = forged(|header, _| header["jwk"] = json!(other.jwk()));
    assert!(!Proof::parse(text.expose()).unwrap().verifies());
}

#[test]
fn a_key_id_does_not_choose_another_key_and_a_fraction_is_cut_off() {
    let text = forged(|header, body| {
        header["kid"] = json!("other");
        body["iat"] = json!(1000.75);
    });
    let proof = Proof::parse(text.expose()).unwrap();
    assert!(proof.verifies());
    assert_eq!(proof.claims.iat, 1000);
}

/// RFC 9449 §7.1.
#[test]
fn the_published_token_hash() {
    let token = Secret::new("Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU");
    assert_eq!(token_hash(&token), "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo");
}

proptest! {
    #[test]
    fn parsing_never_panics(text in "\\PC{0,200}") {
        let _ = Proof::parse(&text);
    }

    #[test]
    fn no_header_and_no_claims_panic(header in "\\PC{0,80}", body in "\\PC{0,80}") {
        let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let _ = Proof::parse(&format!("{}.{}.AA", encode(&header), encode(&body)));
        let jwk = format!(r#"{{"typ":"dpop+jwt","alg":"ES256","jwk":{{"kty":"EC","crv":"P-256","x":{0},"y":{0}}}}}"#, json!(header));
        let claims = r#"{"jti":"a","htm":"GET","htu":"u","iat":1}"#;
        let text = format!("{}.{}.AA", encode(&jwk), encode(claims));
        prop_assert!(!Proof::parse(&text).unwrap().verifies());
    }
}
