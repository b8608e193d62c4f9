//! Secrets that are almost right (OWASP ASVS 11.2.4).

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Severity};
use crate::audit::probe::{Credentials, Probe, Trouble, for_itself};
use crate::protocol::{AuthMethod, Secret};

pub(in crate::audit::check) static CLIENT_SECRET_LOOSE: Check = Check {
    id: "client-secret-loose",
    group: Group::ClientAuthentication,
    title: "A client secret that is almost right is accepted",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::MachineClient],
    references: &["RFC 6749 §2.3.1", "OWASP ASVS 5.0 11.2.4"],
    text: Text {
        does: "Authenticates with the right secret in another case, without its last character, and with a space, a NUL or a letter behind it.",
        why: "A comparison that trims, folds or cuts makes many strings right, and each of them counts as a guess.",
        shown: "The token endpoint gave an access token, and that token works.",
        fix: "Compare hashes of the whole secret as it came, in constant time; mind password hashes that cut at 72 bytes or at a NUL.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(run(probe, evidence)),
};

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let client = evidence.machine()?;
    let own = &client.credentials;
    let sends = matches!(own.method, AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost);
    let Some(secret) = own.secret.as_ref().filter(|_| sends) else {
        return Ok(Judgement::not_applicable("the client sends no secret"));
    };
    let params = for_itself(&evidence.machine_scope(client));
    let mut bracket = Bracket::new("401 invalid_client");
    bracket.controls.push(evidence.controls.of_machine());
    probe.step("probe");
    for (what, almost) in almost(secret) {
        let credentials = Credentials { secret: Some(almost), ..own.clone() };
        let outcome = evidence.token_effect(probe, client, Some(&credentials), &params).await?;
        bracket.probe(what, outcome);
    }
    Ok(bracket.judge())
}

fn almost(secret: &Secret) -> Vec<(&'static str, Secret)> {
    let text = secret.expose();
    let folded: String = text.chars().map(swapped).collect();
    let shorter: String = text.chars().take(text.chars().count().saturating_sub(1)).collect();
    [
        ("in another case", folded),
        ("without its last character", shorter),
        ("with a space behind it", format!("{text} ")),
        ("with a NUL behind it", format!("{text}\0")),
        ("with a letter behind it", format!("{text}a")),
    ]
    .into_iter()
    .filter(|(_, almost)| almost != text)
    .map(|(what, almost)| (what, Secret::new(almost)))
    .collect()
}

fn swapped(character: char) -> char {
    if character.is_ascii_lowercase() {
        character.to_ascii_uppercase()
    } else {
        character.to_ascii_lowercase()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn almost_right_is_never_right() {
        let secret = Secret::new("aB1-");
        let almost = almost(&secret);
        assert_eq!(almost.len(), 5);
        assert!(almost.iter().all(|(_, one)| *one != secret));
        assert_eq!(almost[0].1.expose(), "Ab1-");
        // Digits alone have no other case.
        assert_eq!(super::almost(&Secret::new("123")).len(), 4);
    }
}
