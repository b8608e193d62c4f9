//! The one judgement that most checks share: probes that must be refused, beside controls that must
//! be accepted.
//!
//! A negative probe counts only beside a positive control: a server that refuses everything would
//! otherwise pass every check.

use std::fmt;

use super::{Judgement, Verdict};

/// What came of one try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The server did what was asked: shown by effect where that can be.
    Accepted(String),
    /// The server refused.
    Refused(String),
    /// Neither: a fault, a rate limit, an answer that cannot be read.
    Unclear(String),
}

/// One try and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// What was tried, in words.
    pub what: String,
    /// What came of it.
    pub outcome: Outcome,
}

/// Probes between their controls: what must be refused beside what must be accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bracket {
    /// What a sound server does with the probes.
    pub expected: &'static str,
    /// The same requests without the fault.
    pub controls: Vec<Tried>,
    /// The requests with the fault.
    pub probes: Vec<Tried>,
}

impl Bracket {
    /// A bracket without tries.
    pub const fn new(expected: &'static str) -> Self {
        Self { expected, controls: Vec::new(), probes: Vec::new() }
    }

    /// Adds a control.
    pub fn control(&mut self, what: impl Into<String>, outcome: Outcome) {
        self.controls.push(Tried { what: what.into(), outcome });
    }

    /// Adds a probe.
    pub fn probe(&mut self, what: impl Into<String>, outcome: Outcome) {
        self.probes.push(Tried { what: what.into(), outcome });
    }

    /// The judgement. One accepted probe is a failure; a pass needs every control accepted and
    /// every probe refused.
    pub fn judge(&self) -> Judgement {
        let accepted = find(&self.probes, |outcome| matches!(outcome, Outcome::Accepted(_)));
        let control_failed =
            find(&self.controls, |outcome| !matches!(outcome, Outcome::Accepted(_)));
        let unclear = find(&self.probes, |outcome| matches!(outcome, Outcome::Unclear(_)));
        let (verdict, got) = if !accepted.is_empty() {
            (Verdict::Fail, listed(&accepted))
        } else if !control_failed.is_empty() {
            (Verdict::Inconclusive, format!("the control failed: {}", listed(&control_failed)))
        } else if self.controls.is_empty() || self.probes.is_empty() {
            (Verdict::Inconclusive, "nothing was tried beside a control".to_owned())
        } else if unclear.is_empty() {
            (Verdict::Pass, listed(&self.probes.iter().collect::<Vec<_>>()))
        } else {
            (Verdict::Inconclusive, listed(&unclear))
        };
        let controls: Vec<_> = self.controls.iter().collect();
        let control = (!controls.is_empty()).then(|| listed(&controls));
        Judgement { verdict, expected: self.expected.to_owned(), got, control }
    }
}

fn find(tries: &[Tried], which: impl Fn(&Outcome) -> bool) -> Vec<&Tried> {
    tries.iter().filter(|tried| which(&tried.outcome)).collect()
}

fn listed(tries: &[&Tried]) -> String {
    let said: Vec<_> = tries.iter().map(ToString::to_string).collect();
    said.join("; ")
}

impl Outcome {
    /// Whether the server did what was asked.
    pub const fn is_accepted(&self) -> bool {
        matches!(self, Self::Accepted(_))
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted(how) => write!(f, "accepted ({how})"),
            Self::Refused(how) => write!(f, "refused ({how})"),
            Self::Unclear(how) => write!(f, "unclear ({how})"),
        }
    }
}

impl fmt::Display for Tried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.outcome)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn yes() -> Outcome {
        Outcome::Accepted("200".to_owned())
    }

    fn no() -> Outcome {
        Outcome::Refused("400".to_owned())
    }

    fn unclear() -> Outcome {
        Outcome::Unclear("500".to_owned())
    }

    fn verdict(controls: &[Outcome], probes: &[Outcome]) -> Verdict {
        let mut bracket = Bracket::new("refused");
        for outcome in controls {
            bracket.control("control", outcome.clone());
        }
        for outcome in probes {
            bracket.probe("probe", outcome.clone());
        }
        bracket.judge().verdict
    }

    #[test]
    fn a_pass_needs_an_accepted_control_and_refused_probes() {
        assert_eq!(verdict(&[yes()], &[no(), no()]), Verdict::Pass);
        assert_eq!(verdict(&[], &[no()]), Verdict::Inconclusive);
        assert_eq!(verdict(&[yes()], &[]), Verdict::Inconclusive);
        assert_eq!(verdict(&[no()], &[no()]), Verdict::Inconclusive);
        assert_eq!(verdict(&[yes(), unclear()], &[no()]), Verdict::Inconclusive);
        assert_eq!(verdict(&[yes()], &[no(), unclear()]), Verdict::Inconclusive);
    }

    #[test]
    fn one_accepted_probe_is_a_failure() {
        assert_eq!(verdict(&[yes()], &[no(), yes(), unclear()]), Verdict::Fail);
        assert_eq!(verdict(&[no()], &[yes()]), Verdict::Fail);
    }

    #[test]
    fn a_judgement_says_what_was_tried() {
        let mut bracket = Bracket::new("refused");
        bracket.control("right secret", yes());
        bracket.probe("wrong secret", no());
        let judgement = bracket.judge();
        assert_eq!(judgement.got, "wrong secret: refused (400)");
        assert_eq!(judgement.control.as_deref(), Some("right secret: accepted (200)"));
    }
}
