//! What nobody gives himself by registering (RFC 7591 §2, §5).

use serde_json::json;

use super::took;
use crate::audit::check::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Severity};
use crate::audit::probe::{Probe, Trouble};
use crate::protocol::GrantType;

pub(super) static DCR_PRIVILEGED_SCOPE: Check = Check {
    id: "dcr-privileged-scope",
    group: Group::Registration,
    title: "A client registers a scope that the server does not offer",
    severity: Severity::High,
    confidence: Confidence::Medium,
    needs: &[Need::Registration],
    references: &["RFC 7591 §2", "RFC 6749 §3.3"],
    text: Text {
        does: "Registers clients with the scopes admin, root and superuser.",
        why: "APIs that trust what a scope is called give such a client whatever the name promises.",
        shown: "The answer names the scope as registered.",
        fix: "Register only scopes that are meant for clients that register themselves, and refuse the others or leave them out.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(scope(probe, evidence)),
};

pub(super) static DCR_PRIVILEGED_GRANT: Check = Check {
    id: "dcr-privileged-grant",
    group: Group::Registration,
    title: "A client registers a grant that the server does not offer",
    severity: Severity::High,
    confidence: Confidence::Medium,
    needs: &[Need::Registration],
    references: &["RFC 7591 §2", "RFC 9700 §2.4"],
    text: Text {
        does: "Registers clients for the password grant, and for every other grant that the metadata does not list.",
        why: "A grant that is switched off for everybody comes back for whoever asks: the password grant hands users' passwords to a stranger.",
        shown: "The answer names the grant as registered.",
        fix: "Compare grant_types with those that the server offers to clients that register themselves.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(grant(probe, evidence)),
};

async fn scope(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let offered = evidence.offered("scopes_supported");
    let mut bracket = Bracket::new("400 invalid_client_metadata, or a client without that scope");
    probe.step("control");
    bracket.control("scopes that are offered", evidence.registers(probe).await?);
    probe.step("probe");
    for name in ["admin", "root", "superuser"] {
        if offered.contains(&name) {
            continue;
        }
        let changes = json!({ "scope": format!("openid {name}") });
        let answer = evidence.try_register(probe, &changes).await?;
        bracket.probe(name, took(&answer, "scope", |scope| scope == name));
    }
    Ok(bracket.judge())
}

async fn grant(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let offered = evidence.offered("grant_types_supported");
    let code = GrantType::AuthorizationCode;
    let mut bracket = Bracket::new("400 invalid_client_metadata, or a client without that grant");
    probe.step("control");
    bracket.control("a grant that is offered", evidence.registers(probe).await?);
    probe.step("probe");
    for grant in [
        GrantType::Password,
        GrantType::ClientCredentials,
        GrantType::TokenExchange,
        GrantType::JwtBearer,
        GrantType::DeviceCode,
    ] {
        // Without a list nothing is known but that nobody should offer passwords.
        let unknown = offered.is_empty() && grant != GrantType::Password;
        if unknown || offered.contains(&grant.as_str()) {
            continue;
        }
        let changes = json!({ "grant_types": [code, grant] });
        let answer = evidence.try_register(probe, &changes).await?;
        bracket.probe(grant.as_str(), took(&answer, "grant_types", |it| it == grant.as_str()));
    }
    if bracket.probes.is_empty() {
        return Ok(Judgement::not_applicable("the server offers every grant"));
    }
    Ok(bracket.judge())
}
