//! From requests and answers to the fields of a step, typed public or secret by the same lists as
//! the server's own trace.

use http::{HeaderMap, HeaderValue};
use url::Url;

use super::step::{Received, Sent};
use crate::fetch::{FieldValue, Request, Response};
use crate::trace;

/// What a request sends.
pub(super) fn sent(request: &Request) -> Sent {
    let mut headers = HeaderMap::new();
    for (name, value) in &request.headers {
        let text = match value {
            FieldValue::Public(text) => text,
            FieldValue::Secret(secret) => secret.expose(),
        };
        if let Ok(value) = HeaderValue::from_str(text) {
            headers.append(name.clone(), value);
        }
    }
    let kind = headers.get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let body = trace::body(kind, &request.body);
    Sent {
        method: request.method.to_string(),
        url: endpoint(&request.url),
        query: trace::query(query(&request.url)),
        headers: trace::request_headers(&headers),
        body,
    }
}

/// What an answer brings.
pub(super) fn received(response: &Response) -> Received {
    let kind = response.media_type().unwrap_or_default();
    let is_json = trace::is_json(&kind) && !response.body.is_empty();
    let fields = if is_json { trace::body(&kind, &response.body) } else { Vec::new() };
    Received {
        status: Some(response.status),
        headers: trace::response_headers(&response.headers),
        fields,
    }
}

/// What arrives at our redirect URI.
pub(super) fn arrived(parameters: &str) -> Received {
    Received { status: None, headers: Vec::new(), fields: trace::query(Some(parameters)) }
}

/// A URL for people: without query, fragment and user info, and not too long.
pub(super) fn endpoint(url: &str) -> String {
    let bare = Url::parse(url).map(|mut url| {
        url.set_query(None);
        url.set_fragment(None);
        // Fails only for URLs that have no host, and those have no user either.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        url.to_string()
    });
    cut(&bare.unwrap_or_else(|_| url.split(['?', '#']).next().unwrap_or_default().to_owned()))
}

/// The beginning of an untrusted text.
pub(super) fn cut(text: &str) -> String {
    text.chars().take(256).collect()
}

/// The query of a URL, not decoded.
fn query(url: &str) -> Option<&str> {
    let before_fragment = url.split('#').next().unwrap_or_default();
    before_fragment.split_once('?').map(|(_, query)| query)
}
