//! One row of the kill matrix: a lab with one weakness, audited. Which rows run, and a few at once.
//!
//! `OAUTHLAB_MATRIX` names weaknesses, separated by commas, or is `all`. Without it there run those
//! whose check is critical, and of the others every fifth: which fifth, says `OAUTHLAB_MATRIX_SLICE`
//! (any number), else the number of the day.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::sync::Arc;

use oauthlab::audit::{Severity, Verdict, check};
use oauthlab::clock::Clock;
use oauthlab::deviation::{WEAKNESSES, Weakness, weakness_id};
use tokio::task::JoinSet;

use super::labs::{Running, data, weak, with_verdict};

/// Labs at once: each audit waits about half of its time.
const PARALLEL: usize = 4;

/// In so many days every weakness has had its turn.
const SLICES: u64 = 5;

/// Weaknesses whose check waits for something to expire: they are killed by themselves.
const SLOW: &[&str] = &["access-token-no-expiry"];

/// Which rows run.
#[derive(Debug, PartialEq, Eq)]
enum Rows {
    All,
    Named(Vec<String>),
    CriticalAnd(u64),
}

/// What came of one row.
pub(super) struct Row {
    pub(super) weakness: &'static Weakness,
    failed: BTreeSet<&'static str>,
    unknown: BTreeSet<&'static str>,
    said: String,
}

/// Runs the rows that are asked for; in the order of their ids.
pub(super) async fn rows() -> Vec<Row> {
    let rows = Rows::asked_for();
    if let Rows::Named(ids) = &rows {
        let unknown = ids.iter().find(|id| weakness_id(id).is_none());
        assert_eq!(unknown, None, "OAUTHLAB_MATRIX names no weakness");
    }
    let quick = |one: &Weakness| !SLOW.contains(&one.id);
    let weaknesses: Vec<_> = WEAKNESSES
        .iter()
        .enumerate()
        .filter(|(at, one)| quick(one) && rows.take(*at, one.id))
        .collect();
    say(&format!("kill matrix: {} of {} rows, {rows:?}", weaknesses.len(), WEAKNESSES.len()));
    let data = data();
    let (mut under_way, mut done) = (JoinSet::new(), Vec::new());
    let mut waiting = weaknesses.into_iter().map(|(_, weakness)| *weakness);
    loop {
        while under_way.len() < PARALLEL {
            let Some(weakness) = waiting.next() else { break };
            let data = Arc::clone(&data);
            under_way.spawn(async move { Row::of(weakness, &data).await });
        }
        let Some(row) = under_way.join_next().await else { break };
        done.push(row.unwrap());
    }
    done.sort_by_key(|row| row.weakness.id);
    done
}

impl Row {
    async fn of(weakness: &'static Weakness, data: &Arc<tempfile::TempDir>) -> Self {
        let lab = Running::start(weak(weakness.id), data).await;
        let report = lab.audit().await;
        let ids = |verdict| with_verdict(&report, verdict).into_iter().collect();
        let own = report.results.iter().find(|result| result.check.id == weakness.id);
        Self {
            weakness,
            failed: ids(Verdict::Fail),
            unknown: ids(Verdict::Inconclusive),
            said: format!("{:?}", own.map(|result| &result.judgement)),
        }
    }

    /// What is wrong with it: something else failed than should, or something is unknown that
    /// nothing clouds.
    pub(super) fn wrong(&self, clouded: &[&'static str]) -> Option<String> {
        let expected: BTreeSet<_> =
            self.weakness.dominates.iter().copied().chain([self.weakness.id]).collect();
        let clouded: BTreeSet<_> = clouded.iter().copied().collect();
        let right = self.failed == expected && self.unknown == clouded;
        let id = self.weakness.id;
        if right {
            say(&format!("  {id}: as expected: {}", listed(&self.failed)));
            return None;
        }
        Some(format!(
            "{id}: expected to fail: {}, to be inconclusive: {}\n  failed: {}, inconclusive: {}\n  {}",
            listed(&expected),
            listed(&clouded),
            listed(&self.failed),
            listed(&self.unknown),
            self.said,
        ))
    }
}

impl Rows {
    fn asked_for() -> Self {
        let variable = |name| std::env::var(name).unwrap_or_default();
        let day = Clock::system().now().secs() / 86_400;
        Self::of(&variable("OAUTHLAB_MATRIX"), &variable("OAUTHLAB_MATRIX_SLICE"), day)
    }

    fn of(named: &str, slice: &str, day: u64) -> Self {
        let ids: Vec<_> = named.split(',').map(str::trim).filter(|id| !id.is_empty()).collect();
        match &ids[..] {
            ["all"] => Self::All,
            [] => Self::CriticalAnd(slice.trim().parse().unwrap_or(day) % SLICES),
            ids => Self::Named(ids.iter().map(|&id| id.to_owned()).collect()),
        }
    }

    fn take(&self, at: usize, id: &str) -> bool {
        match self {
            Self::All => true,
            Self::Named(ids) => ids.iter().any(|one| one == id),
            Self::CriticalAnd(slice) => {
                check(id).is_some_and(|check| check.severity == Severity::Critical)
                    || at as u64 % SLICES == *slice
            }
        }
    }
}

fn listed(ids: &BTreeSet<&'static str>) -> String {
    if ids.is_empty() {
        return "nothing".to_owned();
    }
    ids.iter().copied().collect::<Vec<_>>().join(" ")
}

/// Past the harness, which keeps what a test prints until it fails.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

#[test]
fn every_weakness_has_its_turn_and_the_critical_ones_each_time() {
    let turns =
        |id: &str, at| (0..SLICES).filter(|day| Rows::of("", "", *day).take(at, id)).count();
    for (at, weakness) in WEAKNESSES.iter().enumerate() {
        let critical = check(weakness.id).unwrap().severity == Severity::Critical;
        let expected = if critical { usize::try_from(SLICES).unwrap() } else { 1 };
        assert_eq!(turns(weakness.id, at), expected, "{}", weakness.id);
    }
    assert_eq!(Rows::of("", " 7", 1), Rows::CriticalAnd(2));
    assert_eq!(Rows::of("all", "1", 1), Rows::All);
    let named = Rows::of("code-reuse, code-race", "", 0);
    assert!(named.take(0, "code-race") && !named.take(0, "code-entropy"));
}
