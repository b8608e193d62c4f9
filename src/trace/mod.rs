//! What happened: every exchange once, with the decisions made in it, in a bounded ring.
//!
//! [`Exchange`] is the record, [`Ring`] keeps it, [`stitch`] joins exchanges into flows. A
//! [`Redactor`] turns records into the versioned documents of [`view`]; nothing else shows them.
//! [`table`] and [`explain`] lay documents and rules out for people, as styled spans.

#[cfg(test)]
mod canary;
mod capture;
mod classify;
mod diff;
mod escape;
mod exchange;
pub mod explain;
mod flow;
mod redact;
mod render;
mod ring;
#[cfg(test)]
pub(crate) mod sample;
mod step;
mod story;
pub mod table;
mod text;
pub mod view;

pub use capture::{body, is_json, path, query, request_headers, response_headers};
pub use diff::{DiffView, Piece, diff};
pub use escape::visible;
pub use exchange::{
    Ending, Exchange, Field, FlowId, Listener, RequestRecord, ResponseRecord, TraceId, refused_by,
};
pub use flow::{Flow, stitch};
pub use redact::Redactor;
pub use render::rfc3339;
pub use ring::{Bounds, Entry, Ring, Which};
pub use step::{
    KeptCheck, KeptStep, MAX_STEPS, STEPS_SCHEMA, Step, StepCheck, StepOutcome, StepReport, Steps,
};
pub use text::{Label, Part, Text};

use crate::rule::DecisionRecord;

/// The response header that names the exchange.
pub const TRACE_HEADER: &str = "x-oauthlab-trace";

/// The request header in which our own client names its flow.
pub const FLOW_HEADER: &str = "x-oauthlab-flow";

/// What a handler calls itself where no route has a pattern: in the extensions of its response, as
/// [`Decisions`] are. It is one of a few words, never a path that somebody sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endpoint(pub &'static str);

/// The decisions of one exchange, in the order they fell. A handler puts them into the extensions
/// of its response; the trace layer takes them out and records them. They never reach the wire.
#[derive(Clone, Debug, Default)]
pub struct Decisions(pub Vec<DecisionRecord>);
