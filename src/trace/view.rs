//! The versioned documents that leave the inspector. Read back by our own command line, so every
//! type is both written and read. Redacted already: they hold no [`crate::protocol::Secret`].

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::diff::DiffView;
use super::exchange::Listener;

mod flow;

pub use flow::*;

/// Schema of [`TraceView`].
pub const TRACE: &str = "oauthlab.trace/v1";
/// Schema of [`TracesView`].
pub const TRACES: &str = "oauthlab.traces/v1";
/// Schema of [`FlowView`].
pub const FLOW: &str = "oauthlab.flow/v1";
/// Schema of [`FlowsView`].
pub const FLOWS: &str = "oauthlab.flows/v1";
/// Schema of [`WhyView`].
pub const WHY: &str = "oauthlab.why/v1";

/// One exchange.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TraceView {
    /// [`TRACE`].
    pub schema: String,
    /// What stands in a list.
    #[serde(flatten)]
    pub summary: TraceSummary,
    /// The flow that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flow: Option<String>,
    /// What was asked.
    pub request: RequestView,
    /// What was answered; absent when there was no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<ResponseView>,
    /// The decisions in order.
    pub decisions: Vec<DecisionView>,
}

/// One exchange in a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceSummary {
    /// Trace id.
    pub id: String,
    /// When the request came: RFC 3339, UTC.
    pub time: String,
    /// How long the answer took, in microseconds.
    pub micros: u64,
    /// Who answered.
    pub listener: Listener,
    /// Method.
    pub method: String,
    /// Path, redacted.
    pub path: String,
    /// Status; absent when there was no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// How it ended.
    pub ended: Ended,
    /// The rule that refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused_by: Option<String>,
}

/// How an exchange ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// With an answer.
    Answered,
    /// The client left.
    Abandoned,
    /// The handler panicked.
    Panicked,
}

/// What was asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RequestView {
    /// The route's path pattern; absent when none matched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// Parameters of the query.
    pub query: Vec<FieldView>,
    /// Chosen headers.
    pub headers: Vec<FieldView>,
    /// Parameters of a form, members of a document.
    pub body: Vec<FieldView>,
}

/// What was answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ResponseView {
    /// Chosen headers.
    pub headers: Vec<FieldView>,
    /// Members of a document.
    pub body: Vec<FieldView>,
}

/// A named value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldView {
    /// Its name.
    pub name: String,
    /// Its value, secrets as fingerprints.
    pub value: String,
    /// The JWT in it, decoded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwt: Option<JwtView>,
}

/// A JWT without its signature.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JwtView {
    /// The fingerprint of the whole token.
    pub tag: String,
    /// Its header.
    pub header: Value,
    /// Its claims.
    pub payload: Value,
}

/// Why an exchange ended as it did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WhyView {
    /// [`WHY`].
    pub schema: String,
    /// The exchange.
    #[serde(flatten)]
    pub summary: TraceSummary,
    /// The decisions in order.
    pub decisions: Vec<DecisionView>,
}

/// One decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DecisionView {
    /// The docket's id.
    pub docket: String,
    /// What was decided, in words.
    pub title: String,
    /// The rule that refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused_by: Option<String>,
    /// All rulings, in the docket's order.
    pub rulings: Vec<RulingView>,
}

/// One ruling, with the text of its rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RulingView {
    /// The rule's id.
    pub rule: String,
    /// What holds, as a sentence.
    pub title: String,
    /// What became of it.
    pub verdict: VerdictView,
    /// The rule whose breach ended the stage before this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocked_by: Option<String>,
    /// What would have been right.
    pub expected: FactView,
    /// What came.
    pub got: FactView,
    /// Which characters differ: of a broken rule with public facts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diff: Option<DiffView>,
    /// Where the rule is written.
    pub spec: String,
    /// What it stops.
    pub stops: String,
    /// How to put it right.
    pub fix: String,
}

/// What became of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VerdictView {
    /// It holds.
    Holds,
    /// It is broken.
    Broken,
    /// It is broken, and a weakness of the lab let it pass.
    Waived,
    /// There was nothing for it to judge.
    NotApplicable,
    /// An earlier stage failed.
    NotEvaluated,
}

/// One side of a ruling.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "value", rename_all = "snake_case")]
pub enum FactView {
    /// Nothing was there.
    Absent,
    /// A text.
    Public(String),
    /// One of these texts.
    AnyOf(Vec<String>),
    /// The fingerprint of a secret.
    Secret(String),
}

/// Exchanges, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TracesView {
    /// [`TRACES`].
    pub schema: String,
    /// The exchanges.
    pub traces: Vec<TraceSummary>,
}

impl From<TraceView> for WhyView {
    fn from(trace: TraceView) -> Self {
        Self { schema: WHY.to_owned(), summary: trace.summary, decisions: trace.decisions }
    }
}
