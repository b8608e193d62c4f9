//! Nonces of the server (RFC 9449 §8, §9): nothing is stored. A nonce is the MAC of a span of time
//! under a key that lives as long as the process, so that no proof can be made long before its use.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Makes and knows nonces.
#[derive(Clone)]
pub struct Nonces {
    key: hmac::Key,
}

/// How a nonce stands to the current one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NonceAge {
    /// It is the current one.
    Current,
    /// It still counts, but a newer one is due.
    Previous,
    /// Not one of ours, or too old.
    Unknown,
}

/// A nonce is given out for so many seconds, and counts for as long again.
const SPAN: u64 = 120;

impl Nonces {
    /// Under a random key.
    pub fn new(key: &[u8; 32]) -> Self {
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, key) }
    }

    /// The current nonce; `now` in seconds.
    pub fn current(&self, now: u64) -> String {
        self.of(now / SPAN)
    }

    /// How old a nonce is; `now` in seconds.
    pub fn age(&self, nonce: &str, now: u64) -> NonceAge {
        let span = now / SPAN;
        if nonce == self.of(span) {
            NonceAge::Current
        } else if span > 0 && nonce == self.of(span - 1) {
            NonceAge::Previous
        } else {
            NonceAge::Unknown
        }
    }

    fn of(&self, span: u64) -> String {
        let mac = hmac::sign(&self.key, &span.to_be_bytes());
        URL_SAFE_NO_PAD.encode(mac.as_ref().get(..16).unwrap_or_default())
    }
}

impl std::fmt::Debug for Nonces {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Nonces(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_counts_for_its_span_and_the_next_one() {
        let nonces = Nonces::new(&[7; 32]);
        let nonce = nonces.current(1200);
        assert_eq!(nonces.age(&nonce, 1200 + SPAN - 1), NonceAge::Current);
        assert_eq!(nonces.age(&nonce, 1200 + SPAN), NonceAge::Previous);
        assert_eq!(nonces.age(&nonce, 1200 + 2 * SPAN), NonceAge::Unknown);
        assert_eq!(nonces.age(&nonce, 0), NonceAge::Unknown);
        assert_eq!(nonces.age("", 1200), NonceAge::Unknown);
        assert_eq!(Nonces::new(&[8; 32]).age(&nonce, 1200), NonceAge::Unknown);
    }
}
