//! What took the place of a refresh token, kept beside it for whoever sends it again in time: a client
//! whose answer was lost, or one of several that refresh at once. It is sealed under a key that follows
//! from the old token (RFC 5869), so that the store alone does not know it.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::hkdf;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use crate::protocol::Secret;

/// Seals `new` for whoever has `old`. `None` if the machine's cryptography fails.
pub(super) fn seal(old: &Secret, new: &Secret) -> Option<String> {
    let mut sealed = new.expose().as_bytes().to_vec();
    let nonce = key(old)?.seal_in_place_append_tag(Aad::empty(), &mut sealed).ok()?;
    let mut text = nonce.as_ref().to_vec();
    text.append(&mut sealed);
    Some(URL_SAFE_NO_PAD.encode(text))
}

/// What was sealed for whoever has `old`.
pub(super) fn open(old: &Secret, sealed: &str) -> Option<Secret> {
    let sealed = URL_SAFE_NO_PAD.decode(sealed).ok()?;
    let (nonce, text) = sealed.split_at_checked(NONCE_LEN)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let mut text = Zeroizing::new(text.to_vec());
    let opened = key(old)?.open_in_place(nonce, Aad::empty(), &mut text).ok()?;
    std::str::from_utf8(opened).ok().map(Secret::new)
}

fn key(old: &Secret) -> Option<RandomizedNonceKey> {
    let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, b"oauthlab successor v1");
    let extracted = salt.extract(old.expose().as_bytes());
    let mut derived = Zeroizing::new([0; 32]);
    extracted.expand(&[b"refresh token"], &AES_256_GCM).ok()?.fill(derived.as_mut_slice()).ok()?;
    RandomizedNonceKey::new(&AES_256_GCM, derived.as_slice()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_successor_opens_for_the_token_before_it_alone() {
        let (old, new) = (Secret::new("the old one"), Secret::new("the new one"));
        let sealed = seal(&old, &new).unwrap();
        assert!(open(&old, &sealed).unwrap().matches(&new));
        assert!(open(&new, &sealed).is_none());
        assert!(open(&old, &sealed[..sealed.len() - 2]).is_none());
        assert!(open(&old, "").is_none() && open(&old, "ä").is_none());
        assert_ne!(seal(&old, &new).unwrap(), sealed);
    }
}
