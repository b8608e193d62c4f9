//! The secrets that registration gives out (RFC 6819 §5.1.4.2.2).

use super::super::code::judge_entropy;
use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Confidence, Judgement, Need, Severity};
use crate::audit::probe::{Probe, Trouble};
use crate::protocol::{GrantType, Secret};

pub(in crate::audit::check) static ISSUED_SECRET_ENTROPY: Check = Check {
    id: "issued-secret-entropy",
    group: Group::ClientAuthentication,
    title: "Registration gives out client secrets that can be guessed",
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: &[Need::MachineClient, Need::Registration],
    references: &["RFC 6819 §5.1.4.2.2", "RFC 6749 §10.10"],
    text: Text {
        does: "Registers clients and estimates from above how many bits their secrets can have.",
        why: "A client_id is public: a secret that can be guessed is all that stands between anybody and the client.",
        shown: "The secrets of the sample have fewer bits than 128, or one came twice.",
        fix: "Make secrets of 32 bytes of a cryptographic random generator.",
    },
    // A short secret is guessed sooner.
    dominates: &["client-bruteforce"],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(run(probe, evidence)),
};

/// Few: registrations are limited, and a value that is too short shows in two.
const SAMPLE: usize = 4;

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let scope = evidence.machine_scope(evidence.machine()?);
    let mut secrets = Vec::new();
    for _ in 0..SAMPLE {
        let made = evidence.spare(probe, &[GrantType::ClientCredentials], &scope).await?;
        let Some(made) = made else { break };
        secrets.extend(made.client.credentials.secret.clone());
        evidence.take_back(probe, made).await?;
    }
    if secrets.len() < 2 {
        return Ok(Judgement::not_applicable("registration gives out no secrets"));
    }
    let sample: Vec<_> = secrets.iter().map(Secret::expose).collect();
    Ok(judge_entropy(&sample, "client secrets"))
}
