//! `DPoP` proofs of tests: made by hand, so that each part can be wrong (RFC 9449 §4.2).

use std::sync::atomic::{AtomicUsize, Ordering};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// A P-256 key pair.
pub(crate) struct ProofKey(EcdsaKeyPair);

/// A proof under construction.
#[derive(Clone, Debug)]
#[must_use]
pub(crate) struct Proof {
    pub(crate) header: Value,
    pub(crate) claims: Value,
}

static COUNT: AtomicUsize = AtomicUsize::new(0);

impl ProofKey {
    pub(crate) fn new() -> Self {
        Self(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
    }

    fn jwk(&self) -> Value {
        let point = self.0.public_key().as_ref();
        let [x, y] = [&point[1..33], &point[33..65]].map(|part| URL_SAFE_NO_PAD.encode(part));
        json!({ "crv": "P-256", "kty": "EC", "x": x, "y": y })
    }

    /// RFC 7638.
    pub(crate) fn thumbprint(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.jwk().to_string()))
    }

    /// A right proof for a request at a time in seconds.
    pub(crate) fn proof(&self, method: &str, url: &str, now: u64) -> Proof {
        let jti = format!("proof-{}", COUNT.fetch_add(1, Ordering::SeqCst));
        Proof {
            header: json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": self.jwk() }),
            claims: json!({ "jti": jti, "htm": method, "htu": url, "iat": now }),
        }
    }

    pub(crate) fn sign(&self, proof: &Proof) -> String {
        let parts = [&proof.header, &proof.claims];
        let input = parts.map(|part| URL_SAFE_NO_PAD.encode(part.to_string())).join(".");
        let signature = self.0.sign(&SystemRandom::new(), input.as_bytes()).unwrap();
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

impl Proof {
    pub(crate) fn with(mut self, claim: &str, value: impl Into<Value>) -> Self {
        self.claims[claim] = value.into();
        self
    }

    /// With the hash of an access token.
    pub(crate) fn for_token(self, token: &str) -> Self {
        self.with("ath", URL_SAFE_NO_PAD.encode(Sha256::digest(token)))
    }

    pub(crate) fn with_header(mut self, member: &str, value: impl Into<Value>) -> Self {
        self.header[member] = value.into();
        self
    }
}
