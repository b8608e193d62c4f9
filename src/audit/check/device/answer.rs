//! The user's answer to a device (RFC 8628 §3.3, §5.4).

use super::poll::{FLOW, flow};
use crate::audit::check::{Check, Group, Seeded, Text};
use crate::audit::evidence::{Evidence, NAME};
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Severity};
use crate::audit::probe::{Authorized, Consent, Probe, Trouble};
use crate::protocol::Secret;

const NEEDS: &[Need] = &[Need::Device, Need::DeviceClient, Need::User];

pub(in crate::audit::check) static DEVICE_AUTO_APPROVE: Check = Check {
    id: "device-auto-approve",
    group: Group::Device,
    title: "A link with the user code connects a device without a question",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["RFC 8628 §3.3.1", "RFC 8628 §5.4"],
    text: Text {
        does: "Opens verification_uri_complete in a browser whose user is logged in, presses nothing, and polls.",
        why: "An attacker starts a device of his own and sends the link: one click, or one embedded image, gives him the account.",
        shown: "The poll gave a token though nobody allowed the device.",
        fix: "Show the client and the code, and connect the device only when the user presses a button on that page.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(auto_approve(probe, evidence)),
};

pub(in crate::audit::check) static DEVICE_PAGE_UNINFORMATIVE: Check = Check {
    id: "device-page-uninformative",
    group: Group::Device,
    title: "The page that connects a device shows neither its client nor its code",
    severity: Severity::Low,
    confidence: Confidence::Medium,
    needs: NEEDS,
    references: &["RFC 8628 §5.4", "RFC 8628 §3.3.1"],
    text: Text {
        does: "Follows a user code to the page where a device is allowed, and looks for the client and the code.",
        why: "A user who cannot compare the code with the device cannot notice that the device is another's.",
        shown: "The last page before the device is connected names neither the client nor the code.",
        fix: "Show which client asks, and ask the user to compare the code with the one on the device.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(uninformative(probe, evidence)),
};

async fn auto_approve(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (at, client) = (&evidence.endpoints, evidence.device()?);
    let scope = evidence.reading_scope(client);
    let mut bracket = Bracket::new("authorization_pending");
    probe.step("control");
    bracket.control(FLOW, flow(probe, evidence).await?);
    let mut session = evidence.session()?;
    let own = evidence.confidential()?;
    probe.code(at, own, &mut session, &evidence.reading_scope(own)).await?;
    probe.step("probe");
    let codes = probe.device(at, client, &scope).await?;
    let Some(link) = &codes.verification_uri_complete else {
        return Ok(Judgement::not_applicable("there is no verification_uri_complete"));
    };
    let mut session = session.consenting(Consent::Withheld);
    probe.visit(&mut session, link.expose()).await?;
    let answer = probe.poll(at, client, &codes.device_code).await?;
    bracket.probe("the link opened, and nothing pressed", answer.poll_outcome());
    Ok(bracket.judge())
}

async fn uninformative(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (at, client) = (&evidence.endpoints, evidence.device()?);
    let codes = probe.device(at, client, &evidence.reading_scope(client)).await?;
    let session = evidence.session()?.consenting(Consent::Withheld);
    let mut session = session.typing(&codes.user_code);
    let page = codes.verification_uri_complete.as_ref().map(Secret::expose);
    let authorized = probe.visit(&mut session, page.unwrap_or(&codes.verification_uri)).await?;
    match &authorized {
        Authorized::Shown(answer) if session.was_asked() => {
            Ok(judge_page(&answer.text(), &[client.id(), NAME], codes.user_code.expose()))
        }
        Authorized::Shown(_) | Authorized::Redirected(_) | Authorized::Posted { .. } => {
            Ok(Judgement::inconclusive("a page that asks", authorized.summary()))
        }
    }
}

/// The page names the client, by name or identifier, and the code, with or without its dash.
fn judge_page(html: &str, names: &[&str], code: &str) -> Judgement {
    let named = names.iter().any(|name| !name.is_empty() && html.contains(name));
    let bare = code.replace(['-', ' '], "");
    let coded = html.contains(code) || html.contains(&bare);
    let got = match (named, coded) {
        (true, true) => "both",
        (true, false) => "the client alone",
        (false, true) => "the code alone",
        (false, false) => "neither",
    };
    Judgement::read(named && coded, "the client and the code on the page", got)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::finding::Verdict;

    #[test]
    fn client_and_code_must_both_be_seen() {
        let verdict = |html: &str| judge_page(html, &["tv-app", "My TV"], "ABCD-EFGH").verdict;
        assert_eq!(verdict("<p>My TV asks. Code ABCD-EFGH</p>"), Verdict::Pass);
        assert_eq!(verdict("<p>tv-app asks. Code ABCDEFGH</p>"), Verdict::Pass);
        assert_eq!(verdict("<p>My TV asks.</p>"), Verdict::Fail);
        assert_eq!(verdict("<p>Code ABCD-EFGH. Allow?</p>"), Verdict::Fail);
    }
}
