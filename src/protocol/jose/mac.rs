//! JWS with a MAC under a shared secret: `HS256` (RFC 7518 §3.2). Only clients use it, to show that
//! they know their secret; our own tokens are never signed so.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

use super::jws::decode_part;
use super::{Jws, JwsError};
use crate::protocol::Secret;

/// The registered name.
pub const HS256: &str = "HS256";

impl Jws<'_> {
    /// Verifies an `HS256` JWS with a secret, in constant time. An empty secret verifies nothing.
    pub fn verify_hs256(&self, secret: &Secret) -> Result<(), JwsError> {
        if self.header.alg != HS256 {
            return Err(JwsError::Algorithm);
        }
        if self.header.crit.is_some() {
            return Err(JwsError::Critical);
        }
        if secret.is_empty() {
            return Err(JwsError::Key);
        }
        let tag = decode_part(self.signature)?;
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
        hmac::verify(&key, self.signing_input.as_bytes(), &tag).map_err(|_| JwsError::Signature)
    }
}

/// Makes an `HS256` JWS. Claims that have no JSON form become `null`.
pub fn sign_hs256<C: Serialize>(secret: &Secret, typ: &str, claims: &C) -> Secret {
    let header = serde_json::json!({ "alg": HS256, "typ": typ }).to_string();
    let claims = serde_json::to_vec(claims).unwrap_or_else(|_| b"null".to_vec());
    let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
    let tag = hmac::sign(&key, input.as_bytes());
    Secret::new(format!("{input}.{}", URL_SAFE_NO_PAD.encode(tag.as_ref())))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// RFC 7515 Appendix A.1, whose key is no text; so the test makes its own, and changes it.
    #[test]
    fn only_the_same_secret_and_the_same_bytes_verify() {
        let secret = Secret::new("0123456789abcdef0123456789abcdef");
        let token = sign_hs256(&secret, "JWT", &json!({ "sub": "c" }));
        let jws = Jws::decode(token.expose()).unwrap();
        assert_eq!(jws.verify_hs256(&secret), Ok(()));
        assert_eq!(jws.verify_hs256(&Secret::new("other")), Err(JwsError::Signature));
        assert_eq!(jws.verify_hs256(&Secret::default()), Err(JwsError::Key));
        let (head, _) = token.expose().rsplit_once('.').unwrap();
        let unsigned = format!("{head}.");
        let jws = Jws::decode(&unsigned).unwrap();
        assert_eq!(jws.verify_hs256(&secret), Err(JwsError::Signature));
    }

    #[test]
    fn another_algorithm_is_not_tried() {
        let secret = Secret::new("s");
        let input = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#),
            URL_SAFE_NO_PAD.encode("{}")
        );
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"s");
        let tag = URL_SAFE_NO_PAD.encode(hmac::sign(&key, input.as_bytes()).as_ref());
        let token = format!("{input}.{tag}");
        let jws = Jws::decode(&token).unwrap();
        assert_eq!(jws.verify_hs256(&secret), Err(JwsError::Algorithm));
    }
}
