//! Redirect URIs: parsed once, compared as exact strings (RFC 9700 §2.1), loopback ports excepted
//! (RFC 8252 §7.3).

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use url::Url;

use super::issuer_url::is_loopback_host;

/// A redirection endpoint URI (RFC 6749 §3.1.2): absolute, no fragment, no script, no user info.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RedirectUri(String);

/// Why a string is no redirect URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RedirectUriError {
    /// Not an absolute URI.
    #[error("a redirect URI is an absolute URI")]
    NotAbsolute,
    /// It has a fragment.
    #[error("a redirect URI has no fragment")]
    Fragment,
    /// It has a user name or a password.
    #[error("a redirect URI has no user info")]
    UserInfo,
    /// `http` on a host that is not this machine.
    #[error("a redirect URI uses https; http is for loopback only")]
    InsecureScheme,
    /// `http` or `https` without `//` and a host of plain characters.
    #[error(
        "a redirect URI of the web is http:// or https:// with a host of letters, digits, dots and hyphens"
    )]
    Authority,
    /// A scheme that runs script or reads files in the browser.
    #[error("a redirect URI does not use a scheme that browsers execute")]
    ScriptScheme,
    /// A private-use scheme without a dot (RFC 8252 §7.1).
    #[error("a private-use scheme is a reversed domain name such as com.example.app")]
    UndottedScheme,
    /// Characters that a URI does not have, or too many of them.
    #[error(
        "a redirect URI is at most 2048 ASCII characters of the URI grammar, without wildcards"
    )]
    Characters,
}

impl RedirectUri {
    /// Parses a redirect URI and keeps its exact bytes.
    pub fn parse(text: &str) -> Result<Self, RedirectUriError> {
        let visible = text.bytes().all(|b| (0x21..=0x7e).contains(&b));
        if text.len() > 2048 || !visible || text.contains(['\\', '*', '"', '<', '>', '^', '`']) {
            return Err(RedirectUriError::Characters);
        }
        let url = Url::parse(text).map_err(|_| RedirectUriError::NotAbsolute)?;
        if text.contains('#') {
            return Err(RedirectUriError::Fragment);
        }
        check_scheme(&url)?;
        let authority = text.split_once("://").map_or("", |(_, rest)| rest);
        let authority = authority.split(['/', '?']).next().unwrap_or("");
        if authority.contains('@') || !url.username().is_empty() || url.password().is_some() {
            return Err(RedirectUriError::UserInfo);
        }
        if matches!(url.scheme(), "http" | "https") && !is_plain(text, authority) {
            return Err(RedirectUriError::Authority);
        }
        Ok(Self(text.to_owned()))
    }

