//! Consent comes from the page that was shown (RFC 6749 §10.12).

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Severity};
use crate::audit::probe::{Consent, Probe, Trouble};

pub(in crate::audit::check) static CONSENT_CSRF: Check = Check {
    id: "consent-csrf",
    group: Group::Consent,
    title: "Consent is accepted without the token of its page",
    severity: Severity::Critical,
    confidence: Confidence::High,
    needs: &[Need::PublicClient, Need::User],
    references: &["RFC 6749 §10.12"],
    text: Text {
        does: "Sends the consent form without its hidden token, and with the Origin of another site.",
        why: "Any page that a logged-in user visits can allow a client of the attacker in the user's name.",
        shown: "A code was issued.",
        fix: "Put an unguessable value, tied to this browser and this request, into the form, and refuse answers without it.",
    },
    dominates: &["consent-token-unbound"],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(run(probe, evidence)),
};

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (at, client) = (&evidence.endpoints, evidence.public()?);
    let mut session = evidence.session()?.consenting(Consent::Forged);
    let pkce = probe.pkce()?;
    let asking = probe.asking(client, &evidence.reading_scope(client), &pkce)?;
    // Consent may be remembered; where the parameter is known, the page is shown all the same.
    let asking = asking.with("prompt", "consent");
    probe.step("probe");
    let authorized = probe.authorize(at, &mut session, &asking).await?;
    if !session.was_asked() {
        return Ok(Judgement::not_applicable("no consent page with a hidden token was shown"));
    }
    let mut bracket = Bracket::new("a refusal, and no code");
    bracket.controls.push(evidence.controls.of_public());
    bracket.probe("the form without its token", authorized.outcome(&client.redirect_uri));
    Ok(bracket.judge())
}
