//! ES256 signatures of the load: client assertions (RFC 7523 §3) and DPoP proofs (RFC 9449 §4.2).

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _,
    UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::Outcome;

/// One P-256 key for both roles.
pub struct Key {
    pair: EcdsaKeyPair,
    random: SystemRandom,
    ids: AtomicU64,
}

impl Key {
    pub fn generate() -> Outcome<Self> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?;
        Ok(Self { pair, random: SystemRandom::new(), ids: AtomicU64::new(0) })
    }

    /// The public JWK.
    pub fn public(&self) -> Value {
        // An uncompressed point: 0x04, x, y.
        let point = self.pair.public_key().as_ref();
        let half = |range| URL_SAFE_NO_PAD.encode(&point[range]);
        json!({ "kty": "EC", "crv": "P-256", "x": half(1..33), "y": half(33..65) })
    }

    pub fn assertion(&self, client: &str, issuer: &str) -> Outcome<String> {
        let (now, jti) = self.fresh()?;
        let claims = json!({
            "iss": client, "sub": client, "aud": issuer, "jti": jti, "iat": now, "exp": now + 60,
        });
        self.jws(&json!({ "alg": "ES256" }), &claims)
    }

    pub fn proof(&self, method: &str, url: &str) -> Outcome<String> {
        let (now, jti) = self.fresh()?;
        let header = json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": self.public() });
        self.jws(&header, &json!({ "jti": jti, "htm": method, "htu": url, "iat": now }))
    }

    /// Verifies a signature of this key; what the server must do at least.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Outcome<()> {
        let public = self.pair.public_key().as_ref();
        Ok(UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, public).verify(message, signature)?)
    }

    pub fn sign(&self, message: &[u8]) -> Outcome<Vec<u8>> {
        Ok(self.pair.sign(&self.random, message)?.as_ref().to_vec())
    }

    fn fresh(&self) -> Outcome<(u64, String)> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        Ok((now, format!("load-{:016}", self.ids.fetch_add(1, Ordering::Relaxed))))
    }

    fn jws(&self, header: &Value, claims: &Value) -> Outcome<String> {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let input = format!("{}.{}", part(header), part(claims));
        let signature = self.sign(input.as_bytes())?;
        Ok(format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}
