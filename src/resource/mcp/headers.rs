//! Headers that repeat what the body says (MCP 2026-07-28, Streamable HTTP, Request Metadata).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::message::Message;
use super::version::{self, Era, PROTOCOL_VERSION};
use crate::rule::{Fact, Judge, MCP_HEADERS};

/// The headers that the endpoint reads. A header that is sent twice arrives joined by a comma, and
/// then equals nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers {
    /// `Origin`.
    pub origin: Option<String>,
    /// `MCP-Protocol-Version`.
    pub protocol_version: Option<String>,
    /// `Mcp-Method`.
    pub method: Option<String>,
    /// `Mcp-Name`.
    pub name: Option<String>,
}

/// A header beside the value that the body gives it.
struct Mirrored {
    header: &'static str,
    body: Option<String>,
    sent: Option<String>,
    required: bool,
}

impl Mirrored {
    fn agrees(&self) -> bool {
        match &self.sent {
            None => !self.required,
            Some(_) => self.sent == self.body,
        }
    }
}

pub(super) fn check(judge: &mut Judge<'_>, message: &Message, headers: &Headers, era: Era) {
    let mirrored = mirrored(message, headers, era);
    let differing = mirrored.iter().find(|one| !one.agrees());
    judge.check(&MCP_HEADERS, differing.is_none(), || match differing {
        None => ("headers as in the body".into(), "headers as in the body".into()),
        Some(Mirrored { header, body, sent, .. }) => {
            let shown = |value: &Option<String>| {
                Fact::optional(value.as_ref().map(|value| format!("{header}: {value}")))
            };
            (shown(body), shown(sent))
        }
    });
}

/// Requests of the modern era must have the headers; others are held to those that they send. Of a
/// version that we do not speak we know one header only: that of the version itself, which says
/// whom the body is for.
fn mirrored(message: &Message, headers: &Headers, era: Era) -> Vec<Mirrored> {
    let required = era == Era::Modern && !message.is_notification();
    let mut all = Vec::with_capacity(3);
    if let Some(version) = message.meta(PROTOCOL_VERSION) {
        all.push(Mirrored {
            header: "MCP-Protocol-Version",
            body: version.as_str().map(str::to_owned),
            sent: headers.protocol_version.clone(),
            required,
        });
    }
    if !version::is_spoken(message, headers, era) {
        return all;
    }
    all.push(Mirrored {
        header: "Mcp-Method",
        body: Some(message.method.clone()),
        sent: headers.method.clone(),
        required,
    });
    if let Some(source) = name_source(&message.method) {
        let body = message.params.get(source).and_then(|name| name.as_str()).map(str::to_owned);
        all.push(Mirrored {
            header: "Mcp-Name",
            // A body without a name cannot be mirrored; `mcp.params` refuses it.
            required: required && body.is_some(),
            body,
            sent: headers.name.as_deref().map(decoded),
        });
    }
    all
}

/// The parameter that `Mcp-Name` repeats.
fn name_source(method: &str) -> Option<&'static str> {
    match method {
        "tools/call" | "prompts/get" => Some("name"),
        "resources/read" => Some("uri"),
        _ => None,
    }
}

/// The value behind `=?base64?…?=`; what cannot be decoded stays, and equals no name.
fn decoded(value: &str) -> String {
    let inner = value.strip_prefix("=?base64?").and_then(|rest| rest.strip_suffix("?="));
    let bytes = inner.and_then(|inner| STANDARD.decode(inner).ok());
    bytes.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_else(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of the transport page, Value Encoding.
    #[test]
    fn the_published_encodings() {
        for (sent, value) in [
            ("us-west1", "us-west1"),
            ("=?base64?SGVsbG8sIOS4lueVjA==?=", "Hello, 世界"),
            ("=?base64?IHBhZGRlZCA=?=", " padded "),
            ("=?base64?bGluZTEKbGluZTI=?=", "line1\nline2"),
            ("=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?=", "=?base64?literal?="),
            ("=?base64?!?=", "=?base64?!?="),
        ] {
            assert_eq!(decoded(sent), value);
        }
    }
}
