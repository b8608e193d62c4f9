//! What a client says of itself is shown as text (RFC 7591 §5).

use serde_json::{Value, json};

use crate::audit::check::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Outcome, Severity};
use crate::audit::probe::{Authorized, Consent, Probe, Trouble};

pub(super) static DCR_NAME_INJECTION: Check = Check {
    id: "dcr-name-injection",
    group: Group::Registration,
    title: "The name or a link of a client changes the consent page",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::Registration, Need::User],
    references: &["RFC 7591 §5", "OWASP ASVS 5.0 1.2.1"],
    text: Text {
        does: "Registers clients with HTML and with a direction override in their name, and with script links, and reads the consent page.",
        why: "The page on which users decide is rewritten by whoever asks: a stranger's script answers for them.",
        shown: "The markup, the override or the link stands on the consent page as it was sent.",
        fix: "Escape everything that clients say, refuse control and direction characters in names, and link only to https.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(run(probe, evidence)),
};

const MARKUP: &str = "<b id=audit-canary>audit</b>";
const OVERRIDE: &str = "audit\u{202e}tidua";
const LINK: &str = "javascript:alert('audit-canary')";

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let mut bracket = Bracket::new("escaped text, or a refusal");
    probe.step("control");
    let plain = page(probe, evidence, &json!({})).await?;
    let outcome = match plain {
        Page::Shown(_) => Outcome::Accepted("the consent page was shown".to_owned()),
        Page::None(_) => return Ok(Judgement::not_applicable("no consent page is shown")),
        Page::Refused(why) => Outcome::Refused(why),
    };
    bracket.control("a plain name", outcome);
    probe.step("probe");
    for (what, changes, sent) in [
        ("HTML in the name", json!({ "client_name": MARKUP }), MARKUP),
        ("a direction override in the name", json!({ "client_name": OVERRIDE }), OVERRIDE),
        ("a script as home page", json!({ "client_uri": LINK, "tos_uri": LINK }), LINK),
        ("a script as logo", json!({ "logo_uri": LINK }), LINK),
    ] {
        let outcome = match page(probe, evidence, &changes).await? {
            Page::Shown(html) => judge(&html, sent),
            Page::Refused(why) => Outcome::Refused(why),
            Page::None(said) => Outcome::Unclear(said),
        };
        bracket.probe(what, outcome);
    }
    Ok(bracket.judge())
}

enum Page {
    Shown(String),
    /// Such a client is not registered.
    Refused(String),
    /// It is registered, but no page asks for it.
    None(String),
}

async fn page(probe: &Probe, evidence: &Evidence, changes: &Value) -> Result<Page, Trouble> {
    let own = match evidence.register_own(probe, changes).await {
        Ok(own) => own,
        Err(Trouble::Basis(why)) => return Ok(Page::Refused(why)),
        Err(trouble) => return Err(trouble),
    };
    let client = &own.client;
    let mut session = evidence.session()?.consenting(Consent::Withheld);
    let asking = probe.asking(client, &evidence.reading_scope(client), &probe.pkce()?)?;
    let authorized = probe.authorize(&evidence.endpoints, &mut session, &asking).await?;
    Ok(match &authorized {
        Authorized::Shown(answer) if session.was_asked() => Page::Shown(answer.text().into_owned()),
        Authorized::Shown(_) | Authorized::Redirected(_) | Authorized::Posted { .. } => {
            Page::None(authorized.summary())
        }
    })
}

fn judge(html: &str, sent: &str) -> Outcome {
    // A script is dangerous as the target of a link only.
    let there = if sent == LINK {
        html.contains("=\"javascript:") || html.contains("='javascript:")
    } else {
        html.contains(sent)
    };
    if there {
        Outcome::Accepted("it stands there as it was sent".to_owned())
    } else {
        Outcome::Refused("it is not there as it was sent".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaped_text_is_only_text() {
        assert!(judge(&format!("<p>{MARKUP} asks"), MARKUP).is_accepted());
        assert!(
            !judge("<p>&#60;b id=audit-canary&#62;audit&#60;/b&#62; asks", MARKUP).is_accepted()
        );
        assert!(judge("<a href=\"javascript:alert('audit-canary')\">", LINK).is_accepted());
        assert!(!judge("<p>Home page: javascript:alert('audit-canary')", LINK).is_accepted());
        assert!(judge("<p>audit\u{202e}tidua", OVERRIDE).is_accepted());
    }
}
