//! Whether a session id from before the login is worth something after it.

use super::super::{Check, Group, Seeded, Text};
use super::known;
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Severity};
use crate::audit::probe::{Probe, Trouble};

pub(in crate::audit::check) static SESSION_FIXATION: Check = Check {
    id: "session-fixation",
    group: Group::Session,
    title: "The session id does not change at login",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::PublicClient, Need::User],
    references: &["OWASP ASVS 5.0 7.2.4"],
    text: Text {
        does: "Logs a user in with the cookies of before, and with values of its own planted into every cookie of the login; then asks for a code with those old values alone.",
        why: "Who plants a session id into somebody's browser, or saw it before the login, is logged in as that user afterwards.",
        shown: "A browser with the old values was taken for the logged-in user.",
        fix: "Begin each session under a new random id, and end the one before.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(run(probe, evidence)),
};

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (at, client) = (&evidence.endpoints, evidence.public()?);
    let scope = evidence.reading_scope(client);
    let mut first = evidence.session()?;
    if known(probe, evidence, first.clone()).await?.is_accepted() {
        return Ok(Judgement::not_applicable("nobody is asked for a password"));
    }
    let asking = probe.asking(client, &scope, &probe.pkce()?)?;
    // What the server sets before anybody has logged in.
    let mut before = first.clone().looking();
    probe.authorize(at, &mut before, &asking).await?;
    for name in before.cookie_names() {
        if let Some(value) = before.cookie(&name) {
            first.plant(&name, &value.clone());
        }
    }
    probe.step("control");
    probe.code(at, client, &mut first, &scope).await?;
    let mut bracket = Bracket::new("the login page, for whoever has the values of before");
    bracket.control("the browser that logged in", known(probe, evidence, first.clone()).await?);
    probe.step("probe");
    bracket.probe("cookies from before the login", known(probe, evidence, before).await?);
    let mut planted = evidence.session()?;
    for name in first.cookie_names() {
        planted.plant(&name, &probe.random()?);
    }
    let thief = planted.clone();
    let asking = probe.asking(client, &scope, &probe.pkce()?)?;
    probe.authorize(at, &mut planted, &asking).await?;
    bracket.probe("values that were planted", known(probe, evidence, thief).await?);
    Ok(bracket.judge())
}
