//! Answers with tokens are not kept by caches (RFC 6749 §5.1).

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Confidence, Judgement, Need, Severity};
use crate::audit::probe::{Answer, Probe, Trouble, for_itself};

pub(in crate::audit::check) static NO_STORE_TOKEN: Check = Check {
    id: "no-store-token",
    group: Group::Issued,
    title: "Token responses may be kept by caches",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::MachineClient],
    references: &["RFC 6749 §5.1"],
    text: Text {
        does: "Looks at Cache-Control of a successful token response.",
        why: "A proxy or a browser that keeps the answer hands the tokens to the next one who asks.",
        shown: "Cache-Control is missing, or does not say no-store.",
        fix: "Send Cache-Control: no-store with every answer that carries tokens or credentials.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(run(probe, evidence)),
};

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let client = evidence.machine()?;
    let params = for_itself(&evidence.machine_scope(client));
    let answer = probe.token(&evidence.endpoints, Some(&client.credentials), &params).await?;
    Ok(judge(&answer))
}

fn judge(answer: &Answer) -> Judgement {
    const EXPECTED: &str = "Cache-Control: no-store";
    if answer.tokens().is_none() {
        return Judgement::inconclusive(EXPECTED, format!("no token: {}", answer.summary()));
    }
    let values: Vec<_> = answer.headers("cache-control").collect();
    let directives = values.iter().flat_map(|value| value.split(','));
    let sound = directives.map(str::trim).any(|one| one.eq_ignore_ascii_case("no-store"));
    let got = if values.is_empty() { "no Cache-Control".to_owned() } else { values.join(", ") };
    Judgement::read(sound, EXPECTED, got)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::finding::Verdict;
    use crate::audit::probe::answer_of;

    #[test]
    fn no_store_is_one_of_the_directives() {
        let token = r#"{"access_token":"t","token_type":"Bearer"}"#;
        let verdict = |headers: &[(&str, &str)]| judge(&answer_of(200, headers, token)).verdict;
        assert_eq!(verdict(&[("cache-control", "private, No-Store")]), Verdict::Pass);
        assert_eq!(verdict(&[("cache-control", "no-cache")]), Verdict::Fail);
        assert_eq!(verdict(&[]), Verdict::Fail);
        assert_eq!(judge(&answer_of(400, &[], "{}")).verdict, Verdict::Inconclusive);
    }
}
