//! Documents of flows: what happened in them, seen by the lab or told by our client.

use serde::{Deserialize, Serialize};

use super::TraceView;
use crate::trace::step::StepOutcome;

/// One flow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FlowView {
    /// [`super::FLOW`].
    pub schema: String,
    /// What stands in a list.
    #[serde(flatten)]
    pub summary: FlowSummary,
    /// What happened, in order.
    pub entries: Vec<EntryView>,
}

/// One flow in a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowSummary {
    /// The flow's id: the one that the client named, or that of its first exchange.
    pub id: String,
    /// When it began: RFC 3339, UTC.
    pub time: String,
    /// Such as `authorization_code by web for alice: granted`.
    pub title: String,
    /// What was asked for: a grant type, or the decision point.
    pub what: String,
    /// The client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// The user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// What came of it.
    pub outcome: OutcomeView,
    /// The first refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<RefusalView>,
    /// How many exchanges it has.
    pub exchanges: usize,
}

/// What came of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeView {
    /// Its last decision was a refusal.
    Refused,
    /// It issued a token.
    Granted,
    /// Neither: answered, or not at its end.
    Open,
}

/// A refusal in a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusalView {
    /// The exchange.
    pub trace: String,
    /// The rule.
    pub rule: String,
    /// What should have held.
    pub title: String,
}

/// One thing that happened in a flow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EntryView {
    /// Seen by a server of the lab.
    Exchange(Box<TraceView>),
    /// Told by our client.
    Step(StepView),
}

/// A step of our own client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepView {
    /// What was done.
    pub title: String,
    /// What is worth knowing about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Where it is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spec: Option<String>,
    /// What came of it.
    pub outcome: StepOutcome,
    /// What the client verified.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<CheckView>,
}

/// Something that the client verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckView {
    /// What must hold.
    pub title: String,
    /// Whether it does.
    pub holds: bool,
    /// What would have been right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub got: Option<String>,
}

/// Flows, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowsView {
    /// [`super::FLOWS`].
    pub schema: String,
    /// The flows.
    pub flows: Vec<FlowSummary>,
}
