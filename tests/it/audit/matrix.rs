//! The quality gate: each weakness fails exactly its own check and those that it dominates, and a
//! strict lab fails none.

use oauthlab::audit::Verdict;

use super::kill;
use super::labs::{Running, all_passed, builtin, data, strict, told, with_verdict};

/// Checks that end inconclusive beside a weakness, and why: their control needs what is weak.
const CLOUDED: &[(&str, &[&str])] = &[
    // Whether a token is dead is read from introspection, which here never says so.
    ("introspect-stale", &["revoke-open", "revoke-other-client"]),
    // Who knows a client from its wrong secret cannot be told apart where each secret is right.
    ("client-secret-wrong", &["client-enumeration"]),
    // The same answer for all bad codes cannot be seen where some of them are good.
    ("code-client-swap", &["error-oracle"]),
    ("code-reuse", &["error-oracle"]),
    // Which scope was granted is read from the answer, which here does not say so.
    ("scope-not-echoed", &["code-scope-upgrade", "jar-outer-params", "par-override"]),
    // Where proofs are ignored there is no bound token that could be misused.
    ("dpop-silent-bearer", &["dpop-ath", "dpop-bearer-downgrade", "dpop-key-mismatch"]),
    // Nobody can revoke anything, so that nothing shows who may not.
    ("revoke-access-noop", &["revoke-open", "revoke-other-client"]),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_strict_lab_fails_no_check_and_leaves_none_open() {
    let lab = Running::start(strict(), &data()).await;
    let report = lab.audit().await;
    assert!(all_passed(&report), "{}", told(&report));
    assert_eq!(report.left_behind, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_default_lab_shows_its_conveniences_and_nothing_else() {
    let lab = Running::start(builtin(), &data()).await;
    let report = lab.audit().await;
    let failed = with_verdict(&report, Verdict::Fail);
    let conveniences = ["assertion-aud-not-issuer", "dcr-open", "default-credentials"];
    assert_eq!(failed, conveniences, "{}", told(&report));
    assert!(report.results.iter().all(|result| !result.is_finding()));
    assert_eq!(with_verdict(&report, Verdict::Inconclusive), [""; 0], "{}", told(&report));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_weakness_fails_exactly_its_check_and_those_that_it_dominates() {
    let rows = kill::rows().await;
    let wrong: Vec<_> = rows.iter().filter_map(|row| row.wrong(clouded(row.weakness.id))).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn clouded(id: &str) -> &'static [&'static str] {
    let found = CLOUDED.iter().find(|(weakness, _)| *weakness == id);
    found.map(|(_, checks)| *checks).unwrap_or_default()
}
