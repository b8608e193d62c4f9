//! A refresh token that was changed (RFC 9700 §4.14.2, RFC 6749 §10.4).

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Severity};
use crate::audit::probe::{Probe, Trouble, refreshing};
use crate::protocol::Secret;
use crate::protocol::forge::Genuine;

pub(in crate::audit::check) static REFRESH_TAMPER: Check = Check {
    id: "refresh-tamper",
    group: Group::Refresh,
    title: "A refresh token that was changed still works",
    severity: Severity::Critical,
    confidence: Confidence::High,
    needs: &[Need::ConfidentialClient, Need::User],
    references: &["RFC 9700 §4.14.2", "RFC 6749 §10.4"],
    text: Text {
        does: "Refreshes with a refresh token whose first or last character is another one, that lacks its last one, that has something behind it, and, if it is a JWT, whose claims were changed or whose signature is gone.",
        why: "A token that carries its grant, and that is not protected against changes, lets its holder write any user and any scope into it.",
        shown: "The changed refresh token gave an access token, and that token works.",
        fix: "Look the whole refresh token up by its hash, or verify its signature before anything in it is read.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(run(probe, evidence)),
};

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (at, client) = (&evidence.endpoints, evidence.confidential()?);
    let credentials = Some(&client.credentials);
    let mut session = evidence.session()?;
    let scope = evidence.reading_scope(client);
    let grant = probe.grant(at, client, &mut session, &scope).await?;
    let Some(token) = grant.tokens.refresh_token else {
        return Ok(Judgement::not_applicable("no refresh token is issued"));
    };
    let mut bracket = Bracket::new("400 invalid_grant");
    probe.step("probe");
    for (what, changed) in changed(&token) {
        let params = refreshing(&changed);
        bracket.probe(what, evidence.token_effect(probe, client, credentials, &params).await?);
    }
    // Last, since a refresh may end the token.
    probe.step("control");
    let outcome = evidence.token_effect(probe, client, credentials, &refreshing(&token)).await?;
    bracket.control("the refresh token as it is", outcome);
    Ok(bracket.judge())
}

fn changed(token: &Secret) -> Vec<(&'static str, Secret)> {
    let text = token.expose();
    let other = |first: Option<char>| if first == Some('a') { 'b' } else { 'a' };
    let (head, tail) = (text.chars().next(), text.chars().last());
    let rest: String = text.chars().skip(1).collect();
    let start: String = text.chars().take(text.chars().count().saturating_sub(1)).collect();
    let mut changed = vec![
        ("another first character", format!("{}{rest}", other(head))),
        ("another last character", format!("{start}{}", other(tail))),
        ("without the last character", start),
        ("something behind it", format!("{text}.x")),
    ];
    if let Some(genuine) = Genuine::of(token) {
        let wider = genuine.clone().with_claim("scope", "admin").with_old_signature();
        changed.push(("other claims", wider.expose().to_owned()));
        changed.push(("no signature", genuine.without_signature().expose().to_owned()));
        changed.push(("alg none", genuine.unsigned("none").expose().to_owned()));
    }
    changed.into_iter().map(|(what, text)| (what, Secret::new(text))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_changed_token_differs() {
        for text in ["abc", "xya", "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln"] {
            let token = Secret::new(text);
            assert!(changed(&token).iter().all(|(_, one)| *one != token));
        }
    }
}
