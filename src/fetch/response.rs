//! An answer, whole and bounded. Its `Debug` shows status and size only: bodies hold tokens.

use std::fmt;

use http::HeaderMap;
use http::header::{CONTENT_TYPE, LOCATION};
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use super::{FetchError, TRACE_HEADER};

/// One answer.
#[derive(Clone)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The header fields.
    pub headers: HeaderMap,
    /// The body, at most 1 MiB.
    pub body: Vec<u8>,
}

impl Response {
    /// Reads the body as JSON. The error names the place and the kind of the fault, and repeats
    /// nothing of the body.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, FetchError> {
        serde_json::from_slice(&self.body)
            .map_err(|error| FetchError::Malformed { detail: json_fault(&error) })
    }

    /// The body as text, for people: bytes that are not UTF-8 are replaced. Untrusted.
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }

    /// The first value of a header field, if it is plain text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// All values of a header field that are plain text.
    pub fn header_all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.headers.get_all(name).iter().filter_map(|value| value.to_str().ok())
    }

    /// The trace that one of our own servers gave to this exchange.
    pub fn trace_id(&self) -> Option<&str> {
        let plain = |id: &&str| {
            let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
            (1..=64).contains(&id.len()) && id.bytes().all(allowed)
        };
        self.header(TRACE_HEADER).filter(plain)
    }

    /// Where a redirect points, as sent: possibly relative.
    pub fn location(&self) -> Option<&str> {
        self.header(LOCATION.as_str())
    }

    /// The media type in lower case, without parameters (RFC 9110 §8.3.1).
    pub fn media_type(&self) -> Option<String> {
        let value = self.header(CONTENT_TYPE.as_str())?;
        let essence = value.split(';').next().unwrap_or_default().trim();
        Some(essence.to_ascii_lowercase())
    }

    /// Whether the status is 2xx.
    pub const fn is_success(&self) -> bool {
        matches!(self.status, 200..=299)
    }

    /// Whether the status is a redirect that moves a browser on (RFC 9110 §15.4).
    pub const fn is_redirect(&self) -> bool {
        matches!(self.status, 301 | 302 | 303 | 307 | 308)
    }
}

/// What is wrong with a JSON text, without its content: a token could stand in it.
fn json_fault(error: &serde_json::Error) -> String {
    let place = format!("at line {}, column {}", error.line(), error.column());
    match error.classify() {
        Category::Io | Category::Syntax => format!("it is not JSON {place}"),
        Category::Eof => format!("its JSON ends early {place}"),
        Category::Data => {
            let text = error.to_string();
            let missing =
                text.strip_prefix("missing field `").and_then(|rest| rest.split('`').next());
            match missing {
                Some(name) => format!("its JSON lacks the member {name}"),
                None => format!("its JSON has a member of another type than expected {place}"),
            }
        }
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} with {} bytes", self.status, self.body.len())
    }
}
