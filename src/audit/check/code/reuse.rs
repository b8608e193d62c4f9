//! A code works once (RFC 6749 §4.1.2), also when two requests come at the same time.

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Outcome, Severity};
use crate::audit::probe::{Params, Probe, Trouble, redemption};

const NEEDS: &[Need] = &[Need::ConfidentialClient, Need::User];
const WHY: &str = "A code leaks more easily than a token: through histories, logs and referrers. Used once, it is worthless afterwards.";

pub(in crate::audit::check) static CODE_REUSE: Check = Check {
    id: "code-reuse",
    group: Group::Code,
    title: "An authorization code can be redeemed again",
    severity: Severity::Critical,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["RFC 6749 §4.1.2"],
    text: Text {
        does: "Redeems a code, and sends the same request again.",
        why: WHY,
        shown: "The second request gave an access token, and that token works.",
        fix: "Mark the code as used before tokens are issued, in one atomic step, and keep the mark until the code would have expired.",
    },
    dominates: &["code-race"],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(reuse(probe, evidence)),
};

pub(in crate::audit::check) static CODE_RACE: Check = Check {
    id: "code-race",
    group: Group::Code,
    title: "Requests at the same time redeem one code several times",
    severity: Severity::High,
    confidence: Confidence::Medium,
    needs: NEEDS,
    references: &["RFC 6749 §4.1.2"],
    text: Text {
        does: "Sends six equal requests for one code at the same time.",
        why: WHY,
        shown: "More than one of the requests was answered with an access token.",
        fix: "Take the code with a compare-and-swap or a delete that reports whether it deleted something; a read and a later write leave a gap.",
    },
    dominates: &[],
    seeded: Seeded::Otherwise(
        "whether a race is lost depends on timing, so that a weakness would fail now and then only; code-reuse makes it fail",
    ),
    run: |probe, evidence| Box::pin(race(probe, evidence)),
};

async fn reuse(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let client = evidence.confidential()?;
    let params = good(probe, evidence).await?;
    let credentials = Some(&client.credentials);
    let mut bracket = Bracket::new("400 invalid_grant the second time");
    probe.step("control");
    let first = evidence.token_effect(probe, client, credentials, &params).await?;
    bracket.control("the code, the first time", first);
    probe.step("probe");
    let second = evidence.token_effect(probe, client, credentials, &params).await?;
    bracket.probe("the code, the second time", second);
    Ok(bracket.judge())
}

async fn race(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (at, client) = (&evidence.endpoints, evidence.confidential()?);
    let params = good(probe, evidence).await?;
    probe.step("probe");
    let send = || probe.token(at, Some(&client.credentials), &params);
    let answers = tokio::join!(send(), send(), send(), send(), send(), send());
    let answers = [answers.0?, answers.1?, answers.2?, answers.3?, answers.4?, answers.5?];
    // Whether a token works says nothing here: a replay that is noticed ends all of them.
    Ok(judge_race(answers.map(|answer| answer.token_outcome())))
}

fn judge_race(outcomes: [Outcome; 6]) -> Judgement {
    let mut bracket = Bracket::new("one request accepted, every other refused");
    let mut outcomes = Vec::from(outcomes);
    // The accepted one first: it is the control of the others.
    outcomes.sort_by_key(|outcome| !outcome.is_accepted());
    for (at, outcome) in outcomes.into_iter().enumerate() {
        let what = format!("request {} of 6", at + 1);
        if at == 0 { bracket.control(what, outcome) } else { bracket.probe(what, outcome) }
    }
    bracket.judge()
}

async fn good(probe: &Probe, evidence: &Evidence) -> Result<Params, Trouble> {
    let client = evidence.confidential()?;
    let mut session = evidence.session()?;
    let scope = evidence.reading_scope(client);
    let code = probe.code(&evidence.endpoints, client, &mut session, &scope).await?;
    Ok(redemption(&code))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::finding::Verdict;

    #[test]
    fn exactly_one_winner_passes() {
        let yes = || Outcome::Accepted("200".to_owned());
        let no = || Outcome::Refused("400".to_owned());
        let verdict = |outcomes| judge_race(outcomes).verdict;
        assert_eq!(verdict([no(), no(), yes(), no(), no(), no()]), Verdict::Pass);
        assert_eq!(verdict([no(), yes(), no(), yes(), no(), no()]), Verdict::Fail);
        assert_eq!(verdict([no(), no(), no(), no(), no(), no()]), Verdict::Inconclusive);
    }
}
