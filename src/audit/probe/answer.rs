//! An answer, and what it says about success: pure readings that the checks share.

use super::page;
use crate::audit::finding::Outcome;
use crate::fetch::Response;
use crate::protocol::{IntrospectionResponse, TokenResponse};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer(Response);

impl From<Response> for Answer {
    fn from(response: Response) -> Self {
        Self(response)
    }
}

impl Answer {
    /// The status.
    pub const fn status(&self) -> u16 {
        self.0.status
    }

    /// Whether the status is 2xx.
    pub const fn is_success(&self) -> bool {
        self.0.is_success()
    }

    /// The first value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.0.header(name)
    }

    /// All values of a header.
    pub fn headers<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0.header_all(name)
    }

    /// Every header with a value that is plain text.
    pub fn all_headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .headers
            .iter()
            .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
    }

    /// Where a redirect points.
    pub fn location(&self) -> Option<&str> {
        self.0.location().filter(|_| self.0.is_redirect())
    }

    /// The body.
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        self.0.text()
    }

    /// The body as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Option<T> {
        self.0.json().ok()
    }

    /// Whether the body is HTML.
    pub fn is_html(&self) -> bool {
        self.0.media_type().is_some_and(|media_type| media_type == "text/html")
    }

    /// The media type in lower case, without parameters.
    pub fn media_type(&self) -> Option<String> {
        self.0.media_type()
    }

    /// Where a page loads from or leads to: the element, and the URL as written.
    pub fn urls(&self) -> Vec<(String, String)> {
        if self.is_html() { page::urls(&self.text()) } else { Vec::new() }
    }

    /// The error code of an OAuth error body, or of a bearer challenge.
    pub fn error(&self) -> Option<String> {
        let body: Option<Map<String, Value>> = self.json();
        let of_body = body.and_then(|body| body.get("error")?.as_str().map(str::to_owned));
        of_body.or_else(|| challenge_error(self.header("www-authenticate")?))
    }

    /// `401 invalid_token`.
    pub fn summary(&self) -> String {
        match self.error() {
            Some(error) => format!("{} {error}", self.status()),
            None => self.status().to_string(),
        }
    }

    /// What the token endpoint did.
    pub fn token_outcome(&self) -> Outcome {
        match self.tokens() {
            Some(_) => Outcome::Accepted(format!("{} with an access token", self.status())),
            None => self.refusal(),
        }
    }

    /// The tokens of a successful answer.
    pub fn tokens(&self) -> Option<TokenResponse> {
        let response: TokenResponse = self.is_success().then(|| self.json())??;
        (!response.access_token.is_empty()).then_some(response)
    }

    /// What the introspection endpoint says of the token; `None` when it says nothing.
    pub fn introspection(&self) -> Option<IntrospectionResponse> {
        self.is_success().then(|| self.json())?
    }

    /// What an API or any endpoint without a body of interest did.
    pub fn access_outcome(&self) -> Outcome {
        if self.is_success() { Outcome::Accepted(self.summary()) } else { self.refusal() }
    }

    /// A 4xx is a refusal, unless it is a rate limit or a timeout. Anything else says nothing.
    fn refusal(&self) -> Outcome {
        match self.status() {
            408 | 425 | 429 => Outcome::Unclear(self.summary()),
            400..=499 => Outcome::Refused(self.summary()),
            _ => Outcome::Unclear(self.summary()),
        }
    }
}

/// The `error` of `Bearer error="invalid_token", …` (RFC 6750 §3).
fn challenge_error(challenge: &str) -> Option<String> {
    let (_, rest) = challenge.split_once("error=\"")?;
    Some(rest.split('"').next()?.to_owned())
}

#[cfg(test)]
pub(in crate::audit) mod tests {
    use http::{HeaderMap, HeaderName, HeaderValue};

    use super::*;

    /// An answer as a server would send it.
    pub(in crate::audit) fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            map.append(name, HeaderValue::from_str(value).unwrap());
        }
        Answer(Response { status, headers: map, body: body.as_bytes().to_vec() })
    }

    #[test]
    fn only_a_success_with_a_token_is_one() {
        let token = r#"{"access_token":"t","token_type":"Bearer"}"#;
        assert!(answer(200, &[], token).token_outcome().is_accepted());
        for (status, body) in [(200, "{}"), (200, "<html>"), (500, token), (302, ""), (429, "")] {
            let outcome = answer(status, &[], body).token_outcome();
            assert!(matches!(outcome, Outcome::Unclear(_)), "{status} {body}: {outcome}");
        }
        let refused = answer(400, &[], r#"{"error":"invalid_grant"}"#).token_outcome();
        assert_eq!(refused, Outcome::Refused("400 invalid_grant".to_owned()));
    }

    #[test]
    fn a_challenge_names_its_error() {
        let challenge = r#"Bearer realm="x", error="invalid_token", error_description="y""#;
        let answer = answer(401, &[("www-authenticate", challenge)], "");
        assert_eq!(answer.summary(), "401 invalid_token");
        assert!(matches!(answer.access_outcome(), Outcome::Refused(_)));
    }
}
