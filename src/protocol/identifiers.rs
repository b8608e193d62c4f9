//! Identifiers with a grammar: client id and subject.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

/// A string that its grammar forbids: which one, and what the grammar allows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} must be {grammar}")]
pub struct Malformed {
    /// The parameter's name.
    pub what: &'static str,
    /// What it must look like, in words.
    pub grammar: &'static str,
}

/// A client identifier: 1–256 characters of `VSCHAR` (RFC 6749 §A.1).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct ClientId(String);

/// A subject identifier: 1–255 ASCII characters (OpenID Connect Core §2, `sub`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Subject(String);

macro_rules! identifier {
    ($name:ident, $what:literal, $max:literal, $lowest:literal, $grammar:literal) => {
        impl $name {
            /// Parses the identifier.
            pub fn parse(text: &str) -> Result<Self, Malformed> {
                let fits = (1..=$max).contains(&text.len());
                if fits && text.bytes().all(|b| ($lowest..=0x7e).contains(&b)) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(Malformed { what: $what, grammar: $grammar })
                }
            }

            /// Its text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}

identifier!(ClientId, "client_id", 256, 0x20, "1 to 256 printable ASCII characters");
identifier!(Subject, "sub", 255, 0x20, "1 to 255 printable ASCII characters");
