//! A client that is registered for bound tokens gets no others (RFC 9449 §5.2).

use serde_json::json;

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::{Evidence, Managed, Profile};
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Severity};
use crate::audit::probe::{Answer, Credentials, Probe, Trouble, for_itself};
use crate::protocol::Secret;

pub(in crate::audit::check) static DPOP_REQUIRED_NOT_ENFORCED: Check = Check {
    id: "dpop-required-not-enforced",
    group: Group::Dpop,
    title: "A client that is registered for bound tokens gets a bearer token",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::MachineClient, Need::Registration],
    references: &["RFC 9449 §5.2"],
    text: Text {
        does: "Registers a client with dpop_bound_access_tokens, and asks for a token without a proof.",
        why: "A thief of the client's credential leaves the proof out, and the registration protects nobody.",
        shown: "The token endpoint gave a token.",
        fix: "Refuse token requests of such clients that bring no proof.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(run(probe, evidence)),
};

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let Some(algorithm) = evidence.proof_algorithm() else {
        return Ok(Judgement::not_applicable("the server does not offer DPoP"));
    };
    if evidence.profile == Profile::Fapi2 {
        // There a client has no secret that it could be registered with here.
        return Ok(Judgement::not_applicable("the profile fapi2 binds the tokens of every client"));
    }
    let scope = evidence.machine_scope(evidence.machine()?);
    let wanted = json!({
        "client_name": "oauthlab audit",
        "grant_types": ["client_credentials"],
        "response_types": [],
        "token_endpoint_auth_method": "client_secret_basic",
        "scope": scope,
        "dpop_bound_access_tokens": true,
    });
    let token = evidence.registration_token.as_ref();
    let registered = evidence.ask_to_register(probe, &wanted, token).await?;
    let told: serde_json::Value = registered.json().unwrap_or_default();
    let (Some(id), Some(secret)) = (told["client_id"].as_str(), told["client_secret"].as_str())
    else {
        // A client without a secret is of no use here, and is deleted all the same.
        if let Some(managed) = Managed::of(&registered) {
            managed.delete(probe).await;
        }
        let refused = format!("no client with a secret was registered: {}", registered.summary());
        return Ok(Judgement::inconclusive("a client with bound tokens", refused));
    };
    let credentials = Credentials::basic(id, Secret::new(secret));
    let (at, params) = (&evidence.endpoints, for_itself(&scope));
    let mut bracket = Bracket::new("400, and no token");
    probe.step("control");
    let key = probe.proof_key(algorithm)?;
    let good = probe.token_proven(at, Some(&credentials), &params, &key).await?;
    bracket.control("with a proof", good.token_outcome());
    probe.step("probe");
    let bare = probe.token(at, Some(&credentials), &params).await?;
    bracket.probe("without a proof", bare.token_outcome());
    for tokens in [good, bare].iter().filter_map(Answer::tokens) {
        probe.revoke(at, Some(&credentials), &tokens.access_token).await?;
    }
    if let Some(managed) = Managed::of(&registered)
        && managed.delete(probe).await
    {
        probe.forget(&credentials);
    }
    Ok(bracket.judge())
}
