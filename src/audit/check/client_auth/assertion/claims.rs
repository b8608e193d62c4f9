//! When an assertion is good, and of whom it speaks (RFC 7523 §3).

use serde_json::json;

use super::super::super::{Check, Group, Seeded, Text};
use super::{Assertions, NEEDS, REFUSAL, SHOWN};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Confidence, Judgement, Need, Severity};
use crate::audit::probe::{Probe, Trouble};

const YEAR: u64 = 365 * 24 * 3600;

pub(in crate::audit::check) static ASSERTION_EXPIRY: Check = Check {
    id: "assertion-expiry",
    group: Group::ClientAuthentication,
    title: "A client assertion that is expired, undated or good for ever is accepted",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["RFC 7523 §3", "FAPI 2.0 Security Profile §5.3.2.1"],
    text: Text {
        does: "Authenticates with assertions that expired two minutes ago, that have no exp, that expire in a year, and that were made ten minutes in the future.",
        why: "Assertions stand in logs and in the memory of proxies: one that does not end is a password.",
        shown: SHOWN,
        fix: "Demand exp, refuse it when it has passed or lies more than minutes ahead, and refuse an iat in the future beyond the difference of clocks.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(expiry(probe, evidence)),
};

pub(in crate::audit::check) static ASSERTION_ISS_SUB: Check = Check {
    id: "assertion-iss-sub",
    group: Group::ClientAuthentication,
    title: "iss and sub of a client assertion need not be the client",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::AssertingClient, Need::SecondClient],
    references: &["RFC 7523 §3"],
    text: Text {
        does: "Authenticates with assertions whose iss is another client, whose sub is another client, and that lack one of the two.",
        why: "A server that believes one claim and forgets the other takes the word of one client for another.",
        shown: SHOWN,
        fix: "Demand that iss and sub are there, and that both are the client_id.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(iss_sub(probe, evidence)),
};

async fn expiry(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let assertions = Assertions::of(probe, evidence)?;
    let now = probe.now().secs();
    let past = json!({ "iat": now.saturating_sub(180), "exp": now.saturating_sub(120) });
    let future = json!({ "iat": now.saturating_add(600), "exp": now.saturating_add(660) });
    let forged = vec![
        ("expired two minutes ago", assertions.with(&past)?),
        ("without exp", assertions.with(&json!({ "exp": null }))?),
        ("expiring in a year", assertions.with(&json!({ "exp": now.saturating_add(YEAR) }))?),
        ("made in ten minutes", assertions.with(&future)?),
    ];
    assertions.judged(REFUSAL, forged).await
}

async fn iss_sub(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let assertions = Assertions::of(probe, evidence)?;
    let other = evidence.second()?.id();
    let forged = vec![
        ("iss is another client", assertions.with(&json!({ "iss": other }))?),
        ("sub is another client", assertions.with(&json!({ "sub": other }))?),
        ("no iss", assertions.with(&json!({ "iss": null }))?),
        ("no sub", assertions.with(&json!({ "sub": null }))?),
    ];
    assertions.judged(REFUSAL, forged).await
}
