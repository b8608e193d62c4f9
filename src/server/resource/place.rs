//! Which path leads where. Paths are compared byte by byte and never normalised: `//notes`,
//! `/notes/.` and `/%6Eotes` lead nowhere, so that no variant slips past a check.

use crate::resource::{ApiKind, ProtectedApi, ResourceServer};

/// A place behind a path.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place<'a> {
    /// Whether the server answers.
    Health,
    /// The metadata of an API.
    Metadata(&'a ProtectedApi),
    /// The notes of a user.
    Notes(&'a ProtectedApi),
    /// One note.
    Note(&'a ProtectedApi, &'a str),
    /// The MCP endpoint.
    Mcp(&'a ProtectedApi),
    /// An API that says who called.
    Echo(&'a ProtectedApi),
    /// Nothing.
    Nowhere,
}

/// Characters of a note id: 128 bits in base64url.
const ID_LENGTH: usize = 22;

impl<'a> Place<'a> {
    /// The place of a path as it was sent.
    pub(super) fn of(server: &'a ResourceServer, path: &'a str) -> Self {
        if path == "/health" {
            return Self::Health;
        }
        if path.starts_with("/.well-known/") {
            let mut apis = server.apis().iter();
            return apis
                .find(|api| api.metadata_path() == path)
                .map_or(Self::Nowhere, Self::Metadata);
        }
        server.apis().iter().find_map(|api| Self::within(api, path)).unwrap_or(Self::Nowhere)
    }

    fn within(api: &'a ProtectedApi, path: &'a str) -> Option<Self> {
        let exact = path == api.path();
        let below = path.strip_prefix(api.path().trim_end_matches('/'))?.strip_prefix('/');
        match api.kind() {
            ApiKind::Notes if exact => Some(Self::Notes(api)),
            ApiKind::Notes => below.filter(|id| is_id(id)).map(|id| Self::Note(api, id)),
            // Clients add or drop the last slash, and do not follow redirects with a token.
            ApiKind::Mcp => (exact || below == Some("")).then_some(Self::Mcp(api)),
            ApiKind::Echo => exact.then_some(Self::Echo(api)),
        }
    }

    /// Its methods, as the `Allow` header has them.
    pub(super) const fn allow(&self) -> &'static str {
        match self {
            Self::Health | Self::Metadata(_) | Self::Echo(_) => "GET, HEAD, OPTIONS",
            Self::Notes(_) => "GET, HEAD, POST, OPTIONS",
            Self::Note(..) => "GET, HEAD, DELETE, OPTIONS",
            // No stream to open and no session to end (MCP 2026-07-28, Streamable HTTP, Earlier
            // Streamable HTTP Revisions).
            Self::Mcp(_) => "POST, OPTIONS",
            Self::Nowhere => "",
        }
    }

    /// What it is called where places are counted.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Health => "health",
            Self::Metadata(_) => "metadata",
            Self::Notes(_) => "notes",
            Self::Note(..) => "note",
            Self::Mcp(_) => "mcp",
            Self::Echo(_) => "echo",
            Self::Nowhere => "none",
        }
    }

    /// The API that a page would call here; everything else is a public document.
    pub(super) const fn api(&self) -> Option<&'a ProtectedApi> {
        match self {
            Self::Notes(api) | Self::Note(api, _) | Self::Mcp(api) | Self::Echo(api) => Some(api),
            Self::Health | Self::Metadata(_) | Self::Nowhere => None,
        }
    }
}

fn is_id(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    text.len() == ID_LENGTH && text.bytes().all(allowed)
}
