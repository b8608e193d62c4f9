//! The page that posts an answer to the client (OAuth 2.0 Form Post Response Mode §2).

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Outcome, Severity};
use crate::audit::probe::{Channel, Probe, Trouble};

pub(in crate::audit::check) static REDIRECT_FORM_POST_XSS: Check = Check {
    id: "redirect-form-post-xss",
    group: Group::RedirectUri,
    title: "The page that posts an answer holds markup of the request",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::ConfidentialClient, Need::User],
    references: &["OAuth 2.0 Form Post Response Mode §2"],
    text: Text {
        does: "Asks with response_mode=form_post and a state that holds markup, and looks for it in the page that posts the answer.",
        why: "Whoever makes the link runs script on a page of the server that holds a code.",
        shown: "The markup stands in the page as it was sent.",
        fix: "Escape every value of the form, and its action, as HTML attributes.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(run(probe, evidence)),
};

const MARKUP: &str = r#"x"><svg onload=oauthlab>'"#;

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let client = evidence.confidential()?;
    let mut session = evidence.session()?;
    let asking = probe.asking(client, &evidence.reading_scope(client), &probe.pkce()?)?;
    let asking = asking.with("response_mode", "form_post").with("state", MARKUP);
    probe.step("probe");
    let authorized = probe.authorize(&evidence.endpoints, &mut session, &asking).await?;
    let refused = matches!(authorized.outcome(&client.redirect_uri), Outcome::Refused(_));
    let elsewhere = authorized.place().is_some() && authorized.channel() != Some(Channel::Form);
    if refused || elsewhere {
        return Ok(Judgement::not_applicable("response_mode=form_post is not honoured"));
    }
    let mut bracket = Bracket::new("the markup escaped");
    bracket.controls.push(evidence.controls.of_confidential());
    let raw = session.pages().iter().any(|page| page.text().contains(r#""><svg onload=oauthlab>"#));
    let outcome = match (raw, authorized.channel()) {
        (true, _) => Outcome::Accepted("the markup stands in the page".to_owned()),
        (false, Some(_)) => Outcome::Refused("the markup is escaped".to_owned()),
        (false, None) => Outcome::Unclear(authorized.summary()),
    };
    bracket.probe("a state with markup", outcome);
    Ok(bracket.judge())
}
