//! What our own client tells about its flow: the steps that no server sees, such as comparing
//! `state`. The client redacts; what looks like a token all the same is hidden here again.

use serde::{Deserialize, Serialize};

use super::exchange::{FlowId, TraceId};
use super::text::{Text, cut};
use crate::clock::Timestamp;

/// The schema of a report.
pub const STEPS_SCHEMA: &str = "oauthlab.steps/v1";

/// At most this many steps a report.
pub const MAX_STEPS: usize = 64;
const MAX_CHECKS: usize = 32;
const MAX_TEXT: usize = 1024;

/// A report of our own client (`oauthlab.steps/v1`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepReport {
    /// `oauthlab.steps/v1`.
    pub schema: String,
    /// The flow that the client names in its requests.
    pub flow: FlowId,
    /// Its steps in order.
    pub steps: Vec<Step>,
}

/// One step of our own client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What was done.
    pub title: String,
    /// What is worth knowing about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Where it is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spec: Option<String>,
    /// The exchange that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<TraceId>,
    /// What came of it.
    pub outcome: StepOutcome,
    /// What the client verified.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<StepCheck>,
}

/// What came of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepOutcome {
    /// As it should be.
    Done,
    /// The server refused.
    Refused,
    /// The client refused the server's answer.
    Rejected,
}

/// Something that the client verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepCheck {
    /// What must hold.
    pub title: String,
    /// Whether it does.
    pub holds: bool,
    /// What would have been right, redacted by the client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What came, redacted by the client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub got: Option<String>,
}

/// A report as it is kept.
#[derive(Clone, Debug)]
pub struct Steps {
    /// The flow.
    pub flow: FlowId,
    /// When the report came.
    pub at: Timestamp,
    /// The steps.
    pub steps: Vec<KeptStep>,
}

/// A step as it is kept.
#[derive(Clone, Debug)]
pub struct KeptStep {
    /// What was done.
    pub title: Text,
    /// What is worth knowing about it.
    pub detail: Option<Text>,
    /// Where it is written.
    pub spec: Option<Text>,
    /// The exchange that it belongs to.
    pub trace: Option<TraceId>,
    /// What came of it.
    pub outcome: StepOutcome,
    /// What the client verified.
    pub checks: Vec<KeptCheck>,
}

/// A check as it is kept.
#[derive(Clone, Debug)]
pub struct KeptCheck {
    /// What must hold.
    pub title: Text,
    /// Whether it does.
    pub holds: bool,
    /// What would have been right.
    pub expected: Option<Text>,
    /// What came.
    pub got: Option<Text>,
}

impl Steps {
    /// What is kept of a report; `None` for another document or one with too many steps.
    pub fn read(report: StepReport, at: Timestamp) -> Option<Self> {
        if report.schema != STEPS_SCHEMA || report.steps.len() > MAX_STEPS {
            return None;
        }
        let steps = report.steps.into_iter().map(KeptStep::from).collect();
        Some(Self { flow: report.flow, at, steps })
    }

    /// About how many bytes it holds.
    pub fn weight(&self) -> usize {
        self.steps.iter().map(KeptStep::weight).sum::<usize>() + size_of::<Self>()
    }
}

impl From<Step> for KeptStep {
    fn from(step: Step) -> Self {
        Self {
            title: prose(&step.title),
            detail: step.detail.as_deref().map(prose),
            spec: step.spec.as_deref().map(prose),
            trace: step.trace,
            outcome: step.outcome,
            checks: step.checks.into_iter().take(MAX_CHECKS).map(KeptCheck::from).collect(),
        }
    }
}

impl From<StepCheck> for KeptCheck {
    fn from(check: StepCheck) -> Self {
        Self {
            title: prose(&check.title),
            holds: check.holds,
            expected: check.expected.as_deref().map(prose),
            got: check.got.as_deref().map(prose),
        }
    }
}

impl KeptStep {
    fn weight(&self) -> usize {
        let of = |text: &Option<Text>| text.as_ref().map_or(0, Text::weight);
        let of_check = |check: &KeptCheck| {
            size_of::<KeptCheck>() + check.title.weight() + of(&check.expected) + of(&check.got)
        };
        let checks: usize = self.checks.iter().map(of_check).sum();
        size_of::<Self>() + self.title.weight() + of(&self.detail) + of(&self.spec) + checks
    }
}

fn prose(text: &str) -> Text {
    Text::prose(&cut(text.to_owned(), MAX_TEXT))
}
