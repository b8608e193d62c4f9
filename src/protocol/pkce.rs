//! Proof Key for Code Exchange (RFC 7636).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::{Malformed, Secret};

/// `code_challenge_method` (RFC 7636 §4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChallengeMethod {
    /// SHA-256 of the verifier.
    S256,
    /// The verifier itself. Only weaknesses and the legacy profile accept it.
    #[serde(rename = "plain")]
    Plain,
}

/// `code_challenge`: 43–128 unreserved characters (RFC 7636 §4.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeChallenge {
    value: String,
    method: ChallengeMethod,
}

/// `code_verifier`: 43–128 unreserved characters (RFC 7636 §4.1).
#[derive(Clone, Debug)]
pub struct CodeVerifier(Secret);

const GRAMMAR: &str = "43 to 128 characters of A-Z a-z 0-9 - . _ ~";

fn is_unreserved(text: &str) -> bool {
    let unreserved = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~');
    (43..=128).contains(&text.len()) && text.bytes().all(unreserved)
}

impl ChallengeMethod {
    /// The wire value.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::S256 => "S256",
            Self::Plain => "plain",
        }
    }
}

impl CodeChallenge {
    /// Parses a challenge for its method.
    pub fn parse(value: &str, method: ChallengeMethod) -> Result<Self, Malformed> {
        if is_unreserved(value) {
            Ok(Self { value: value.to_owned(), method })
        } else {
            Err(Malformed { what: "code_challenge", grammar: GRAMMAR })
        }
    }

    /// The wire value.
    pub fn as_str(&self) -> &str {
        &self.value
    }

    /// How it was derived from the verifier.
    pub const fn method(&self) -> ChallengeMethod {
        self.method
    }

    /// Whether the verifier fits (RFC 7636 §4.6), in constant time.
    pub fn verify(&self, verifier: &CodeVerifier) -> bool {
        let derived = verifier.challenge(self.method);
        derived.value.as_bytes().ct_eq(self.value.as_bytes()).into()
    }
}

impl CodeVerifier {
    /// Parses a verifier.
    pub fn parse(value: &str) -> Result<Self, Malformed> {
        if is_unreserved(value) {
            Ok(Self(Secret::new(value)))
        } else {
            Err(Malformed { what: "code_verifier", grammar: GRAMMAR })
        }
    }

    /// DANGEROUS on purpose: any text, for a lab that is weak on purpose and takes what it should
    /// refuse.
    pub fn unchecked(value: &str) -> Self {
        Self(Secret::new(value))
    }

    /// The secret value.
    pub const fn secret(&self) -> &Secret {
        &self.0
    }

    /// The challenge that fits this verifier (RFC 7636 §4.2).
    pub fn challenge(&self, method: ChallengeMethod) -> CodeChallenge {
        let value = match method {
            ChallengeMethod::S256 => {
                URL_SAFE_NO_PAD.encode(Sha256::digest(self.0.expose().as_bytes()))
            }
            ChallengeMethod::Plain => self.0.expose().to_owned(),
        };
        CodeChallenge { value, method }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7636 Appendix B.
    #[test]
    fn the_published_vector() {
        let verifier = CodeVerifier::parse("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk").unwrap();
        let challenge = verifier.challenge(ChallengeMethod::S256);
        assert_eq!(challenge.as_str(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        assert!(challenge.verify(&verifier));
    }

    #[test]
    fn length_and_alphabet() {
        assert!(CodeVerifier::parse(&"a".repeat(42)).is_err());
        assert!(CodeVerifier::parse(&"a".repeat(43)).is_ok());
        assert!(CodeVerifier::parse(&"a".repeat(128)).is_ok());
        assert!(CodeVerifier::parse(&"a".repeat(129)).is_err());
        assert!(CodeVerifier::parse(&format!("{}+", "a".repeat(43))).is_err());
    }
}
