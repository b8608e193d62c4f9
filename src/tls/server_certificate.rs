//! A server's certificate in files, for a proxy that ends TLS in front of a lab.

use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256};
use zeroize::Zeroizing;

use super::leaf;
use super::{Authority, TlsError};
use crate::clock::Timestamp;

/// A server certificate and its private key, both in PEM. The key is a secret.
#[derive(Clone)]
pub struct ServerIdentity {
    /// The certificate.
    pub certificate_pem: String,
    /// The private key.
    pub key_pem: Zeroizing<String>,
}

impl ServerIdentity {
    /// A certificate for `localhost`, `127.0.0.1`, `::1` and the authority's names.
    pub fn issue(authority: &Authority, now: Timestamp) -> Result<Self, TlsError> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let certificate = leaf::params(authority, now)?.signed_by(&key, authority.issuer())?;
        Ok(Self { certificate_pem: certificate.pem(), key_pem: key.serialize_pem().into() })
    }
}
