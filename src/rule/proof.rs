//! How a `DPoP` proof is judged (RFC 9449 §4.3): the same way at the token endpoint, at userinfo and
//! at the APIs. Whether it was used before is asked of a memory, by whoever has one.

use std::time::Duration;

use super::{
    DPOP_FORM, DPOP_FRESH, DPOP_METHOD, DPOP_NONCE, DPOP_ONCE, DPOP_SIGNATURE, DPOP_TOKEN_HASH,
    DPOP_URI, Fact, Judge,
};
use crate::clock::Timestamp;
use crate::protocol::dpop::{NonceAge, Nonces, Proof, ProofError, TargetUri, token_hash};
use crate::protocol::{Algorithm, Secret};

/// `iat` may differ from our clock by so much, in either direction.
pub const PROOF_WINDOW: Duration = Duration::from_secs(60);

/// A request that brings a proof.
#[derive(Clone, Copy, Debug)]
pub struct ProofRequest<'a> {
    /// The values of its `DPoP` headers.
    pub headers: &'a [Secret],
    /// Its method.
    pub method: &'a str,
    /// Its URI, as the client sees it.
    pub uri: &'a str,
    /// The access token that it brings, at a resource.
    pub token: Option<&'a Secret>,
    /// The algorithms that the rule book has for proofs.
    pub algorithms: &'static [Algorithm],
    /// The name of the rule book.
    pub book: &'static str,
    /// Where proofs need a nonce: the server's.
    pub nonces: Option<&'a Nonces>,
    /// The time.
    pub now: Timestamp,
}

/// What a valid proof shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    /// The thumbprint of the key.
    pub jkt: String,
    /// Identifies the proof among those of its key.
    pub jti: String,
    /// The URI that it was made for, normalised.
    pub htu: String,
}

impl Proven {
    /// What must not be seen twice: thumbprint, `jti` and URI.
    pub fn identity(&self) -> [&str; 4] {
        ["dpop", &self.jkt, &self.jti, &self.htu]
    }

    /// When the proof would be refused for its age, whatever its `iat` was.
    pub fn forgotten_at(now: Timestamp) -> Timestamp {
        now.plus(PROOF_WINDOW).plus(PROOF_WINDOW).plus(Duration::from_secs(1))
    }
}

impl ProofRequest<'_> {
    /// Judges every rule that proof and request decide; `None` when one is broken.
    pub fn judge(&self, judge: &mut Judge<'_>) -> Option<Proven> {
        let broken = judge.broken().len();
        judge.check(&DPOP_ONCE, self.headers.len() == 1, || {
            ("1".into(), Fact::public(self.headers.len()))
        });
        let header = self.headers.first()?;
        let offered = |alg: &str| self.algorithms.iter().any(|one| one.as_str() == alg);
        let parsed = match Proof::parse(header.expose()) {
            Ok(proof) if !offered(proof.alg()) => Err(ProofError::Algorithm),
            read => read,
        };
        let described = parsed.as_ref().err().map(ToString::to_string);
        let passes = judge.check(&DPOP_FORM, parsed.is_ok(), || {
            let algorithms: Vec<_> = self.algorithms.iter().map(|alg| alg.as_str()).collect();
            let expected = format!(
                "typ dpop+jwt, alg (under {}: {}), jwk, jti, htm, htu, iat",
                self.book,
                algorithms.join(", ")
            );
            (Fact::public(expected), Fact::optional(described))
        });
        // Of a proof that a weak lab lets pass counts what can be read.
        let anyway = || Proof::read_anyway(header.expose()).filter(|_| passes);
        let proof = parsed.ok().or_else(anyway)?;
        let jkt = proof.thumbprint();
        judge.check(&DPOP_SIGNATURE, proof.verifies(), || {
            (Fact::fixed("a signature of the key in jwk"), Fact::public(proof.alg()))
        });
        let htu = self.same_request(judge, &proof);
        self.fresh(judge, &proof);
        self.for_token(judge, &proof);
        self.with_nonce(judge, &proof);
        let holds = judge.broken().len() == broken;
        holds.then(|| Proven { jkt, jti: proof.claims.jti.clone(), htu })
    }

    fn same_request(&self, judge: &mut Judge<'_>, proof: &Proof<'_>) -> String {
        let claims = &proof.claims;
        judge.check(&DPOP_METHOD, claims.htm == self.method, || {
            (Fact::public(self.method), Fact::public(&claims.htm))
        });
        let (wanted, got) = (TargetUri::parse(self.uri), TargetUri::parse(&claims.htu));
        let same = wanted.is_some() && wanted == got;
        judge.check(&DPOP_URI, same, || (Fact::public(self.uri), Fact::public(&claims.htu)));
        got.map_or_else(|| claims.htu.clone(), |uri| uri.to_string())
    }

    fn fresh(&self, judge: &mut Judge<'_>, proof: &Proof<'_>) {
        let (now, window) = (self.now.secs(), PROOF_WINDOW.as_secs());
        judge.check(&DPOP_FRESH, now.abs_diff(proof.claims.iat) <= window, || {
            let expected = format!("iat within {window} s of {now}");
            (Fact::public(expected), Fact::public(proof.claims.iat))
        });
    }

    fn for_token(&self, judge: &mut Judge<'_>, proof: &Proof<'_>) {
        let Some(token) = self.token else { return };
        let (wanted, got) = (token_hash(token), proof.claims.ath.as_deref());
        judge.check(&DPOP_TOKEN_HASH, got == Some(wanted.as_str()), || {
            (Fact::public(&wanted), Fact::optional(got))
        });
    }

    fn with_nonce(&self, judge: &mut Judge<'_>, proof: &Proof<'_>) {
        let Some(nonces) = self.nonces else { return judge.not_applicable(&DPOP_NONCE) };
        let nonce = proof.claims.nonce.as_deref();
        let age = nonce.map(|nonce| nonces.age(nonce, self.now.secs()));
        let known = matches!(age, Some(NonceAge::Current | NonceAge::Previous));
        judge.check(&DPOP_NONCE, known, || {
            (Fact::fixed("a nonce of the last minutes"), Fact::optional(nonce))
        });
    }

    /// A nonce that the answer must bring: the request's proof has none, or not the current one
    /// (RFC 9449 §8.2).
    pub fn nonce_due(&self) -> Option<String> {
        let nonces = self.nonces?;
        let header = self.headers.first()?;
        let now = self.now.secs();
        let proof = Proof::parse(header.expose()).ok();
        let nonce = proof.and_then(|proof| proof.claims.nonce);
        let current = nonce.is_some_and(|nonce| nonces.age(&nonce, now) == NonceAge::Current);
        (!current).then(|| nonces.current(now))
    }
}