    /// DANGEROUS on purpose: any text, for a lab that is weak on purpose and takes what it should
    /// refuse.
    pub fn unchecked(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The exact string.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this registered URI admits the requested one: equal bytes, or equal but for the
    /// port when both name the same loopback host over http (RFC 8252 §7.3; `localhost` too, since
    /// native clients use it, but no host stands for another).
    pub fn admits(&self, requested: &Self) -> bool {
        if self.0 == requested.0 {
            return true;
        }
        match (loopback_without_port(&self.0), loopback_without_port(&requested.0)) {
            (Some(registered), Some(asked)) => registered == asked,
            _ => false,
        }
    }

    /// Scheme, host and port for a `form-action` source: `https://app.example`. A private-use
    /// scheme gives `com.example.app:`.
    pub fn csp_source(&self) -> String {
        match self.0.split_once("://") {
            Some((scheme @ ("http" | "https"), rest)) => {
                let authority = rest.split(['/', '?']).next().unwrap_or("");
                format!("{scheme}://{authority}")
            }
            _ => format!("{}:", self.0.split(':').next().unwrap_or("")),
        }
    }

    /// The host that a person should see on a consent page, or the private-use scheme.
    pub fn display_host(&self) -> String {
        // What follows a private-use scheme is no host, whatever it looks like.
        let url = Url::parse(&self.0).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let host = url.and_then(|url| url.host_str().map(str::to_owned));
        host.unwrap_or_else(|| self.csp_source())
    }

    /// Whether it points at this machine over http.
    pub fn is_loopback(&self) -> bool {
        loopback_without_port(&self.0).is_some()
    }

    /// Adds response parameters to the query (RFC 6749 §4.1.2), percent-encoded, keeping its own.
    pub fn with_query(&self, parameters: &[(&str, &str)]) -> String {
        let separator = match self.0.find('?') {
            None => "?",
            Some(at) if at + 1 == self.0.len() => "",
            Some(_) => "&",
        };
        self.with(separator, parameters)
    }

    /// Adds response parameters in the fragment, of which a redirect URI has none of its own (OAuth
    /// 2.0 Multiple Response Type Encoding Practices §2.1).
    pub fn with_fragment(&self, parameters: &[(&str, &str)]) -> String {
        self.with("#", parameters)
    }

    fn with(&self, separator: &str, parameters: &[(&str, &str)]) -> String {
        let query =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        format!("{}{separator}{query}", self.0)
    }
}

fn check_scheme(url: &Url) -> Result<(), RedirectUriError> {
    match url.scheme() {
        "https" => url.host_str().map(|_| ()).ok_or(RedirectUriError::NotAbsolute),
        "http" if url.host_str().is_some_and(is_loopback_host) => Ok(()),
        "http" => Err(RedirectUriError::InsecureScheme),
        "javascript" | "data" | "vbscript" | "file" | "blob" | "about" | "filesystem" | "ws"
        | "wss" | "ftp" | "mailto" | "view-source" => Err(RedirectUriError::ScriptScheme),
        scheme if scheme.contains('.') => Ok(()),
        _ => Err(RedirectUriError::UndottedScheme),
    }
}

/// Whether every reader finds the same host. A URL library forgives missing and superfluous slashes,
/// and takes characters for a host that end a directive of a content security policy.
fn is_plain(text: &str, authority: &str) -> bool {
    let web = text.starts_with("http://") || text.starts_with("https://");
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':');
    let inside = authority.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let bytes_are_plain = match inside {
        Some((address, port)) => address.bytes().chain(port.bytes()).all(plain),
        None => authority.bytes().all(plain),
    };
    web && !authority.is_empty() && bytes_are_plain
}

/// `http://127.0.0.1:4711/cb?x` → (`127.0.0.1`, `/cb?x`), only for the three loopback hosts that
/// RFC 8252 §7.3 and §8.3 name. Works on the bytes, so that nothing is normalised before comparing.
fn loopback_without_port(text: &str) -> Option<(&str, &str)> {
    let rest = text.strip_prefix("http://")?;
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host =
        ["127.0.0.1", "[::1]", "localhost"].into_iter().find(|host| authority.starts_with(host))?;
    let port = authority.get(host.len()..)?;
    let valid = match port.strip_prefix(':') {
        None => port.is_empty(),
        Some(digits) => digits.bytes().all(|b| b.is_ascii_digit()) && digits.parse::<u16>().is_ok(),
    };
    valid.then_some((host, path))
}

impl fmt::Display for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for RedirectUri {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// As it was written: what a stranger sends is parsed where it arrives, and this reads our own
/// records and what another server says that it registered.
impl<'de> Deserialize<'de> for RedirectUri {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn uri(text: &str) -> RedirectUri {
        RedirectUri::parse(text).unwrap()
    }

    #[test]
    fn comparison_is_exact() {
        let registered = uri("https://app.example/cb");
        for other in [
            "https://app.example/cb/",
            "https://app.example/CB",
            "https://app.example:443/cb",
            "https://app.example/cb?x=1",
            "https://app.example/x/../cb",
            "https://app.example/%63b",
            "https://APP.example/cb",
            "https://app.example.evil.test/cb",
        ] {
            assert!(!registered.admits(&uri(other)), "{other}");
        }
        assert!(registered.admits(&registered));
    }

