//! The two codes of a device cannot be guessed (RFC 8628 §5.1, §5.2).

use crate::audit::check::code::judge_entropy as judge;
use crate::audit::check::entropy::estimate;
use crate::audit::check::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Confidence, Judgement, Need, Severity};
use crate::audit::probe::{Probe, Trouble};
use crate::protocol::{DeviceAuthorizationResponse, Secret};

const NEEDS: &[Need] = &[Need::Device, Need::DeviceClient];

pub(in crate::audit::check) static DEVICE_CODE_ENTROPY: Check = Check {
    id: "device-code-entropy",
    group: Group::Device,
    title: "A device code can be guessed",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["RFC 8628 §5.2"],
    text: Text {
        does: "Collects device codes and bounds their bits by length, alphabet, and what all of them share.",
        why: "Nobody types a device code: whoever guesses one fetches the tokens that a user grants to another device.",
        shown: "No device code of this form has 128 bits, or one came twice.",
        fix: "Make device codes from at least 128 bits, better 256, of a cryptographic random generator.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(device_code(probe, evidence)),
};

pub(in crate::audit::check) static DEVICE_USER_CODE_WEAK: Check = Check {
    id: "device-user-code-weak",
    group: Group::Device,
    title: "A user code is too short for the time that it lives",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    needs: NEEDS,
    references: &["RFC 8628 §5.1", "RFC 8628 §6.1"],
    text: Text {
        does: "Collects user codes and bounds their bits by the letters and digits that change.",
        why: "Whoever finds a code that waits answers for its user, or connects a device of his own to an account of the victim.",
        shown: "No user code of this form has 20 bits, or one came twice.",
        fix: "Use eight letters of an alphabet of twenty (34 bits), let codes live for minutes only, and count wrong ones.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(user_code(probe, evidence)),
};

const SAMPLE: usize = 6;

/// RFC 8628 §5.1 computes with eight letters of twenty. Below this no limit on guesses helps.
const REQUIRED: f64 = 20.0;

async fn codes(
    probe: &Probe,
    evidence: &Evidence,
) -> Result<Vec<DeviceAuthorizationResponse>, Trouble> {
    let client = evidence.device()?;
    let scope = evidence.reading_scope(client);
    let mut all = Vec::new();
    for _ in 0..SAMPLE {
        all.push(probe.device(&evidence.endpoints, client, &scope).await?);
    }
    Ok(all)
}

async fn device_code(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let all = codes(probe, evidence).await?;
    let sample: Vec<_> = all.iter().map(|one| one.device_code.expose()).collect();
    Ok(judge(&sample, "device codes"))
}

async fn user_code(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let all = codes(probe, evidence).await?;
    let typed: Vec<_> = all.iter().map(|one| as_typed(&one.user_code)).collect();
    Ok(judge_user_codes(&typed, all.first().map_or(0, |one| one.expires_in)))
}

/// What a person has to type: no dashes, no spaces, one case.
fn as_typed(code: &Secret) -> String {
    let typed = code.expose().chars().filter(char::is_ascii_alphanumeric);
    typed.map(|c| c.to_ascii_lowercase()).collect()
}

fn judge_user_codes(typed: &[String], lifetime: u64) -> Judgement {
    let sample: Vec<_> = typed.iter().map(String::as_str).collect();
    let estimate = estimate(&sample);
    let sound = estimate.bits >= REQUIRED && !estimate.repeats;
    let repeats = if estimate.repeats { ", and one came twice" } else { "" };
    let bits = estimate.bits;
    let got = format!(
        "{} user codes with at most {bits:.0} bits{repeats}, good for {lifetime} s",
        sample.len()
    );
    Judgement::read(sound, format!("at least {REQUIRED} bits, and no repetition"), got)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::finding::Verdict;

    #[test]
    fn four_digits_are_few_and_eight_letters_are_enough() {
        let verdict = |codes: [&str; 2]| {
            let typed = codes.map(|code| as_typed(&Secret::new(code)));
            judge_user_codes(&typed, 600).verdict
        };
        assert_eq!(verdict(["1234", "9871"]), Verdict::Fail);
        assert_eq!(verdict(["WDJB-MJHT", "GHQC-XLPR"]), Verdict::Pass);
        assert_eq!(verdict(["WDJB-MJHT", "wdjb mjht"]), Verdict::Fail);
    }
}
