//! Methods and their parameters.

use serde_json::{Map, Value};

use super::message::Message;
use super::reply::Seen;
use super::tool::{self, Tool};
use super::version::{self, CLIENT_CAPABILITIES, Era, PROTOCOL_VERSION};
use crate::rule::{Blocked, Fact, Judge, MCP_METHOD, MCP_PARAMS};

/// What is asked for.
#[derive(Clone, Debug)]
pub(super) enum Call {
    /// `server/discover`.
    Discover,
    /// `initialize`, with the version that was agreed on.
    Initialize(&'static str),
    /// `ping`.
    Ping,
    /// `tools/list`.
    ListTools,
    /// `tools/call`.
    RunTool(&'static Tool, Map<String, Value>),
    /// A notification: nothing is asked for.
    Notification,
}

#[derive(Clone, Copy)]
enum Method {
    Discover,
    Initialize,
    Ping,
    ListTools,
    RunTool,
    Notification,
}

const MODERN: [(&str, Method); 3] = [
    ("server/discover", Method::Discover),
    ("tools/list", Method::ListTools),
    ("tools/call", Method::RunTool),
];

const LEGACY: [(&str, Method); 4] = [
    ("initialize", Method::Initialize),
    ("ping", Method::Ping),
    ("tools/list", Method::ListTools),
    ("tools/call", Method::RunTool),
];

/// What is wrong with parameters.
enum Fault {
    /// A request of the modern era without its metadata.
    Metadata(&'static str),
    /// The parameters themselves.
    Parameter(&'static str),
    /// The tool's arguments: told to the model, which can put them right.
    Arguments(String),
}

pub(super) fn read(
    judge: &mut Judge<'_>,
    seen: &mut Seen,
    message: Message,
    era: Era,
) -> Result<Call, Blocked> {
    let methods = match era {
        Era::Modern => &MODERN[..],
        Era::Legacy => &LEGACY[..],
    };
    let known = if message.is_notification() {
        message.method.starts_with("notifications/").then_some(Method::Notification)
    } else {
        methods.iter().find(|(name, _)| *name == message.method).map(|(_, method)| *method)
    };
    let method = judge.require(&MCP_METHOD, known, || {
        (Fact::any_of(methods.iter().map(|(name, _)| name)), Fact::public(&message.method))
    })?;
    let call = metadata(&message, era).and_then(|()| parameters(method, message));
    let (call, fault) = match call {
        Ok(call) => (Some(call), None),
        Err(fault) => (None, Some(seen.fault(fault))),
    };
    judge.require(&MCP_PARAMS, call, || {
        (
            "parameters of the method".into(),
            fault.map_or("parameters of the method".into(), Fact::public),
        )
    })
}

impl Seen {
    /// Notes how a fault is told to the client; the text for the record.
    fn fault(&mut self, fault: Fault) -> String {
        match fault {
            Fault::Metadata(text) => {
                self.lacks_metadata = true;
                text.to_owned()
            }
            Fault::Parameter(text) => text.to_owned(),
            Fault::Arguments(text) => {
                self.wrong_arguments = Some(text.clone());
                text
            }
        }
    }
}

/// Required members of `_meta` (MCP 2026-07-28, Overview, `_meta`). Notifications have none.
fn metadata(message: &Message, era: Era) -> Result<(), Fault> {
    if era == Era::Legacy || message.is_notification() {
        return Ok(());
    }
    if !message.meta(PROTOCOL_VERSION).is_some_and(Value::is_string) {
        return Err(Fault::Metadata("no protocol version in _meta"));
    }
    if !message.meta(CLIENT_CAPABILITIES).is_some_and(Value::is_object) {
        return Err(Fault::Metadata("no client capabilities in _meta"));
    }
    Ok(())
}

fn parameters(method: Method, mut message: Message) -> Result<Call, Fault> {
    let text = |name: &str| message.params.get(name).and_then(Value::as_str);
    match method {
        Method::Discover => Ok(Call::Discover),
        Method::Ping => Ok(Call::Ping),
        Method::Notification => Ok(Call::Notification),
        Method::Initialize => {
            let asked = text("protocolVersion").ok_or(Fault::Parameter("no protocolVersion"))?;
            Ok(Call::Initialize(version::negotiated(asked)))
        }
        // All tools fit on one page, so that no cursor was ever handed out.
        Method::ListTools if message.params.contains_key("cursor") => {
            Err(Fault::Parameter("an unknown cursor"))
        }
        Method::ListTools => Ok(Call::ListTools),
        Method::RunTool => {
            let name = text("name").ok_or(Fault::Parameter("no tool name"))?;
            let tool = tool::find(name).ok_or(Fault::Parameter("an unknown tool"))?;
            let arguments = match message.params.remove("arguments") {
                None => Map::new(),
                Some(Value::Object(arguments)) => arguments,
                Some(_) => return Err(Fault::Parameter("arguments that are no object")),
            };
            tool.check(&arguments).map_err(Fault::Arguments)?;
            Ok(Call::RunTool(tool, arguments))
        }
    }
}
