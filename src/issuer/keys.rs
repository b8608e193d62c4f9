//! Signing keys: several algorithms at once, each with a line of generations. A generation is
//! published before or as it begins to sign, and stays published until the last token that it
//! signed has expired (OpenID Connect Core §10.1.1), so that no verifier ever misses a key.
//!
//! Fast keys are made at once; RSA keys take 50 ms and are made off the start path.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::Fault;
use crate::clock::{Clock, Timestamp};
use crate::config::{Profile, Tokens};
use crate::protocol::Algorithm;
use crate::protocol::jose::{JwkSet, SigningKey};

/// How long a verifier may keep the published keys: `max-age` of the key set, and how long an
/// announced key waits before it signs.
pub const JWKS_MAX_AGE: Duration = Duration::from_secs(60);

/// Generations of one algorithm that are published at once, at most.
const MAX_GENERATIONS: usize = 8;

/// The keys of one issuer.
#[derive(Debug)]
pub struct Keys {
    lines: BTreeMap<Algorithm, Mutex<Vec<Generation>>>,
    clock: Clock,
    /// The longest life of anything that is signed.
    longest: Duration,
}

/// One key, and since when it signs.
#[derive(Clone, Debug)]
struct Generation {
    key: watch::Receiver<Option<SigningKey>>,
    signs_from: Timestamp,
}

/// When a new key begins to sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    /// At once. Verifiers that see an unknown `kid` fetch the key set again.
    Now,
    /// When every cached key set has expired.
    Announced,
}

/// A published key, for people and scripts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedKey {
    /// Its `kid`.
    pub kid: String,
    /// What it signs with.
    pub alg: Algorithm,
    /// Since when it signs, or will.
    pub signs_from: Timestamp,
    /// Until when it stays published; `None` while nothing replaces it.
    pub published_until: Option<Timestamp>,
}

/// A rotation that cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RotationRefused {
    /// The lab has no key of this algorithm.
    #[error("the lab has no {0} key")]
    NoSuchKey(Algorithm),
    /// Too many are published already.
    #[error(
        "{MAX_GENERATIONS} {0} keys are published; wait until tokens of the oldest have expired"
    )]
    TooMany(Algorithm),
    /// The key cannot be made.
    #[error("the {0} key cannot be made")]
    Failed(Algorithm),
}

impl Keys {
    /// Starts making the keys: those that the lab signs with, and the others that clients may ask
    /// for. RS256 is among them (OpenID Connect Core §15.1) except under FAPI 2.0 (§5.4.1).
    pub fn start(tokens: &Tokens, profile: Profile, clock: Clock) -> Result<Self, Fault> {
        let common: &[Algorithm] = match profile {
            Profile::Fapi2 => &[Algorithm::Es256, Algorithm::Ps256, Algorithm::EdDsa],
            Profile::OAuth21 | Profile::Mcp | Profile::Legacy => {
                &[Algorithm::Es256, Algorithm::Rs256, Algorithm::Ps256, Algorithm::EdDsa]
            }
        };
        let (mut lines, mut slow) = (BTreeMap::new(), Vec::new());
        let signs_from = Timestamp::from_secs(0);
        for &alg in [tokens.access_alg, tokens.id_token_alg].iter().chain(common) {
            if lines.contains_key(&alg) {
                continue;
            }
            let key = if is_slow(alg) {
                let (sender, receiver) = watch::channel(None);
                slow.push((alg, sender));
                receiver
            } else {
                watch::channel(Some(SigningKey::generate(alg)?)).1
            };
            lines.insert(alg, Mutex::new(vec![Generation { key, signs_from }]));
        }
        make_in_background(slow);
        Ok(Self { lines, clock, longest: tokens.access_ttl })
    }

    /// The key of an algorithm that signs now; waits while it is being made.
    pub async fn signing(&self, alg: Algorithm) -> Result<SigningKey, Fault> {
        let now = self.clock.now();
        let generation = self.line(alg).ok_or(Fault::Task)?.clone();
        let current = generation.into_iter().rev().find(|one| one.signs_from <= now);
        current.ok_or(Fault::Task)?.made().await
    }

    /// The algorithms that can sign.
    pub fn algorithms(&self) -> impl Iterator<Item = Algorithm> {
        self.lines.keys().copied()
    }

    /// The public keys; waits for those that are being made, so that no verifier misses one.
    pub async fn jwks(&self) -> Result<JwkSet, Fault> {
        let mut keys = Vec::with_capacity(self.lines.len());
        for (_, generation, _) in self.published() {
            keys.push(generation.made().await?.jwk().clone());
        }
        Ok(JwkSet { keys })
    }

    /// Every published key, sorted by algorithm and age.
    pub async fn list(&self) -> Result<Vec<PublishedKey>, Fault> {
        let mut list = Vec::new();
        for (alg, generation, published_until) in self.published() {
            let signs_from = generation.signs_from;
            let kid = generation.made().await?.jwk().kid.clone().unwrap_or_default();
            list.push(PublishedKey { kid, alg, signs_from, published_until });
        }
        Ok(list)
    }

    /// Puts a new key in place of the one that signs now. The old one stays published for as long
    /// as a token of it can live. RSA keys take 50 ms of processor time, off the runtime's threads.
    pub async fn rotate(&self, alg: Algorithm, begin: Begin) -> Result<String, RotationRefused> {
        if !self.lines.contains_key(&alg) {
            return Err(RotationRefused::NoSuchKey(alg));
        }
        let made = tokio::task::spawn_blocking(move || SigningKey::generate(alg)).await;
        let key = made.ok().and_then(Result::ok).ok_or(RotationRefused::Failed(alg))?;
        let kid = key.jwk().kid.clone().unwrap_or_default();
        let now = self.clock.now();
        let signs_from = match begin {
            Begin::Now => now,
            Begin::Announced => now.plus(JWKS_MAX_AGE),
        };
        let mut line = self.line(alg).ok_or(RotationRefused::NoSuchKey(alg))?;
        // One that was announced and has not signed yet gives way to the newer one.
        line.retain(|one| one.signs_from <= now);
        let gone = line.len() - self.lasting(&line, now).min(line.len());
        line.drain(..gone);
        if line.len() >= MAX_GENERATIONS {
            return Err(RotationRefused::TooMany(alg));
        }
        line.push(Generation { key: watch::channel(Some(key)).1, signs_from });
        Ok(kid)
    }

