//! The seal: what an engine writes outside of this process is encrypted (AES-256-GCM), whatever the
//! record, and bound to its kind and key, so that no record stands for another.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::hkdf;
use zeroize::Zeroizing;

use super::{Key, Kind, StoreError, Trouble};
use crate::protocol::Secret;

/// A key that seals: 256 bits.
#[derive(Clone)]
pub struct SealKey(Zeroizing<[u8; 32]>);

/// What is no sealing key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a store key is 64 hexadecimal digits")]
pub struct NoSealKey;

/// The way in which values are sealed. A later way has another number.
const WAY: u8 = 1;

impl SealKey {
    /// From random bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Reads 64 hexadecimal digits; space around them does not count.
    pub fn parse(text: &Secret) -> Result<Self, NoSealKey> {
        let digits = text.expose().trim().as_bytes();
        let mut bytes = Zeroizing::new([0; 32]);
        let (pairs, rest) = digits.as_chunks::<2>();
        if pairs.len() != bytes.len() || !rest.is_empty() {
            return Err(NoSealKey);
        }
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = digit(*high)? << 4 | digit(*low)?;
        }
        Ok(Self(bytes))
    }

    /// As [`SealKey::parse`] reads it.
    pub fn text(&self) -> Secret {
        let mut text = String::with_capacity(64);
        for byte in self.0.iter() {
            for half in [byte >> 4, byte & 15] {
                text.push(char::from_digit(u32::from(half), 16).unwrap_or('0'));
            }
        }
        Secret::new(text)
    }
}

fn digit(byte: u8) -> Result<u8, NoSealKey> {
    let value = char::from(byte).to_digit(16).ok_or(NoSealKey)?;
    u8::try_from(value).map_err(|_| NoSealKey)
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealKey(redacted)")
    }
}

/// Seals and opens.
pub(super) struct Seal(RandomizedNonceKey);

impl Seal {
    /// With a key of its own, derived for this purpose (RFC 5869).
    pub(super) fn of(key: &SealKey) -> Result<Self, StoreError> {
        let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, b"oauthlab store v1");
        let extracted = salt.extract(key.0.as_slice());
        let mut derived = Zeroizing::new([0; 32]);
        let expanded = extracted.expand(&[b"values"], &AES_256_GCM);
        expanded.and_then(|okm| okm.fill(derived.as_mut_slice())).map_err(|_| FAILED)?;
        let key = RandomizedNonceKey::new(&AES_256_GCM, derived.as_slice());
        Ok(Self(key.map_err(|_| FAILED)?))
    }

    pub(super) fn seal(
        &self,
        kind: Kind,
        key: Key,
        mut value: Vec<u8>,
    ) -> Result<Vec<u8>, StoreError> {
        let bound = Aad::from(bound(kind, key));
        let nonce = self.0.seal_in_place_append_tag(bound, &mut value).map_err(|_| FAILED)?;
        let mut sealed = Vec::with_capacity(1 + NONCE_LEN + value.len());
        sealed.push(WAY);
        sealed.extend_from_slice(nonce.as_ref());
        sealed.append(&mut value);
        Ok(sealed)
    }

    pub(super) fn open(&self, kind: Kind, key: Key, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
        let (way, rest) = sealed.split_first().ok_or(StoreError::Corrupt)?;
        let (nonce, value) = rest.split_at_checked(NONCE_LEN).ok_or(StoreError::Corrupt)?;
        if *way != WAY {
            return Err(StoreError::Corrupt);
        }
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| StoreError::Corrupt)?;
        let mut value = value.to_vec();
        let opened = self.0.open_in_place(nonce, Aad::from(bound(kind, key)), &mut value);
        let length = opened.map_err(|_| StoreError::Corrupt)?.len();
        value.truncate(length);
        Ok(value)
    }
}

/// What a value is bound to: where it stands.
fn bound(kind: Kind, key: Key) -> [u8; 33] {
    let mut bound = [0; 33];
    let [first, rest @ ..] = &mut bound;
    *first = kind.number();
    rest.copy_from_slice(key.as_bytes());
    bound
}

const FAILED: StoreError = StoreError::Unavailable(Trouble::Engine);

#[cfg(test)]
mod tests {
    use super::*;

    fn seal(byte: u8) -> Seal {
        Seal::of(&SealKey::new([byte; 32])).unwrap()
    }

    #[test]
    fn a_value_opens_where_it_was_sealed_and_nowhere_else() {
        let (here, there) = (Key::of(&["here"]), Key::of(&["there"]));
        let sealed = seal(1).seal(Kind::Client, here, b"value".to_vec()).unwrap();
        assert_eq!(seal(1).open(Kind::Client, here, &sealed).unwrap(), b"value");
        let elsewhere =
            [(1, Kind::Client, there), (1, Kind::Consent, here), (2, Kind::Client, here)];
        for (key, kind, place) in elsewhere {
            assert_eq!(seal(key).open(kind, place, &sealed), Err(StoreError::Corrupt));
        }
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(seal(1).open(Kind::Client, here, &changed), Err(StoreError::Corrupt));
            assert!(seal(1).open(Kind::Client, here, &sealed[..at]).is_err());
        }
    }

    #[test]
    fn the_same_value_is_sealed_differently_each_time() {
        let key = Key::of(&["a"]);
        let sealed = || seal(1).seal(Kind::Client, key, b"value".to_vec()).unwrap();
        assert_ne!(sealed(), sealed());
    }

    #[test]
    fn a_key_reads_back_from_its_text() {
        let key = SealKey::new(std::array::from_fn(|at| u8::try_from(at * 8).unwrap()));
        let text = key.text();
        assert!(text.expose().starts_with("0008101820"));
        let padded = Secret::new(format!("{}\n", text.expose().to_uppercase()));
        assert_eq!(SealKey::parse(&padded).unwrap().0, key.0);
        for wrong in ["", "00", &"0".repeat(63), &"0".repeat(65), &"g".repeat(64), &"ä".repeat(32)]
        {
            assert!(SealKey::parse(&Secret::new(wrong)).is_err(), "{wrong}");
        }
    }
}
