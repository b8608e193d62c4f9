//! Resource indicators (RFC 8707 §2): absolute URIs without fragment.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use url::Url;

/// A protected resource's identifier. Kept as the exact string; an empty path equals `/`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceUri(String);

/// Why a string is no resource indicator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a resource is an absolute URI without fragment (RFC 8707 section 2)")]
pub struct ResourceUriError;

impl ResourceUri {
    /// Parses a resource indicator and keeps its exact bytes.
    pub fn parse(text: &str) -> Result<Self, ResourceUriError> {
        let visible = text.bytes().all(|b| (0x21..=0x7e).contains(&b));
        let absolute = Url::parse(text).is_ok_and(|url| url.has_host() || url.scheme() == "urn");
        if visible && absolute && !text.contains('#') && text.len() <= 2048 {
            Ok(Self(text.to_owned()))
        } else {
            Err(ResourceUriError)
        }
    }

    /// The exact string.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether both name the same resource: equal bytes, where `https://host` equals
    /// `https://host/`, since URL libraries add that slash (RFC 3986 §6.2.3).
    pub fn is_same(&self, other: &str) -> bool {
        root_without_slash(&self.0) == root_without_slash(other)
    }

    /// The path: empty, or beginning with a slash.
    pub fn path(&self) -> &str {
        let rest = self.0.split_once("://").map_or("", |(_, rest)| rest);
        rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("")
    }

    /// Scheme, host and port.
    pub fn origin(&self) -> &str {
        self.0.get(..self.0.len() - self.path().len()).unwrap_or(&self.0)
    }

    /// Where its protected-resource metadata stands (RFC 9728 §3.1, path inserted).
    pub fn metadata_url(&self) -> String {
        let path = self.path();
        let path = if path == "/" { "" } else { path };
        format!("{}/.well-known/oauth-protected-resource{path}", self.origin())
    }
}

fn root_without_slash(text: &str) -> &str {
    match text.split_once("://") {
        Some((_, rest)) if rest.ends_with('/') && rest.matches('/').count() == 1 => {
            text.trim_end_matches('/')
        }
        _ => text,
    }
}

impl fmt::Display for ResourceUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for ResourceUri {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ResourceUri {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_path_equals_a_slash_and_nothing_else_is_equal() {
        let root = ResourceUri::parse("https://localhost:9444").unwrap();
        assert!(root.is_same("https://localhost:9444/"));
        let notes = ResourceUri::parse("https://localhost:9444/notes").unwrap();
        assert!(!notes.is_same("https://localhost:9444/notes/"));
        assert!(!notes.is_same("https://localhost:9444/notes2"));
        assert_eq!(
            notes.metadata_url(),
            "https://localhost:9444/.well-known/oauth-protected-resource/notes"
        );
    }

    #[test]
    fn relative_and_fragment_are_refused() {
        assert!(ResourceUri::parse("/notes").is_err());
        assert!(ResourceUri::parse("https://a/#b").is_err());
    }
}
