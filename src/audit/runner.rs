//! Runs an audit: evidence first, then the checks, a few at a time, and at the end everything that
//! was made is taken back.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use super::check::Check;
use super::evidence::Evidence;
use super::finding::{Judgement, Need, Verdict};
use super::probe::{Line, Probe, Trouble};
use super::selection::Selection;
use super::summary::{AuditReport, CheckResult};
use super::target::{Accepted, Target, TargetError};
use crate::clock::Clock;
use crate::fetch::{FetchError, Http};
use crate::random::Random;

/// How an audit runs.
#[derive(Clone, Debug)]
pub struct Options {
    /// Time for one exchange.
    pub timeout: Duration,
    /// Requests in all.
    pub budget: usize,
    /// Requests under way at once.
    pub lanes: usize,
    /// Hosts that the operator claims, beyond this machine and private networks.
    pub owned: Vec<String>,
    /// Time.
    pub clock: Clock,
    /// Randomness.
    pub random: Random,
}

/// Hears how far an audit is.
pub trait Progress: Sync {
    /// The evidence is there; so many checks follow.
    fn begun(&self, checks: usize);
    /// A check is done.
    fn done(&self, check: &'static Check, verdict: Verdict);
}

/// Hears nothing.
#[derive(Clone, Copy, Debug)]
pub struct Silent;

impl Progress for Silent {
    fn begun(&self, _: usize) {}
    fn done(&self, _: &'static Check, _: Verdict) {}
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The target must not be audited, or cannot be.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// Nothing answers there.
    #[error("the server cannot be audited: {0}")]
    Trouble(#[from] Trouble),
}

impl AuditError {
    /// What the operator can do.
    pub fn hint(&self) -> String {
        match self {
            Self::Target(error) => error.hint(),
            Self::Trouble(Trouble::Fetch(error)) => error.hint(),
            Self::Trouble(
                Trouble::Budget(_) | Trouble::Random(_) | Trouble::Basis(_) | Trouble::Without(_),
            ) => "check the issuer's URL, and that its metadata can be read".to_owned(),
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(10),
            budget: 3000,
            lanes: 8,
            owned: Vec::new(),
            clock: Clock::system(),
            random: Random::system(),
        }
    }
}

/// Checks under way at once. Each has its own browser, codes and tokens.
const PARALLEL: usize = 4;

/// Audits a target. The future owns what it needs, so that it can run anywhere.
pub fn run<'p>(
    target: Target,
    selection: Selection,
    options: Options,
    progress: &'p dyn Progress,
) -> Pin<Box<dyn Future<Output = Result<AuditReport, AuditError>> + Send + 'p>> {
    Box::pin(audit(target, selection, options, progress))
}

async fn audit(
    target: Target,
    selection: Selection,
    options: Options,
    progress: &dyn Progress,
) -> Result<AuditReport, AuditError> {
    target.check_owned(&options.owned)?;
    let http = Http::new(target.roots.clone(), options.timeout).map_err(Trouble::from)?;
    let Options { budget, lanes, random, clock, .. } = options;
    let line = Arc::new(Line::new(http, (random, clock), (budget, lanes))?);
    let evidence = Arc::new(Evidence::gather(&line, &target).await?);
    let checks = selection.checks();
    progress.begun(checks.len());
    // What may lock an account or a client comes last, one after the other.
    let noisy = |check: &&'static Check| check.needs.contains(&Need::Noisy);
    let (last, first): (Vec<&'static Check>, Vec<_>) = checks.iter().copied().partition(noisy);
    let mut results = run_checks((&line, &evidence), &first, PARALLEL, progress).await;
    results.extend(run_checks((&line, &evidence), &last, 1, progress).await);
    results.sort_by_key(|result| result.check.id);
    for result in &mut results {
        if result.verdict() == Verdict::Fail {
            result.accepted = accepted(&target.accepted, result.check.id);
        }
    }
    let left_behind = clean_up(&line, &evidence).await;
    let issuer = target.issuer;
    let mut report = AuditReport {
        issuer,
        results,
        requests: line.sent(),
        budget: line.budget(),
        left_behind,
        stale: Vec::new(),
        source: None,
    };
    report.fold();
    Ok(report)
}

async fn run_checks(
    (line, evidence): (&Arc<Line>, &Arc<Evidence>),
    checks: &[&'static Check],
    at_once: usize,
    progress: &dyn Progress,
) -> Vec<CheckResult> {
    let mut results = Vec::with_capacity(checks.len());
    let mut under_way = JoinSet::new();
    let mut waiting = checks.iter().copied();
    loop {
        while under_way.len() < at_once {
            let Some(check) = waiting.next() else { break };
            let (line, evidence) = (Arc::clone(line), Arc::clone(evidence));
            under_way.spawn(async move { run_one(&line, &evidence, check).await });
        }
        let Some(joined) = under_way.join_next().await else { break };
        // A check that panicked is missing here, and noticed below.
        if let Ok(result) = joined {
            progress.done(result.check, result.verdict());
            results.push(result);
        }
    }
    for check in checks {
        if !results.iter().any(|result| result.check.id == check.id) {
            let judgement = Judgement::inconclusive("", "the check itself failed");
            results.push(CheckResult::new(check, judgement, Vec::new()));
        }
    }
    results
}

async fn run_one(line: &Arc<Line>, evidence: &Evidence, check: &'static Check) -> CheckResult {
    if let Some(missing) = check.needs.iter().find(|need| !evidence.has(**need)) {
        let judgement = Judgement {
            verdict: Verdict::Skipped(*missing),
            expected: String::new(),
            got: format!("needs {}", missing.as_str()),
            control: None,
        };
        return CheckResult::new(check, judgement, Vec::new());
    }
    let probe = Probe::new(line);
    let judged = (check.run)(&probe, evidence).await;
    let judgement = judged.unwrap_or_else(|trouble| match trouble {
        Trouble::Without(why) => Judgement::not_applicable(why),
        other => Judgement::inconclusive("", other.to_string()),
    });
    CheckResult::new(check, judgement, probe.into_exchanges())
}

/// Revokes what was issued and deletes what was registered. How much could not be.
async fn clean_up(line: &Arc<Line>, evidence: &Evidence) -> usize {
    let probe = Probe::new(line);
    let mut left = 0;
    if !evidence.endpoints.revocation.is_empty() {
        for (credentials, token) in line.take_issued() {
            let revoked = probe.revoke(&evidence.endpoints, Some(&credentials), &token).await;
            left += usize::from(!revoked.is_ok_and(|answer| answer.is_success()));
        }
    }
    for managed in line.take_registered() {
        left += usize::from(!managed.delete(&probe).await);
    }
    left
}

fn accepted(accepted: &[Accepted], id: &str) -> Option<String> {
    accepted.iter().find(|one| one.check == id).map(|one| one.reason.clone())
}

impl From<FetchError> for AuditError {
    fn from(error: FetchError) -> Self {
        Self::Trouble(error.into())
    }
}
