//! Keys that a lab makes for its own clients, where its file says `keys: generated` or its rule book
//! takes no secrets. They stand in the live record, which this user alone can read, and are printed
//! nowhere.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use super::LabError;
use crate::clock::{Clock, Timestamp};
use crate::config::{Config, TlsMode};
use crate::issuer::Fault;
use crate::protocol::jose::{JwkSet, KeyError, SigningKey};
use crate::protocol::{Algorithm, AuthMethod, ClientMetadata, Secret};
use crate::store::record::ClientKeyRecord;
use crate::store::{Key, View};
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

/// How long a certificate is used: it is made anew before it ends.
const CERTIFIED: Duration = Duration::from_secs(300 * 24 * 60 * 60);
/// What is in the store stays there.
const NEVER: Timestamp = Timestamp::from_millis(u64::MAX >> 1);
/// Others may be faster, each of them once.
const TRIES: usize = 8;

/// Gives a key, and a certificate of the same key, to every client that wants one. The configuration
/// learns the public half. In a store that lasts they are the same at every node and after every
/// restart: who is first makes them.
pub(super) async fn make(
    config: &mut Config,
    store: Option<&View>,
) -> Result<BTreeMap<String, ClientKey>, LabError> {
    let mut made = BTreeMap::new();
    // Without TLS there is no connection to show a certificate on.
    let certified = config.tls != TlsMode::Off;
    let wanting = config.clients.iter_mut().filter(|client| client.generated_key);
    for client in wanting {
        let id = client.id.as_str().to_owned();
        let record = match store {
            Some(store) => lasting(store, &id, certified).await?,
            None => renewed(None, &id, certified)?,
        };
        let key = key_of(&record)?;
        let identity = match record.certificate.filter(|_| certified) {
            Some(pem) => Some(ClientIdentity::from_pem(&pem, key.pem().expose())?),
            None => None,
        };
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
        made.insert(id, ClientKey { private_key: key.pem(), certificate });
    }
    Ok(made)
}

/// What stands in the store, or is put there now.
async fn lasting(store: &View, id: &str, certified: bool) -> Result<ClientKeyRecord, LabError> {
    let place = Key::of(&["client key", id]);
    let failed = |error| LabError::Issuer(Fault::Store(error));
    for _ in 0..TRIES {
        let found = store.get::<ClientKeyRecord>(place).await.map_err(failed)?;
        let version = found.as_ref().map(|found| found.version);
        let found = found.map(|found| found.value);
        let record = renewed(found.clone(), id, certified)?;
        if found.as_ref() == Some(&record) {
            return Ok(record);
        }
        let won = match version {
            Some(version) => store.replace(place, version, &record, NEVER).await,
            None => store.put_new(place, &record, NEVER).await,
        };
        if won.map_err(failed)? {
            return Ok(record);
        }
    }
    Err(LabError::Interrupted)
}

/// The same key, with a certificate that is still good for a while where one is wanted.
fn renewed(
    found: Option<ClientKeyRecord>,
    id: &str,
    certified: bool,
) -> Result<ClientKeyRecord, LabError> {
    // Peers look at their own clock, wherever the lab's stands.
    let now = Clock::system().now();
    let mut record = if let Some(record) = found {
        record
    } else {
        let key = SigningKey::generate(Algorithm::Es256).map_err(LabError::Key)?;
        let pkcs8 = Secret::new(URL_SAFE_NO_PAD.encode(key.pkcs8()));
        ClientKeyRecord { pkcs8, certificate: None, certified_at: now }
    };
    let good = record.certificate.is_some() && now < record.certified_at.plus(CERTIFIED);
    if certified && !good {
        let pem = key_of(&record)?.pem();
        let identity = ClientIdentity::self_signed_with(pem.expose(), id, now)?;
        record.certificate = Some(identity.certificate_pem);
        record.certified_at = now;
    }
    Ok(record)
}

fn key_of(record: &ClientKeyRecord) -> Result<SigningKey, LabError> {
    let alg = Algorithm::Es256;
    let pkcs8 = URL_SAFE_NO_PAD.decode(record.pkcs8.expose());
    let pkcs8 = pkcs8.map_err(|_| LabError::Key(KeyError(alg)))?;
    SigningKey::from_pkcs8(alg, pkcs8).map_err(LabError::Key)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::config::Profile;
    use crate::store::MemoryStore;

    #[tokio::test]
    async fn clients_get_a_key_each_under_the_profile_that_wants_one_and_nowhere_else() {
        let mut config = Config::builtin().unwrap();
        assert!(make(&mut config, None).await.unwrap().is_empty());
        let mut config = config.under(Profile::Fapi2);
        let made = make(&mut config, None).await.unwrap();
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
        assert!(
            make(&mut config, None).await.unwrap().values().all(|key| key.certificate.is_none())
        );
    }

    #[tokio::test]
    async fn in_a_store_that_lasts_they_are_made_once() {
        let store = View::new(Arc::new(MemoryStore::new(Clock::system())));
        let fapi2 = || Config::builtin().unwrap().under(Profile::Fapi2);
        let (mut one, mut other) = (fapi2(), fapi2());
        let (first, second) =
            tokio::join!(make(&mut one, Some(&store)), make(&mut other, Some(&store)));
        let first = first.unwrap();
        assert_eq!(first, second.unwrap());
        let jwks = |config: &Config| {
            config
                .clients
                .iter()
                .map(|client| client.metadata.keys.jwks.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(jwks(&one), jwks(&other));
        // Without TLS there is no certificate to show; the key is the same.
        let mut plain = fapi2();
        plain.tls = TlsMode::Off;
        for (id, key) in make(&mut plain, Some(&store)).await.unwrap() {
            assert_eq!((&key.private_key, key.certificate), (&first[&id].private_key, None));
        }
    }

    #[test]
    fn a_certificate_is_made_anew_before_it_ends_and_its_key_stays() {
        let mut record = renewed(None, "app", true).unwrap();
        assert_eq!(renewed(Some(record.clone()), "app", true).unwrap(), record);
        record.certified_at = Timestamp::from_secs(1_700_000_000);
        let renewed = renewed(Some(record.clone()), "app", true).unwrap();
        assert_eq!(renewed.pkcs8, record.pkcs8);
        assert_ne!(renewed.certificate, record.certificate);
    }
}
