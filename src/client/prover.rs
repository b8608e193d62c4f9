//! Proof of possession (RFC 9449): a new proof for each request, made with one key, with the newest
//! nonce of the server that is asked. A server that wants a nonce is asked once more, never twice.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use http::HeaderName;
use url::Url;

use super::answer::Answer;
use super::caller::{Caller, Lesson};
use super::challenge;
use super::error::{ClientError, ErrorResponse};
use crate::clock::Clock;
use crate::fetch::{Request, Response};
use crate::protocol::dpop::{ProofClaims, prove, token_hash};
use crate::protocol::jose::{KeyError, SigningKey};
use crate::protocol::{Algorithm, Secret};
use crate::random::Random;

const HEADER: HeaderName = HeaderName::from_static("dpop");
const NONCE: &str = "dpop-nonce";
const USE_NONCE: &str = "use_dpop_nonce";
/// A longer nonce is nobody's, and nobody has more servers in one run.
const LONGEST_NONCE: usize = 512;
const MOST_SERVERS: usize = 16;

const AGAIN: Lesson = Lesson {
    title: "Ask again, with the server's nonce in the proof",
    why: "The server answered use_dpop_nonce and gave one: only a proof with a recent nonce shows that the key is at hand now, and not that it was some time ago.",
    spec: "RFC 9449 §8, §9",
};

/// Makes proofs with one key. Clones share what they know of nonces.
#[derive(Clone)]
pub struct Prover {
    key: SigningKey,
    clock: Clock,
    random: Random,
    nonces: Arc<Mutex<BTreeMap<String, String>>>,
}

impl Prover {
    /// With a new key (ES256).
    pub fn generate(clock: Clock, random: Random) -> Result<Self, ClientError> {
        let key = SigningKey::generate(Algorithm::Es256).map_err(unusable)?;
        Ok(Self::with_key(key, clock, random))
    }

    /// With a key that was made before.
    pub fn with_key(key: SigningKey, clock: Clock, random: Random) -> Self {
        Self { key, clock, random, nonces: Arc::default() }
    }

    /// The thumbprint of the key: `jkt` (RFC 9449 §6.1).
    pub fn thumbprint(&self) -> String {
        self.key.jwk().thumbprint()
    }

    /// The key, for keeping.
    pub const fn key(&self) -> &SigningKey {
        &self.key
    }

    /// Adds a proof for this very request, and for the token that it brings, if it brings one.
    fn attach(&self, request: Request, token: Option<&Secret>) -> Result<Request, ClientError> {
        let claims = ProofClaims {
            jti: self.random.id("dpop_jti")?,
            htm: request.method.to_string(),
            htu: target(&request.url),
            iat: self.clock.now().secs(),
            ath: token.map(token_hash),
            nonce: origin(&request.url).and_then(|origin| self.lock().get(&origin).cloned()),
        };
        let proof = prove(&self.key, &claims).map_err(unusable)?;
        Ok(request.header(HEADER, proof))
    }

    /// Keeps the nonce of an answer for the next proof to the same server (RFC 9449 §8.2). True if
    /// there was one.
    fn learn(&self, url: &str, response: &Response) -> bool {
        let nonce = response.header(NONCE).filter(|nonce| is_nonce(nonce));
        let (Some(nonce), Some(origin)) = (nonce, origin(url)) else { return false };
        let mut nonces = self.lock();
        if nonces.len() >= MOST_SERVERS && !nonces.contains_key(&origin) {
            nonces.clear();
        }
        nonces.insert(origin, nonce.to_owned());
        true
    }

    // A std mutex: held for one map operation, never across an await.
    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, String>> {
        self.nonces.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Prover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Prover(with {})", self.thumbprint())
    }
}

impl Caller<'_> {
    /// Sends what `make` makes, with a proof if this caller has a key. The request is made anew for
    /// the second time, since what else proves something in it may be good once as well.
    pub(super) async fn send_proven(
        &self,
        lesson: &Lesson,
        make: impl Fn() -> Request,
        token: Option<&Secret>,
    ) -> Result<Answer, ClientError> {
        let Some(prover) = self.prover() else { return self.send(lesson, make()).await };
        let request = prover.attach(make(), token)?;
        let url = request.url.clone();
        let first = self.send(lesson, request).await?;
        let learned = prover.learn(&url, &first.response);
        if nonce_wanted(&first).is_none() {
            return Ok(first);
        }
        if !learned {
            let detail = "it wants a nonce (use_dpop_nonce) and sends no DPoP-Nonce".to_owned();
            return Err(ClientError::Malformed { endpoint: first.endpoint, detail });
        }
        let second = self.send(&AGAIN, prover.attach(make(), token)?).await?;
        prover.learn(&url, &second.response);
        match nonce_wanted(&second) {
            Some(response) => Err(ClientError::NonceRefused(response)),
            None => Ok(second),
        }
    }
}

