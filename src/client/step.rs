//! Every exchange as data, so that a transcript can teach it: what was sent, why, which section
//! says so, what came back, what was checked. Secrets stay typed; whoever prints decides.

use std::sync::{Arc, Mutex, PoisonError};

use super::caller::Lesson;
use super::check::Check;
use crate::trace::{Field, FlowId};

/// What was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The method.
    pub method: String,
    /// The URL, without query.
    pub url: String,
    /// The query's parameters.
    pub query: Vec<Field>,
    /// The header fields that matter here.
    pub headers: Vec<Field>,
    /// Parameters of a form, or members of a JSON object.
    pub body: Vec<Field>,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The status; `None` for a redirect that arrived at our own redirect URI.
    pub status: Option<u16>,
    /// The header fields that matter here; among them where a redirect points.
    pub headers: Vec<Field>,
    /// Members of a JSON document, or parameters that came to our redirect URI.
    pub fields: Vec<Field>,
}

/// One step of a flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Counts from 1.
    pub number: usize,
    /// What happens: `Ask for tokens`.
    pub title: &'static str,
    /// Why it is done.
    pub why: &'static str,
    /// Where it is written: `RFC 6749 §4.1.3`.
    pub spec: &'static str,
    /// What was sent, if we sent something.
    pub sent: Option<Sent>,
    /// What came back, if something did.
    pub received: Option<Received>,
    /// The trace that one of our own servers gave to the exchange.
    pub trace_id: Option<String>,
    /// What we checked in it.
    pub checked: Vec<Check>,
    /// Why there was no answer. Untrusted text.
    pub failed: Option<String>,
}

/// The steps so far. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Steps {
    steps: Arc<Mutex<Vec<Step>>>,
    flow: Option<FlowId>,
}

/// A flow has some ten steps; an audit that records has more. Later ones are dropped.
const MAX_STEPS: usize = 500;

impl Steps {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// None yet, of a flow that every request names (`X-Oauthlab-Flow`), so that one of our own
    /// servers can tell which exchanges belong together.
    pub fn of_flow(flow: FlowId) -> Self {
        Self { flow: Some(flow), ..Self::default() }
    }

    /// The flow that requests name.
    pub const fn flow(&self) -> Option<&FlowId> {
        self.flow.as_ref()
    }

    /// A copy of all steps so far.
    pub fn snapshot(&self) -> Vec<Step> {
        self.lock().clone()
    }

    /// How many steps there are.
    pub fn len(&self) -> usize {
        self.lock().len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Notes what is done without an exchange of its own, and why.
    pub fn note(&self, lesson: &Lesson) {
        self.push(lesson, Partial::default());
    }

    /// Adds a step; its index, for [`Steps::checked`].
    pub(super) fn push(&self, lesson: &Lesson, step: Partial) -> Option<usize> {
        let mut steps = self.lock();
        if steps.len() >= MAX_STEPS {
            return None;
        }
        let Partial { sent, received, trace_id, failed } = step;
        let Lesson { title, why, spec } = *lesson;
        let number = steps.len() + 1;
        let checked = Vec::new();
        steps.push(Step { number, title, why, spec, sent, received, trace_id, checked, failed });
        Some(number - 1)
    }

    /// Notes what was checked in a step.
    pub(super) fn checked(&self, index: usize, checks: &[Check]) {
        if let Some(step) = self.lock().get_mut(index) {
            step.checked.extend_from_slice(checks);
        }
    }

    // A std mutex: held for a push or a copy, never across an await.
    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Step>> {
        self.steps.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a step knows when it is recorded.
#[derive(Default)]
pub(super) struct Partial {
    pub(super) sent: Option<Sent>,
    pub(super) received: Option<Received>,
    pub(super) trace_id: Option<String>,
    pub(super) failed: Option<String>,
}
