//! Whether there is any token that a thief cannot use (RFC 9700 §2.2.1).

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Confidence, Judgement, Severity};

pub(in crate::audit::check) static SENDER_CONSTRAINT_ABSENT: Check = Check {
    id: "sender-constraint-absent",
    group: Group::Token,
    title: "Only plain bearer tokens can be had",
    severity: Severity::Low,
    confidence: Confidence::Medium,
    needs: &[],
    references: &["RFC 9700 §2.2.1"],
    text: Text {
        does: "Reads whether the metadata offers DPoP or certificate-bound access tokens.",
        why: "A bearer token works for whoever holds it. Bound to a key of the client, a token that leaks is worth nothing.",
        shown: "The metadata has neither dpop_signing_alg_values_supported nor tls_client_certificate_bound_access_tokens.",
        fix: "Offer DPoP (RFC 9449), or certificate-bound access tokens (RFC 8705), and say so in the metadata.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |_, evidence| Box::pin(std::future::ready(Ok(run(evidence)))),
};

fn run(evidence: &Evidence) -> Judgement {
    let expected = "DPoP, or certificate-bound access tokens";
    let documents = [&evidence.oauth, &evidence.openid];
    if documents.iter().all(|document| !document.is_there()) {
        return Judgement::inconclusive(expected, "there is no metadata");
    }
    let dpop = documents.iter().any(|one| !one.list(DPOP).is_empty());
    let certificates = documents.iter().any(|one| {
        let member = one.json.as_ref().and_then(|json| json.get(CERTIFICATES)?.as_bool());
        member == Some(true)
    });
    let got = match (dpop, certificates) {
        (true, true) => "both",
        (true, false) => "DPoP",
        (false, true) => "certificate-bound access tokens",
        (false, false) => "neither of them",
    };
    Judgement::read(dpop || certificates, expected, got)
}

const DPOP: &str = "dpop_signing_alg_values_supported";
const CERTIFICATES: &str = "tls_client_certificate_bound_access_tokens";