/// The refusal of a proof for its nonce: by a token endpoint (RFC 9449 §8), or by an API (§9).
fn nonce_wanted(answer: &Answer) -> Option<Box<ErrorResponse>> {
    if answer.response.is_success() {
        return None;
    }
    let found = challenge::challenged(answer).or_else(|| answer.error_response());
    found.filter(|response| response.error == USE_NONCE)
}

/// `htu`: the URL without query and fragment (RFC 9449 §4.2).
fn target(url: &str) -> String {
    url.split(['?', '#']).next().unwrap_or_default().to_owned()
}

fn origin(url: &str) -> Option<String> {
    Url::parse(url).ok().map(|url| url.origin().ascii_serialization())
}

/// RFC 9449 §8.1: characters that need no escape, at least one.
fn is_nonce(text: &str) -> bool {
    let plain = |byte: u8| matches!(byte, 0x21 | 0x23..=0x5B | 0x5D..=0x7E);
    (1..=LONGEST_NONCE).contains(&text.len()) && text.bytes().all(plain)
}

fn unusable(error: KeyError) -> ClientError {
    ClientError::Input { what: "the key of the tokens", detail: error.to_string() }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;
    use crate::clock::Timestamp;
    use crate::fetch::FieldValue;
    use crate::protocol::dpop::Proof;

    const NOW: u64 = 1_800_000_000;

    fn prover() -> Prover {
        Prover::generate(Clock::manual(Timestamp::from_secs(NOW)), Random::system()).unwrap()
    }

    fn proof(prover: &Prover, url: &str, token: Option<&Secret>) -> Secret {
        let request = prover.attach(Request::get(url), token).unwrap();
        let (_, value) = request.headers.into_iter().find(|(name, _)| *name == HEADER).unwrap();
        let FieldValue::Secret(proof) = value else { panic!("a proof is a secret") };
        proof
    }

    fn answer(nonce: &str) -> Response {
        let mut headers = HeaderMap::new();
        headers.insert(NONCE, nonce.parse().unwrap());
        Response { status: 200, headers, body: Vec::new() }
    }

    #[test]
    fn each_proof_is_new_and_for_one_request_and_one_token() {
        let (prover, token) = (prover(), Secret::new("a-token"));
        let texts = [0, 1].map(|_| proof(&prover, "https://a.test/x?y=1#z", Some(&token)));
        let [one, other] = texts.each_ref().map(|text| Proof::parse(text.expose()).unwrap());
        assert!(one.verifies() && one.thumbprint() == prover.thumbprint());
        assert_ne!(one.claims.jti, other.claims.jti);
        let (htm, htu) = (one.claims.htm.as_str(), one.claims.htu.as_str());
        assert_eq!((htm, htu, one.claims.iat), ("GET", "https://a.test/x", NOW));
        assert_eq!(one.claims.ath, Some(token_hash(&token)));
        let bare = proof(&prover, "https://a.test/x", None);
        assert_eq!(Proof::parse(bare.expose()).unwrap().claims.ath, None);
    }

    #[test]
    fn a_nonce_is_for_the_server_that_gave_it_and_the_newest_one_counts() {
        let prover = prover();
        for nonce in ["first", "second"] {
            assert!(prover.learn("https://a.test/token", &answer(nonce)));
        }
        let nonce = |url: &str| {
            let text = proof(&prover, url, None);
            Proof::parse(text.expose()).unwrap().claims.nonce
        };
        assert_eq!(nonce("https://a.test/par").as_deref(), Some("second"));
        assert_eq!(nonce("https://a.test:444/par"), None);
        assert_eq!(nonce("https://b.test/par"), None);
    }

    #[test]
    fn what_is_no_nonce_is_not_kept_and_the_number_of_nonces_is_bounded() {
        let prover = prover();
        for nonce in ["", "two words", "quo\"te", &"x".repeat(513)] {
            assert!(!prover.learn("https://a.test/", &answer(nonce)), "{nonce}");
        }
        for port in 1..100 {
            assert!(prover.learn(&format!("https://a.test:{port}/"), &answer("n")));
        }
        assert!(prover.lock().len() <= MOST_SERVERS);
    }

    #[test]
    fn nothing_shows_the_private_key() {
        let prover = prover();
        let shown = format!("{prover:?}");
        assert_eq!(shown, format!("Prover(with {})", prover.thumbprint()));
    }
}
