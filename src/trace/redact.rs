//! Redaction, at the moment of rendering: a secret shows as `⟨code #3f9a⟩`, a keyed fingerprint, so
//! that one can follow it from step to step and learn nothing else. Of a JWT only the signature is
//! hidden (RFC 7515 §3): header and payload are no secret to whoever may look in here.

use std::fmt::Write as _;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::text::{Label, Part, Text};
use super::view::JwtView;
use crate::protocol::Secret;

/// Shows texts, with fingerprints in place of secrets. Its key is random for each lab.
#[derive(Clone)]
pub struct Redactor {
    key: hmac::Key,
    redact: bool,
}

/// Labels of values that may be JWTs.
const TOKENS: [&str; 5] = ["access_token", "id_token", "token", "assertion", "refresh_token"];

impl Redactor {
    /// With the lab's fingerprint key; `redact: false` shows secrets in clear.
    pub fn new(key: &[u8; 32], redact: bool) -> Self {
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, key), redact }
    }

    /// Whether secrets are hidden.
    pub const fn redacts(&self) -> bool {
        self.redact
    }

    /// The tag of a secret: `⟨code #3f9a⟩`. The same secret has the same digits everywhere.
    pub fn tag(&self, label: Label, secret: &Secret) -> String {
        format!("⟨{label} #{}⟩", self.digits(secret))
    }

    fn digits(&self, secret: &Secret) -> String {
        let mac = hmac::sign(&self.key, secret.expose().as_bytes());
        let mut digits = String::with_capacity(4);
        for byte in mac.as_ref().iter().take(2) {
            let _ = write!(digits, "{byte:02x}");
        }
        digits
    }

    /// A secret as it may be shown.
    pub fn secret(&self, label: Label, secret: &Secret) -> String {
        if self.redact { self.tag(label, secret) } else { secret.expose().to_owned() }
    }

    /// A text as it may be shown.
    pub fn text(&self, text: &Text) -> String {
        let mut out = String::new();
        for part in text.parts() {
            match part {
                Part::Public(text) => out.push_str(text),
                Part::Secret(label, secret) => out.push_str(&self.token(label, secret)),
            }
        }
        out
    }

    /// A JWT without its signature, another secret by its tag.
    fn token(&self, label: Label, secret: &Secret) -> String {
        match signed_part(label, secret) {
            Some(signed) if self.redact => format!("{signed}.⟨sig #{}⟩", self.digits(secret)),
            _ => self.secret(label, secret),
        }
    }

    /// The first JWT of a text, decoded, without its signature.
    pub fn jwt(&self, text: &Text) -> Option<JwtView> {
        text.secrets().find_map(|(label, secret)| {
            let (header, payload) = signed_part(label, secret)?.split_once('.')?;
            let tag = self.tag(label, secret);
            Some(JwtView { tag, header: object(header)?, payload: object(payload)? })
        })
    }
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Redactor").field("redact", &self.redact).finish_non_exhaustive()
    }
}

/// Header and payload of a JWS in compact form (RFC 7515 §7.1) with a claims object.
fn signed_part(label: Label, secret: &Secret) -> Option<&str> {
    if !TOKENS.contains(&label) {
        return None;
    }
    let (signed, signature) = secret.expose().rsplit_once('.')?;
    let (header, payload) = signed.split_once('.')?;
    let is_jws = !signature.is_empty() && object(header)?.get("alg").is_some();
    (is_jws && object(payload).is_some()).then_some(signed)
}

/// The payload's claims of a JWT that a secret may be.
pub(super) fn claims(label: Label, secret: &Secret) -> Option<Value> {
    object(signed_part(label, secret)?.split_once('.')?.1)
}

fn object(segment: &str) -> Option<Value> {
    let value: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(segment).ok()?).ok()?;
    value.is_object().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redactor(redact: bool) -> Redactor {
        Redactor::new(&[7; 32], redact)
    }

    fn jwt() -> Text {
        let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let signed = format!("{}.{}", encode(r#"{"alg":"ES256"}"#), encode(r#"{"sub":"alice"}"#));
        Text::secret("access_token", format!("{signed}.c2lnbmF0dXJl"))
    }

    #[test]
    fn the_same_secret_has_the_same_digits_and_another_key_others() {
        let secret = Secret::new("s3cret");
        let (a, b) = (redactor(true).tag("code", &secret), redactor(true).tag("token", &secret));
        assert_eq!(a.split_once('#').unwrap().1, b.split_once('#').unwrap().1);
        assert!(a.starts_with("⟨code #") && !a.contains("s3cret"));
        assert_ne!(a, Redactor::new(&[8; 32], true).tag("code", &secret));
        assert_ne!(a, redactor(true).tag("code", &Secret::new("s3cres")));
    }

    #[test]
    fn a_jwt_loses_its_signature_only() {
        let shown = redactor(true).text(&jwt());
        assert!(shown.starts_with("eyJ") && !shown.contains("c2lnbmF0dXJl"), "{shown}");
        let view = redactor(true).jwt(&jwt()).unwrap();
        assert_eq!(view.payload["sub"], "alice");
        // The digits are those of the whole token, as an opaque tag would show them.
        let digits = view.tag.split_once('#').unwrap().1;
        assert!(shown.ends_with(&format!("⟨sig #{digits}")));
    }

    #[test]
    fn what_only_looks_like_a_jwt_is_hidden_whole() {
        for text in ["a.b.c", "eyJhbGciOiJub25lIn0.e30.", "eyJ4IjoxfQ.e30.c2ln", "…"] {
            let shown = redactor(true).text(&Text::secret("access_token", text));
            assert!(shown.starts_with("⟨access_token #") && !shown.contains("e30"), "{shown}");
        }
        let jwt = jwt();
        let (_, token) = jwt.secrets().next().unwrap();
        let shown = redactor(true).text(&Text::secret("password", token.expose()));
        assert!(shown.starts_with("⟨password"));
    }

    #[test]
    fn a_lab_that_does_not_redact_shows_secrets() {
        assert_eq!(redactor(false).text(&Text::secret("code", "c0de")), "c0de");
    }
}
