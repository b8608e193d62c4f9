//! What a request may hold: each parameter once (RFC 6749 §3.1), and nothing that reaches a page as
//! markup.

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Outcome, Severity};
use crate::audit::probe::{Answer, Authorized, Probe, Trouble};

const NEEDS: &[Need] = &[Need::ConfidentialClient, Need::User];

pub(in crate::audit::check) static DUPLICATE_PARAMS: Check = Check {
    id: "duplicate-params",
    group: Group::Authorization,
    title: "Repeated parameters of an authorization request are accepted",
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["RFC 6749 §3.1"],
    text: Text {
        does: "Asks with client_id, scope, state, response_type and code_challenge, each once more with another value.",
        why: "Two programs that read the same request differently, such as a gateway and the server behind it, decide about different requests.",
        shown: "A code was issued for a request in which a parameter stands twice.",
        fix: "Answer a request in which a parameter occurs more than once with invalid_request.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(duplicates(probe, evidence)),
};

pub(in crate::audit::check) static REFLECTED_INPUT: Check = Check {
    id: "reflected-input",
    group: Group::Authorization,
    title: "A page shows parameters of the request as markup",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["RFC 6749 §10.14"],
    text: Text {
        does: "Asks with markup in state, scope, client_id, login_hint, ui_locales, redirect_uri, response_type and prompt, and looks for it in the first page.",
        why: "Whoever makes the link runs script on the page where users type their passwords.",
        shown: "The markup stands in a page as it was sent.",
        fix: "Let a template engine escape whatever comes from a request, and forbid scripts by a content security policy.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(reflected(probe, evidence)),
};

async fn duplicates(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let client = evidence.confidential()?;
    let mut session = evidence.session()?;
    let mut bracket = Bracket::new("400, or error=invalid_request, and no code");
    bracket.controls.push(evidence.controls.of_confidential());
    probe.step("probe");
    for (name, again) in [
        ("client_id", client.id()),
        ("scope", "openid"),
        ("state", "again"),
        ("response_type", "code"),
        ("code_challenge", &probe.pkce()?.challenge),
    ] {
        let asking = probe.asking(client, &evidence.reading_scope(client), &probe.pkce()?)?;
        let asking = asking.and(name, again);
        let authorized = probe.authorize(&evidence.endpoints, &mut session, &asking).await?;
        bracket.probe(format!("{name} twice"), authorized.outcome(&client.redirect_uri));
    }
    Ok(bracket.judge())
}

const MARKUP: &str = r#"x"><svg onload=oauthlab>'"#;

async fn reflected(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let client = evidence.confidential()?;
    let mut bracket = Bracket::new("the markup escaped, or not shown");
    bracket.controls.push(evidence.controls.of_confidential());
    probe.step("probe");
    for name in [
        "state",
        "scope",
        "client_id",
        "login_hint",
        "ui_locales",
        "redirect_uri",
        "response_type",
        "prompt",
    ] {
        let mut session = evidence.session()?.looking();
        let asking = probe.asking(client, &evidence.reading_scope(client), &probe.pkce()?)?;
        let asking = asking.with(name, MARKUP);
        let authorized = probe.authorize(&evidence.endpoints, &mut session, &asking).await?;
        bracket.probe(name, shows(session.pages(), &authorized));
    }
    Ok(bracket.judge())
}

/// Whether one of the pages holds the markup as it was sent.
fn shows(pages: &[Answer], authorized: &Authorized) -> Outcome {
    let raw = |page: &&Answer| page.is_html() && page.text().contains(r#""><svg onload=oauthlab>"#);
    match pages.iter().find(raw) {
        Some(page) => Outcome::Accepted(format!("{}, with the markup in it", page.status())),
        None => Outcome::Refused(authorized.summary()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::super::probe::answer_of;
    use super::*;

    #[test]
    fn only_raw_markup_in_html_counts() {
        let sent = Authorized::Redirected("https://app.example/cb?error=x".to_owned());
        let page = |kind: &str, text: &str| [answer_of(400, &[("content-type", kind)], text)];
        assert!(shows(&page("text/html", MARKUP), &sent).is_accepted());
        for (kind, text) in
            [("application/json", MARKUP), ("text/html", "x&quot;&gt;&lt;svg onload=oauthlab&gt;")]
        {
            assert!(matches!(shows(&page(kind, text), &sent), Outcome::Refused(_)), "{kind}");
        }
    }
}