    #[test]
    fn only_the_port_of_the_same_loopback_host_is_free() {
        let registered = uri("http://127.0.0.1/callback");
        assert!(registered.admits(&uri("http://127.0.0.1:51004/callback")));
        assert!(!registered.admits(&uri("http://localhost:51004/callback")));
        assert!(!registered.admits(&uri("https://127.0.0.1:51004/callback")));
        assert!(!registered.admits(&uri("http://127.0.0.1:51004/callback/x")));
        assert!(!registered.admits(&uri("http://127.0.0.1:51004/callback?x")));
        assert!(!uri("http://localhost/cb").admits(&uri("http://localhost.localhost:1/cb")));
        assert!(uri("http://[::1]:9/cb").admits(&uri("http://[::1]:10/cb")));
    }

    #[test]
    fn what_is_refused_at_registration() {
        use RedirectUriError as E;
        for (text, error) in [
            ("javascript:alert(1)", E::ScriptScheme),
            ("data:text/html,x", E::ScriptScheme),
            ("http://example.com/cb", E::InsecureScheme),
            ("https://u:p@example.com/cb", E::UserInfo),
            ("https://@example.com/cb", E::UserInfo),
            ("https://example.com/cb#f", E::Fragment),
            ("https://example.com/*", E::Characters),
            ("https://example.com/\\evil", E::Characters),
            ("/cb", E::NotAbsolute),
            ("myapp:/cb", E::UndottedScheme),
            // Browsers read these as paths of the server that redirects.
            ("https:example.com/cb", E::Authority),
            ("https:/example.com/cb", E::Authority),
            ("https:///example.com/cb", E::Authority),
            ("http:127.0.0.1/cb", E::Authority),
            ("HTTPS://example.com/cb", E::Authority),
            // A host of such characters would add directives to a policy that names it.
            ("https://example.com;sandbox/cb", E::Authority),
            ("https://example.com,x/cb", E::Authority),
            ("https://'none'/cb", E::Authority),
            ("https://example%2ecom/cb", E::Authority),
        ] {
            assert_eq!(RedirectUri::parse(text), Err(error), "{text}");
        }
        assert!(RedirectUri::parse("com.example.app:/cb").is_ok());
    }

    #[test]
    fn a_private_use_scheme_is_shown_and_not_the_host_that_it_borrows() {
        assert_eq!(uri("com.example.app://bank.example/cb").display_host(), "com.example.app:");
        assert_eq!(uri("https://app.example:8443/cb").display_host(), "app.example");
        assert_eq!(uri("http://[::1]:9/cb").display_host(), "[::1]");
    }

    #[test]
    fn parameters_join_an_existing_query() {
        assert_eq!(
            uri("https://a.test/cb").with_query(&[("code", "x y")]),
            "https://a.test/cb?code=x+y"
        );
        assert_eq!(
            uri("https://a.test/cb?a=1").with_query(&[("s", "&")]),
            "https://a.test/cb?a=1&s=%26"
        );
    }

    proptest! {
        #[test]
        fn nothing_panics(a in "\\PC*", port in any::<u32>()) {
            let _ = RedirectUri::parse(&a);
            let _ = RedirectUri::parse(&format!("http://127.0.0.1:{port}/{a}"));
        }

        #[test]
        fn admitting_is_symmetric_and_ignores_only_ports(p in any::<u16>(), q in any::<u16>(), path in "[a-z/]{0,8}") {
            let a = uri(&format!("http://127.0.0.1:{p}/{path}"));
            let b = uri(&format!("http://127.0.0.1:{q}/{path}"));
            let c = uri(&format!("http://127.0.0.1:{q}/{path}x"));
            prop_assert!(a.admits(&b) && b.admits(&a));
            prop_assert!(!a.admits(&c));
        }
    }
}
