//! A client identifier that is the address of the client's metadata (OAuth Client ID Metadata
//! Document, draft-ietf-oauth-client-id-metadata-document §3).

use url::Url;

use super::is_loopback_host;

/// An `https` URL with a path (or `http` on loopback, as everywhere in a lab): no fragment, no user
/// info, no dot segments, and written as every reader would write it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ClientIdUrl {
    text: String,
    host: String,
}

/// Why a string is no such identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientIdUrlError {
    /// Neither https nor loopback http.
    #[error("an https URL; http is for loopback only")]
    Scheme,
    /// Nothing behind the host.
    #[error("a URL with a path")]
    Path,
    /// A fragment or user info.
    #[error("a URL without fragment and user info")]
    Part,
    /// Another spelling of what it means: dot segments, upper-case host, default port.
    #[error("a URL in its plain spelling, without dot segments")]
    Spelling,
}

impl ClientIdUrl {
    /// Whether a client identifier wants to be read as an address at all.
    pub fn is_meant(text: &str) -> bool {
        text.starts_with("https://") || text.starts_with("http://")
    }

    /// Parses such an identifier, and keeps its exact bytes.
    pub fn parse(text: &str) -> Result<Self, ClientIdUrlError> {
        let url = Url::parse(text).map_err(|_| ClientIdUrlError::Scheme)?;
        let host = url.host_str().ok_or(ClientIdUrlError::Scheme)?;
        let loopback = url.scheme() == "http" && is_loopback_host(host);
        if url.scheme() != "https" && !loopback {
            return Err(ClientIdUrlError::Scheme);
        }
        if text.contains('#') || text.contains('@') || !url.username().is_empty() {
            return Err(ClientIdUrlError::Part);
        }
        if url.path() == "/" {
            return Err(ClientIdUrlError::Path);
        }
        // A parser removes dot segments, also encoded ones, so that what had some is not the same.
        if url.as_str() != text {
            return Err(ClientIdUrlError::Spelling);
        }
        Ok(Self { text: text.to_owned(), host: host.to_owned() })
    }

    /// The exact string.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The host that vouches for the client.
    pub fn host(&self) -> &str {
        &self.host
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::ClientIdUrlError as E;
    use super::*;

    #[test]
    fn an_address_of_metadata_is_plain() {
        for text in [
            "https://app.test/client.json",
            "https://app.test:8443/oauth/client?v=2",
            "http://127.0.0.1:9/client.json",
        ] {
            assert_eq!(ClientIdUrl::parse(text).unwrap().as_str(), text);
        }
        for (text, error) in [
            ("http://app.test/client.json", E::Scheme),
            ("ftp://app.test/client.json", E::Scheme),
            ("web", E::Scheme),
            ("https://app.test", E::Path),
            ("https://app.test/", E::Path),
            ("https://app.test/a#b", E::Part),
            ("https://u:p@app.test/a", E::Part),
            ("https://app.test/a/../b", E::Spelling),
            ("https://app.test/a/./b", E::Spelling),
            ("https://app.test/a/%2e%2e/b", E::Spelling),
            ("https://APP.test/a", E::Spelling),
            ("https://app.test:443/a", E::Spelling),
            ("https:/app.test/a", E::Spelling),
            ("https://app.test\\a", E::Spelling),
        ] {
            assert_eq!(ClientIdUrl::parse(text), Err(error), "{text}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics_and_nothing_is_rewritten(text in "https?://[a-z.:@0-9]{1,12}/[ -~]{0,20}") {
            if let Ok(url) = ClientIdUrl::parse(&text) {
                prop_assert_eq!(url.as_str(), text.as_str());
                let path = text.split("://").nth(1).and_then(|rest| rest.find('/').map(|at| &rest[at..]));
                prop_assert!(!path.unwrap().split('?').next().unwrap().contains("/../"));
                prop_assert!(!text.contains('#') && !text.contains('@'));
            }
        }
    }
}
