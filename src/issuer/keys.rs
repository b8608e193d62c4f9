//! Signing keys: several algorithms at once, each with a line of generations. A generation is
//! published before or as it begins to sign, and stays published until the last token that it
//! signed has expired (OpenID Connect Core §10.1.1), so that no verifier ever misses a key.
//!
//! They live in the store, so that a restart, and whoever else works on it, has the same ones.
//! Fast keys are made at once; RSA keys take 50 ms and are made off the start path.

mod line;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::Fault;
use crate::clock::{Clock, Timestamp};
use crate::config::{Profile, Tokens};
use crate::protocol::Algorithm;
use crate::protocol::jose::{JwkSet, SigningKey};
use crate::store::View;
use line::{Generation, Line, is_slow};

/// How long a verifier may keep the published keys: `max-age` of the key set, and how long an
/// announced key waits before it signs.
pub const JWKS_MAX_AGE: Duration = Duration::from_secs(60);

/// Generations of one algorithm that are published at once, at most.
const MAX_GENERATIONS: usize = 8;

/// How long a key is signed with before the store is asked whether somebody else rotated it.
const REREAD: Duration = Duration::from_secs(1);

/// The keys of one issuer.
#[derive(Debug)]
pub struct Keys {
    lines: Arc<BTreeMap<Algorithm, Line>>,
    store: View,
    clock: Clock,
    /// The longest life of anything that is signed.
    longest: Duration,
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
#[derive(Clone, Debug, thiserror::Error)]
pub enum RotationRefused {
    /// The lab has no key of this algorithm.
    #[error("the lab has no {0} key")]
    NoSuchKey(Algorithm),
    /// Too many are published already.
    #[error(
        "{MAX_GENERATIONS} {0} keys are published; wait until tokens of the oldest have expired"
    )]
    TooMany(Algorithm),
    /// The key cannot be made, or not be stored.
    #[error("the key cannot be made: {0}")]
    Failed(#[from] Fault),
}

impl Keys {
    /// Reads or makes the keys: those that the lab signs with, and the others that clients may ask
    /// for. RS256 is among them (OpenID Connect Core §15.1) except under FAPI 2.0 (§5.4.1).
    pub async fn open(
        tokens: &Tokens,
        profile: Profile,
        clock: Clock,
        store: View,
    ) -> Result<Self, Fault> {
        let common: &[Algorithm] = match profile {
            Profile::Fapi2 => &[Algorithm::Es256, Algorithm::Ps256, Algorithm::EdDsa],
            Profile::OAuth21 | Profile::Mcp | Profile::Legacy => {
                &[Algorithm::Es256, Algorithm::Rs256, Algorithm::Ps256, Algorithm::EdDsa]
            }
        };
        let wanted = [tokens.access_alg, tokens.id_token_alg];
        let wanted = wanted.iter().chain(common);
        let lines = Arc::new(wanted.map(|&alg| (alg, Line::of(alg))).collect());
        let keys = Self { lines, store, clock, longest: tokens.access_ttl };
        let now = keys.clock.now();
        let mut slow = Vec::new();
        for (&alg, line) in keys.lines.iter() {
            if line.find(&keys.store, now).await? {
                continue;
            }
            if is_slow(alg) {
                slow.push(alg);
            } else {
                line.read(&keys.store, now, REREAD).await?;
            }
        }
        keys.make_in_background(slow);
        Ok(keys)
    }

    /// One after the other: two at once would only take the processor from requests. One that
    /// fails is tried again by whoever needs it.
    fn make_in_background(&self, slow: Vec<Algorithm>) {
        let (lines, store) = (Arc::downgrade(&self.lines), self.store.clone());
        let clock = self.clock.clone();
        tokio::spawn(async move {
            for alg in slow {
                // Nobody waits any more: the lab is gone, and need not be held up.
                let Some(lines) = lines.upgrade() else { return };
                if let Some(line) = lines.get(&alg) {
                    drop(line.read(&store, clock.now(), REREAD).await);
                }
            }
        });
    }

