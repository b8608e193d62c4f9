//! Who may revoke: the client that the token was issued to, and nobody else (RFC 7009 §2.1).

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Outcome, Severity};
use crate::audit::probe::{Credentials, Probe, Trouble};

const SHOWN: &str = "Introspection calls the token inactive after the foreign revocation.";

pub(in crate::audit::check) static REVOKE_OPEN: Check = Check {
    id: "revoke-open",
    group: Group::Revocation,
    title: "A confidential client's token is revoked without its credential",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::MachineClient, Need::Introspection, Need::Revocation],
    references: &["RFC 7009 §2.1"],
    text: Text {
        does: "Revokes a token of a confidential client without credentials, and with client_id alone.",
        why: "Whoever sees a token in passing can end it: users are logged out at will.",
        shown: SHOWN,
        fix: "Authenticate confidential clients at the revocation endpoint as at the token endpoint.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(open(probe, evidence)),
};

pub(in crate::audit::check) static REVOKE_OTHER_CLIENT: Check = Check {
    id: "revoke-other-client",
    group: Group::Revocation,
    title: "One client revokes the tokens of another",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::MachineClient, Need::SecondClient, Need::Introspection, Need::Revocation],
    references: &["RFC 7009 §2.1"],
    text: Text {
        does: "Revokes a token of one client as another client that authenticates as itself.",
        why: "A malicious client logs the users of others out.",
        shown: SHOWN,
        fix: "Keep the client with each token, and revoke nothing for another one.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(other_client(probe, evidence)),
};

async fn open(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let nothing = Credentials::public(evidence.machine()?.id());
    let callers = [("without credentials", None), ("with client_id alone", Some(&nothing))];
    revoked_by(probe, evidence, &callers).await
}

async fn other_client(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let other = &evidence.second()?.credentials;
    revoked_by(probe, evidence, &[("as another client", Some(other))]).await
}

/// Lets others revoke a token, looks whether it is still active, and ends with its owner, whose
/// revocation must work.
async fn revoked_by(
    probe: &Probe,
    evidence: &Evidence,
    callers: &[(&str, Option<&Credentials>)],
) -> Result<Judgement, Trouble> {
    let (at, client) = (&evidence.endpoints, evidence.machine()?);
    let own = &client.credentials;
    let mut bracket = Bracket::new("the token stays active");
    for (what, caller) in callers {
        let scope = evidence.machine_scope(client);
        let grant = probe.machine_grant(at, client, &scope).await?;
        let token = &grant.tokens.access_token;
        probe.step("control");
        bracket.control("active before", evidence.active(probe, own, token).await?);
        probe.step("probe");
        probe.revoke(at, *caller, token).await?;
        let ended = ended(evidence.active(probe, own, token).await?);
        if matches!(ended, Outcome::Refused(_)) {
            probe.step("control");
            probe.revoke(at, Some(own), token).await?;
            let by_owner = evidence.active(probe, own, token).await?;
            bracket.control("revoked by its owner", self::ended(by_owner));
        }
        bracket.probe(*what, ended);
    }
    Ok(bracket.judge())
}

/// A revocation is accepted when the token is not active any more.
pub(super) fn ended(active: Outcome) -> Outcome {
    match active {
        Outcome::Accepted(how) => Outcome::Refused(how),
        Outcome::Refused(how) => Outcome::Accepted(how),
        Outcome::Unclear(how) => Outcome::Unclear(how),
    }
}
