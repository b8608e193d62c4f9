//! What a code may be redeemed for, when, and after what (RFC 6749 §4.1.2, §4.1.3).

use std::time::Duration;

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::evidence::Profile;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Outcome, Severity};
use crate::audit::probe::{Consent, Probe, Trouble, redemption};

pub(in crate::audit::check) static CODE_SCOPE_UPGRADE: Check = Check {
    id: "code-scope-upgrade",
    group: Group::Code,
    title: "A token request enlarges what the user granted",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::PublicClient, Need::User, Need::Api],
    references: &["RFC 6749 §4.1.3", "RFC 6749 §3.3"],
    text: Text {
        does: "Has the user grant reading, and redeems the code with a scope that holds writing as well.",
        why: "The user agreed to less than the token allows: the consent page is worth nothing.",
        shown: "The answer of the token endpoint says that the token has the further scope.",
        fix: "Issue tokens of a code with the scope that was granted with it; ignore or refuse scope in the token request.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(upgrade(probe, evidence)),
};

pub(in crate::audit::check) static CODE_SURVIVES_DENIAL: Check = Check {
    id: "code-survives-denial",
    group: Group::Code,
    title: "A code is issued though the user said no",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::PublicClient, Need::User],
    references: &["RFC 6749 §4.1.2.1"],
    text: Text {
        does: "Presses the button that says no on the consent page.",
        why: "Whoever refuses a client believes that it gets nothing.",
        shown: "A code was issued.",
        fix: "Issue a code only for an answer that says yes; answer anything else with access_denied.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(denied(probe, evidence)),
};

pub(in crate::audit::check) static CODE_LIFETIME: Check = Check {
    id: "code-lifetime",
    group: Group::Code,
    title: "A code can be redeemed long after it was issued",
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: &[Need::ConfidentialClient, Need::User, Need::Slow],
    references: &["RFC 6749 §4.1.2", "FAPI 2.0 Security Profile §5.3.2.1"],
    text: Text {
        does: "Waits ten minutes and a second before it redeems a code, or a minute and a second under the profile fapi2.",
        why: "A code lies in histories and logs; the longer it lives, the more of them are read before it is dead.",
        shown: "The code gave an access token that works.",
        fix: "Let codes expire after a minute, and after ten at most.",
    },
    dominates: &[],
    seeded: Seeded::Otherwise(
        "to see it fail takes ten minutes of waiting; whether codes expire in time is proved with a clock that is set",
    ),
    run: |probe, evidence| Box::pin(late(probe, evidence)),
};

async fn upgrade(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (at, client, api) = (&evidence.endpoints, evidence.public()?, evidence.api()?);
    let Some(more) = api.write_scope().filter(|scope| client.scope.contains(scope)) else {
        return Ok(Judgement::not_applicable("the API has no further scope"));
    };
    let mut session = evidence.session()?;
    let scope = evidence.reading_scope(client);
    let code = probe.code(at, client, &mut session, &scope).await?;
    probe.step("probe");
    let params = redemption(&code).with("scope", &format!("{scope} {more}"));
    let answer = probe.token(at, Some(&client.credentials), &params).await?;
    let mut bracket = Bracket::new("the granted scope, or 400 invalid_scope");
    bracket.controls.push(evidence.controls.of_public());
    let said = answer.tokens().is_none_or(|tokens| tokens.scope.is_some());
    let outcome = if said {
        Evidence::with_scope(&answer, more)
    } else {
        Outcome::Unclear("the answer does not say which scope it has".to_owned())
    };
    bracket.probe(format!("{more} in the token request"), outcome);
    Ok(bracket.judge())
}

async fn denied(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let client = evidence.public()?;
    let mut session = evidence.session()?.consenting(Consent::Denied);
    let asking = probe.asking(client, &evidence.reading_scope(client), &probe.pkce()?)?;
    probe.step("probe");
    let asking = asking.with("prompt", "consent");
    let authorized = probe.authorize(&evidence.endpoints, &mut session, &asking).await?;
    if !session.was_asked() {
        return Ok(Judgement::not_applicable("no consent page was shown"));
    }
    let mut bracket = Bracket::new("error=access_denied, and no code");
    bracket.controls.push(evidence.controls.of_public());
    bracket.probe("a no on the consent page", authorized.outcome(&client.redirect_uri));
    Ok(bracket.judge())
}

async fn late(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (at, client) = (&evidence.endpoints, evidence.confidential()?);
    let longest = Duration::from_secs(if evidence.profile == Profile::Fapi2 { 60 } else { 600 });
    let mut session = evidence.session()?;
    let scope = evidence.reading_scope(client);
    let code = probe.code(at, client, &mut session, &scope).await?;
    tokio::time::sleep(longest + Duration::from_secs(1)).await;
    probe.step("probe");
    let credentials = Some(&client.credentials);
    let outcome = evidence.token_effect(probe, client, credentials, &redemption(&code)).await?;
    let mut bracket = Bracket::new("400 invalid_grant");
    bracket.controls.push(evidence.controls.of_confidential());
    bracket.probe(format!("a code that is older than {} s", longest.as_secs()), outcome);
    Ok(bracket.judge())
}
