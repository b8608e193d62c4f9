//! What a check finds: verdicts, and the one judgement that most checks share. All of it is pure.
//!
//! A negative probe counts only beside a positive control: a server that refuses everything would
//! otherwise pass every check.

use std::fmt;

/// How bad a failed check is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// A weakness that needs others to be of use.
    Low,
    /// Helps an attacker under conditions.
    Medium,
    /// Breaks a protection that others rely on.
    High,
    /// Gives an attacker tokens, codes or another's data.
    Critical,
}

/// How sure a failed check is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// A hint: look at it.
    Low,
    /// Inferred from what the server says.
    Medium,
    /// Shown by effect.
    High,
}

/// What became of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// The weakness is there.
    Fail,
    /// The control failed, or an answer cannot be read: nothing is known.
    Inconclusive,
    /// The weakness is not there, and the control shows that it was looked for.
    Pass,
    /// The server does not have what the check is about.
    NotApplicable,
    /// The audit lacks something that the check needs.
    Skipped(Need),
}

/// What a check needs of the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// A client with a secret, for the code grant and refresh tokens.
    ConfidentialClient,
    /// A client without a secret, for the code grant and refresh tokens.
    PublicClient,
    /// A second client with a secret, for the code grant.
    SecondClient,
    /// A client with a secret, for client credentials.
    MachineClient,
    /// A user and the password.
    User,
    /// A second user.
    SecondUser,
    /// A protected API.
    Api,
    /// A second protected API of the same issuer.
    SecondApi,
    /// A notes API of a lab, whose objects belong to users.
    NotesApi,
    /// A Model Context Protocol endpoint.
    McpApi,
    /// Registration that is open to the audit.
    Registration,
    /// An introspection endpoint.
    Introspection,
    /// A revocation endpoint.
    Revocation,
}

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

/// A verdict with its reasons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// What a sound server does.
    pub expected: String,
    /// What this one did.
    pub got: String,
    /// The positive control, if one was run.
    pub control: Option<String>,
}

impl Judgement {
    /// A verdict over something that was read rather than tried.
    pub fn read(sound: bool, expected: impl Into<String>, got: impl Into<String>) -> Self {
        let verdict = if sound { Verdict::Pass } else { Verdict::Fail };
        Self { verdict, expected: expected.into(), got: got.into(), control: None }
    }

    /// Nothing is known.
    pub fn inconclusive(expected: impl Into<String>, why: impl Into<String>) -> Self {
        let (expected, got) = (expected.into(), why.into());
        Self { verdict: Verdict::Inconclusive, expected, got, control: None }
    }

    /// There is nothing to judge.
    pub fn not_applicable(why: impl Into<String>) -> Self {
        let (expected, got) = (String::new(), why.into());
        Self { verdict: Verdict::NotApplicable, expected, got, control: None }
    }
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
    let said: Vec<_> = tries.iter().map(|tried| tried.to_string()).collect();
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

impl Severity {
    /// Every severity, the lowest first.
    pub const ALL: &'static [Self] =
        &[Self::Info, Self::Low, Self::Medium, Self::High, Self::Critical];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// The severity of a name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|severity| severity.as_str() == text)
    }
}

impl Confidence {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

impl Verdict {
    /// Its name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Inconclusive => "inconclusive",
            Self::Pass => "pass",
            Self::NotApplicable => "not-applicable",
            Self::Skipped(_) => "skipped",
        }
    }
}

impl Need {
    /// What is missing, in words that say how to provide it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ConfidentialClient => "a confidential client (authorization_code, refresh_token)",
            Self::PublicClient => "a public client (authorization_code, refresh_token)",
            Self::SecondClient => "a second confidential client (authorization_code)",
            Self::MachineClient => "a confidential client (client_credentials)",
            Self::User => "a user with a password",
            Self::SecondUser => "a second user with a password",
            Self::Api => "a protected API",
            Self::SecondApi => "a second protected API of the same issuer",
            Self::NotesApi => "the notes API of a lab",
            Self::McpApi => "an MCP endpoint",
            Self::Registration => "registration that is open to the audit",
            Self::Introspection => "an introspection endpoint",
            Self::Revocation => "a revocation endpoint",
        }
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
        controls.iter().for_each(|outcome| bracket.control("control", outcome.clone()));
        probes.iter().for_each(|outcome| bracket.probe("probe", outcome.clone()));
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

    #[test]
    fn severities_are_ordered_and_named() {
        assert!(Severity::ALL.is_sorted());
        for &severity in Severity::ALL {
            assert_eq!(Severity::parse(severity.as_str()), Some(severity));
        }
    }
}
