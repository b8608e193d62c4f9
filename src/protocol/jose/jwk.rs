//! Public keys (RFC 7517, RFC 7518 §6, RFC 8037 §2) and their thumbprints (RFC 7638).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::library_algorithm;
use super::ml_dsa::ParameterSet;

/// A public JWK. Private members do not exist here, so that none can be published.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Jwk {
    /// `EC`, `RSA`, `OKP` or `AKP`.
    pub kty: String,
    /// Curve of EC and OKP keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crv: Option<String>,
    /// x coordinate, or the OKP public key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub x: Option<String>,
    /// y coordinate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub y: Option<String>,
    /// RSA modulus.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub n: Option<String>,
    /// RSA public exponent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub e: Option<String>,
    /// The public key of an algorithm key pair (RFC 9964).
    #[serde(rename = "pub", skip_serializing_if = "Option::is_none")]
    pub public: Option<String>,
    /// `sig`.
    #[serde(rename = "use", skip_serializing_if = "Option::is_none")]
    pub usage: Option<String>,
    /// The algorithm that the key is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alg: Option<String>,
    /// Key identifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kid: Option<String>,
    /// The certificate of the key, then those that vouch for it: DER in base64 (RFC 7517 §4.7).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub x5c: Vec<String>,
}

/// A JWK Set (RFC 7517 §5).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JwkSet {
    /// The keys.
    pub keys: Vec<Jwk>,
}

impl Jwk {
    /// The SHA-256 thumbprint, base64url (RFC 7638 §3): the required members, sorted, no space.
    pub fn thumbprint(&self) -> String {
        let members: &[(&str, &Option<String>)] = match self.kty.as_str() {
            "RSA" => &[("e", &self.e), ("kty", &None), ("n", &self.n)],
            "OKP" => &[("crv", &self.crv), ("kty", &None), ("x", &self.x)],
            "AKP" => &[("alg", &self.alg), ("kty", &None), ("pub", &self.public)],
            _ => &[("crv", &self.crv), ("kty", &None), ("x", &self.x), ("y", &self.y)],
        };
        let members = members.iter().map(|(name, value)| {
            let value = if *name == "kty" { Some(&self.kty) } else { value.as_ref() };
            format!("\"{name}\":\"{}\"", value.map_or("", String::as_str))
        });
        let json = format!("{{{}}}", members.collect::<Vec<_>>().join(","));
        URL_SAFE_NO_PAD.encode(Sha256::digest(json.as_bytes()))
    }

    /// Whether the signature over a message verifies with this key. The caller has seen that the key
    /// fits the algorithm.
    pub(super) fn verifies(&self, alg: super::Algorithm, message: &[u8], signature: &str) -> bool {
        if let Some(set) = ParameterSet::of(alg) {
            let public = self.public.as_deref().and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
            let signature = URL_SAFE_NO_PAD.decode(signature).ok();
            return matches!((public, signature), (Some(public), Some(signature))
                if set.verifies(&public, message, &signature));
        }
        let (Some(key), Some(alg)) = (self.decoding_key(), library_algorithm(alg)) else {
            return false;
        };
        jsonwebtoken::crypto::verify(signature, message, &key, alg).unwrap_or(false)
    }

    fn decoding_key(&self) -> Option<jsonwebtoken::DecodingKey> {
        use jsonwebtoken::DecodingKey;
        match (self.kty.as_str(), &self.x, &self.y, &self.n, &self.e) {
            ("EC", Some(x), Some(y), ..) => DecodingKey::from_ec_components(x, y).ok(),
            ("OKP", Some(x), ..) => DecodingKey::from_ed_components(x).ok(),
            ("RSA", _, _, Some(n), Some(e)) => DecodingKey::from_rsa_components(n, e).ok(),
            _ => None,
        }
    }

    /// Whether a key of this type can verify that algorithm, and is meant to.
    pub fn fits(&self, alg: super::Algorithm) -> bool {
        use super::Algorithm as A;
        let kind = match alg {
            A::Es256 => self.kty == "EC" && self.crv.as_deref() == Some("P-256"),
            A::Rs256 | A::Ps256 => self.kty == "RSA",
            A::EdDsa => self.kty == "OKP" && self.crv.as_deref() == Some("Ed25519"),
            // `alg` is required of such a key: its type does not tell the parameter set.
            A::MlDsa44 | A::MlDsa65 | A::MlDsa87 => self.kty == "AKP" && self.alg.is_some(),
        };
        let meant = self.alg.as_deref().is_none_or(|own| own == alg.as_str());
        let signs = self.usage.as_deref().is_none_or(|usage| usage == "sig");
        kind && meant && signs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7638 §3.1.
    #[test]
    fn the_published_thumbprint() {
        let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
        let key =
            Jwk { kty: "RSA".into(), n: Some(n.into()), e: Some("AQAB".into()), ..Jwk::default() };
        assert_eq!(key.thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }
}
