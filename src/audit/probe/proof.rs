//! Proofs of possession as probes need them (RFC 9449 §4.2): each for one request, with the newest
//! nonce of its server. A server that wants a nonce is asked once more (RFC 9449 §8), never twice.

use std::collections::BTreeMap;
use std::sync::Mutex;

use http::HeaderName;
use url::Url;

use super::{
    Answer, Credentials, Endpoints, Params, Probe, Request, Trouble, form_request, reading,
};
use crate::audit::target::Api;
use crate::protocol::dpop::{ProofClaims, prove, token_hash};
use crate::protocol::jose::{KeyError, SigningKey};
use crate::protocol::{Algorithm, Secret};

pub(super) const DPOP: HeaderName = HeaderName::from_static("dpop");

/// The newest nonce of each server.
// A std mutex: held for one map operation, never across an await.
pub(super) type Nonces = Mutex<BTreeMap<String, String>>;

/// No audit talks to more servers that want nonces.
const MOST_SERVERS: usize = 16;
const LONGEST_NONCE: usize = 512;

impl From<KeyError> for Trouble {
    fn from(error: KeyError) -> Self {
        Self::Basis(error.to_string())
    }
}

impl Probe {
    /// A new key for proofs.
    pub fn proof_key(&self, algorithm: Algorithm) -> Result<SigningKey, Trouble> {
        Ok(SigningKey::generate(algorithm)?)
    }

    /// A good proof for a request, and for the token that it brings, if it brings one.
    pub fn proof(
        &self,
        key: &SigningKey,
        request: &Request,
        token: Option<&Secret>,
    ) -> Result<Secret, Trouble> {
        let claims = ProofClaims {
            jti: self.random()?.expose().to_owned(),
            htm: request.method.to_string(),
            htu: request.url.split(['?', '#']).next().unwrap_or_default().to_owned(),
            iat: self.now().secs(),
            ath: token.map(token_hash),
            nonce: self.nonce_of(&request.url),
        };
        Ok(prove(key, &claims)?)
    }

    /// Sends what `make` makes. It makes the request anew for the second time, when the server
    /// wants a nonce, since proofs and assertions may be good once.
    pub async fn send_proven(
        &self,
        make: impl Fn() -> Result<Request, Trouble>,
    ) -> Result<Answer, Trouble> {
        let first = self.send_bare(make()?).await?;
        let wants_nonce = first.error().is_some_and(|error| error == "use_dpop_nonce");
        if wants_nonce { self.send_bare(make()?).await } else { Ok(first) }
    }

    /// A token request with a good proof.
    pub async fn token_proven(
        &self,
        at: &Endpoints,
        credentials: Option<&Credentials>,
        params: &Params,
        key: &SigningKey,
    ) -> Result<Answer, Trouble> {
        let prove = |request: &Request| Ok(vec![self.proof(key, request, None)?]);
        self.token_with_proofs(at, credentials, params, prove).await
    }

    /// A token request with whatever `prove` makes for it.
    pub async fn token_with_proofs(
        &self,
        at: &Endpoints,
        credentials: Option<&Credentials>,
        params: &Params,
        prove: impl Fn(&Request) -> Result<Vec<Secret>, Trouble>,
    ) -> Result<Answer, Trouble> {
        let make = || {
            let request = form_request(&at.token, credentials, params);
            let proofs = prove(&request)?;
            Ok(with_proofs(request, proofs))
        };
        let answer = self.send_proven(make).await?;
        self.remember_tokens(&answer, credentials, params);
        Ok(answer)
    }

    /// Reads at an API with a bound token and a good proof (RFC 9449 §7.1).
    pub async fn call_proven(
        &self,
        api: &Api,
        token: &Secret,
        key: &SigningKey,
    ) -> Result<Answer, Trouble> {
        let prove = |request: &Request| Ok(vec![self.proof(key, request, Some(token))?]);
        self.call_with_proofs(api, token, prove).await
    }

    /// Reads at an API with a bound token and whatever `prove` makes for it.
    pub async fn call_with_proofs(
        &self,
        api: &Api,
        token: &Secret,
        prove: impl Fn(&Request) -> Result<Vec<Secret>, Trouble>,
    ) -> Result<Answer, Trouble> {
        let make = || {
            let request = reading(api);
            let proofs = prove(&request)?;
            Ok(with_proofs(request.dpop(token), proofs))
        };
        self.send_proven(make).await
    }

    fn nonce_of(&self, url: &str) -> Option<String> {
        let nonces = self.line.nonces.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        nonces.get(&origin(url)?).cloned()
    }

    /// Keeps the nonce of an answer for the next proof to the same server (RFC 9449 §8.2).
    pub(super) fn learn_nonce(&self, url: &str, answer: &Answer) {
        let nonce = answer.header("dpop-nonce").filter(|nonce| nonce.len() <= LONGEST_NONCE);
        let (Some(nonce), Some(origin)) = (nonce, origin(url)) else { return };
        let mut nonces = self.line.nonces.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if nonces.len() >= MOST_SERVERS && !nonces.contains_key(&origin) {
            nonces.clear();
        }
        nonces.insert(origin, nonce.to_owned());
    }
}

/// Adds a `DPoP` header for each proof.
pub fn with_proofs(request: Request, proofs: Vec<Secret>) -> Request {
    proofs.into_iter().fold(request, |request, proof| request.header(DPOP, proof))
}

fn origin(url: &str) -> Option<String> {
    Url::parse(url).ok().map(|url| url.origin().ascii_serialization())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::super::Line;
    use super::super::answer::tests::answer;
    use super::*;
    use crate::clock::{Clock, Timestamp};
    use crate::fetch::{Http, Roots};
    use crate::protocol::dpop::Proof;
    use crate::random::Random;

    fn probe() -> Probe {
        let http = Http::new(Roots::System, Duration::from_secs(1)).unwrap();
        let clock = Clock::manual(Timestamp::from_secs(1_800_000_000));
        Probe::new(&Arc::new(Line::new(http, (Random::system(), clock), (1, 1)).unwrap()))
    }

    #[test]
    fn a_proof_is_for_its_request_its_token_and_the_newest_nonce_of_its_server() {
        let probe = probe();
        let key = probe.proof_key(Algorithm::Es256).unwrap();
        let request = Request::get("https://a.example/x?y=1");
        for nonce in ["old", "new"] {
            probe
                .learn_nonce("https://a.example/token", &answer(400, &[("dpop-nonce", nonce)], ""));
        }
        let token = Secret::new("t");
        let text = probe.proof(&key, &request, Some(&token)).unwrap();
        let proof = Proof::parse(text.expose()).unwrap();
        assert!(proof.verifies());
        assert_eq!(proof.claims.htu, "https://a.example/x");
        assert_eq!(proof.claims.ath, Some(token_hash(&token)));
        assert_eq!(proof.claims.nonce.as_deref(), Some("new"));
        let elsewhere = probe.proof(&key, &Request::get("https://b.example/"), None).unwrap();
        assert_eq!(Proof::parse(elsewhere.expose()).unwrap().claims.nonce, None);
    }
}
