//! The certificate that a client showed in its TLS handshake (RFC 8705).

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// A client's certificate chain in DER, its own certificate first. The handshake proved that the
/// peer has the first one's key; whether anyone vouches for it is decided later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerCertificate(Arc<[Vec<u8>]>);

impl PeerCertificate {
    /// From a chain; `None` when it is empty.
    pub fn new(chain: Vec<Vec<u8>>) -> Option<Self> {
        (!chain.is_empty()).then(|| Self(chain.into()))
    }

    /// The client's own certificate.
    pub fn der(&self) -> &[u8] {
        self.0.first().map_or(&[], Vec::as_slice)
    }

    /// The certificates above it, as the client sent them.
    pub fn intermediates(&self) -> &[Vec<u8>] {
        self.0.get(1..).unwrap_or_default()
    }

    /// `x5t#S256`: SHA-256 of the certificate, base64url (RFC 8705 §3.1).
    pub fn thumbprint(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.der()))
    }
}
