//! DANGEROUS on purpose: broken tokens, for deviations, `--tamper` and audit probes. Each starts
//! from a genuine token, so that only one thing is wrong with it (RFC 8725 §2, RFC 7515 §10.7).

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use super::jose::{Jwk, KeyError, SigningKey};
use super::{Audience, Secret};

/// A genuine JWT, taken apart.
#[derive(Clone)]
pub struct Genuine {
    header: Map<String, Value>,
    claims: Map<String, Value>,
    signature: String,
}

impl Genuine {
    /// Takes a compact JWS apart; `None` for anything else, such as an opaque token.
    pub fn of(token: &Secret) -> Option<Self> {
        let parts: Vec<&str> = token.expose().split('.').collect();
        let [header, claims, signature] = parts.as_slice() else { return None };
        Some(Self {
            header: object(header)?,
            claims: object(claims)?,
            signature: (*signature).to_owned(),
        })
    }

    /// A claim's text.
    pub fn claim(&self, name: &str) -> Option<&str> {
        self.claims.get(name)?.as_str()
    }

    /// A claim's time, in seconds since the Unix epoch.
    pub fn time(&self, name: &str) -> Option<u64> {
        self.claims.get(name)?.as_u64()
    }

    /// For whom it is.
    pub fn audience(&self) -> Option<Audience> {
        serde_json::from_value(self.claims.get("aud")?.clone()).ok()
    }

    /// The thumbprint of the key that it is bound to (RFC 9449 §6.1).
    pub fn key_thumbprint(&self) -> Option<&str> {
        self.claims.get("cnf")?.get("jkt")?.as_str()
    }

    /// The key that its header names.
    pub fn kid(&self) -> Option<&str> {
        self.header.get("kid")?.as_str()
    }

    /// The same token with one more or another claim. Its signature no longer fits.
    #[must_use]
    pub fn with_claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.claims.insert(name.to_owned(), value.into());
        self
    }

    /// The same token without a claim.
    #[must_use]
    pub fn without_claim(mut self, name: &str) -> Self {
        self.claims.remove(name);
        self
    }

    /// The same token with one more or another header parameter.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.header.insert(name.to_owned(), value.into());
        self
    }

    /// The same token without a header parameter.
    #[must_use]
    pub fn without_header(mut self, name: &str) -> Self {
        self.header.remove(name);
        self
    }

    /// No signature at all, and an algorithm that says so, in any spelling.
    pub fn unsigned(&self, alg: &str) -> Secret {
        self.with_signature(&self.header_with("alg", alg), "")
    }

    /// An algorithm that says that there is no signature, with the old one left in place.
    pub fn unsigned_but_kept(&self, alg: &str) -> Secret {
        self.with_signature(&self.header_with("alg", alg), &self.signature)
    }

    /// The claims as they are now under the signature as it was.
    pub fn with_old_signature(&self) -> Secret {
        self.with_signature(&self.header, &self.signature)
    }

    /// The signature left out, the algorithm left in.
    pub fn without_signature(&self) -> Secret {
        self.with_signature(&self.header, "")
    }

    /// The signature without its last byte.
    pub fn with_shortened_signature(&self) -> Secret {
        let mut bytes = URL_SAFE_NO_PAD.decode(&self.signature).unwrap_or_default();
        bytes.pop();
        self.with_signature(&self.header, &URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The signature with its first bit changed.
    pub fn with_flipped_signature(&self) -> Secret {
        let mut bytes = URL_SAFE_NO_PAD.decode(&self.signature).unwrap_or_default();
        if let Some(first) = bytes.first_mut() {
            *first ^= 0x80;
        }
        self.with_signature(&self.header, &URL_SAFE_NO_PAD.encode(bytes))
    }

    /// A signature that is all zeros: for ECDSA, r and s (RFC 7518 §3.4), which no verifier may take.
    pub fn with_zero_signature(&self) -> Secret {
        let length = URL_SAFE_NO_PAD.decode(&self.signature).unwrap_or_default().len();
        self.with_signature(&self.header, &URL_SAFE_NO_PAD.encode(vec![0; length]))
    }

    /// Signed by another key, under the name of the right one.
    pub fn signed_by(&self, key: &SigningKey) -> Result<Secret, KeyError> {
        let header = self.header_with("alg", key.alg().as_str());
        key.sign_with_header(&Value::Object(header), &self.claims)
    }

    /// Signed by another key, which the header brings along (RFC 7515 §4.1.3).
    pub fn bringing(&self, key: &SigningKey) -> Result<Secret, KeyError> {
        let mut header = self.header_with("alg", key.alg().as_str());
        let jwk = serde_json::to_value(key.jwk()).map_err(|_| KeyError(key.alg()))?;
        header.insert("jwk".to_owned(), jwk);
        key.sign_with_header(&Value::Object(header), &self.claims)
    }

    /// HS256 with any bytes as its key: a public key, when algorithms are confused.
    pub fn hmac(&self, key: &[u8]) -> Secret {
        let input = signing_input(&self.header_with("alg", "HS256"), &self.claims);
        let key = hmac::Key::new(hmac::HMAC_SHA256, key);
        let tag = hmac::sign(&key, input.as_bytes());
        Secret::new(format!("{input}.{}", URL_SAFE_NO_PAD.encode(tag)))
    }

    fn header_with(&self, name: &str, value: &str) -> Map<String, Value> {
        let mut header = self.header.clone();
        header.insert(name.to_owned(), Value::from(value));
        header
    }

    fn with_signature(&self, header: &Map<String, Value>, signature: &str) -> Secret {
        Secret::new(format!("{}.{signature}", signing_input(header, &self.claims)))
    }
}

impl std::fmt::Debug for Genuine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Genuine(redacted)")
    }
}

