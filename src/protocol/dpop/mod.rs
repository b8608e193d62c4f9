//! `DPoP` proofs (RFC 9449 §4.2): read, checked as far as the proof alone allows (§4.3), and made.
//! What needs a clock, a request or a memory is compared by others.

mod nonce;
mod target;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::jose::{Jwk, JwkSet, Jws, KeyError, SigningKey};
use super::{Algorithm, Secret};

pub use nonce::{NonceAge, Nonces};
pub use target::TargetUri;

/// Algorithms of proofs; all are asymmetric.
pub const PROOF_ALGORITHMS: &[Algorithm] =
    &[Algorithm::Es256, Algorithm::Rs256, Algorithm::Ps256, Algorithm::EdDsa];

/// A longer proof is nobody's.
pub const MAX_PROOF: usize = 8 * 1024;

/// A longer `jti` is not remembered, and so not accepted.
pub const MAX_JTI: usize = 128;

const TYPE: &str = "dpop+jwt";

/// Members of a private or symmetric key (RFC 7518 §6.2.2, §6.3.2, §6.4.1, RFC 8037 §2).
const PRIVATE: &[&str] = &["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// What a proof says (RFC 9449 §4.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProofClaims {
    /// Identifies the proof.
    pub jti: String,
    /// The method of the request.
    pub htm: String,
    /// The URI of the request, without query and fragment.
    pub htu: String,
    /// When it was made, seconds since the Unix epoch.
    #[serde(deserialize_with = "numeric_date")]
    pub iat: u64,
    /// SHA-256 of the access token, base64url.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ath: Option<String>,
    /// The server's nonce.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
}

/// A well-formed proof, its signature not yet verified.
#[derive(Clone, Debug)]
pub struct Proof<'t> {
    /// What it says.
    pub claims: ProofClaims,
    jws: Jws<'t>,
    key: Jwk,
}

/// Why a text is not a proof (RFC 9449 §4.3, items 2 to 6 and the form of its claims).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// Longer than 8 KiB.
    #[error("the proof is longer than {MAX_PROOF} bytes")]
    TooLong,
    /// Not a compact JWS.
    #[error("not a compact JWS")]
    Malformed,
    /// Another `typ`.
    #[error("typ is not {TYPE}")]
    Type,
    /// `none`, a MAC, or an algorithm that we do not have.
    #[error("alg is not a supported asymmetric algorithm")]
    Algorithm,
    /// A critical extension, of which we know none.
    #[error("the header names a critical extension")]
    Critical,
    /// No `jwk`, or one that cannot verify this algorithm.
    #[error("jwk is missing, or does not fit alg")]
    Key,
    /// The key is not public.
    #[error("jwk contains a private key")]
    PrivateKey,
    /// `jti`, `htm`, `htu` or `iat` is missing, or of another type.
    #[error("jti, htm, htu or iat is missing or malformed")]
    Claims,
    /// `jti` is empty or too long.
    #[error("jti has not 1 to {MAX_JTI} bytes")]
    Jti,
}

impl<'t> Proof<'t> {
    /// Reads the value of a `DPoP` header.
    pub fn parse(text: &'t str) -> Result<Self, ProofError> {
        if text.len() > MAX_PROOF {
            return Err(ProofError::TooLong);
        }
        let jws = Jws::decode(text).map_err(|_| ProofError::Malformed)?;
        let typed = jws.header.typ.as_deref().is_some_and(is_type);
        if !typed {
            return Err(ProofError::Type);
        }
        let alg = Algorithm::parse(&jws.header.alg).filter(|alg| PROOF_ALGORITHMS.contains(alg));
        let alg = alg.ok_or(ProofError::Algorithm)?;
        if jws.header.crit.is_some() {
            return Err(ProofError::Critical);
        }
        let key = jws.header.jwk().filter(|key| key.is_object()).ok_or(ProofError::Key)?;
        if PRIVATE.iter().any(|member| key.get(*member).is_some()) {
            return Err(ProofError::PrivateKey);
        }
        let key = Jwk::deserialize(key).ok().filter(|key| key.fits(alg)).ok_or(ProofError::Key)?;
        let claims: ProofClaims = jws.claims().map_err(|_| ProofError::Claims)?;
        if claims.jti.is_empty() || claims.jti.len() > MAX_JTI {
            return Err(ProofError::Jti);
        }
        Ok(Self { claims, jws, key })
    }

    /// DANGEROUS on purpose: what can be read of a proof whose form is wrong, for a lab that is weak.
    pub fn read_anyway(text: &'t str) -> Option<Self> {
        let jws = Jws::decode(text).ok()?;
        let key = Jwk::deserialize(jws.header.jwk()?).ok()?;
        let claims = jws.claims().ok()?;
        Some(Self { claims, jws, key })
    }

    /// Whether the key of its own header signed it (RFC 9449 §4.3, item 6).
    pub fn verifies(&self) -> bool {
        // The one key that counts is the embedded one, whatever `kid` says.
        let keys =
            JwkSet { keys: vec![Jwk { kid: self.jws.header.kid.clone(), ..self.key.clone() }] };
        self.jws.verify(&keys, PROOF_ALGORITHMS).is_ok()
    }

    /// The thumbprint of its key: `jkt` (RFC 9449 §6.1).
    pub fn thumbprint(&self) -> String {
        self.key.thumbprint()
    }

    /// The algorithm, as its header names it.
    pub fn alg(&self) -> &str {
        &self.jws.header.alg
    }
}

/// `ath` of an access token (RFC 9449 §4.2).
pub fn token_hash(token: &Secret) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(token.expose().as_bytes()))
}

/// Whether a text can be the SHA-256 thumbprint of a key: 43 characters of base64url.
pub fn is_thumbprint(text: &str) -> bool {
    URL_SAFE_NO_PAD.decode(text).is_ok_and(|hash| hash.len() == 32)
}

/// Makes a proof.
pub fn prove(key: &SigningKey, claims: &ProofClaims) -> Result<Secret, KeyError> {
    let public = Jwk { kid: None, alg: None, usage: None, ..key.jwk().clone() };
    let header = json!({ "typ": TYPE, "alg": key.alg(), "jwk": public });
    key.sign_with_header(&header, claims)
}

/// A media type without `application/` and in any case (RFC 7515 §4.1.9).
fn is_type(typ: &str) -> bool {
    let prefixed = typ.get(..12).is_some_and(|start| start.eq_ignore_ascii_case("application/"));
    let bare = if prefixed { typ.get(12..).unwrap_or_default() } else { typ };
    bare.eq_ignore_ascii_case(TYPE)
}

/// A `NumericDate` may have a fraction (RFC 7519 §2), which is cut off.
fn numeric_date<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    let number = serde_json::Number::deserialize(from)?;
    let whole = number.as_f64().filter(|seconds| (0.0..=LATEST).contains(seconds));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is in range")]
    let whole = whole.map(|seconds| seconds as u64);
    number.as_u64().or(whole).ok_or_else(|| serde::de::Error::custom("not a NumericDate"))
}

/// The year 9999, in seconds.
const LATEST: f64 = 253_402_300_799.0;

#[cfg(test)]
mod tests;
