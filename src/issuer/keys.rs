//! Signing keys. Fast ones are made at once; RSA keys take 50 ms and are made off the start path.

use std::collections::BTreeMap;

use tokio::sync::watch;

use super::Fault;
use crate::config::Tokens;
use crate::protocol::Algorithm;
use crate::protocol::jose::{JwkSet, SigningKey};

/// The keys of one issuer, one an algorithm.
#[derive(Debug)]
pub struct Keys(BTreeMap<Algorithm, watch::Receiver<Option<SigningKey>>>);

impl Keys {
    /// Starts making the keys: RS256 always (OpenID Connect Core §15.1), and what the lab uses.
    pub fn start(tokens: &Tokens) -> Result<Self, Fault> {
        let wanted = [Algorithm::Rs256, tokens.access_alg, tokens.id_token_alg, Algorithm::Es256];
        let mut keys = BTreeMap::new();
        for alg in wanted {
            if keys.contains_key(&alg) {
                continue;
            }
            let receiver = match alg {
                Algorithm::Es256 | Algorithm::EdDsa => {
                    watch::channel(Some(SigningKey::generate(alg)?)).1
                }
                Algorithm::Rs256 | Algorithm::Ps256 => make_in_background(alg),
            };
            keys.insert(alg, receiver);
        }
        Ok(Self(keys))
    }

    /// The key of an algorithm; waits while it is being made.
    pub async fn signing(&self, alg: Algorithm) -> Result<SigningKey, Fault> {
        let mut receiver = self.0.get(&alg).ok_or(Fault::Task)?.clone();
        let made = receiver.wait_for(Option::is_some).await.map_err(|_| Fault::Task)?;
        made.clone().ok_or(Fault::Task)
    }

    /// The algorithms that can sign ID tokens.
    pub fn algorithms(&self) -> impl Iterator<Item = Algorithm> {
        self.0.keys().copied()
    }

    /// The public keys; waits for those that are being made, so that no verifier misses one.
    pub async fn jwks(&self) -> Result<JwkSet, Fault> {
        let mut keys = Vec::with_capacity(self.0.len());
        for alg in self.0.keys() {
            keys.push(self.signing(*alg).await?.jwk().clone());
        }
        Ok(JwkSet { keys })
    }
}

fn make_in_background(alg: Algorithm) -> watch::Receiver<Option<SigningKey>> {
    let (sender, receiver) = watch::channel(None);
    tokio::task::spawn_blocking(move || {
        // On failure the sender is dropped, and whoever waits gets a fault instead of a key.
        if let Ok(key) = SigningKey::generate(alg) {
            sender.send_replace(Some(key));
        }
    });
    receiver
}