/// The ways in which a library may write down a public key before it takes the text for the key of
/// an HMAC: PEM with and without its last line break, DER, the JWK as JSON, and the bare numbers.
pub fn spellings_of(key: &Jwk) -> Vec<Vec<u8>> {
    let decode = |part: &Option<String>| {
        part.as_ref().and_then(|text| URL_SAFE_NO_PAD.decode(text).ok()).unwrap_or_default()
    };
    let mut spellings = Vec::new();
    let der = match key.kty.as_str() {
        "EC" => Some(ec_public_key(&decode(&key.x), &decode(&key.y))),
        "OKP" => Some([ED25519_PREFIX, &decode(&key.x)].concat()),
        "RSA" => Some(rsa_public_key(&decode(&key.n), &decode(&key.e))),
        _ => None,
    };
    if let Some(der) = der {
        let pem = pem(&der);
        spellings.push(pem.trim_end().as_bytes().to_vec());
        spellings.push(pem.into_bytes());
        spellings.push(der);
    }
    spellings.extend(serde_json::to_vec(key).ok());
    spellings.extend(
        [&key.n, &key.x, &key.public].into_iter().flatten().map(|text| text.clone().into_bytes()),
    );
    spellings
}

/// `SubjectPublicKeyInfo` of P-256 up to the point (RFC 5480 §2).
const P256_PREFIX: &[u8] = &[
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
];

