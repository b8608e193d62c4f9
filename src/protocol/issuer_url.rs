//! An issuer identifier: the exact string, everywhere (RFC 8414 §2, OpenID Connect Discovery §3).

use std::fmt;

use serde::{Serialize, Serializer};
use url::Url;

/// An issuer: an `https` URL (or `http` on loopback) without query, fragment and user info.
/// Compared and emitted as the exact configured string, never re-serialised.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IssuerUrl {
    text: String,
    // Where the path begins in `text`; equal to its length when there is none.
    path_at: usize,
}

/// Why a string is no issuer identifier.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IssuerUrlError {
    /// Not an absolute URL.
    #[error("an issuer is an absolute URL such as https://localhost:9443")]
    NotAUrl,
    /// Neither https nor loopback http.
    #[error("an issuer uses https; http is allowed on loopback only")]
    Scheme,
    /// A query, a fragment, or a user name.
    #[error("an issuer has no query, no fragment and no user info (RFC 8414 section 2)")]
    Part,
}

impl IssuerUrl {
    /// Parses an issuer identifier and keeps its exact bytes.
    pub fn parse(text: &str) -> Result<Self, IssuerUrlError> {
        let url = Url::parse(text).map_err(|_| IssuerUrlError::NotAUrl)?;
        let host = url.host_str().ok_or(IssuerUrlError::NotAUrl)?;
        let loopback_http = url.scheme() == "http" && is_loopback_host(host);
        if url.scheme() != "https" && !loopback_http {
            return Err(IssuerUrlError::Scheme);
        }
        let has_part = text.contains(['?', '#', '@']) || text.chars().any(char::is_whitespace);
        if has_part || url.cannot_be_a_base() {
            return Err(IssuerUrlError::Part);
        }
        let authority_at = text.find("://").ok_or(IssuerUrlError::NotAUrl)? + 3;
        let rest = text.get(authority_at..).ok_or(IssuerUrlError::NotAUrl)?;
        let path_at = rest.find('/').map_or(text.len(), |slash| authority_at + slash);
        Ok(Self { text: text.to_owned(), path_at })
    }

    /// The exact string.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Scheme, host and port: `https://localhost:9443`.
    pub fn origin(&self) -> &str {
        self.text.get(..self.path_at).unwrap_or(&self.text)
    }

    /// The path without a terminating slash: empty, or `/tenant`.
    pub fn path(&self) -> &str {
        self.text.get(self.path_at..).unwrap_or("").trim_end_matches('/')
    }

    /// The URL of an endpoint below the issuer: `endpoint("/token")`.
    pub fn endpoint(&self, path: &str) -> String {
        format!("{}{}", self.text.trim_end_matches('/'), path)
    }

    /// The metadata URL by path insertion (RFC 8414 §3.1): `https://host/.well-known/NAME/path`.
    pub fn well_known(&self, name: &str) -> String {
        format!("{}/.well-known/{name}{}", self.origin(), self.path())
    }

    /// The metadata URL by appending (OpenID Connect Discovery §4.1).
    pub fn well_known_appended(&self, name: &str) -> String {
        format!("{}{}/.well-known/{name}", self.origin(), self.path())
    }
}

/// Whether a URL host (as in `url::Url::host_str`) names this machine and nothing else.
pub fn is_loopback_host(host: &str) -> bool {
    let name = host.trim_start_matches('[').trim_end_matches(']');
    name == "localhost"
        || name.ends_with(".localhost")
        || name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

impl fmt::Display for IssuerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for IssuerUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_string_is_kept_and_paths_are_inserted() {
        let issuer = IssuerUrl::parse("https://example.com/issuer1").unwrap();
        assert_eq!(
            issuer.well_known("oauth-authorization-server"),
            "https://example.com/.well-known/oauth-authorization-server/issuer1"
        );
        assert_eq!(
            issuer.well_known_appended("openid-configuration"),
            "https://example.com/issuer1/.well-known/openid-configuration"
        );
        let bare = IssuerUrl::parse("https://localhost:9443").unwrap();
        assert_eq!(bare.as_str(), "https://localhost:9443");
        assert_eq!(bare.endpoint("/token"), "https://localhost:9443/token");
    }

    #[test]
    fn parts_that_an_issuer_must_not_have() {
        assert_eq!(IssuerUrl::parse("https://a/?x"), Err(IssuerUrlError::Part));
        assert_eq!(IssuerUrl::parse("https://a/#x"), Err(IssuerUrlError::Part));
        assert_eq!(IssuerUrl::parse("https://u@a/"), Err(IssuerUrlError::Part));
        assert_eq!(IssuerUrl::parse("http://example.com"), Err(IssuerUrlError::Scheme));
        assert!(IssuerUrl::parse("http://127.0.0.1:9443").is_ok());
        assert_eq!(IssuerUrl::parse("localhost:9443"), Err(IssuerUrlError::NotAUrl));
    }
}
