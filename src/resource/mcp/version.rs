//! Protocol versions and the two eras (MCP 2026-07-28, Versioning and Compatibility).

use super::headers::Headers;
use super::message::Message;
use crate::rule::{Fact, Judge, MCP_VERSION};

/// The version that carries its metadata in each request.
pub(super) const MODERN: &str = "2026-07-28";

/// The newest version that begins with `initialize`.
pub(super) const NEWEST_LEGACY: &str = "2025-11-25";

/// What is assumed without the header, which came with 2025-06-18.
const OLDEST_LEGACY: &str = "2025-03-26";

const LEGACY: [&str; 3] = [NEWEST_LEGACY, "2025-06-18", OLDEST_LEGACY];

/// Every version that this server speaks, newest first.
pub(super) const SUPPORTED: [&str; 4] = [MODERN, NEWEST_LEGACY, "2025-06-18", OLDEST_LEGACY];

pub(super) const PROTOCOL_VERSION: &str = "io.modelcontextprotocol/protocolVersion";
pub(super) const CLIENT_CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";
const CLIENT_INFO: &str = "io.modelcontextprotocol/clientInfo";

/// How a request says what it speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Era {
    /// In `_meta` of each request.
    Modern,
    /// In `initialize`, and in a header from then on.
    #[default]
    Legacy,
}

impl Era {
    /// By the request's metadata, and by the header when a request forgot its metadata.
    pub(super) fn of(message: &Message, headers: &Headers) -> Self {
        let keys = [PROTOCOL_VERSION, CLIENT_CAPABILITIES, CLIENT_INFO];
        let carries = keys.iter().any(|key| message.meta(key).is_some());
        let announces = headers.protocol_version.as_deref() == Some(MODERN);
        if carries || announces { Self::Modern } else { Self::Legacy }
    }
}

/// The version that a request speaks, as it says itself.
pub(super) fn requested<'a>(
    message: &'a Message,
    headers: &'a Headers,
    era: Era,
) -> Option<&'a str> {
    match era {
        Era::Modern => message.meta(PROTOCOL_VERSION)?.as_str(),
        Era::Legacy => Some(headers.protocol_version.as_deref().unwrap_or(OLDEST_LEGACY)),
    }
}

/// Whether we speak it. A request that names no version is held to what its era says.
pub(super) fn is_spoken(message: &Message, headers: &Headers, era: Era) -> bool {
    requested(message, headers, era).is_none_or(|requested| match era {
        Era::Modern => requested == MODERN,
        Era::Legacy => LEGACY.contains(&requested),
    })
}

pub(super) fn check(judge: &mut Judge<'_>, message: &Message, headers: &Headers, era: Era) {
    match requested(message, headers, era) {
        // Metadata without a version is malformed: `mcp.params` says so.
        None => judge.not_applicable(&MCP_VERSION),
        Some(requested) => {
            judge.check(&MCP_VERSION, is_spoken(message, headers, era), || {
                (Fact::any_of(SUPPORTED), Fact::public(requested))
            });
        }
    }
}

/// The version that an `initialize` request gets: the one it asks for, else the newest.
pub(super) fn negotiated(asked: &str) -> &'static str {
    LEGACY.into_iter().find(|version| *version == asked).unwrap_or(NEWEST_LEGACY)
}