/// `SubjectPublicKeyInfo` of Ed25519 up to the key (RFC 8410 §4).
const ED25519_PREFIX: &[u8] =
    &[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// `AlgorithmIdentifier` of rsaEncryption (RFC 8017 §A.1).
const RSA_ALGORITHM: &[u8] =
    &[0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];

fn ec_public_key(x: &[u8], y: &[u8]) -> Vec<u8> {
    [P256_PREFIX, x, y].concat()
}

fn rsa_public_key(n: &[u8], e: &[u8]) -> Vec<u8> {
    let key = der(0x30, &[integer(n), integer(e)].concat());
    let bits = der(0x03, &[&[0], key.as_slice()].concat());
    der(0x30, &[RSA_ALGORITHM, &bits].concat())
}

fn integer(bytes: &[u8]) -> Vec<u8> {
    // A first bit that is set would make the number negative.
    let sign: &[u8] = if bytes.first().is_some_and(|first| *first >= 0x80) { &[0] } else { &[] };
    der(0x02, &[sign, bytes].concat())
}

/// Tag, length, value (X.690 §8.1).
fn der(tag: u8, value: &[u8]) -> Vec<u8> {
    let length = value.len().to_be_bytes();
    let significant = length.iter().skip_while(|byte| **byte == 0).copied().collect::<Vec<_>>();
    let mut out = vec![tag];
    match (value.len(), u8::try_from(significant.len())) {
        (0..=0x7f, _) | (_, Err(_)) => out.push(significant.last().copied().unwrap_or(0)),
        (_, Ok(count)) => {
            out.push(0x80 | count);
            out.extend(significant);
        }
    }
    out.extend_from_slice(value);
    out
}

fn pem(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut lines = String::from("-----BEGIN PUBLIC KEY-----\n");
    for (i, character) in text.chars().enumerate() {
        if i > 0 && i % 64 == 0 {
            lines.push('\n');
        }
        lines.push(character);
    }
    lines + "\n-----END PUBLIC KEY-----\n"
}

fn signing_input(header: &Map<String, Value>, claims: &Map<String, Value>) -> String {
    let encode =
        |part: &Map<String, Value>| URL_SAFE_NO_PAD.encode(Value::Object(part.clone()).to_string());
    format!("{}.{}", encode(header), encode(claims))
}

fn object(part: &str) -> Option<Map<String, Value>> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use x509_parser::prelude::FromDer as _;
    use x509_parser::x509::SubjectPublicKeyInfo;

    use super::super::Algorithm;
    use super::super::jose::{JwkSet, Jws, JwsError};
    use super::*;

    fn genuine(alg: Algorithm) -> (SigningKey, Genuine) {
        let key = SigningKey::generate(alg).unwrap();
        let token = key.sign("at+jwt", &json!({ "sub": "alice" })).unwrap();
        let genuine = Genuine::of(&token).unwrap();
        (key, genuine)
    }

    fn verdict(key: &SigningKey, token: &Secret) -> Result<(), JwsError> {
        let keys = JwkSet { keys: vec![key.jwk().clone()] };
        Jws::decode(token.expose()).unwrap().verify(&keys, Algorithm::ALL)
    }

    #[test]
    fn only_the_forged_part_is_wrong() {
        use JwsError as E;
        let (key, genuine) = genuine(Algorithm::Es256);
        let stranger = SigningKey::generate(Algorithm::Es256).unwrap();
        assert_eq!(verdict(&key, &genuine.with_old_signature()), Ok(()));
        let changed = genuine.clone().with_claim("sub", "bob");
        for (what, token, error) in [
            ("none", genuine.unsigned("none"), E::Algorithm),
            ("kept", genuine.unsigned_but_kept("nOnE"), E::Algorithm),
            ("claims", changed.with_old_signature(), E::Signature),
            ("stripped", genuine.without_signature(), E::Signature),
            ("flipped", genuine.with_flipped_signature(), E::Signature),
            ("short", genuine.with_shortened_signature(), E::Signature),
            ("zeros", genuine.with_zero_signature(), E::Signature),
            ("foreign", genuine.signed_by(&stranger).unwrap(), E::Signature),
            ("brought", genuine.bringing(&stranger).unwrap(), E::Signature),
            ("hmac", genuine.hmac(b"key"), E::Algorithm),
        ] {
            assert_eq!(verdict(&key, &token), Err(error), "{what}");
        }
    }

    #[test]
    fn a_brought_key_verifies_its_own_token_and_the_header_is_noticed() {
        let (_, genuine) = genuine(Algorithm::Es256);
        let mut stranger = SigningKey::generate(Algorithm::Es256).unwrap().jwk().clone();
        stranger.kid = genuine.kid().map(str::to_owned);
        let other = SigningKey::generate(Algorithm::Es256).unwrap();
        let token = genuine.bringing(&other).unwrap();
        let jws = Jws::decode(token.expose()).unwrap();
        assert!(jws.header.brings_key());
        let mut own = other.jwk().clone();
        own.kid = genuine.kid().map(str::to_owned);
        assert_eq!(jws.verify(&JwkSet { keys: vec![own] }, Algorithm::ALL), Ok(()));
        assert!(jws.verify(&JwkSet { keys: vec![stranger] }, Algorithm::ALL).is_err());
    }

    /// An independent parser reads the public keys that we write.
    #[test]
    fn public_keys_are_written_as_others_write_them() {
        // Of a post-quantum key the JWK and the bare number are spelled.
        for &alg in &[Algorithm::Es256, Algorithm::Rs256, Algorithm::Ps256, Algorithm::EdDsa] {
            let (key, _) = genuine(alg);
            let spellings = spellings_of(key.jwk());
            let (rest, info) = SubjectPublicKeyInfo::from_der(&spellings[2]).unwrap();
            assert!(rest.is_empty(), "{alg}");
            assert!(info.parsed().is_ok(), "{alg}");
            assert!(spellings[1].starts_with(b"-----BEGIN PUBLIC KEY-----\n"));
            assert_eq!(spellings[1].last(), Some(&b'\n'));
        }
    }

    /// The key of RFC 7515 Appendix A.1.
    #[test]
    fn an_hmac_is_one_over_the_signing_input() {
        let key = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
        let key = URL_SAFE_NO_PAD.decode(key).unwrap();
        let token = Secret::new("eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UifQ.c2ln");
        let forged = Genuine::of(&token).unwrap().hmac(&key);
        let (input, tag) = forged.expose().rsplit_once('.').unwrap();
        let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
        let tag = URL_SAFE_NO_PAD.decode(tag).unwrap();
        assert!(hmac::verify(&key, input.as_bytes(), &tag).is_ok());
        assert_eq!(input, "eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UifQ");
    }

    #[test]
    fn opaque_tokens_are_not_taken_apart() {
        assert!(Genuine::of(&Secret::new("opaque")).is_none());
        assert!(Genuine::of(&Secret::new("a.b.c")).is_none());
    }
}
