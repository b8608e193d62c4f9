//! Scope: a space-delimited, unordered set of tokens (RFC 6749 §3.3).

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// One scope token: `1*( %x21 / %x23-5B / %x5D-7E )` (RFC 6749 §3.3).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScopeToken(String);

/// A set of scope tokens. Order carries no meaning (RFC 6749 §3.3); it is rendered sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Scope(BTreeSet<ScopeToken>);

/// A scope that the grammar forbids.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScopeError {
    /// A character outside of the grammar.
    #[error("a scope holds only printable ASCII without space, quote and backslash")]
    Character,
    /// More tokens, or longer ones, than anyone needs.
    #[error("a scope holds at most 64 tokens of at most 128 characters")]
    Size,
}

const MAX_TOKENS: usize = 64;
const MAX_TOKEN_LENGTH: usize = 128;

impl ScopeToken {
    /// Parses one token.
    pub fn parse(token: &str) -> Result<Self, ScopeError> {
        let allowed = |b: u8| matches!(b, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
        if token.is_empty() || !token.bytes().all(allowed) {
            return Err(ScopeError::Character);
        }
        if token.len() > MAX_TOKEN_LENGTH {
            return Err(ScopeError::Size);
        }
        Ok(Self(token.to_owned()))
    }

    /// The token's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Scope {
    /// The empty scope.
    pub const fn empty() -> Self {
        Self(BTreeSet::new())
    }

    /// Parses a space-delimited list. An empty string is the empty scope.
    pub fn parse(text: &str) -> Result<Self, ScopeError> {
        let mut tokens = BTreeSet::new();
        // Only the space separates (RFC 6749 §3.3): a tab is a character outside of the grammar.
        for token in text.split(' ').filter(|t| !t.is_empty()) {
            tokens.insert(ScopeToken::parse(token)?);
            if tokens.len() > MAX_TOKENS {
                return Err(ScopeError::Size);
            }
        }
        Ok(Self(tokens))
    }

    /// Whether no token is in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the token of this text is in it.
    pub fn contains(&self, token: &str) -> bool {
        self.0.iter().any(|t| t.as_str() == token)
    }

    /// Whether every token of this scope is in `other`.
    pub fn is_subset(&self, other: &Self) -> bool {
        self.0.is_subset(&other.0)
    }

    /// The tokens of this scope that `other` does not have.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        Self(self.0.difference(&other.0).cloned().collect())
    }

    /// The tokens in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        Self(self.0.intersection(&other.0).cloned().collect())
    }

    /// The tokens in either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self(self.0.union(&other.0).cloned().collect())
    }

    /// This scope without the tokens for which `keep` is false.
    #[must_use]
    pub fn filtered(&self, keep: impl Fn(&str) -> bool) -> Self {
        Self(self.0.iter().filter(|t| keep(t.as_str())).cloned().collect())
    }

    /// The tokens' texts, sorted.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(ScopeToken::as_str)
    }
}

impl FromIterator<ScopeToken> for Scope {
    fn from_iter<I: IntoIterator<Item = ScopeToken>>(tokens: I) -> Self {
        Self(tokens.into_iter().collect())
    }
}

impl FromStr for Scope {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, ScopeError> {
        Self::parse(text)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, token) in self.iter().enumerate() {
            if i > 0 {
                f.write_str(" ")?;
            }
            f.write_str(token)?;
        }
        Ok(())
    }
}

impl Serialize for Scope {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Scope {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_grammar_of_rfc_6749_3_3() {
        assert!(Scope::parse("openid notes:read").is_ok());
        assert_eq!(Scope::parse("a\tb"), Err(ScopeError::Character));
        assert_eq!(Scope::parse("a\"b"), Err(ScopeError::Character));
        assert_eq!(Scope::parse("a\\b"), Err(ScopeError::Character));
        assert_eq!(Scope::parse("é"), Err(ScopeError::Character));
        assert!(Scope::parse("").is_ok_and(|s| s.is_empty()));
    }

    proptest! {
        #[test]
        fn rendering_and_parsing_agree(tokens in proptest::collection::vec("[!#-\\[\\]-~]{1,12}", 0..20)) {
            let scope = Scope::parse(&tokens.join(" ")).unwrap();
            prop_assert_eq!(Scope::parse(&scope.to_string()).unwrap(), scope);
        }

        #[test]
        fn nothing_panics(text in "\\PC*") {
            let _ = Scope::parse(&text);
        }
    }
}
