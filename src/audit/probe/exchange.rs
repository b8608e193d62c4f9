//! What was sent and what came back, as evidence: secrets show as a short keyed hash, the same one
//! wherever the same value stands in one audit. The key is forgotten with the audit, so that nobody
//! can try passwords against a report.

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::{Answer, FieldValue, Request};
use crate::fetch::FetchError;
use crate::protocol::Secret;

/// One exchange. Whatever could be used by who reads a report is hashed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Exchange {
    /// What it was for: `control`, `probe`, or empty.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub step: &'static str,
    /// The method.
    pub method: String,
    /// The URL, with the values of secret parameters hashed.
    pub url: String,
    /// Header fields that matter, hashed where secret.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
    /// Parameters of a form body, hashed where secret.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub form: Vec<(String, String)>,
    /// The status, if there was an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// What the answer said: an error, a redirect, or why there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub said: Option<String>,
}

/// Parameters whose values may be read by anyone.
const PUBLIC: &[&str] = &[
    "client_assertion_type",
    "client_id",
    "code_challenge_method",
    "decision",
    "error",
    "error_description",
    "error_uri",
    "grant_type",
    "iss",
    "prompt",
    "redirect_uri",
    "resource",
    "response_mode",
    "response_type",
    "scope",
    "token_type_hint",
];

const MAX_TEXT: usize = 300;

/// Hides what could be used, under a key of this audit.
#[derive(Debug)]
pub(super) struct Veil(Secret);

impl Veil {
    pub(super) const fn new(key: Secret) -> Self {
        Self(key)
    }

    /// A value that must not be read, so that it can still be recognised: `⟨#3f9a12⟩`.
    fn hashed(&self, value: &str) -> String {
        let key = self.0.sha256();
        let hash = Sha256::new().chain_update(key).chain_update(value.as_bytes()).finalize();
        let [a, b, c, ..] = <[u8; 32]>::from(hash);
        format!("⟨#{a:02x}{b:02x}{c:02x}⟩")
    }

    fn shown(&self, form: &[u8]) -> Vec<(String, String)> {
        let pairs = url::form_urlencoded::parse(form);
        pairs
            .map(|(name, value)| {
                let open = PUBLIC.contains(&name.as_ref()) || value.is_empty();
                (cut(&name), if open { cut(&value) } else { self.hashed(&value) })
            })
            .take(40)
            .collect()
    }
}

impl Exchange {
    pub(super) fn sent(request: &Request, veil: &Veil) -> Self {
        let (url, query) = request.url.split_once('?').unwrap_or((&request.url, ""));
        let query = veil.shown(query.as_bytes());
        let url = if query.is_empty() { url.to_owned() } else { format!("{url}?{}", join(&query)) };
        let is_form = request.headers.iter().any(|(_, value)| {
            matches!(value, FieldValue::Public(text) if text.contains("x-www-form-urlencoded"))
        });
        let headers = request.headers.iter().map(|(name, value)| {
            let value = match value {
                FieldValue::Public(text) if name != "cookie" => cut(text),
                FieldValue::Public(text) => veil.hashed(text),
                FieldValue::Secret(secret) => veil.hashed(secret.expose()),
            };
            (name.as_str().to_owned(), value)
        });
        Self {
            step: "",
            method: request.method.to_string(),
            url: cut(&url),
            headers: headers.collect(),
            form: if is_form { veil.shown(&request.body) } else { Vec::new() },
            status: None,
            said: None,
        }
    }

    /// Bytes at a port, without HTTP.
    pub(super) fn raw(what: &str, place: &str, said: &str) -> Self {
        Self {
            step: "",
            method: cut(what),
            url: cut(place),
            headers: Vec::new(),
            form: Vec::new(),
            status: None,
            said: Some(cut(said)),
        }
    }

    pub(super) fn answered(self, answer: &Answer, veil: &Veil) -> Self {
        let redirect = answer.location().map(|location| {
            let (url, query) = location.split_once(['?', '#']).unwrap_or((location, ""));
            cut(&format!("→ {url}?{}", join(&veil.shown(query.as_bytes()))))
        });
        let error = answer.error().map(|error| cut(&error));
        Self { status: Some(answer.status()), said: redirect.or(error), ..self }
    }

    pub(super) fn failed(self, error: &FetchError) -> Self {
        Self { said: Some(cut(&error.to_string())), ..self }
    }
}

fn join(pairs: &[(String, String)]) -> String {
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("&")
}

/// Untrusted text: cut, and without control characters.
fn cut(text: &str) -> String {
    let plain = text.chars().map(|c| if c.is_control() { '�' } else { c });
    let mut short: String = plain.take(MAX_TEXT).collect();
    if text.chars().nth(MAX_TEXT).is_some() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hashed_and_recognisable() {
        let form =
            [("grant_type", "authorization_code"), ("code", "s3cret"), ("code_verifier", "")];
        let request = Request::post_form("https://a/token?x=s3cret&scope=a", &form)
            .basic("client", &Secret::new("hunter2"));
        let veil = Veil::new(Secret::new("key"));
        let exchange = Exchange::sent(&request, &veil);
        let text = format!("{exchange:?}");
        assert!(!text.contains("s3cret") && !text.contains("hunter2") && !text.contains("aHVud"));
        let hash = veil.hashed("s3cret");
        assert_eq!(exchange.url, format!("https://a/token?x={hash}&scope=a"));
        assert_eq!(exchange.form[1], ("code".to_owned(), hash));
        assert_eq!(exchange.form[2].1, "");
        let other = Veil::new(Secret::new("another audit"));
        assert_ne!(other.hashed("s3cret"), veil.hashed("s3cret"));
    }

    #[test]
    fn untrusted_text_is_cut_and_cleaned() {
        assert_eq!(cut("a\u{1b}[31mb"), "a�[31mb");
        assert_eq!(cut(&"x".repeat(400)).chars().count(), 301);
    }
}
