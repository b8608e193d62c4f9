//! Whoever registered himself is not trusted by that (RFC 7591 §5, OWASP ASVS 10.7.1).

use serde_json::json;

use crate::audit::check::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Outcome, Severity};
use crate::audit::probe::{Probe, Trouble};

pub(super) static DCR_CLIENT_NO_CONSENT: Check = Check {
    id: "dcr-client-no-consent",
    group: Group::Registration,
    title: "A client that registered itself gets a code without a question",
    severity: Severity::Critical,
    confidence: Confidence::High,
    needs: &[Need::Registration, Need::PublicClient, Need::User],
    references: &["RFC 7591 §5", "OWASP ASVS 5.0 10.7.1"],
    text: Text {
        does: "Logs a user in, registers a new client, and asks for it in the same browser.",
        why: "A stranger registers a client, sends a logged-in user one link, and has the account: nobody was asked.",
        shown: "A code was issued, and no page asked for consent.",
        fix: "Ask the user for every client that registered itself, at least the first time.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(run(probe, evidence)),
};

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (at, client) = (&evidence.endpoints, evidence.public()?);
    let mut session = evidence.session()?;
    probe.step("control");
    probe.code(at, client, &mut session, &evidence.reading_scope(client)).await?;
    session.begin_anew();
    let own = evidence.register_own(probe, &json!({})).await?;
    let mut bracket = Bracket::new("a page that asks");
    bracket.controls.push(evidence.controls.of_public());
    probe.step("probe");
    let asking = probe.asking(&own.client, &evidence.reading_scope(&own.client), &probe.pkce()?)?;
    let authorized = probe.authorize(at, &mut session, &asking).await?;
    let outcome = match authorized.outcome(&own.client.redirect_uri) {
        Outcome::Accepted(said) if session.was_asked() => {
            Outcome::Refused(format!("the user was asked, then {said}"))
        }
        outcome => outcome,
    };
    bracket.probe("a new client in a live session", outcome);
    Ok(bracket.judge())
}