    fn line(&self, alg: Algorithm) -> Option<MutexGuard<'_, Vec<Generation>>> {
        // What a panicking thread left is a list of keys all the same.
        Some(self.lines.get(&alg)?.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// How many of the newest generations are still published.
    fn lasting(&self, line: &[Generation], now: Timestamp) -> usize {
        let replaced = line.iter().skip(1).rev();
        1 + replaced.take_while(|next| now < next.signs_from.plus(self.longest)).count()
    }

    fn published(&self) -> Vec<(Algorithm, Generation, Option<Timestamp>)> {
        let now = self.clock.now();
        let mut all = Vec::new();
        for &alg in self.lines.keys() {
            let Some(line) = self.line(alg) else { continue };
            let first = line.len() - self.lasting(&line, now).min(line.len());
            for (index, generation) in line.iter().enumerate().skip(first) {
                let until = line.get(index + 1).map(|next| next.signs_from.plus(self.longest));
                all.push((alg, generation.clone(), until));
            }
        }
        all
    }
}

impl Generation {
    async fn made(mut self) -> Result<SigningKey, Fault> {
        let made = self.key.wait_for(Option::is_some).await.map_err(|_| Fault::Task)?;
        made.clone().ok_or(Fault::Task)
    }
}

const fn is_slow(alg: Algorithm) -> bool {
    match alg {
        Algorithm::Rs256 | Algorithm::Ps256 => true,
        Algorithm::Es256
        | Algorithm::EdDsa
        | Algorithm::MlDsa44
        | Algorithm::MlDsa65
        | Algorithm::MlDsa87 => false,
    }
}

/// One after the other: two at once would only take the processor from requests.
fn make_in_background(wanted: Vec<(Algorithm, watch::Sender<Option<SigningKey>>)>) {
    tokio::task::spawn_blocking(move || {
        for (alg, sender) in wanted {
            // Nobody waits any more: the lab is gone, and need not be held up.
            if sender.is_closed() {
                return;
            }
            // On failure the sender is dropped, and whoever waits gets a fault instead of a key.
            if let Ok(key) = SigningKey::generate(alg) {
                sender.send_replace(Some(key));
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    const TTL: Duration = Duration::from_secs(600);

    fn keys() -> (Keys, Clock) {
        let clock = Clock::manual(Timestamp::from_secs(1_000_000));
        let config = Config::builtin().unwrap();
        assert_eq!(config.tokens.access_ttl, TTL);
        (Keys::start(&config.tokens, config.profile, clock.clone()).unwrap(), clock)
    }

    async fn kids(keys: &Keys) -> Vec<String> {
        let list = keys.list().await.unwrap().into_iter();
        list.filter(|key| key.alg == Algorithm::Es256).map(|key| key.kid).collect()
    }

    async fn signing(keys: &Keys) -> String {
        keys.signing(Algorithm::Es256).await.unwrap().jwk().kid.clone().unwrap()
    }

    #[tokio::test]
    async fn the_old_key_stays_until_its_last_token_has_expired() {
        let (keys, clock) = keys();
        let old = signing(&keys).await;
        let new = keys.rotate(Algorithm::Es256, Begin::Now).await.unwrap();
        assert_eq!(signing(&keys).await, new);
        assert_eq!(kids(&keys).await, [old.clone(), new.clone()]);
        clock.advance(Duration::from_millis(599_999));
        assert_eq!(kids(&keys).await, [old, new.clone()]);
        clock.advance(Duration::from_millis(1));
        assert_eq!(kids(&keys).await, [new]);
    }

    #[tokio::test]
    async fn an_announced_key_is_published_before_it_signs() {
        let (keys, clock) = keys();
        let old = signing(&keys).await;
        let dropped = keys.rotate(Algorithm::Es256, Begin::Announced).await.unwrap();
        let new = keys.rotate(Algorithm::Es256, Begin::Announced).await.unwrap();
        assert_eq!(kids(&keys).await, [old.clone(), new.clone()], "not {dropped}");
        assert_eq!(signing(&keys).await, old);
        clock.advance(JWKS_MAX_AGE);
        assert_eq!(signing(&keys).await, new);
        assert_eq!(kids(&keys).await, [old, new]);
    }

    #[tokio::test]
    async fn rotations_are_bounded_and_recover() {
        let (keys, clock) = keys();
        for _ in 1..MAX_GENERATIONS {
            keys.rotate(Algorithm::Es256, Begin::Now).await.unwrap();
        }
        let refused = keys.rotate(Algorithm::Es256, Begin::Now).await;
        assert_eq!(refused, Err(RotationRefused::TooMany(Algorithm::Es256)));
        assert_eq!(kids(&keys).await.len(), MAX_GENERATIONS);
        clock.advance(TTL);
        keys.rotate(Algorithm::Es256, Begin::Now).await.unwrap();
        assert_eq!(kids(&keys).await.len(), 2);
        let unknown = keys.rotate(Algorithm::MlDsa44, Begin::Now).await;
        assert_eq!(unknown, Err(RotationRefused::NoSuchKey(Algorithm::MlDsa44)));
    }
}
