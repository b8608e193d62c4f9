//! What an audit found: every check with its verdict, and what follows from all of them.

use super::baseline::Stale;
use super::check::Check;
use super::finding::{Judgement, Severity, Verdict};
use super::probe::Exchange;

/// The result of an audit.
#[derive(Debug)]
pub struct AuditReport {
    /// The issuer that was audited.
    pub issuer: String,
    /// One result a selected check, sorted by id.
    pub results: Vec<CheckResult>,
    /// Requests that were sent.
    pub requests: usize,
    /// Requests that might have been sent.
    pub budget: usize,
    /// Registrations that could not be deleted, and tokens that could not be revoked.
    pub left_behind: usize,
    /// Entries of the baseline that accept nothing any more.
    pub stale: Vec<Stale>,
    /// The lab's file, as it was given, and its text: where findings are shown.
    pub source: Option<(String, String)>,
}

/// One check's result.
#[derive(Debug)]
pub struct CheckResult {
    /// The check.
    pub check: &'static Check,
    /// Its judgement.
    pub judgement: Judgement,
    /// Why its failure is accepted, if it is.
    pub accepted: Option<String>,
    /// The failed check that this failure follows from, if there is one.
    pub follows_from: Option<&'static str>,
    /// What was sent and came back.
    pub exchanges: Vec<Exchange>,
}

/// How much was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Selected checks.
    pub selected: usize,
    /// Checks that failed, accepted ones included.
    pub failed: usize,
    /// Those of the failed ones that are accepted.
    pub accepted: usize,
    /// Checks that passed.
    pub passed: usize,
    /// Checks that found out nothing.
    pub inconclusive: usize,
    /// Checks about something that the server does not have.
    pub not_applicable: usize,
    /// Checks that the audit lacked something for.
    pub skipped: usize,
}

impl CheckResult {
    pub(super) const fn new(
        check: &'static Check,
        judgement: Judgement,
        exchanges: Vec<Exchange>,
    ) -> Self {
        Self { check, judgement, accepted: None, follows_from: None, exchanges }
    }

    /// The verdict.
    pub const fn verdict(&self) -> Verdict {
        self.judgement.verdict
    }

    /// Whether it failed, and nobody accepts that.
    pub fn is_finding(&self) -> bool {
        self.verdict() == Verdict::Fail && self.accepted.is_none()
    }
}

impl Coverage {
    /// Counts a result.
    pub fn add(&mut self, result: &CheckResult) {
        self.selected += 1;
        match result.verdict() {
            Verdict::Fail => self.failed += 1,
            Verdict::Inconclusive => self.inconclusive += 1,
            Verdict::Pass => self.passed += 1,
            Verdict::NotApplicable => self.not_applicable += 1,
            Verdict::Skipped(_) => self.skipped += 1,
        }
        self.accepted += usize::from(result.accepted.is_some());
    }
}

impl AuditReport {
    /// Fills in which failures follow from which.
    pub(super) fn fold(&mut self) {
        let failed: Vec<&'static Check> = self.failed().map(|result| result.check).collect();
        for result in &mut self.results {
            if result.verdict() != Verdict::Fail {
                continue;
            }
            // Of several causes the one that explains most.
            let causes = failed.iter().filter(|cause| cause.dominates.contains(&result.check.id));
            let cause = causes.max_by_key(|cause| cause.dominates.len());
            result.follows_from = cause.map(|cause| cause.id);
        }
    }

    /// The failed checks, accepted ones included.
    pub fn failed(&self) -> impl Iterator<Item = &CheckResult> {
        self.results.iter().filter(|result| result.verdict() == Verdict::Fail)
    }

    /// How much was looked at.
    pub fn coverage(&self) -> Coverage {
        let mut coverage = Coverage::default();
        for result in &self.results {
            coverage.add(result);
        }
        coverage
    }

    /// The highest severity of what failed and is not accepted.
    pub fn worst(&self) -> Option<Severity> {
        let findings = self.results.iter().filter(|result| result.is_finding());
        findings.map(|result| result.check.severity).max()
    }

    /// The exit code: 11 to 15 for the highest severity that failed, from `fail_on` up (`None`:
    /// never); 10 when nothing failed but the baseline is stale; 16 when something is not known;
    /// else 0.
    pub fn exit_code(&self, fail_on: Option<Severity>) -> u8 {
        let failed = self.worst().filter(|worst| fail_on.is_some_and(|least| *worst >= least));
        match failed {
            Some(Severity::Info) => 11,
            Some(Severity::Low) => 12,
            Some(Severity::Medium) => 13,
            Some(Severity::High) => 14,
            Some(Severity::Critical) => 15,
            None if !self.stale.is_empty() && fail_on.is_some() => 10,
            None if self.coverage().inconclusive > 0 && fail_on.is_some() => 16,
            None => 0,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::super::check::check;
    use super::*;

    /// A report with these checks and verdicts.
    pub(crate) fn report(results: &[(&str, Verdict)]) -> AuditReport {
        let result = |(id, verdict): &(&str, Verdict)| CheckResult {
            check: check(id).unwrap(),
            judgement: Judgement {
                verdict: *verdict,
                expected: "a refusal".to_owned(),
                got: "a <token> \u{1b}[31m".to_owned(),
                control: Some("a good request: accepted (200)".to_owned()),
            },
            accepted: None,
            follows_from: None,
            exchanges: Vec::new(),
        };
        let mut report = AuditReport {
            issuer: "https://localhost:9443".to_owned(),
            results: results.iter().map(result).collect(),
            requests: 12,
            budget: 100,
            left_behind: 0,
            stale: Vec::new(),
            source: None,
        };
        report.fold();
        report
    }

    #[test]
    fn the_exit_code_follows_the_highest_severity_that_is_not_accepted() {
        use Verdict::{Fail, Inconclusive, Pass};
        let least = Some(Severity::Info);
        assert_eq!(report(&[("code-reuse", Pass)]).exit_code(least), 0);
        assert_eq!(report(&[("dcr-open", Fail)]).exit_code(least), 13);
        assert_eq!(report(&[("dcr-open", Fail)]).exit_code(Some(Severity::High)), 0);
        assert_eq!(report(&[("dcr-open", Fail)]).exit_code(None), 0);
        let mut two = report(&[("code-reuse", Fail), ("dcr-open", Fail)]);
        assert_eq!(two.exit_code(least), 15);
        two.results[0].accepted = Some("a lesson".to_owned());
        assert_eq!(two.exit_code(least), 13);
        let unclear = report(&[("code-reuse", Pass), ("dcr-open", Inconclusive)]);
        assert_eq!(unclear.exit_code(least), 16);
        let mut stale = report(&[("code-reuse", Pass), ("dcr-open", Inconclusive)]);
        stale.stale.push(Stale { check: "code-reuse", why: "the check passes".to_owned() });
        assert_eq!((stale.exit_code(least), stale.exit_code(None)), (10, 0));
        let both = report(&[("code-race", Inconclusive), ("dcr-open", Fail)]);
        assert_eq!(both.exit_code(least), 13);
    }

    #[test]
    fn a_failure_follows_from_the_widest_cause() {
        let report = report(&[
            ("pkce-method-confusion", Verdict::Fail),
            ("pkce-unsupported", Verdict::Fail),
            ("pkce-verifier-wrong", Verdict::Fail),
            ("pkce-downgrade", Verdict::Pass),
        ]);
        let causes: Vec<_> = report.results.iter().map(|result| result.follows_from).collect();
        let widest = Some("pkce-unsupported");
        assert_eq!(causes, [widest, None, widest, None]);
    }
}
