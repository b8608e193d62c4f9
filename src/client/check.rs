//! What a client must verify, as a list of named results that can be printed.

use super::error::{ClientError, ErrorResponse, Unverified};
use crate::rule::Fact;

/// Something that a client verifies before it believes an answer.
#[derive(Debug, PartialEq, Eq)]
pub struct Criterion {
    /// Stable id: `response.state`.
    pub id: &'static str,
    /// What holds, as a phrase.
    pub title: &'static str,
    /// Where it is written.
    pub spec: &'static str,
    /// What goes wrong without it.
    pub stops: &'static str,
}

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It holds.
    Holds,
    /// It does not.
    Broken,
    /// There was nothing to check, and this is why.
    NotApplicable(&'static str),
}

/// One criterion against one answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What was checked.
    pub criterion: &'static Criterion,
    /// What had to stand there.
    pub expected: Fact,
    /// What stood there.
    pub got: Fact,
    /// How it came out.
    pub outcome: Outcome,
}

/// The checks of one answer, in their order. All of them are made, so that all can be shown.
#[derive(Clone, Debug, Default)]
pub struct Checks(Vec<Check>);

impl Checks {
    /// Notes a check with both sides.
    pub fn note(&mut self, criterion: &'static Criterion, holds: bool, expected: Fact, got: Fact) {
        let outcome = if holds { Outcome::Holds } else { Outcome::Broken };
        self.0.push(Check { criterion, expected, got, outcome });
    }

    /// Notes a check whose sides are equal when it holds.
    pub fn equal(&mut self, criterion: &'static Criterion, expected: Fact, got: Fact) {
        self.note(criterion, expected == got, expected, got);
    }

    /// Notes that there was nothing to check.
    pub fn skip(&mut self, criterion: &'static Criterion, why: &'static str) {
        let outcome = Outcome::NotApplicable(why);
        self.0.push(Check { criterion, expected: Fact::Absent, got: Fact::Absent, outcome });
    }

    /// All checks so far.
    pub fn as_slice(&self) -> &[Check] {
        &self.0
    }

    /// The first broken check.
    pub fn broken(&self) -> Option<&Check> {
        self.0.iter().find(|check| check.outcome == Outcome::Broken)
    }

    /// The checks, if all hold; else an error that carries them.
    pub fn verdict(self, from: &str, trace_id: Option<&str>) -> Result<Vec<Check>, ClientError> {
        self.verdict_beside(from, trace_id, None)
    }

    /// As [`Checks::verdict`], for a message that also carried an error response.
    pub fn verdict_beside(
        self,
        from: &str,
        trace_id: Option<&str>,
        error: Option<Box<ErrorResponse>>,
    ) -> Result<Vec<Check>, ClientError> {
        match self.broken().cloned() {
            None => Ok(self.0),
            Some(failed) => Err(ClientError::Unverified(Box::new(Unverified {
                from: from.to_owned(),
                failed,
                checks: self.0,
                error,
                trace_id: trace_id.map(str::to_owned),
            }))),
        }
    }
}
