//! The token as a request presents it (RFC 6750 §2).

use super::PresentedKeys;
use crate::protocol::{Secret, percent_decode};

/// Every place of a request where a token can stand.
#[derive(Clone, Debug, Default)]
pub struct Presented {
    authorization: Vec<Secret>,
    query: Vec<Secret>,
    keys: PresentedKeys,
}

/// A longer token is nobody's: the largest JWT that is decoded has as many bytes.
const MAX_TOKEN: usize = 16 * 1024;

/// Schemes that may be named in a record. Anything else could be a token without a scheme.
const KNOWN_SCHEMES: &[&str] = &["Basic", "Bearer", "Digest", "DPoP", "Negotiate", "Token"];

impl Presented {
    /// From the values of all `Authorization` headers and the raw query.
    pub fn new<'a>(authorization: impl IntoIterator<Item = &'a [u8]>, query: Option<&str>) -> Self {
        let lossy = |value: &[u8]| Secret::new(String::from_utf8_lossy(value).into_owned());
        Self {
            authorization: authorization.into_iter().map(lossy).collect(),
            query: query.map(query_tokens).unwrap_or_default(),
            keys: PresentedKeys::default(),
        }
    }

    /// With what the request shows of its sender's key.
    #[must_use]
    pub fn with_keys(self, keys: PresentedKeys) -> Self {
        Self { keys, ..self }
    }

    /// What the request shows of its sender's key.
    pub(super) const fn keys(&self) -> &PresentedKeys {
        &self.keys
    }

    /// Whether the token came with the scheme `DPoP` (RFC 9449 §7.1).
    pub fn is_dpop(&self) -> bool {
        let first = self.authorization.iter().find_map(|header| credentials(header.expose()));
        first.is_some_and(|(scheme, _)| scheme == Scheme::Dpop)
    }

    /// Whether a token came at all. Another scheme than Bearer and `DPoP` is none.
    pub(super) fn is_presented(&self) -> bool {
        !self.query.is_empty() || self.credentials().next().is_some()
    }

    /// Whether a token stands in the URL.
    pub(super) fn is_in_query(&self) -> bool {
        !self.query.is_empty()
    }

    /// In how many ways the request sends something.
    pub(super) fn ways(&self) -> usize {
        self.authorization.len() + self.query.len()
    }

    /// The token, if it is well-formed: `1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" )
    /// *"="` (RFC 6750 §2.1). The header counts before the query.
    pub(super) fn token(&self) -> Option<Secret> {
        let from_query = || self.query.first().map(Secret::expose);
        let token = self.credentials().next().or_else(from_query)?;
        is_b64token(token).then(|| Secret::new(token))
    }

    /// What stood there, in words that show no secret.
    pub(super) fn described(&self) -> Option<&'static str> {
        let header = self.authorization.first()?.expose();
        let scheme = header.split(' ').next().unwrap_or_default();
        let known = KNOWN_SCHEMES.iter().find(|known| known.eq_ignore_ascii_case(scheme));
        Some(known.copied().unwrap_or("another scheme"))
    }

    /// What follows the scheme `Bearer` or `DPoP` and its spaces.
    fn credentials(&self) -> impl Iterator<Item = &str> {
        let headers = self.authorization.iter();
        headers.filter_map(|header| credentials(header.expose()).map(|(_, token)| token))
    }
}

/// A scheme that carries an access token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    Bearer,
    Dpop,
}

fn credentials(header: &str) -> Option<(Scheme, &str)> {
    let (scheme, rest) = header.split_once(' ').unwrap_or((header, ""));
    let scheme = match scheme {
        name if name.eq_ignore_ascii_case("bearer") => Scheme::Bearer,
        name if name.eq_ignore_ascii_case("dpop") => Scheme::Dpop,
        _ => return None,
    };
    Some((scheme, rest.trim_matches(' ')))
}

fn query_tokens(query: &str) -> Vec<Secret> {
    let decoded = |raw: &str| percent_decode(raw.as_bytes()).unwrap_or_else(|_| raw.to_owned());
    let pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let named = pairs.filter(|(name, _)| decoded(name) == "access_token");
    named.map(|(_, value)| Secret::new(decoded(value))).collect()
}

fn is_b64token(token: &str) -> bool {
    let body = token.trim_end_matches('=');
    let allowed =
        |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~' | b'+' | b'/');
    !body.is_empty() && token.len() <= MAX_TOKEN && body.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(value: &str) -> Presented {
        Presented::new([value.as_bytes()], None)
    }

    /// The example of RFC 6750 §2.1, and variants of case and space that its grammar allows.
    #[test]
    fn the_published_header() {
        for value in ["Bearer mF_9.B5f-4.1JqM", "bearer  mF_9.B5f-4.1JqM", "BEARER mF_9.B5f-4.1JqM"]
        {
            assert_eq!(header(value).token().unwrap().expose(), "mF_9.B5f-4.1JqM", "{value}");
        }
    }

    #[test]
    fn other_schemes_and_bare_tokens_are_no_bearer_token() {
        for value in ["Basic YTpi", "mF_9.B5f-4.1JqM", "Token x", "", "BearerX y"] {
            assert!(!header(value).is_presented(), "{value}");
        }
        assert_eq!(header("mF_9.B5f-4.1JqM").described(), Some("another scheme"));
    }

    #[test]
    fn malformed_tokens_are_presented_but_not_read() {
        for value in ["Bearer", "Bearer ", "Bearer a b", "Bearer a,b", "Bearer é", "Bearer ="] {
            assert!(header(value).is_presented(), "{value}");
            assert!(header(value).token().is_none(), "{value}");
        }
    }

    #[test]
    fn the_query_is_seen_however_it_is_encoded() {
        let tokens = |query| Presented::new([], Some(query)).ways();
        assert_eq!(tokens("a=1&access_token=x"), 1);
        assert_eq!(tokens("access%5Ftoken=x&access_token=y"), 2);
        assert_eq!(tokens("access_tokens=x"), 0);
    }
}
