//! The only source of randomness. Seeded, it derives every value from seed, purpose and counter.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::{hkdf, rand};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Where random bytes come from: the operating system, or a seed.
#[derive(Clone)]
pub struct Random(Source);

#[derive(Clone)]
enum Source {
    System,
    Seeded(Arc<Seeded>),
}

struct Seeded {
    prk: hkdf::Prk,
    // A std mutex: held for one map operation, never across an await.
    counters: Mutex<HashMap<&'static str, u64>>,
}

/// The random source failed. Nothing secret can be made without it.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the system's random number generator failed")]
pub struct RandomFailed;

struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

impl Random {
    /// The cryptographic generator of the TLS provider, seeded by the kernel.
    pub const fn system() -> Self {
        Self(Source::System)
    }

    /// Deterministic: HKDF-SHA-256 (RFC 5869) over the seed, with purpose and counter as `info`.
    /// For reproducible labs on loopback only.
    pub fn seeded(seed: &str) -> Self {
        let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, b"oauthlab seed v1").extract(seed.as_bytes());
        Self(Source::Seeded(Arc::new(Seeded { prk, counters: Mutex::new(HashMap::new()) })))
    }

    /// Whether values follow from a seed.
    pub const fn is_seeded(&self) -> bool {
        matches!(self.0, Source::Seeded(_))
    }

    /// `N` random bytes for a named purpose.
    pub fn bytes<const N: usize>(&self, purpose: &'static str) -> Result<[u8; N], RandomFailed> {
        let mut out = [0; N];
        match &self.0 {
            Source::System => fill(&mut out)?,
            Source::Seeded(seeded) => seeded.fill(purpose, &mut out)?,
        }
        Ok(out)
    }

    /// A token of 256 random bits in base64url without padding: 43 characters of `[A-Za-z0-9_-]`.
    pub fn token(&self, purpose: &'static str) -> Result<String, RandomFailed> {
        Ok(URL_SAFE_NO_PAD.encode(self.bytes::<32>(purpose)?))
    }

    /// A public identifier of 128 random bits in base64url: 22 characters.
    pub fn id(&self, purpose: &'static str) -> Result<String, RandomFailed> {
        Ok(URL_SAFE_NO_PAD.encode(self.bytes::<16>(purpose)?))
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the system's randomness")]
fn fill(out: &mut [u8]) -> Result<(), RandomFailed> {
    rand::fill(out).map_err(|_| RandomFailed)
}

impl Seeded {
    fn fill(&self, purpose: &'static str, out: &mut [u8]) -> Result<(), RandomFailed> {
        let count = {
            let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
            let counter = counters.entry(purpose).or_default();
            *counter += 1;
            *counter
        };
        let info = [purpose.as_bytes(), &[0], &count.to_be_bytes()];
        let okm = self.prk.expand(&info, Length(out.len())).map_err(|_| RandomFailed)?;
        okm.fill(out).map_err(|_| RandomFailed)
    }
}

impl std::fmt::Debug for Random {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.is_seeded() { "Random(seeded)" } else { "Random(system)" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_fixes_values_by_purpose_and_counter() {
        let (a, b) = (Random::seeded("s"), Random::seeded("s"));
        let first = a.token("code").unwrap_or_default();
        assert_eq!(first, b.token("code").unwrap_or_default());
        assert_ne!(first, b.token("code").unwrap_or_default());
        assert_ne!(first, Random::seeded("t").token("code").unwrap_or_default());
        assert_eq!(first.len(), 43);
    }

    #[test]
    fn the_purpose_separates_streams() {
        let random = Random::seeded("s");
        assert_ne!(random.token("a").unwrap_or_default(), random.token("b").unwrap_or_default());
    }
}
