//! The quality gate: each weakness fails exactly its own check and those that it dominates, and a
//! strict lab fails none.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use oauthlab::audit::Verdict;
use oauthlab::deviation::{WEAKNESSES, Weakness};

use super::labs::{Running, builtin, data, strict, told, weak, with_verdict};

/// Checks that end inconclusive beside a weakness, and why: their control needs what is weak.
const CLOUDED: &[(&str, &[&str])] = &[
    // Whether a token is dead is read from introspection, which here never says so.
    ("introspect-stale", &["revoke-open", "revoke-other-client"]),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_strict_lab_fails_no_check_and_leaves_none_open() {
    let lab = Running::start(strict(), &data()).await;
    let report = lab.audit().await;
    assert_eq!(report.coverage().passed, report.results.len(), "{}", told(&report));
    assert_eq!(report.left_behind, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_default_lab_shows_its_conveniences_and_nothing_else() {
    let lab = Running::start(builtin(), &data()).await;
    let report = lab.audit().await;
    let failed = with_verdict(&report, Verdict::Fail);
    assert_eq!(failed, ["dcr-open", "default-credentials"], "{}", told(&report));
    assert!(report.results.iter().all(|result| !result.is_finding()));
    assert_eq!(with_verdict(&report, Verdict::Inconclusive), [""; 0], "{}", told(&report));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_weakness_fails_exactly_its_check_and_those_that_it_dominates() {
    let data = data();
    let mut wrong = String::new();
    for weakness in selected() {
        let lab = Running::start(weak(weakness.id), &data).await;
        let report = lab.audit().await;
        let failed: BTreeSet<_> = with_verdict(&report, Verdict::Fail).into_iter().collect();
        let unknown: BTreeSet<_> =
            with_verdict(&report, Verdict::Inconclusive).into_iter().collect();
        if failed != expected(weakness) || unknown != clouded(weakness.id) {
            let _ = writeln!(wrong, "{}: failed {failed:?}, inconclusive {unknown:?}", weakness.id);
            let own = report.results.iter().find(|result| result.check.id == weakness.id);
            let _ = writeln!(wrong, "  {:?}", own.map(|result| &result.judgement));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// `OAUTHLAB_MATRIX` names weaknesses, separated by commas, for somebody who works on them.
fn selected() -> Vec<&'static Weakness> {
    let named = std::env::var("OAUTHLAB_MATRIX").unwrap_or_default();
    let named: Vec<&str> = named.split(',').filter(|id| !id.is_empty()).collect();
    let wanted = |weakness: &&&'static Weakness| named.is_empty() || named.contains(&weakness.id);
    WEAKNESSES.iter().filter(wanted).copied().collect()
}

fn expected(weakness: &Weakness) -> BTreeSet<&'static str> {
    weakness.dominates.iter().copied().chain([weakness.id]).collect()
}

fn clouded(id: &str) -> BTreeSet<&'static str> {
    let found = CLOUDED.iter().find(|(weakness, _)| *weakness == id);
    found.map(|(_, checks)| checks.iter().copied().collect()).unwrap_or_default()
}
