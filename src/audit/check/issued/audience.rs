//! An access token is meant for APIs (RFC 9068 §2.2, §3; RFC 9700 §2.3).

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Confidence, Judgement, Need, Severity};
use crate::audit::probe::{Probe, Trouble};

pub(in crate::audit::check) static AT_AUDIENCE: Check = Check {
    id: "at-audience",
    group: Group::Issued,
    title: "The audience of an access token is missing, or is no API",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::MachineClient],
    references: &["RFC 9700 §2.3", "RFC 9068 §3"],
    text: Text {
        does: "Reads the audience of a token from the client credentials grant, from the token or by introspection.",
        why: "A token for everybody, for its own client or for the issuer works where it should not: each API can use it at the others.",
        shown: "The audience is missing, or names the client, the issuer, or everything.",
        fix: "Set aud to the identifiers of the requested APIs; without resource, to those of the APIs that the scope belongs to.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(run(probe, evidence)),
};

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let client = evidence.machine()?;
    let Some(control) = &evidence.controls.machine else {
        return Ok(Judgement::inconclusive(EXPECTED, "there is no good token"));
    };
    let token = &control.grant()?.tokens.access_token;
    Ok(match evidence.audience(probe, client, token).await? {
        Some(audience) => judge(&audience, client.id(), &evidence.issuer),
        None => Judgement::inconclusive(EXPECTED, "the audience cannot be read"),
    })
}

const EXPECTED: &str = "an audience of APIs only";

fn judge(audience: &[String], client_id: &str, issuer: &str) -> Judgement {
    let wrong = |one: &&String| [client_id, issuer, "*"].contains(&one.as_str());
    let got = if audience.is_empty() { "no audience".to_owned() } else { audience.join(", ") };
    let sound = !audience.is_empty() && !audience.iter().any(|one| wrong(&one));
    Judgement::read(sound, EXPECTED, got)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::finding::Verdict;

    #[test]
    fn an_audience_names_apis_only() {
        let verdict = |audience: &[&str]| {
            let audience: Vec<_> = audience.iter().map(|one| (*one).to_owned()).collect();
            judge(&audience, "client", "https://issuer").verdict
        };
        assert_eq!(verdict(&["https://api"]), Verdict::Pass);
        for wrong in [&[][..], &["client"], &["*"], &["https://api", "https://issuer"]] {
            assert_eq!(verdict(wrong), Verdict::Fail, "{wrong:?}");
        }
    }
}
