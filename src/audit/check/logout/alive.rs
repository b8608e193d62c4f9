//! A session is over when it is over at the server (OWASP ASVS 7.4.1).

use super::super::{Check, Group, Seeded, Text};
use super::{logged_in, logging_out};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Outcome, Severity};
use crate::audit::probe::{Probe, Session, Trouble};

pub(in crate::audit::check) static LOGOUT_SESSION_ALIVE: Check = Check {
    id: "logout-session-alive",
    group: Group::Logout,
    title: "A session's cookie works after logout",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::ConfidentialClient, Need::User, Need::EndSession],
    references: &["OWASP ASVS 5.0 7.4.1"],
    text: Text {
        does: "Logs in, keeps a copy of the cookies, logs out, and asks for a code with the copy.",
        why: "Who logs out at a shared machine, or after a theft, means to end the session everywhere: a copied cookie must be worth nothing.",
        shown: "A code was issued for the old cookies without a password.",
        fix: "Delete the session at the server; taking the cookie away from the browser ends nothing.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(run(probe, evidence)),
};

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let mut bracket = Bracket::new("a login page for the old cookies");
    probe.step("control");
    if alive(probe, evidence, &evidence.session()?).await?.is_accepted() {
        return Ok(Judgement::not_applicable("nobody is asked for a password"));
    }
    let Some((mut session, hint)) = logged_in(probe, evidence).await? else {
        return Ok(Judgement::not_applicable("no ID token is issued that could be a hint"));
    };
    let copy = session.copied();
    bracket.control("the cookies before the logout", alive(probe, evidence, &copy).await?);
    let url = logging_out(evidence, &hint).behind(&evidence.endpoints.end_session);
    let ended = probe.visit(&mut session, &url).await?;
    let browser = alive(probe, evidence, &session.copied()).await?;
    let logged_out = match browser {
        Outcome::Refused(how) => Outcome::Accepted(how),
        other => Outcome::Unclear(format!("{}: {other}", ended.summary())),
    };
    bracket.control("the browser is logged out", logged_out);
    probe.step("probe");
    bracket.probe("the old cookies", alive(probe, evidence, &copy).await?);
    Ok(bracket.judge())
}

/// Whether these cookies get a code without a password.
pub(super) async fn alive(
    probe: &Probe,
    evidence: &Evidence,
    session: &Session,
) -> Result<Outcome, Trouble> {
    let client = evidence.confidential()?;
    let mut session = session.copied();
    let scope = evidence.reading_scope(client);
    let asking = probe.asking(client, &scope, &probe.pkce()?)?;
    let ended = probe.authorize(&evidence.endpoints, &mut session, &asking).await?;
    Ok(match (ended.code(), session.gave_password()) {
        (Some(_), false) => Outcome::Accepted("a code without a password".to_owned()),
        (Some(_), true) => Outcome::Refused("a password was asked for".to_owned()),
        (None, _) => ended.outcome(&client.redirect_uri),
    })
}
