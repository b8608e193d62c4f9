//! Keys that a lab makes for its own clients, where its file says `keys: generated` or its rule book
//! takes no secrets. They stand in the live record, which this user alone can read, and are printed
//! nowhere.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::LabError;
use crate::clock::Clock;
use crate::config::{Config, TlsMode};
use crate::protocol::jose::{JwkSet, SigningKey};
use crate::protocol::{Algorithm, AuthMethod, ClientMetadata, Secret};
use crate::tls::ClientIdentity;

/// What a client proves itself with, beside a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientKey {
    /// The private key in PEM (PKCS#8).
    pub private_key: Secret,
    /// The certificate in PEM, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
}

/// Makes a key, and a certificate of the same key, for every client that wants one. The
/// configuration learns the public half.
pub(super) fn make(config: &mut Config) -> Result<BTreeMap<String, ClientKey>, LabError> {
    let mut made = BTreeMap::new();
    // Without TLS there is no connection to show a certificate on.
    let certified = config.tls != TlsMode::Off;
    let wanting = config.clients.iter_mut().filter(|client| client.generated_key);
    for client in wanting {
        let key = SigningKey::generate(Algorithm::Es256).map_err(LabError::Key)?;
        let private_key = key.pem();
        let id = client.id.as_str().to_owned();
        // Peers look at their own clock, wherever the lab's stands.
        let now = Clock::system().now();
        let identity = certified
            .then(|| ClientIdentity::self_signed_with(private_key.expose(), &id, now))
            .transpose()?;
        let ClientMetadata { keys, token_endpoint_auth_method, .. } = &mut client.metadata;
        let mut public = key.jwk().clone();
        if *token_endpoint_auth_method == AuthMethod::PrivateKeyJwt {
            keys.token_endpoint_auth_signing_alg = Some(key.alg().as_str().to_owned());
        }
        // The certificate itself is what is registered (RFC 8705 §2.2).
        let registers = *token_endpoint_auth_method == AuthMethod::SelfSignedTlsClientAuth;
        let certificate = identity.as_ref().filter(|_| registers).map(ClientIdentity::certificate);
        public.x5c.extend(certificate.map(|der| STANDARD.encode(der)));
        keys.jwks = Some(JwkSet { keys: vec![public] });
        let certificate = identity.map(|identity| identity.certificate_pem);
        made.insert(id, ClientKey { private_key, certificate });
    }
    Ok(made)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Profile;

    #[test]
    fn clients_get_a_key_each_under_the_profile_that_wants_one_and_nowhere_else() {
        let mut config = Config::builtin().unwrap();
        assert!(make(&mut config).unwrap().is_empty());
        let mut config = config.under(Profile::Fapi2);
        let made = make(&mut config).unwrap();
        assert_eq!(made.len(), config.clients.len());
        let mut seen = Vec::new();
        for client in &config.clients {
            let key = &made[client.id.as_str()];
            assert!(key.certificate.is_some());
            assert!(!format!("{key:?}").contains("PRIVATE"), "{key:?}");
            let [jwk] = client.metadata.keys.jwks.as_ref().unwrap().keys.as_slice() else {
                panic!("one key")
            };
            assert!(!seen.contains(&jwk.x), "{} has the key of another", client.id);
            seen.push(jwk.x.clone());
        }
        config.tls = TlsMode::Off;
        assert!(make(&mut config).unwrap().values().all(|key| key.certificate.is_none()));
    }
}
