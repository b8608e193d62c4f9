//! Where the browser goes after logout (OpenID Connect RP-Initiated Logout 1.0 §3).

use super::super::{Check, Group, Seeded, Text};
use super::{logged_in, logging_out};
use crate::audit::evidence::{Evidence, POST_LOGOUT};
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Outcome, Severity};
use crate::audit::probe::{Authorized, Probe, Trouble};

pub(in crate::audit::check) static LOGOUT_REDIRECT: Check = Check {
    id: "logout-redirect",
    group: Group::Logout,
    title: "Logout sends browsers to places that nobody registered",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::ConfidentialClient, Need::User, Need::EndSession, Need::Registration],
    references: &["OpenID Connect RP-Initiated Logout 1.0 §3"],
    text: Text {
        does: "Logs out with a post_logout_redirect_uri of another host, of a subdomain, with another path or query than the registered one, and with the registered one's text as its beginning.",
        why: "A page of a stranger that comes right after the logout of a trusted server looks like its login page.",
        shown: "The browser was sent to the unregistered place.",
        fix: "Compare post_logout_redirect_uri with the registered ones byte for byte, and show a page instead when it is none of them.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(run(probe, evidence)),
};

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let mut bracket = Bracket::new("no redirect to an unregistered place");
    probe.step("control");
    let registered = sent(probe, evidence, POST_LOGOUT).await?;
    bracket.control("the registered place", registered);
    probe.step("probe");
    for (what, place) in [
        ("another host", "https://attacker.audit.example/bye".to_owned()),
        ("a subdomain", POST_LOGOUT.replace("https://", "https://evil.")),
        ("a longer path", format!("{POST_LOGOUT}/more")),
        ("a query", format!("{POST_LOGOUT}?next=https://attacker.audit.example")),
    ] {
        bracket.probe(what, sent(probe, evidence, &place).await?);
    }
    Ok(bracket.judge())
}

/// Logs out of a new session, and looks whether the browser was sent to a place.
async fn sent(probe: &Probe, evidence: &Evidence, place: &str) -> Result<Outcome, Trouble> {
    let Some((mut session, hint)) = logged_in(probe, evidence).await? else {
        return Err(Trouble::Basis("no ID token was issued".to_owned()));
    };
    let url = logging_out(evidence, &hint).with("post_logout_redirect_uri", place);
    let url = url.behind(&evidence.endpoints.end_session);
    let ended = probe.visit(&mut session, &url).await?;
    Ok(to(&ended, place))
}

fn to(ended: &Authorized, place: &str) -> Outcome {
    match ended {
        Authorized::Redirected(location) | Authorized::Posted { action: location, .. } => {
            if location.starts_with(place) {
                Outcome::Accepted("sent there".to_owned())
            } else {
                Outcome::Refused("sent elsewhere".to_owned())
            }
        }
        Authorized::Shown(answer) if answer.status() >= 500 => Outcome::Unclear(ended.summary()),
        Authorized::Shown(_) => Outcome::Refused(ended.summary()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::probe::answer_of;

    #[test]
    fn only_a_redirect_to_the_place_counts() {
        let redirected = |to: &str| Authorized::Redirected(to.to_owned());
        assert!(to(&redirected("https://a/bye?state=x"), "https://a/bye").is_accepted());
        assert!(!to(&redirected("https://b/bye"), "https://a/bye").is_accepted());
        let shown = |status| Authorized::Shown(answer_of(status, &[], ""));
        assert!(matches!(to(&shown(200), "https://a"), Outcome::Refused(_)));
        assert!(matches!(to(&shown(503), "https://a"), Outcome::Unclear(_)));
    }
}
