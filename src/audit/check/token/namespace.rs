//! Clients that look like users (RFC 9700 §4.15).

use serde_json::json;

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::{Evidence, Managed};
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Outcome, Severity};
use crate::audit::probe::{Answer, Credentials, Probe, Trouble, for_itself};
use crate::protocol::Secret;

pub(in crate::audit::check) static CLIENT_USER_NAMESPACE: Check = Check {
    id: "client-user-namespace",
    group: Group::Token,
    title: "A client can have the subject of a user",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::MachineClient, Need::ConfidentialClient, Need::User, Need::Registration],
    references: &["RFC 9700 §4.15.1"],
    text: Text {
        does: "Compares sub of a client's own token with that of a user, and registers a client whose client_id is the user's sub.",
        why: "An API that goes by sub takes such a client for the user, and gives it the user's data.",
        shown: "A client's own token has the sub of a user.",
        fix: "Choose client ids yourself, and from a space in which no user's identifier lies; or mark the tokens of clients so that APIs can tell.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(run(probe, evidence)),
};

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (client, machine) = (evidence.confidential()?, evidence.machine()?);
    let of = |control: &Option<crate::audit::evidence::Control>| {
        let control = control.as_ref();
        control.map(|control| control.grant().map(|grant| grant.tokens.access_token.clone()))
    };
    let missing = || Trouble::Basis("a good flow is missing".to_owned());
    let users = of(&evidence.controls.confidential).ok_or_else(missing)??;
    let clients = of(&evidence.controls.machine).ok_or_else(missing)??;
    let mut bracket = Bracket::new("no client with the sub of a user");
    bracket.controls.push(evidence.controls.of_machine());
    let Some(user) = evidence.subject(probe, client, &users).await? else {
        return Ok(Judgement::not_applicable("nobody says whom a user's token stands for"));
    };
    bracket.control("the sub of a user's token", Outcome::Accepted("it can be read".to_owned()));
    let Some(own) = evidence.subject(probe, machine, &clients).await? else {
        return Ok(Judgement::not_applicable("the tokens of clients have no sub"));
    };
    bracket.probe("the sub of the audit's client", same(&own, &user));
    probe.step("probe");
    bracket.probe("a client_id that was asked for", posing(probe, evidence, &user).await?);
    Ok(bracket.judge())
}

/// Registers a client under a user's subject, and looks at what its own token says.
async fn posing(probe: &Probe, evidence: &Evidence, user: &str) -> Result<Outcome, Trouble> {
    let machine = evidence.machine()?;
    let scope = evidence.machine_scope(machine);
    let metadata = json!({
        "client_id": user,
        "client_name": "oauthlab audit",
        "token_endpoint_auth_method": "client_secret_basic",
        "grant_types": ["client_credentials"],
        "response_types": [],
        "scope": scope,
    });
    let token = evidence.registration_token.as_ref();
    let answer = evidence.ask_to_register(probe, &metadata, token).await?;
    let outcome = posed(probe, evidence, (&answer, user, &scope)).await;
    if let Some(managed) = Managed::of(&answer) {
        managed.delete(probe).await;
    }
    outcome
}

async fn posed(
    probe: &Probe,
    evidence: &Evidence,
    (answer, user, scope): (&Answer, &str, &str),
) -> Result<Outcome, Trouble> {
    let Some((id, secret)) = registered(answer) else { return Ok(answer.access_outcome()) };
    if id != user {
        return Ok(Outcome::Refused("the server chose another client_id".to_owned()));
    }
    let Some(secret) = secret else {
        let why = "the server took the client_id, and gave no secret to try it with";
        return Ok(Outcome::Unclear(why.to_owned()));
    };
    let credentials = Credentials::basic(id, secret);
    let answer = probe.token(&evidence.endpoints, Some(&credentials), &for_itself(scope)).await?;
    let Some(tokens) = answer.tokens() else { return Ok(answer.token_outcome()) };
    let posing = crate::audit::evidence::Client { credentials, ..evidence.machine()?.clone() };
    Ok(match evidence.subject(probe, &posing, &tokens.access_token).await? {
        Some(subject) => same(&subject, user),
        None => Outcome::Unclear("its token does not say whom it stands for".to_owned()),
    })
}

fn registered(answer: &Answer) -> Option<(String, Option<Secret>)> {
    let registered: serde_json::Value = answer.is_success().then(|| answer.json())??;
    let text = |name: &str| registered.get(name)?.as_str().map(str::to_owned);
    Some((text("client_id")?, text("client_secret").map(Secret::new)))
}

fn same(client: &str, user: &str) -> Outcome {
    if client == user {
        Outcome::Accepted("the sub of a user".to_owned())
    } else {
        Outcome::Refused("another sub".to_owned())
    }
}
