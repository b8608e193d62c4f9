//! A certificate that nobody vouches for, of a key of this audit (RFC 8705 §2.2).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Probe, Trouble};
use crate::protocol::Algorithm;
use crate::protocol::jose::SigningKey;
use crate::tls::ClientIdentity;

/// A self-signed certificate. Its key is forgotten: whoever sends the certificate alone shows that
/// it was seen somewhere, and nothing more.
#[derive(Clone, Debug)]
pub struct SelfSigned {
    /// The certificate in DER.
    pub der: Vec<u8>,
    /// The same in PEM.
    pub pem: String,
    jwk: Value,
}

impl Probe {
    /// A new certificate.
    pub fn self_signed(&self, name: &str) -> Result<SelfSigned, Trouble> {
        let key = SigningKey::generate(Algorithm::Es256)?;
        let made = ClientIdentity::self_signed_with(key.pem().expose(), name, self.now());
        let identity = made.map_err(|error| Trouble::Basis(error.to_string()))?;
        let der = identity.certificate().to_vec();
        let mut jwk = json!(key.jwk());
        if let Some(members) = jwk.as_object_mut() {
            members.insert("x5c".to_owned(), json!([STANDARD.encode(&der)]));
        }
        Ok(SelfSigned { der, pem: identity.certificate_pem, jwk })
    }
}

impl SelfSigned {
    /// The key set that a client registers with it.
    pub fn keys(&self) -> Value {
        json!({ "keys": [self.jwk] })
    }
}
