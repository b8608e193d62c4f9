//! Who may end a session (OpenID Connect RP-Initiated Logout 1.0 §2, §4).

use super::super::{Check, Group, Seeded, Text};
use super::{alive::alive, logged_in, logging_out};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Outcome, Severity};
use crate::audit::probe::{Probe, Trouble};
use crate::protocol::Secret;
use crate::protocol::forge::Genuine;

const NEEDS: &[Need] = &[Need::ConfidentialClient, Need::User, Need::EndSession];
const NOBODY: &str = "nobody is asked for a password";
const NO_HINT: &str = "no ID token is issued that could be a hint";

pub(in crate::audit::check) static LOGOUT_FORCED: Check = Check {
    id: "logout-forced",
    group: Group::Logout,
    title: "Any page can log users out",
    severity: Severity::Low,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["OpenID Connect RP-Initiated Logout 1.0 §2", "OWASP ASVS 5.0 10.6.2"],
    text: Text {
        does: "Opens the logout endpoint in a browser that is logged in, without a hint, as an image of a foreign page would, and answers no question.",
        why: "A stranger ends sessions in passing; and who must log in again and again types the password into whatever asks for it.",
        shown: "The session was over after one GET without a hint.",
        fix: "Ask the user before a session ends, unless an ID token of this very session comes along.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(forced(probe, evidence)),
};

pub(in crate::audit::check) static LOGOUT_HINT_FORGED: Check = Check {
    id: "logout-hint-forged",
    group: Group::Logout,
    title: "A forged ID token counts as a hint at logout",
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["OpenID Connect RP-Initiated Logout 1.0 §4"],
    text: Text {
        does: "Opens the logout endpoint in a browser that is logged in, with its ID token without a signature, with alg none, and with another claim under the old signature.",
        why: "The hint is what spares the user the question: forged, it lets any page end sessions, and choose where the browser goes.",
        shown: "The session was over after a request with a forged hint.",
        fix: "Verify the signature of id_token_hint; only its age may be forgiven.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(forged(probe, evidence)),
};

async fn forced(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let mut bracket = Bracket::new("a question, and the session goes on");
    probe.step("control");
    if alive(probe, evidence, &evidence.session()?).await?.is_accepted() {
        return Ok(Judgement::not_applicable(NOBODY));
    }
    let Some((session, hint)) = logged_in(probe, evidence).await? else {
        return Ok(Judgement::not_applicable(NO_HINT));
    };
    bracket.control("the session before", alive(probe, evidence, &session).await?);
    probe.step("probe");
    probe.open(&session, &evidence.endpoints.end_session).await?;
    bracket.probe("a GET without a hint", over(alive(probe, evidence, &session).await?));
    probe.step("control");
    bracket.control("with a good hint", ended_by(probe, evidence, &hint).await?);
    Ok(bracket.judge())
}

async fn forged(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let mut bracket = Bracket::new("a refusal, or a question");
    probe.step("control");
    if alive(probe, evidence, &evidence.session()?).await?.is_accepted() {
        return Ok(Judgement::not_applicable(NOBODY));
    }
    let Some((session, hint)) = logged_in(probe, evidence).await? else {
        return Ok(Judgement::not_applicable(NO_HINT));
    };
    let Some(genuine) = Genuine::of(&hint) else {
        return Ok(Judgement::not_applicable(NO_HINT));
    };
    bracket.control("the session before", alive(probe, evidence, &session).await?);
    probe.step("probe");
    let changed = genuine.clone().with_claim("forged", true).with_old_signature();
    for (what, hint) in [
        ("no signature", genuine.without_signature()),
        ("alg none", genuine.unsigned("none")),
        ("another claim", changed),
    ] {
        let url = logging_out(evidence, &hint).behind(&evidence.endpoints.end_session);
        probe.open(&session, &url).await?;
        bracket.probe(what, over(alive(probe, evidence, &session).await?));
    }
    probe.step("control");
    bracket.control("with a good hint", ended_by(probe, evidence, &hint).await?);
    Ok(bracket.judge())
}

/// Whether a hint is believed at all by this server: it is refused as a client's error otherwise.
async fn ended_by(probe: &Probe, evidence: &Evidence, hint: &Secret) -> Result<Outcome, Trouble> {
    let session = evidence.session()?;
    let url = logging_out(evidence, hint).behind(&evidence.endpoints.end_session);
    let answer = probe.open(&session, &url).await?;
    Ok(match answer.status() {
        200..=399 => Outcome::Accepted(answer.summary()),
        _ => answer.access_outcome(),
    })
}

/// A session that is over is what is looked for.
fn over(alive: Outcome) -> Outcome {
    match alive {
        Outcome::Accepted(how) => Outcome::Refused(format!("still logged in: {how}")),
        Outcome::Refused(how) => Outcome::Accepted(format!("logged out: {how}")),
        Outcome::Unclear(how) => Outcome::Unclear(how),
    }
}
