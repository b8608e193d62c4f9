//! Labs of other shapes: what is configured differently is no finding, and a convenience is one that
//! is accepted.

use std::time::Duration;

use oauthlab::audit::{AuditReport, Verdict};
use oauthlab::config::{
    AccessTokenFormat, Config, ConsentConfig, ConsentMode, LoginMode, Profile, Rotation,
    TokenValidation,
};

use super::labs::{Running, all_passed, builtin, data, strict, told, with_verdict, without_object};

async fn audited(config: Config) -> AuditReport {
    Running::start(config, &data()).await.audit().await
}

fn assert_clean(report: &AuditReport) {
    for verdict in [Verdict::Fail, Verdict::Inconclusive] {
        assert_eq!(with_verdict(report, verdict), [""; 0], "{}", told(report));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn opaque_tokens_are_as_good_as_any() {
    let mut config = strict();
    config.tokens.access_format = AccessTokenFormat::Opaque;
    let report = audited(config).await;
    assert_clean(&report);
    let forged =
        ["revoke-tampered", "rs-alg-confusion", "rs-alg-none", "rs-header-key", "rs-signature"];
    assert_eq!(without_object(&report), forged);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn apis_that_verify_signatures_themselves_pass_as_well() {
    let mut config = strict();
    for api in &mut config.apis {
        api.validation = TokenValidation::Jwt;
    }
    let report = audited(config).await;
    assert!(all_passed(&report), "{}", told(&report));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_rule_book_of_the_model_context_protocol_holds() {
    let report = audited(builtin().under(Profile::Mcp).strictly()).await;
    assert_eq!(with_verdict(&report, Verdict::Inconclusive), [""; 0], "{}", told(&report));
    assert!(report.results.iter().all(|result| !result.is_finding()), "{}", told(&report));
}

/// Where everyone is alice and nobody is asked, what is about users and pages has no object.
const UNASKED: &[&str] = &[
    "clickjacking-authorize",
    "code-survives-denial",
    "consent-cross-user",
    "consent-csrf",
    "consent-head",
    "consent-replay",
    "consent-scope-creep",
    "consent-session-poison",
    "consent-skipped-public",
    "consent-tamper",
    "consent-token-unbound",
    "consent-uninformative",
    "cors-session-pages",
    "dcr-name-injection",
    "default-credentials",
    "login-bruteforce",
    "login-csrf",
    "login-get",
    "login-open-redirect",
    "login-reflects-password",
    "logout-forced",
    "logout-hint-forged",
    "logout-session-alive",
    "prompt-login-ignored",
    "prompt-none-grants",
    "rate-limit-bypass",
    "redirect-307",
    "redirect-not-303",
    "rs-object-owner",
    "session-fixation",
    "user-enumeration",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn grace_and_automatic_answers_are_accepted_conveniences() {
    let mut config = builtin();
    config.tokens.rotation = Rotation::Grace(Duration::from_secs(10));
    config.login = LoginMode::Automatic("alice".to_owned());
    config.consent = ConsentConfig { mode: ConsentMode::Automatic, ..config.consent };
    let report = audited(config).await;
    assert!(report.results.iter().all(|result| !result.is_finding()), "{}", told(&report));
    let failed = with_verdict(&report, Verdict::Fail);
    let accepted = [
        "assertion-aud-not-issuer",
        "dcr-client-no-consent",
        "dcr-open",
        "refresh-family-survives",
        "refresh-reuse",
    ];
    assert_eq!(failed, accepted, "{}", told(&report));
    assert_eq!(without_object(&report), UNASKED, "{}", told(&report));
}
