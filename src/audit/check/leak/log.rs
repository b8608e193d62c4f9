//! The log holds nothing that could be used (RFC 9700 §4.9.3).

use super::super::{Check, Seeded, Text};
use super::of;
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Judgement, Need, Severity};
use crate::audit::probe::{Credentials, Probe, Trouble, for_itself, redemption};
use crate::protocol::Secret;

pub(in crate::audit::check) static LOG_LEAK: Check = Check {
    seeded: Seeded::Otherwise(
        "a lab that wrote secrets into its log would leave them on disk after the lesson; a test gives this check a log that holds some",
    ),
    ..of(
        ("log-leak", "The server's log holds secrets that can be used", Severity::High),
        &[Need::PublicClient, Need::User, Need::ServerLog],
        &["RFC 9700 §4.9.3", "OWASP ASVS 5.0 16.2.5"],
        Text {
            does: "Runs a code flow and a token request with a wrong secret, and looks in the log for every code, verifier, token, secret and password that the audit used.",
            why: "Logs are read by more people and kept longer than any token should be, and are copied to places that nobody guards.",
            shown: "A line of the log contains a value that the audit sent or was given.",
            fix: "Log names, identifiers and fingerprints, never values that authenticate somebody.",
        },
        |probe, evidence| Box::pin(run(probe, evidence)),
    )
};

const EXPECTED: &str = "a log without any secret of the audit";

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let mut secrets = known(evidence);
    let (at, client) = (&evidence.endpoints, evidence.public()?);
    let mut session = evidence.session()?;
    let code = probe.code(at, client, &mut session, &evidence.reading_scope(client)).await?;
    secrets.push(("a code", code.code.clone()));
    secrets.push(("a code verifier", code.pkce.verifier.clone()));
    let answer = probe.token(at, Some(&client.credentials), &redemption(&code)).await?;
    if let Some(tokens) = answer.tokens() {
        secrets.push(("an access token", tokens.access_token));
        secrets.extend(tokens.refresh_token.map(|token| ("a refresh token", token)));
    }
    if let Ok(machine) = evidence.machine() {
        let wrong = probe.random()?;
        secrets.push(("a wrong client secret", wrong.clone()));
        let wrong = Credentials { secret: Some(wrong), ..machine.credentials.clone() };
        probe.token(at, Some(&wrong), &for_itself(&evidence.machine_scope(machine))).await?;
    }
    match evidence.log().await? {
        Some(log) => Ok(judge(&log, &secrets)),
        None => Ok(Judgement::inconclusive(EXPECTED, "no log was shown")),
    }
}

/// What the audit knew before.
fn known(evidence: &Evidence) -> Vec<(&'static str, Secret)> {
    let mut secrets = Vec::new();
    let controls = &evidence.controls;
    for control in [&controls.public, &controls.confidential, &controls.machine] {
        if let Some(grant) = control.as_ref().and_then(|control| control.grant.as_ref()) {
            secrets.push(("an access token", grant.tokens.access_token.clone()));
            let more = grant.tokens.refresh_token.clone();
            secrets.extend(more.map(|token| ("a refresh token", token)));
        }
    }
    let clients = &evidence.clients;
    for client in [&clients.confidential, &clients.second, &clients.machine].into_iter().flatten() {
        let secret = client.credentials.secret.clone();
        secrets.extend(secret.map(|secret| ("a client secret", secret)));
    }
    secrets.extend(evidence.users.iter().map(|user| ("a password", user.password.clone())));
    secrets
        .extend(evidence.registration_token.clone().map(|token| ("a registration token", token)));
    secrets
}

/// Shorter values stand in a log for other reasons: `alice` is a name as well.
const SHORTEST: usize = 8;

fn judge(log: &str, secrets: &[(&'static str, Secret)]) -> Judgement {
    if log.trim().is_empty() {
        return Judgement::inconclusive(EXPECTED, "the log is empty");
    }
    let sought = secrets.iter().filter(|(_, secret)| secret.expose().len() >= SHORTEST);
    let (mut found, mut looked) = (Vec::new(), 0);
    for (what, secret) in sought {
        looked += 1;
        if log.contains(secret.expose()) && !found.contains(what) {
            found.push(*what);
        }
    }
    if looked == 0 {
        return Judgement::inconclusive(EXPECTED, "every secret is too short to be looked for");
    }
    let got = if found.is_empty() {
        format!("none of {looked} secrets is in it")
    } else {
        format!("{} in the log", found.join(", "))
    };
    Judgement::read(found.is_empty(), EXPECTED, got)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::finding::Verdict;

    #[test]
    fn a_value_in_the_log_is_a_leak_and_a_short_one_is_none() {
        let secrets =
            [("a code", Secret::new("c0de-c0de-c0de")), ("a password", Secret::new("alice"))];
        let verdict = |log: &str| judge(log, &secrets).verdict;
        assert_eq!(verdict("INFO alice logged in"), Verdict::Pass);
        assert_eq!(verdict("GET /cb?code=c0de-c0de-c0de"), Verdict::Fail);
        assert_eq!(verdict("\n"), Verdict::Inconclusive);
        assert_eq!(judge("x", &secrets[1..]).verdict, Verdict::Inconclusive);
    }
}
