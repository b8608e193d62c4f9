//! What a token response says (RFC 6749 §5.1, §4.4.3).

use serde_json::{Map, Value};

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::{Api, Evidence};
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Outcome, Severity};
use crate::audit::probe::{Answer, Params, Probe, Trouble, for_itself, redemption};

pub(in crate::audit::check) static CC_REFRESH_TOKEN: Check = Check {
    id: "cc-refresh-token",
    group: Group::Token,
    title: "A client that acts for itself gets a refresh token",
    severity: Severity::Low,
    confidence: Confidence::High,
    needs: &[Need::MachineClient],
    references: &["RFC 6749 §4.4.3"],
    text: Text {
        does: "Asks for client credentials and looks for a refresh token.",
        why: "The client can ask again at any time with its credential: a second, longer-lived secret beside it is only one more that can leak.",
        shown: "The answer has a refresh_token.",
        fix: "Issue access tokens alone for client credentials.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(refresh_token(probe, evidence)),
};

pub(in crate::audit::check) static TOKEN_TYPE_MISSING: Check = Check {
    id: "token-type-missing",
    group: Group::Token,
    title: "A token response lacks token_type or expires_in",
    severity: Severity::Low,
    confidence: Confidence::High,
    needs: &[Need::MachineClient],
    references: &["RFC 6749 §5.1"],
    text: Text {
        does: "Asks for client credentials and looks for token_type and expires_in.",
        why: "A client that must guess how to send a token, and for how long it is good, guesses wrong: it sends bound tokens as bearer tokens, and keeps dead ones.",
        shown: "One of the two members is missing.",
        fix: "Send token_type, which is required, and expires_in, which is recommended, with every token.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(missing(probe, evidence)),
};

pub(in crate::audit::check) static SCOPE_NOT_ECHOED: Check = Check {
    id: "scope-not-echoed",
    group: Group::Token,
    title: "A narrowed scope is not said",
    severity: Severity::Low,
    confidence: Confidence::High,
    needs: &[Need::ConfidentialClient, Need::User, Need::SecondApi],
    references: &["RFC 6749 §5.1", "RFC 8707 §2.2"],
    text: Text {
        does: "Asks a user for scopes of two APIs, redeems the code for one of them, and looks whether the answer says which scope is left.",
        why: "A client that is not told takes the scope for what it asked for: it offers what will be refused, and its user does not see what was granted.",
        shown: "The token is for one API, and the answer has no scope.",
        fix: "Send scope with every token whose scope is another one than was asked for; best with every token.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(narrowed(probe, evidence)),
};

async fn machine(probe: &Probe, evidence: &Evidence) -> Result<Answer, Trouble> {
    let client = evidence.machine()?;
    let params = for_itself(&evidence.machine_scope(client));
    probe.token(&evidence.endpoints, Some(&client.credentials), &params).await
}

async fn refresh_token(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let answer = machine(probe, evidence).await?;
    let mut bracket = Bracket::new("an answer without refresh_token");
    bracket.control("client credentials", answer.token_outcome());
    let issued = answer.tokens().is_some_and(|tokens| tokens.refresh_token.is_some());
    bracket.probe("a refresh token", found(issued));
    Ok(bracket.judge())
}

async fn missing(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let answer = machine(probe, evidence).await?;
    let mut bracket = Bracket::new("token_type and expires_in");
    let members: Map<String, Value> = answer.json().unwrap_or_default();
    // A response without token_type cannot be read as one: the token itself is the control.
    let token = members.get("access_token").and_then(Value::as_str);
    let control = match token.filter(|_| answer.is_success()) {
        Some(_) => Outcome::Accepted(answer.summary()),
        None => Outcome::Unclear(answer.summary()),
    };
    if !control.is_accepted() {
        return Ok(Judgement::inconclusive(bracket.expected, control.to_string()));
    }
    bracket.control("client credentials", control);
    for name in ["token_type", "expires_in"] {
        bracket.probe(format!("an answer without {name}"), found(!members.contains_key(name)));
    }
    Ok(bracket.judge())
}

async fn narrowed(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (client, first, second) =
        (evidence.confidential()?, evidence.api()?, evidence.second_api()?);
    let both = client.allowed(first.read_scope().into_iter().chain(second.read_scope()));
    let mut session = evidence.session()?;
    let pkce = probe.pkce()?;
    let asking = probe.asking(client, &both, &pkce)?;
    let named = [first, second].map(|api: &Api| ("resource", api.url.as_str()));
    let asking = Params::of(asking.pairs().into_iter().chain(named));
    let code = match probe.code_for(&evidence.endpoints, &mut session, &asking, pkce).await {
        Ok(code) => code,
        Err(Trouble::Basis(why)) => {
            let why = format!("no code is issued for two APIs: {why}");
            return Ok(Judgement::not_applicable(why));
        }
        Err(trouble) => return Err(trouble),
    };
    let params = redemption(&code).with("resource", &first.url);
    let credentials = Some(&client.credentials);
    let answer = probe.token(&evidence.endpoints, credentials, &params).await?;
    let meant = evidence.meant_for(probe, client, &answer, &second.url).await?;
    if meant.is_accepted() {
        return Ok(Judgement::not_applicable("nothing was narrowed: the token is for both APIs"));
    }
    let mut bracket = Bracket::new("the scope that is left");
    bracket.control("a code for two APIs, redeemed for one", answer.token_outcome());
    let said = answer.tokens().is_some_and(|tokens| tokens.scope.is_some());
    bracket.probe("an answer without scope", found(!said));
    Ok(bracket.judge())
}

/// What is looked for is there, or not.
fn found(there: bool) -> Outcome {
    if there {
        Outcome::Accepted("it is so".to_owned())
    } else {
        Outcome::Refused("it is not so".to_owned())
    }
}
