//! A code cannot be guessed (RFC 6749 §10.10).

use super::super::entropy::{REQUIRED_BITS, estimate};
use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Confidence, Judgement, Need, Severity};
use crate::audit::probe::{Probe, Trouble};
use crate::protocol::Secret;

pub(in crate::audit::check) static CODE_ENTROPY: Check = Check {
    id: "code-entropy",
    group: Group::Code,
    title: "An authorization code can be guessed",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::ConfidentialClient, Need::User],
    references: &["RFC 6749 §10.10"],
    text: Text {
        does: "Collects codes and bounds their bits by length, alphabet, and what all of them share.",
        why: "Whoever guesses a live code redeems it in the user's name.",
        shown: "No code of this form has 128 bits, or one came twice.",
        fix: "Make codes from at least 128 bits, better 256, of a cryptographic random generator.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(run(probe, evidence)),
};

const SAMPLE: usize = 6;

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let client = evidence.confidential()?;
    let mut session = evidence.session()?;
    let scope = evidence.reading_scope(client);
    let mut codes = Vec::new();
    for _ in 0..SAMPLE {
        codes.push(probe.code(&evidence.endpoints, client, &mut session, &scope).await?.code);
    }
    let sample: Vec<_> = codes.iter().map(Secret::expose).collect();
    Ok(judge(&sample, "codes"))
}

/// The judgement over a sample of secrets.
pub(in crate::audit::check) fn judge(sample: &[&str], what: &str) -> Judgement {
    let estimate = estimate(sample);
    let sound = estimate.bits >= REQUIRED_BITS && !estimate.repeats;
    let repeats = if estimate.repeats { ", and one came twice" } else { "" };
    let got = format!("{} {what} with at most {:.0} bits{repeats}", sample.len(), estimate.bits);
    Judgement::read(sound, format!("at least {REQUIRED_BITS} bits, and no repetition"), got)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::finding::Verdict;

    #[test]
    fn few_bits_or_a_repetition_fail() {
        let long = ["E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"; 2];
        let other = [long[0], "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"];
        assert_eq!(judge(&other, "codes").verdict, Verdict::Pass);
        assert_eq!(judge(&long, "codes").verdict, Verdict::Fail);
        assert_eq!(judge(&["aZ3_xQ", "pL-9wR"], "codes").verdict, Verdict::Fail);
    }
}
