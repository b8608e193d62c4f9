//! Who a client is says the server (RFC 7591 §3.2.1, RFC 9700 §4.15.1).

use serde_json::{Value, json};

use super::took;
use crate::audit::check::{Check, Group, Seeded, Text};
use crate::audit::evidence::{Evidence, Own};
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Outcome, Severity};
use crate::audit::probe::{Probe, Trouble};

pub(super) static DCR_CHOSEN_CLIENT_ID: Check = Check {
    id: "dcr-chosen-client-id",
    group: Group::Registration,
    title: "A client chooses its own identifier",
    severity: Severity::Critical,
    confidence: Confidence::High,
    needs: &[Need::Registration],
    references: &["RFC 9700 §4.15.1", "RFC 7591 §3.2.1"],
    text: Text {
        does: "Registers a client with a client_id of its own.",
        why: "A client with the identifier of another one takes its place; one with the identifier of a user gets tokens that an API takes for that user's.",
        shown: "The client was registered under the identifier that it asked for.",
        fix: "Make every client_id yourself, ignore the one in the request, and keep clients and users apart in sub.",
    },
    dominates: &["client-user-namespace"],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(chosen(probe, evidence)),
};

pub(super) static DCR_MASS_ASSIGNMENT: Check = Check {
    id: "dcr-mass-assignment",
    group: Group::Registration,
    title: "A registration sets what only the server may set",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::Registration, Need::User],
    references: &["RFC 7591 §2", "RFC 7591 §3.2.1", "OWASP ASVS 5.0 15.3.3"],
    text: Text {
        does: "Registers clients with a client_secret and a registration_access_token of their own, and with members such as trusted and skip_consent.",
        why: "A request that is written into the client's row as it comes lets a stranger choose a secret that he can share, or spare himself the user's consent.",
        shown: "The answer has the value that was sent, or a code was issued without the question that others get.",
        fix: "Read the members that you know one by one, and ignore all others.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(mass(probe, evidence)),
};

async fn chosen(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let mut bracket = Bracket::new("an identifier of the server's own, or a refusal");
    probe.step("control");
    bracket.control("without a client_id", evidence.registers(probe).await?);
    probe.step("probe");
    let new = format!("chosen-{}", probe.random()?.expose());
    let answer = evidence.try_register(probe, &json!({ "client_id": new })).await?;
    bracket.probe("a client_id of its own", took(&answer, "client_id", |it| it == new));
    Ok(bracket.judge())
}

async fn mass(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let mut bracket = Bracket::new("a client without what it tried to set, or a refusal");
    probe.step("control");
    let plain = evidence.register_own(probe, &json!({})).await?;
    let asked = is_asked(probe, evidence, &plain).await?;
    bracket.control("without such members", Outcome::Accepted("it was registered".to_owned()));
    probe.step("probe");
    for member in ["client_secret", "registration_access_token"] {
        let value = probe.random()?;
        let answer = evidence.try_register(probe, &json!({ member: value.expose() })).await?;
        bracket.probe(member, took(&answer, member, |it| it == value.expose()));
    }
    if asked {
        let changes = json!({
            "trusted": true, "first_party": true, "is_first_party": true, "skip_consent": true,
            "auto_approve": true, "require_consent": false, "require_pkce": false,
        });
        let outcome = match evidence.register_own(probe, &changes).await {
            Err(Trouble::Basis(why)) => Outcome::Refused(why),
            Err(trouble) => return Err(trouble),
            Ok(own) if is_asked(probe, evidence, &own).await? => {
                Outcome::Refused("the user is asked".to_owned())
            }
            Ok(_) => Outcome::Accepted("the user is not asked".to_owned()),
        };
        bracket.probe("trusted, skip_consent and the like", outcome);
    }
    Ok(bracket.judge())
}

/// Whether the user is asked before a client gets a code.
async fn is_asked(probe: &Probe, evidence: &Evidence, own: &Own) -> Result<bool, Trouble> {
    let mut session = evidence.session()?;
    let scope = evidence.reading_scope(&own.client);
    probe.code(&evidence.endpoints, &own.client, &mut session, &scope).await?;
    Ok(session.was_asked())
}

/// What the answer says of a member, for other checks of this group.
pub(super) fn said<'a>(own: &'a Own, member: &str) -> Option<&'a str> {
    own.said.get(member).and_then(Value::as_str)
}