    /// The key of an algorithm that signs now; waits while it is being made.
    pub async fn signing(&self, alg: Algorithm) -> Result<SigningKey, Fault> {
        let now = self.clock.now();
        let line = self.lines.get(&alg).ok_or(Fault::Task)?;
        let generations = line.read(&self.store, now, REREAD).await?;
        let current = generations.iter().rev().find(|one| one.signs_from <= now);
        Ok(current.ok_or(Fault::Task)?.key.clone())
    }

    /// The algorithms that can sign.
    pub fn algorithms(&self) -> impl Iterator<Item = Algorithm> {
        self.lines.keys().copied()
    }

    /// The public keys; waits for those that are being made, so that no verifier misses one.
    pub async fn jwks(&self) -> Result<JwkSet, Fault> {
        let published = self.published().await?.into_iter();
        Ok(JwkSet { keys: published.map(|(_, one, _)| one.key.jwk().clone()).collect() })
    }

    /// Every published key, sorted by algorithm and age.
    pub async fn list(&self) -> Result<Vec<PublishedKey>, Fault> {
        let published = self.published().await?.into_iter();
        let list = published.map(|(alg, generation, published_until)| PublishedKey {
            kid: generation.key.jwk().kid.clone().unwrap_or_default(),
            alg,
            signs_from: generation.signs_from,
            published_until,
        });
        Ok(list.collect())
    }

    /// Puts a new key in place of the one that signs now. The old one stays published for as long
    /// as a token of it can live. RSA keys take 50 ms of processor time, off the runtime's threads.
    pub async fn rotate(&self, alg: Algorithm, begin: Begin) -> Result<String, RotationRefused> {
        let line = self.lines.get(&alg).ok_or(RotationRefused::NoSuchKey(alg))?;
        let key = line::make(alg).await?;
        let now = self.clock.now();
        let signs_from = match begin {
            Begin::Now => now,
            Begin::Announced => now.plus(JWKS_MAX_AGE),
        };
        let new = line::stored(&key, signs_from);
        let change = |all: &mut Vec<_>| {
            // One that was announced and has not signed yet gives way to the newer one.
            all.retain(|one: &crate::store::record::SigningKeyRecord| one.signs_from <= now);
            let begins: Vec<_> = all.iter().map(|one| one.signs_from).collect();
            all.drain(..self.gone(&begins, now));
            if all.len() >= MAX_GENERATIONS {
                return Err(RotationRefused::TooMany(alg));
            }
            all.push(new.clone());
            Ok(())
        };
        line.change(&self.store, now, change).await?;
        let kid = key.jwk().kid.clone().unwrap_or_default();
        tracing::info!(kid, alg = alg.as_str(), "a new signing key");
        Ok(kid)
    }

    /// How many of the oldest generations are not published any more, by when each began to sign.
    fn gone(&self, begins: &[Timestamp], now: Timestamp) -> usize {
        let replaced = begins.iter().skip(1).rev();
        let lasting = replaced.take_while(|next| now < next.plus(self.longest)).count();
        begins.len().saturating_sub(1 + lasting)
    }

    /// As the store has them this moment: a verifier must not miss a key that another process made.
    async fn published(&self) -> Result<Vec<(Algorithm, Generation, Option<Timestamp>)>, Fault> {
        let now = self.clock.now();
        let mut all = Vec::new();
        for (&alg, line) in self.lines.iter() {
            let line = line.read(&self.store, now, Duration::ZERO).await?;
            let begins: Vec<_> = line.iter().map(|one| one.signs_from).collect();
            let gone = self.gone(&begins, now);
            for (index, generation) in line.iter().enumerate().skip(gone) {
                let until = begins.get(index + 1).map(|next| next.plus(self.longest));
                all.push((alg, generation.clone(), until));
            }
        }
        Ok(all)
    }
}
