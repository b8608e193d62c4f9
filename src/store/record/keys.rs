//! The private keys that an issuer signs with.

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
