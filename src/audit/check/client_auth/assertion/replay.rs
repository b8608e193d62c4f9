//! An assertion that is sent twice (RFC 7523 §3, OpenID Connect Core §9).

use super::super::super::{Check, Group, Seeded, Text};
use super::{Assertions, NEEDS, asserted};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Severity};
use crate::audit::probe::{Params, Probe, Trouble};

pub(in crate::audit::check) static ASSERTION_REPLAY: Check = Check {
    id: "assertion-replay",
    group: Group::ClientAuthentication,
    title: "A client assertion can be used twice",
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["RFC 7523 §3", "OpenID Connect Core §9"],
    text: Text {
        does: "Sends one assertion to the token endpoint twice, and then to the revocation endpoint.",
        why: "Whoever sees an assertion in a log or at a proxy is the client until it expires.",
        shown: "The second use was accepted: with a token that works, or with success at the revocation endpoint.",
        fix: "Demand jti, remember each one of a client until its assertion would be refused for its age, at all endpoints together.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(run(probe, evidence)),
};

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let assertions = Assertions::of(probe, evidence)?;
    let assertion = assertions.good()?;
    let mut bracket = Bracket::new("401 invalid_client from the second use on");
    probe.step("control");
    bracket.control("the first use", assertions.outcome(&assertion).await?);
    probe.step("probe");
    bracket.probe("the second use", assertions.outcome(&assertion).await?);
    if !evidence.endpoints.revocation.is_empty() {
        let token = probe.random()?;
        let nothing = Params::of([("token", token.expose())]);
        let url = &evidence.endpoints.revocation;
        let fresh = asserted(nothing.clone(), &assertions.good()?);
        // Whether the endpoint knows such clients at all shows with an assertion of its own.
        if probe.form(url, None, &fresh).await?.access_outcome().is_accepted() {
            let again = probe.form(url, None, &asserted(nothing, &assertion)).await?;
            bracket.probe("a use at the revocation endpoint", again.access_outcome());
        }
    }
    Ok(bracket.judge())
}
