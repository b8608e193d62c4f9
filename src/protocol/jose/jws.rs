//! Compact JWS (RFC 7515 §3.1, §7.1): read the header, choose the key by it, verify.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;

use super::{Jwk, JwkSet};
use crate::protocol::Algorithm;

/// A compact JWS, decoded, its signature not yet verified.
#[derive(Clone, Debug)]
pub struct Jws<'t> {
    /// The protected header.
    pub header: JwsHeader,
    payload: Vec<u8>,
    pub(super) signing_input: &'t str,
    pub(super) signature: &'t str,
}

/// The protected header. Members that would let the token choose its own key (`jwk`, `jku`, `x5u`,
/// `x5c`) are only noticed; a `DPoP` proof alone is verified with its `jwk` (RFC 9449 §4.2).
#[derive(Clone, Debug, Default, Deserialize)]
pub struct JwsHeader {
    /// The algorithm as named by the token.
    pub alg: String,
    /// Key identifier.
    #[serde(default)]
    pub kid: Option<String>,
    /// Media type, such as `at+jwt`.
    #[serde(default)]
    pub typ: Option<String>,
    /// Critical extensions; we know none.
    #[serde(default)]
    pub crit: Option<Vec<String>>,
    #[serde(default)]
    jwk: Option<Value>,
    #[serde(default)]
    jku: Option<IgnoredAny>,
    #[serde(default)]
    x5u: Option<IgnoredAny>,
    #[serde(default)]
    x5c: Option<IgnoredAny>,
}

impl JwsHeader {
    /// The key that it brings, as it came.
    pub(in crate::protocol) const fn jwk(&self) -> Option<&Value> {
        self.jwk.as_ref()
    }

    /// Whether the header brings or names a key of its own (RFC 7515 §4.1.2, §4.1.3, §4.1.5, §4.1.6).
    pub const fn brings_key(&self) -> bool {
        self.jwk.is_some() || self.jku.is_some() || self.x5u.is_some() || self.x5c.is_some()
    }
}

/// Why a JWS is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwsError {
    /// Not three base64url parts with a JSON header.
    #[error("not a compact JWS")]
    Malformed,
    /// An algorithm that is not among the expected ones; `none` is never among them.
    #[error("the algorithm is not one that is expected here")]
    Algorithm,
    /// A critical extension that we do not know (RFC 7515 §4.1.11).
    #[error("the header names a critical extension that is not known")]
    Critical,
    /// No key of the set has this `kid` and fits the algorithm.
    #[error("no key of the set fits the header")]
    Key,
    /// The signature does not verify.
    #[error("the signature does not verify")]
    Signature,
}

const MAX_LENGTH: usize = 16 * 1024;

impl<'t> Jws<'t> {
    /// Decodes without verifying. At most 16 KiB.
    pub fn decode(token: &'t str) -> Result<Self, JwsError> {
        if token.len() > MAX_LENGTH {
            return Err(JwsError::Malformed);
        }
        let (signing_input, signature) = token.rsplit_once('.').ok_or(JwsError::Malformed)?;
        let (header, payload) = signing_input.split_once('.').ok_or(JwsError::Malformed)?;
        if payload.contains('.') {
            return Err(JwsError::Malformed);
        }
        let header = read_object(&decode_part(header)?)?;
        Ok(Self { header, payload: decode_part(payload)?, signing_input, signature })
    }

    /// The payload as claims, unverified. For display, and for choosing whom to ask.
    pub fn claims<C: DeserializeOwned>(&self) -> Result<C, JwsError> {
        read_object(&self.payload)
    }

    /// The payload, unverified.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// Verifies with the key of the set that the header names, if its algorithm is expected.
    /// A header without `kid` is tried with every key that fits.
    pub fn verify(&self, keys: &JwkSet, expected: &[Algorithm]) -> Result<(), JwsError> {
        let alg = Algorithm::parse(&self.header.alg).filter(|alg| expected.contains(alg));
        let alg = alg.ok_or(JwsError::Algorithm)?;
        if self.header.crit.is_some() {
            return Err(JwsError::Critical);
        }
        let named = |key: &&Jwk| self.header.kid.is_none() || key.kid == self.header.kid;
        let mut error = JwsError::Key;
        for key in keys.keys.iter().filter(named).filter(|key| key.fits(alg)) {
            if key.verifies(alg, self.signing_input.as_bytes(), self.signature) {
                return Ok(());
            }
            error = JwsError::Signature;
        }
        Err(error)
    }
}

/// Header and claims are JSON objects (RFC 7515 §5.2, RFC 7519 §7.2). An array could stand for one
/// otherwise, its values in the order of our members.
fn read_object<T: DeserializeOwned>(json: &[u8]) -> Result<T, JwsError> {
    let first = json.iter().find(|byte| !byte.is_ascii_whitespace());
    let read = serde_json::from_slice(json).ok().filter(|_| first == Some(&b'{'));
    read.ok_or(JwsError::Malformed)
}

pub(super) fn decode_part(part: &str) -> Result<Vec<u8>, JwsError> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| JwsError::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 7515 Appendix A.3 (ES256).
    const A3: &str = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

    fn a3_keys() -> JwkSet {
        let key = Jwk {
            kty: "EC".into(),
            crv: Some("P-256".into()),
            x: Some("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU".into()),
            y: Some("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0".into()),
            ..Jwk::default()
        };
        JwkSet { keys: vec![key] }
    }

    #[test]
    fn the_published_es256_vector_verifies() {
        let jws = Jws::decode(A3).unwrap();
        assert_eq!(jws.verify(&a3_keys(), &[Algorithm::Es256]), Ok(()));
    }

    #[test]
    fn a_changed_payload_or_another_algorithm_does_not() {
        let changed = A3.replace("eyJpc3MiOiJqb2UiLA0K", "eyJpc3MiOiJqb2oiLA0K");
        let jws = Jws::decode(&changed).unwrap();
        assert_eq!(jws.verify(&a3_keys(), &[Algorithm::Es256]), Err(JwsError::Signature));
        let jws = Jws::decode(A3).unwrap();
        assert_eq!(jws.verify(&a3_keys(), &[Algorithm::Rs256]), Err(JwsError::Algorithm));
    }

    #[test]
    fn header_and_claims_are_objects_and_no_lists_of_values() {
        #[derive(Debug, Deserialize)]
        struct Claims {
            sub: String,
        }
        let part = |json: &str| URL_SAFE_NO_PAD.encode(json);
        let read = |header: &str, claims: &str| {
            let text = format!("{}.{}.AA", part(header), part(claims));
            Jws::decode(&text).and_then(|jws| jws.claims::<Claims>()).map(|claims| claims.sub)
        };
        assert_eq!(read(r#" {"alg":"ES256"}"#, "\n{\"sub\":\"a\"}"), Ok("a".to_owned()));
        assert_eq!(read(r#"["ES256"]"#, r#"{"sub":"a"}"#), Err(JwsError::Malformed));
        assert_eq!(read(r#"{"alg":"ES256"}"#, r#"["a"]"#), Err(JwsError::Malformed));
    }

    #[test]
    fn none_is_never_an_algorithm() {
        // RFC 7515 Appendix A.5.
        let unsecured = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.";
        let jws = Jws::decode(unsecured).unwrap();
        assert_eq!(jws.verify(&a3_keys(), Algorithm::ALL), Err(JwsError::Algorithm));
    }
}
