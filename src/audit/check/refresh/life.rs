//! How long refresh tokens live (OWASP ASVS 10.4.8, RFC 9700 §4.14.2), and who gets one.

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::{Client, Evidence};
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Outcome, Severity};
use crate::audit::probe::{Probe, Trouble, redemption};
use crate::protocol::GrantType;

/// The longest life, in seconds: a year.
const YEAR: u64 = 366 * 24 * 3600;

pub(in crate::audit::check) static REFRESH_NO_EXPIRY: Check = Check {
    id: "refresh-no-expiry",
    group: Group::Refresh,
    title: "Refresh tokens do not expire",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    needs: &[Need::ConfidentialClient, Need::User, Need::Introspection],
    references: &["RFC 9700 §4.14.2", "OWASP ASVS 5.0 10.4.8"],
    text: Text {
        does: "Introspects a refresh token and reads exp.",
        why: "A refresh token that lies in an old backup is access for ever, unless it ends by itself.",
        shown: "The refresh token is active and has no exp, or one that lies more than a year ahead.",
        fix: "Give refresh tokens a time after which they end when they are not used, and one after which they end at any rate.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(expiry(probe, evidence)),
};

pub(in crate::audit::check) static REFRESH_UNNEEDED: Check = Check {
    id: "refresh-unneeded",
    group: Group::Refresh,
    title: "A client gets refresh tokens that it did not register for",
    severity: Severity::Low,
    confidence: Confidence::High,
    needs: &[Need::ConfidentialClient, Need::User, Need::Registration],
    references: &["RFC 9700 §4.14.2", "RFC 7591 §2"],
    text: Text {
        does: "Redeems a code as a client that registered for authorization_code alone.",
        why: "A token that nobody uses is nobody's to watch: it lies where it was stored until somebody finds it.",
        shown: "The answer has a refresh token.",
        fix: "Issue refresh tokens to clients that are registered for the grant refresh_token, where the risk allows it.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(unneeded(probe, evidence)),
};

async fn expiry(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (at, client) = (&evidence.endpoints, evidence.confidential()?);
    let control = evidence.controls.of_confidential();
    let expected = "an exp within a year";
    if !control.outcome.is_accepted() {
        return Ok(Judgement::inconclusive(expected, control.to_string()));
    }
    let mut session = evidence.session()?;
    let scope = evidence.reading_scope(client);
    let grant = probe.grant(at, client, &mut session, &scope).await?;
    let Some(token) = grant.tokens.refresh_token else {
        return Ok(Judgement::not_applicable("no refresh token is issued"));
    };
    let answer = probe.introspect(at, Some(&client.credentials), &token).await?;
    let Some(told) = answer.introspection() else {
        return Ok(Judgement::inconclusive(expected, answer.summary()));
    };
    if !told.active {
        return Ok(Judgement::not_applicable("introspection does not speak of refresh tokens"));
    }
    Ok(judge(told.exp.map(|exp| exp.saturating_sub(probe.now().secs())), expected))
}

fn judge(life: Option<u64>, expected: &str) -> Judgement {
    let got = life.map_or_else(|| "no exp".to_owned(), |life| format!("{life} s ahead"));
    Judgement::read(life.is_some_and(|life| life <= YEAR), expected, got)
}

async fn unneeded(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let scope = evidence.reading_scope(evidence.confidential()?);
    let made = evidence.spare(probe, &[GrantType::AuthorizationCode], &scope).await?;
    let Some(made) = made else {
        return Ok(Judgement::not_applicable("no client registers without refresh tokens"));
    };
    let judged = granted(probe, evidence, (&made.client, &scope)).await;
    evidence.take_back(probe, made).await?;
    judged
}

async fn granted(
    probe: &Probe,
    evidence: &Evidence,
    (client, scope): (&Client, &str),
) -> Result<Judgement, Trouble> {
    let at = &evidence.endpoints;
    let mut session = evidence.session()?;
    let code = probe.code(at, client, &mut session, scope).await?;
    let answer = probe.token(at, Some(&client.credentials), &redemption(&code)).await?;
    let mut bracket = Bracket::new("an answer without refresh_token");
    bracket.control("redeeming a code", answer.token_outcome());
    let refresh = answer.tokens().and_then(|tokens| tokens.refresh_token);
    let outcome = match refresh {
        Some(_) => Outcome::Accepted("a refresh token was issued".to_owned()),
        None => Outcome::Refused("no refresh token".to_owned()),
    };
    bracket.probe("a refresh token for a client without the grant", outcome);
    Ok(bracket.judge())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::finding::Verdict;

    #[test]
    fn a_year_is_the_limit_and_no_end_is_none() {
        assert_eq!(judge(Some(3600), "").verdict, Verdict::Pass);
        assert_eq!(judge(Some(YEAR + 1), "").verdict, Verdict::Fail);
        assert_eq!(judge(None, "").verdict, Verdict::Fail);
    }
}
