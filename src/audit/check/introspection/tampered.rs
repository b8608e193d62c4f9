//! A token that was changed is no token (RFC 7662 §2.2, RFC 8725 §3.3).

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Severity};
use crate::audit::probe::{Probe, Trouble};
use crate::protocol::Secret;
use crate::protocol::forge::Genuine;

pub(in crate::audit::check) static INTROSPECT_TAMPERED: Check = Check {
    id: "introspect-tampered",
    group: Group::Introspection,
    title: "Introspection calls a token active that was changed",
    severity: Severity::Critical,
    confidence: Confidence::High,
    needs: &[Need::MachineClient, Need::Introspection],
    references: &["RFC 7662 §2.2", "RFC 8725 §3.3"],
    text: Text {
        does: "Introspects an access token with another first character, and, if it is a JWT, with a wider scope under the old signature, without a signature, and with alg none.",
        why: "An API that goes by introspection believes what the token says of itself, once the server has called it active.",
        shown: "The changed token is active.",
        fix: "Look the whole token up, or verify its signature, before any of its claims is read.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(run(probe, evidence)),
};

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (at, client) = (&evidence.endpoints, evidence.machine()?);
    let credentials = &client.credentials;
    probe.step("control");
    let scope = evidence.machine_scope(client);
    let grant = probe.machine_grant(at, client, &scope).await?;
    let token = &grant.tokens.access_token;
    let mut bracket = Bracket::new("active: false");
    bracket.control("the token as it is", evidence.active(probe, credentials, token).await?);
    probe.step("probe");
    for (what, changed) in tampered(token) {
        bracket.probe(what, evidence.active(probe, credentials, &changed).await?);
    }
    Ok(bracket.judge())
}

fn tampered(token: &Secret) -> Vec<(&'static str, Secret)> {
    let mut tampered = vec![("another first character", with_other_start(token))];
    if let Some(genuine) = Genuine::of(token) {
        let wider = genuine.clone().with_claim("scope", "admin").with_old_signature();
        tampered.push(("a wider scope", wider));
        tampered.push(("no signature", genuine.without_signature()));
        tampered.push(("alg none", genuine.unsigned("none")));
    }
    tampered
}

/// The first character is never padding: another one is another token.
fn with_other_start(token: &Secret) -> Secret {
    let mut characters = token.expose().chars();
    let other = if characters.next() == Some('a') { 'b' } else { 'a' };
    Secret::new(std::iter::once(other).chain(characters).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tampered_token_differs() {
        let jwt = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln";
        for (token, count) in [("abc", 1), ("xyz", 1), (jwt, 4)] {
            let token = Secret::new(token);
            let tampered = tampered(&token);
            assert_eq!(tampered.len(), count);
            assert!(tampered.iter().all(|(_, changed)| *changed != token));
        }
    }
}
