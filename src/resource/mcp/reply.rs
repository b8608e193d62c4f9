//! JSON-RPC answers: results and errors, and their HTTP status.

use serde_json::{Map, Value, json};

use super::call::Call;
use super::headers::Headers;
use super::message::{Message, Unreadable};
use super::tool::{Circumstances, TOOLS, Tool};
use super::version::{self, Era, SUPPORTED};
use crate::clock::Timestamp;
use crate::protocol::IssuerUrl;
use crate::resource::Access;
use crate::rule::{MCP_HEADERS, MCP_METHOD, MCP_PARAMS, MCP_VERSION, Rule};

/// What was understood of a message before it was refused or answered.
#[derive(Debug, Default)]
pub(super) struct Seen {
    id: Option<Value>,
    era: Era,
    is_json: bool,
    requested: Option<String>,
    pub(super) lacks_metadata: bool,
    pub(super) wrong_arguments: Option<String>,
}

impl Seen {
    pub(super) fn unreadable(&mut self, unreadable: &Unreadable) {
        match unreadable {
            Unreadable::NotJson => {}
            Unreadable::NotAMessage { id } => {
                self.is_json = true;
                self.id.clone_from(id);
            }
        }
    }

    pub(super) fn message(&mut self, message: &Message, headers: &Headers, era: Era) {
        self.is_json = true;
        self.id.clone_from(&message.id);
        self.era = era;
        self.requested = version::requested(message, headers, era).map(str::to_owned);
    }

    fn is_notification(&self) -> bool {
        self.id.is_none()
    }
}

/// How long a client may believe `server/discover` and `tools/list`: neither ever changes.
const FRESH_FOR_MS: u32 = 3_600_000;

/// The answer to a call that was accepted.
pub(super) fn result(
    call: &Call,
    seen: &Seen,
    access: &Access,
    now: Timestamp,
) -> (u16, Option<Value>) {
    let result = match call {
        Call::Notification => return (202, None),
        Call::Ping => json!({}),
        Call::Discover => json!({
            "supportedVersions": SUPPORTED,
            "capabilities": capabilities(),
            "instructions": INSTRUCTIONS,
            "ttlMs": FRESH_FOR_MS,
            "cacheScope": "public",
        }),
        Call::Initialize(version) => json!({
            "protocolVersion": version,
            "capabilities": capabilities(),
            "serverInfo": server_info(),
            "instructions": INSTRUCTIONS,
        }),
        Call::ListTools => {
            let tools: Vec<_> = TOOLS.iter().map(Tool::listed).collect();
            match seen.era {
                Era::Modern => {
                    json!({ "tools": tools, "ttlMs": FRESH_FOR_MS, "cacheScope": "public" })
                }
                Era::Legacy => json!({ "tools": tools }),
            }
        }
        Call::RunTool(tool, arguments) => {
            match tool.run(&Circumstances { access, now }, arguments) {
                Ok(value) => json!({
                    "content": [{ "type": "text", "text": value.to_string() }],
                    "structuredContent": value,
                    "isError": false,
                }),
                Err(text) => tool_error(&text),
            }
        }
    };
    (200, Some(respond(seen, result)))
}

/// The answer to a message that a rule refused.
pub(super) fn refusal(
    rule: &'static Rule,
    seen: &Seen,
    issuer: &IssuerUrl,
) -> (u16, Option<Value>) {
    if let Some(text) = &seen.wrong_arguments
        && *rule == MCP_PARAMS
    {
        return (200, Some(respond(seen, tool_error(text))));
    }
    let mut data = Map::new();
    if *rule == MCP_VERSION {
        data.insert("supported".to_owned(), json!(SUPPORTED));
        data.insert("requested".to_owned(), json!(seen.requested));
    }
    let page = format!("/rules/{}", rule.face.page);
    data.insert("error_uri".to_owned(), json!(issuer.endpoint(&page)));
    let error = json!({
        "code": code(rule, seen),
        "message": rule.face.description,
        "data": data,
    });
    let mut body = json!({ "jsonrpc": "2.0", "error": error });
    // An error without an id has no such member; null is not allowed.
    if let (Some(id), Some(members)) = (&seen.id, body.as_object_mut()) {
        members.insert("id".to_owned(), id.clone());
    }
    (status(rule, seen), Some(body))
}

/// JSON-RPC 2.0 §5.1 and MCP 2026-07-28, Overview, Error Codes.
fn code(rule: &'static Rule, seen: &Seen) -> i32 {
    if *rule == MCP_VERSION {
        -32022
    } else if *rule == MCP_HEADERS {
        -32020
    } else if *rule == MCP_METHOD {
        -32601
    } else if *rule == MCP_PARAMS {
        -32602
    } else if seen.is_json {
        -32600
    } else {
        -32700
    }
}

/// The modern era has an HTTP status for what the transport checks; everything about the method's
/// own work, and every method of the legacy era, is answered with 200 and an error inside.
fn status(rule: &'static Rule, seen: &Seen) -> u16 {
    let in_band = match seen.era {
        _ if seen.is_notification() => false,
        Era::Modern => *rule == MCP_PARAMS && !seen.lacks_metadata,
        Era::Legacy => *rule == MCP_METHOD || *rule == MCP_PARAMS,
    };
    if in_band { 200 } else { rule.face.status }
}

fn respond(seen: &Seen, mut result: Value) -> Value {
    if let (Era::Modern, Some(members)) = (seen.era, result.as_object_mut()) {
        members.insert("resultType".to_owned(), json!("complete"));
        let meta = json!({ "io.modelcontextprotocol/serverInfo": server_info() });
        members.insert("_meta".to_owned(), meta);
    }
    json!({ "jsonrpc": "2.0", "id": seen.id, "result": result })
}

/// Tool Execution Errors are results, so that the model can put its arguments right (MCP
/// 2026-07-28, Tools, Error Handling).
fn tool_error(text: &str) -> Value {
    json!({ "content": [{ "type": "text", "text": text }], "isError": true })
}

const INSTRUCTIONS: &str = "A lab endpoint: its tools say who you are, what time it is, and sums.";

fn capabilities() -> Value {
    json!({ "tools": {} })
}

fn server_info() -> Value {
    json!({ "name": "oauthlab", "title": "oauthlab", "version": env!("CARGO_PKG_VERSION") })
}
