//! How long access tokens live (RFC 9700 §4.14, OWASP ASVS 10.4), by what is said of them.

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::{Control, Evidence, Profile};
use crate::audit::finding::{Confidence, Judgement, Need, Severity};
use crate::audit::probe::Grant;
use crate::protocol::forge::Genuine;

/// The longest life, in seconds.
const HOUR: u64 = 3600;
/// Differences of clocks between issuing and reading.
const SLACK: u64 = 5;

pub(in crate::audit::check) static ACCESS_TOKEN_LIFETIME: Check = Check {
    id: "access-token-lifetime",
    group: Group::Token,
    title: "Access tokens live longer than an hour",
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: &[Need::ConfidentialClient],
    references: &["RFC 6750 §5.3", "RFC 9700 §4.10"],
    text: Text {
        does: "Reads expires_in of token responses, and exp and iat of tokens that are JWTs.",
        why: "A bearer token works for whoever finds it: its life is the time in which a leak counts. RFC 6750 §5.3 recommends an hour or less.",
        shown: "expires_in, or exp less iat, is more than an hour.",
        fix: "Issue access tokens for minutes, and refresh tokens to those who need more.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |_, evidence| Box::pin(std::future::ready(Ok(run(evidence)))),
};

fn run(evidence: &Evidence) -> Judgement {
    let controls = &evidence.controls;
    let grants = [&controls.confidential, &controls.public, &controls.machine];
    let grants =
        grants.into_iter().flatten().filter_map(|control: &Control| control.grant.as_ref());
    let lives: Vec<u64> = grants.flat_map(lives).collect();
    judge(&lives, evidence.profile)
}

/// What an answer says of the life of its access token.
fn lives(grant: &Grant) -> Vec<u64> {
    let token = Genuine::of(&grant.tokens.access_token);
    let times = token.and_then(|token| Some((token.time("iat")?, token.time("exp")?)));
    let signed = times.map(|(iat, exp)| exp.saturating_sub(iat));
    grant.tokens.expires_in.into_iter().chain(signed).collect()
}

fn judge(lives: &[u64], profile: Profile) -> Judgement {
    let expected = format!("at most {HOUR} s, under the profile {}", profile.as_str());
    match lives.iter().max() {
        None => Judgement::inconclusive(expected, "no answer says how long its token lives"),
        Some(longest) => {
            Judgement::read(*longest <= HOUR + SLACK, expected, format!("{longest} s"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::finding::Verdict;

    #[test]
    fn an_hour_is_the_limit_and_silence_says_nothing() {
        let verdict = |lives: &[u64]| judge(lives, Profile::Bcp).verdict;
        assert_eq!(verdict(&[]), Verdict::Inconclusive);
        assert_eq!(verdict(&[600, 3600]), Verdict::Pass);
        assert_eq!(verdict(&[600, 3700]), Verdict::Fail);
    }
}
