//! Assertions that bring the key which verifies them (RFC 7515 §4.1.3, RFC 8725 §3.10).

use super::super::super::{Check, Group, Seeded, Text};
use super::{Assertions, NEEDS, REFUSAL, SHOWN, unsigned};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Confidence, Judgement, Severity};
use crate::audit::probe::{Probe, Trouble};
use crate::protocol::Algorithm;
use crate::protocol::jose::SigningKey;

pub(in crate::audit::check) static ASSERTION_HEADER_KEY: Check = Check {
    id: "assertion-header-key",
    group: Group::ClientAuthentication,
    title: "A client assertion is verified with a key of its own header",
    severity: Severity::Critical,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["RFC 8725 §3.10", "RFC 7515 §4.1.3"],
    text: Text {
        does: "Authenticates with an assertion that a fresh key signed, and that has this key as jwk in its header, beside the kid of the client's key.",
        why: "Whoever brings the key along verifies against it: anybody acts as any client.",
        shown: SHOWN,
        fix: "Take keys from the client's registration only, and ignore or refuse jwk, jku, x5u and x5c in headers.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(run(probe, evidence)),
};

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let assertions = Assertions::of(probe, evidence)?;
    let stranger = SigningKey::generate(Algorithm::Es256).map_err(unsigned)?;
    let brought = assertions.genuine()?.bringing(&stranger).map_err(unsigned)?;
    assertions.judged(REFUSAL, vec![("a key in the header", brought)]).await
}
