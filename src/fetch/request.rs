//! A request to be sent: method, URL, fields, body. Its `Debug` shows neither values nor query.

use std::fmt;

use http::HeaderName;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method};
use serde::Serialize;
use zeroize::Zeroizing;

use super::Refused;
use crate::protocol::{ClientSecretBasic, Secret};

/// The value of a header field. A secret one is marked so that HTTP/2 never indexes it.
#[derive(Clone, Debug)]
pub enum FieldValue {
    /// May be shown.
    Public(String),
    /// Must not be shown.
    Secret(Secret),
}

/// One request. Nothing is added to it on the way but `Host`, `Content-Length` and `User-Agent`.
#[derive(Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// An absolute URL: `https`, or `http` on loopback. A fragment is not sent.
    pub url: String,
    /// Header fields, in order.
    pub headers: Vec<(HeaderName, FieldValue)>,
    /// The body; empty for none.
    pub body: Vec<u8>,
}

impl Request {
    /// A request without fields and body.
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        Self { method, url: url.into(), headers: Vec::new(), body: Vec::new() }
    }

    /// A GET.
    pub fn get(url: impl Into<String>) -> Self {
        Self::new(Method::GET, url)
    }

    /// A POST of `application/x-www-form-urlencoded` parameters.
    pub fn post_form(url: impl Into<String>, form: &[(&str, &str)]) -> Self {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        let body = body.extend_pairs(form).finish().into_bytes();
        let request = Self { body, ..Self::new(Method::POST, url) };
        request.header(CONTENT_TYPE, "application/x-www-form-urlencoded")
    }

    /// A POST of JSON.
    pub fn post_json(url: impl Into<String>, value: &impl Serialize) -> Self {
        Self::new(Method::POST, url).json(value)
    }

    /// Puts JSON into the body. A value that has no JSON form (a map with keys that are not
    /// strings) leaves the body empty.
    #[must_use]
    pub fn json(mut self, value: &impl Serialize) -> Self {
        self.body = serde_json::to_vec(value).unwrap_or_default();
        self.header(CONTENT_TYPE, "application/json")
    }

    /// Adds a header field.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: impl Into<FieldValue>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Says which media type is wanted.
    #[must_use]
    pub fn accept(self, media_type: &str) -> Self {
        self.header(ACCEPT, media_type)
    }

    /// Adds `Authorization: Bearer` (RFC 6750 §2.1).
    #[must_use]
    pub fn bearer(self, token: &Secret) -> Self {
        self.token("Bearer", token)
    }

    /// Adds `Authorization: DPoP` (RFC 9449 §7.1), which goes with a proof.
    #[must_use]
    pub fn dpop(self, token: &Secret) -> Self {
        self.token("DPoP", token)
    }

    fn token(self, scheme: &str, token: &Secret) -> Self {
        let value = Zeroizing::new(format!("{scheme} {}", token.expose()));
        self.header(AUTHORIZATION, Secret::new(value.as_str()))
    }

    /// Adds `Authorization: Basic`, both halves form-encoded (RFC 6749 §2.3.1).
    #[must_use]
    pub fn basic(self, client_id: &str, secret: &Secret) -> Self {
        self.header(AUTHORIZATION, ClientSecretBasic::header(client_id, secret))
    }

    /// Adds a parameter to a form body.
    #[must_use]
    pub fn form_field(mut self, name: &str, value: &str) -> Self {
        let mut form = String::from_utf8(std::mem::take(&mut self.body)).unwrap_or_default();
        let at = form.len();
        if at > 0 {
            form.push('&');
        }
        let start = form.len();
        let mut serializer = url::form_urlencoded::Serializer::for_suffix(form, start);
        self.body = serializer.append_pair(name, value).finish().into_bytes();
        self
    }

    /// The fields as the HTTP library wants them.
    pub(super) fn header_values(&self) -> Result<Vec<(HeaderName, HeaderValue)>, Refused> {
        let value = |(name, value): &(HeaderName, FieldValue)| {
            let text = match value {
                FieldValue::Public(text) => text,
                FieldValue::Secret(secret) => secret.expose(),
            };
            let mut header = HeaderValue::from_str(text)
                .map_err(|_| Refused::HeaderValue { name: name.to_string() })?;
            header.set_sensitive(matches!(value, FieldValue::Secret(_)));
            Ok((name.clone(), header))
        };
        self.headers.iter().map(value).collect()
    }
}

impl From<&str> for FieldValue {
    fn from(text: &str) -> Self {
        Self::Public(text.to_owned())
    }
}

impl From<String> for FieldValue {
    fn from(text: String) -> Self {
        Self::Public(text)
    }
}

impl From<Secret> for FieldValue {
    fn from(secret: Secret) -> Self {
        Self::Secret(secret)
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = self.url.split(['?', '#']).next().unwrap_or_default();
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        write!(f, "{} {url} {names:?} and {} bytes", self.method, self.body.len())
    }
}
