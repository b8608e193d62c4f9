//! JSON Web Signature and Key (RFC 7515, 7517, 7518, 7638). Signing and verifying are the work of
//! a kept library; here stand the types, and the checks that come before a signature is looked at.

mod client_keys;
mod jwk;
mod jws;
mod mac;
mod ml_dsa;
mod signing_key;

pub use client_keys::ClientKeysError;
pub use jwk::{Jwk, JwkSet};
pub use jws::{Jws, JwsError, JwsHeader};
pub use mac::{HS256, sign_hs256};
pub use signing_key::{KeyError, SigningKey};

use super::Algorithm;

/// The library's name of an algorithm; ML-DSA it does not know.
const fn library_algorithm(alg: Algorithm) -> Option<jsonwebtoken::Algorithm> {
    match alg {
        Algorithm::Es256 => Some(jsonwebtoken::Algorithm::ES256),
        Algorithm::Rs256 => Some(jsonwebtoken::Algorithm::RS256),
        Algorithm::Ps256 => Some(jsonwebtoken::Algorithm::PS256),
        Algorithm::EdDsa => Some(jsonwebtoken::Algorithm::EdDSA),
        Algorithm::MlDsa44 | Algorithm::MlDsa65 | Algorithm::MlDsa87 => None,
    }
}

/// `at_hash`: the left half of SHA-256 of an ASCII value, base64url (OpenID Connect Core §3.1.3.6).
/// For `EdDSA` with Ed25519 the hash is SHA-512, the hash of that signature algorithm. ML-DSA names
/// none: SHA-512 stands in for it, as the wider of the two.
pub fn half_hash(value: &str, alg: Algorithm) -> String {
    use base64::Engine as _;
    use sha2::Digest as _;
    let url_safe = base64::engine::general_purpose::URL_SAFE_NO_PAD;
    match alg {
        Algorithm::Es256 | Algorithm::Rs256 | Algorithm::Ps256 => {
            let hash: [u8; 32] = sha2::Sha256::digest(value.as_bytes()).into();
            url_safe.encode(hash.first_chunk::<16>().unwrap_or(&[0; 16]))
        }
        Algorithm::EdDsa | Algorithm::MlDsa44 | Algorithm::MlDsa65 | Algorithm::MlDsa87 => {
            let hash: [u8; 64] = sha2::Sha512::digest(value.as_bytes()).into();
            url_safe.encode(hash.first_chunk::<32>().unwrap_or(&[0; 32]))
        }
    }
}
