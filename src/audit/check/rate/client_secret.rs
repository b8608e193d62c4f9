//! Guesses of a client secret end (RFC 6749 §2.3.1).

use super::super::{Check, Seeded, Text};
use super::of;
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Judgement, Need, Outcome, Severity};
use crate::audit::probe::{Credentials, Probe, Trouble, for_itself};

pub(in crate::audit::check) static CLIENT_BRUTEFORCE: Check = Check {
    seeded: Seeded::Otherwise(
        "a lab gives its clients random secrets, which need no limit: the check has no object there",
    ),
    ..of(
        ("client-bruteforce", "A client's secret can be guessed without end", Severity::High),
        &[Need::MachineClient, Need::Noisy],
        &["RFC 6749 §2.3.1"],
        Text {
            does: "Sends fifty wrong secrets of a client to the token endpoint, and then the right one, unless the secret is a long random one.",
            why: "A secret that somebody chose is found by trying, and whoever has it is the client.",
            shown: "The right secret was accepted right after fifty wrong ones.",
            fix: "Slow down or refuse a client after some failures, or give out random secrets of 128 bits and more.",
        },
        |probe, evidence| Box::pin(run(probe, evidence)),
    )
};

const GUESSES: usize = 50;

/// So many characters of base64 hold 128 bits.
const LONG: usize = 22;

/// Whether a secret looks like one that a machine made: nobody chooses such a one.
fn is_random(secret: &str) -> bool {
    let has = |kind: fn(&u8) -> bool| secret.bytes().any(|b| kind(&b));
    let mixed = has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase);
    let hex = secret.len() >= 32 && secret.bytes().all(|b| b.is_ascii_hexdigit());
    let distinct: std::collections::BTreeSet<u8> = secret.bytes().collect();
    // One in a thousand random texts of 43 characters has no digit.
    let spread = has(u8::is_ascii_digit) || distinct.len() >= 16;
    secret.len() >= LONG && (mixed && spread || hex)
}

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let client = evidence.machine()?;
    let Some(secret) = &client.credentials.secret else {
        return Ok(Judgement::not_applicable("the client has no secret"));
    };
    if is_random(secret.expose()) {
        return Ok(Judgement::not_applicable("the secret is random, and too long to be guessed"));
    }
    let params = for_itself(&evidence.machine_scope(client));
    let mut bracket = Bracket::new("the right secret refused for a while, or 429");
    bracket.controls.push(evidence.controls.of_machine());
    probe.step("probe");
    for _ in 0..GUESSES {
        let wrong = Credentials { secret: Some(probe.random()?), ..client.credentials.clone() };
        let answer = probe.token(&evidence.endpoints, Some(&wrong), &params).await?;
        if answer.status() == 429 {
            let limited = Outcome::Refused("429 after some of them".to_owned());
            bracket.probe("fifty wrong secrets", limited);
            return Ok(bracket.judge());
        }
    }
    let answer = probe.token(&evidence.endpoints, Some(&client.credentials), &params).await?;
    let outcome = match answer.token_outcome() {
        Outcome::Unclear(said) if answer.status() == 429 => Outcome::Refused(said),
        outcome => outcome,
    };
    bracket.probe("the right secret after fifty wrong ones", outcome);
    Ok(bracket.judge())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chosen_secrets_are_told_from_random_ones() {
        for random in [
            "hV3x0aQ9pLmZ2kR7tYw4bN",
            "hVxaQpLmZkRtYwbNcDfGjKsUvEqWiOlBzTnHrPdFyMg",
            "9f86d081884c7d659a2feaa0c55ad015",
        ] {
            assert!(is_random(random), "{random}");
        }
        for chosen in ["secret", "a-long-secret-that-somebody-chose-once", "Short1", ""] {
            assert!(!is_random(chosen), "{chosen}");
        }
    }
}
