//! Private keys: those that an issuer signs with, and those that a lab made for its clients.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::protocol::Secret;

/// Every key of one algorithm that is still published, the oldest first. One record, so that one
/// compare-and-swap rotates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigningKeysRecord {
    /// The keys.
    pub generations: Vec<SigningKeyRecord>,
}

/// One key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigningKeyRecord {
    /// The private key: PKCS#8, base64url.
    pub pkcs8: Secret,
    /// Since when it signs.
    pub signs_from: Timestamp,
}

/// What a lab made for one of its own clients.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientKeyRecord {
    /// The private key: PKCS#8, base64url.
    pub pkcs8: Secret,
    /// Its certificate in PEM, where the lab has TLS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
    /// When the certificate was made, by the time of those who look at it.
    pub certified_at: Timestamp,
}
