//! Refreshes at the same time (RFC 9700 §4.14.2): one line of tokens must not become two.

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Outcome, Severity};
use crate::audit::probe::{Answer, Probe, Trouble, refreshing};
use crate::protocol::Secret;

pub(in crate::audit::check) static REFRESH_RACE: Check = Check {
    id: "refresh-race",
    group: Group::Refresh,
    title: "Refreshes at the same time give several live refresh tokens",
    severity: Severity::High,
    confidence: Confidence::Medium,
    needs: &[Need::PublicClient, Need::User],
    references: &["RFC 9700 §4.14.2"],
    text: Text {
        does: "Sends six equal refreshes at the same time, and then refreshes with each new refresh token that came back.",
        why: "A thief who refreshes in the same moment as the owner gets a line of tokens of his own, and rotation never shows the theft.",
        shown: "Two different refresh tokens of one old one gave new access tokens.",
        fix: "Replace a refresh token with a compare-and-swap: of two requests that read the same one, only one may go on.",
    },
    dominates: &[],
    seeded: Seeded::Otherwise(
        "whether a race is lost depends on timing, so that a weakness would fail now and then only; refresh-reuse makes it fail",
    ),
    run: |probe, evidence| Box::pin(run(probe, evidence)),
};

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (at, client) = (&evidence.endpoints, evidence.public()?);
    let mut session = evidence.session()?;
    probe.step("control");
    let scope = evidence.reading_scope(client);
    let grant = probe.grant(at, client, &mut session, &scope).await?;
    let Some(old) = grant.tokens.refresh_token else {
        return Ok(Judgement::not_applicable("no refresh token is issued to the public client"));
    };
    probe.step("probe");
    let (credentials, params) = (Some(&client.credentials), refreshing(&old));
    let send = || probe.token(at, credentials, &params);
    let answers = tokio::join!(send(), send(), send(), send(), send(), send());
    let answers = [answers.0?, answers.1?, answers.2?, answers.3?, answers.4?, answers.5?];
    let successors = successors(&answers, &old);
    let granted = answers.iter().any(|answer| answer.token_outcome().is_accepted());
    if granted && successors.is_empty() {
        return Ok(Judgement::not_applicable("refresh tokens are not rotated"));
    }
    let mut live = 0;
    for token in successors {
        let answer = probe.token(at, credentials, &refreshing(&token)).await?;
        live += usize::from(answer.token_outcome().is_accepted());
    }
    Ok(judge(&answers, live))
}

/// The different new refresh tokens.
fn successors(answers: &[Answer], old: &Secret) -> Vec<Secret> {
    let mut found: Vec<Secret> = Vec::new();
    for token in answers.iter().filter_map(|answer| answer.tokens()?.refresh_token) {
        if token != *old && !found.contains(&token) {
            found.push(token);
        }
    }
    found
}

fn judge(answers: &[Answer], live: usize) -> Judgement {
    let mut bracket = Bracket::new("one live refresh token at most");
    let outcomes: Vec<_> = answers.iter().map(Answer::token_outcome).collect();
    let first = outcomes.iter().find(|outcome| outcome.is_accepted()).or(outcomes.first());
    let none = || Outcome::Unclear("nothing was answered".to_owned());
    bracket.control("one of six refreshes", first.cloned().unwrap_or_else(none));
    let said = format!("{live} live refresh tokens");
    let forked = if live > 1 { Outcome::Accepted(said) } else { Outcome::Refused(said) };
    bracket.probe("six refreshes at the same time", forked);
    bracket.judge()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::finding::Verdict;
    use crate::audit::probe::answer_of;

    fn token(refresh: &str) -> Answer {
        let body =
            format!(r#"{{"access_token":"t","token_type":"Bearer","refresh_token":"{refresh}"}}"#);
        answer_of(200, &[], &body)
    }

    #[test]
    fn two_live_tokens_are_a_fork_and_no_answer_is_nothing() {
        let refused = || answer_of(400, &[], r#"{"error":"invalid_grant"}"#);
        assert_eq!(judge(&[token("a"), token("b")], 2).verdict, Verdict::Fail);
        assert_eq!(judge(&[token("a"), refused()], 1).verdict, Verdict::Pass);
        assert_eq!(judge(&[token("a"), refused()], 0).verdict, Verdict::Pass);
        assert_eq!(judge(&[refused(), refused()], 0).verdict, Verdict::Inconclusive);
    }

    #[test]
    fn successors_are_new_and_different() {
        let answers = [token("old"), token("a"), token("a"), token("b")];
        let found = successors(&answers, &Secret::new("old"));
        assert_eq!(found, [Secret::new("a"), Secret::new("b")]);
    }
}
