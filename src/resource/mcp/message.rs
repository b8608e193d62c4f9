//! JSON-RPC 2.0 messages as MCP narrows them: one object; an id is a string or an integer, never
//! null; params are an object (MCP 2026-07-28, Overview, Messages).

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// A request, or without an id a notification.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) id: Option<Value>,
    pub(super) method: String,
    pub(super) params: Map<String, Value>,
}

/// Why a body is no message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unreadable {
    #[error("not JSON")]
    NotJson,
    #[error("JSON, but not one JSON-RPC 2.0 request or notification")]
    NotAMessage {
        /// The id, if that much can be read.
        id: Option<Value>,
    },
}

/// Derived, so that a member that stands twice is refused.
#[derive(Deserialize)]
struct Raw {
    jsonrpc: String,
    method: String,
    #[serde(default, deserialize_with = "present")]
    id: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    params: Option<Value>,
}

/// A member that is there, even when it is null.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

pub(super) fn parse(body: &[u8]) -> Result<Message, Unreadable> {
    let value: Value = serde_json::from_slice(body).map_err(|_| Unreadable::NotJson)?;
    let id = value.get("id").filter(|id| is_id(id)).cloned();
    let refused = || Unreadable::NotAMessage { id: id.clone() };
    let raw: Raw = serde_json::from_slice(body).map_err(|_| refused())?;
    let sound = raw.jsonrpc == "2.0" && raw.id.as_ref().is_none_or(is_id);
    match raw.params {
        _ if !sound => Err(refused()),
        None => Ok(Message { id: raw.id, method: raw.method, params: Map::new() }),
        Some(Value::Object(params)) => Ok(Message { id: raw.id, method: raw.method, params }),
        Some(_) => Err(refused()),
    }
}

fn is_id(id: &Value) -> bool {
    id.is_string() || id.is_i64() || id.is_u64()
}

impl Message {
    pub(super) const fn is_notification(&self) -> bool {
        self.id.is_none()
    }

    /// A member of `params._meta`.
    pub(super) fn meta(&self, key: &str) -> Option<&Value> {
        self.params.get("_meta")?.get(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_and_notifications_are_told_apart_by_the_id() {
        let request = parse(br#"{"jsonrpc":"2.0","id":"a","method":"ping"}"#).unwrap();
        assert_eq!((request.id, request.method.as_str()), (Some("a".into()), "ping"));
        let notification = parse(br#"{"jsonrpc":"2.0","method":"notifications/x"}"#).unwrap();
        assert!(notification.is_notification());
    }

    #[test]
    fn everything_else_is_refused_with_the_id_that_can_be_read() {
        let not_a_message = |id: Option<Value>| Err(Unreadable::NotAMessage { id });
        for (body, expected) in [
            ("", Err(Unreadable::NotJson)),
            ("{", Err(Unreadable::NotJson)),
            ("[]", not_a_message(None)),
            (r#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#, not_a_message(None)),
            (r#"{"jsonrpc":"1.0","id":7,"method":"ping"}"#, not_a_message(Some(7.into()))),
            (r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#, not_a_message(None)),
            (r#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#, not_a_message(None)),
            (r#"{"jsonrpc":"2.0","id":1,"result":{}}"#, not_a_message(Some(1.into()))),
            (
                r#"{"jsonrpc":"2.0","id":1,"method":"a","method":"b"}"#,
                not_a_message(Some(1.into())),
            ),
            (r#"{"jsonrpc":"2.0","id":1,"method":"a","params":[]}"#, not_a_message(Some(1.into()))),
            (
                r#"{"jsonrpc":"2.0","id":1,"method":"a","params":null}"#,
                not_a_message(Some(1.into())),
            ),
        ] {
            assert_eq!(parse(body.as_bytes()).map(|message| message.method), expected, "{body}");
        }
    }
}
