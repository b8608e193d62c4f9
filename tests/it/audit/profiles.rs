//! Labs of each profile, audited by that profile, as they come and strictly: nothing fails that nobody
//! accepts, and nothing stays open.

use oauthlab::audit::{self, AuditReport, Selection, Verdict};
use oauthlab::config::{Config, Profile};

use super::labs::{Running, builtin, data, told, with_verdict};

/// As `serve --profile P [--strict]`, then `audit --profile BY`.
async fn audited(profile: Profile, by: audit::Profile, strictly: bool) -> AuditReport {
    let config = builtin().under(profile);
    let config = if strictly { config.strictly() } else { config };
    let lab = Running::start(config, &data()).await;
    let target = audit::Target { profile: by, ..lab.target() };
    lab.audit_target(target, Selection::all()).await
}

async fn both_ways_clean(profile: Profile, by: audit::Profile) {
    for strictly in [false, true] {
        let report = audited(profile, by, strictly).await;
        let unknown = with_verdict(&report, Verdict::Inconclusive);
        assert_eq!(unknown, [""; 0], "strictly: {strictly}\n{}", told(&report));
        let findings: Vec<_> =
            report.results.iter().filter(|r| r.is_finding()).map(|r| r.check.id).collect();
        assert_eq!(findings, [""; 0], "strictly: {strictly}\n{}", told(&report));
        let coverage = report.coverage();
        // What is left out is a part that the profile does not have, never the bulk.
        assert!(coverage.passed * 3 > coverage.selected * 2, "{coverage:?}\n{}", told(&report));
        assert_eq!(report.left_behind, 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lab_of_oauth_2_1_is_sound_by_its_own_profile_and_by_best_current_practice() {
    for by in [audit::Profile::Oauth21, audit::Profile::Bcp] {
        both_ways_clean(Profile::OAuth21, by).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lab_of_fapi_2_is_sound_by_its_own_profile() {
    both_ways_clean(Profile::Fapi2, audit::Profile::Fapi2).await;
}

/// Keys, pushed requests and bound tokens hide nothing: what is wrong behind them is found.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_weak_lab_of_fapi_2_fails() {
    let data = data();
    for id in ["code-reuse", "pkce-verifier-skipped", "redirect-foreign-host", "rs-signature"] {
        let config = builtin().under(Profile::Fapi2).strictly();
        let lab = Running::start(Config { weaknesses: vec![id], ..config }, &data).await;
        let report = lab.audit().await;
        let found: Vec<_> = report.failed().filter(|r| r.follows_from.is_none()).collect();
        let found: Vec<_> = found.iter().map(|result| result.check.id).collect();
        assert_eq!(found, [id], "{}", told(&report));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lab_of_the_model_context_protocol_is_sound_by_its_own_profile() {
    both_ways_clean(Profile::Mcp, audit::Profile::Mcp).await;
}
