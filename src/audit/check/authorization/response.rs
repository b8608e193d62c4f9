//! Response types and modes that should not be there (RFC 9700 §2.1.2; OAuth 2.0 Multiple Response
//! Type Encoding Practices §3).

use serde_json::json;

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Outcome, Severity};
use crate::audit::probe::{Authorized, Channel, Params, Probe, Trouble};

const NEEDS: &[Need] = &[Need::ConfidentialClient, Need::User];

pub(in crate::audit::check) static IMPLICIT_ENABLED: Check = Check {
    id: "implicit-enabled",
    group: Group::Authorization,
    title: "The implicit grant hands out access tokens",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["RFC 9700 §2.1.2"],
    text: Text {
        does: "Asks with response_type=token, as a client that registered for it if that is possible.",
        why: "A token in the address of a page stays in histories, logs and referrers, can be injected into another client, and cannot be bound to a key.",
        shown: "An access token came back in the front channel.",
        fix: "Switch the response type token off; clients use code with PKCE.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(tokens(probe, evidence, &["token"])),
};

pub(in crate::audit::check) static HYBRID_TOKEN_ENABLED: Check = Check {
    id: "hybrid-token-enabled",
    group: Group::Authorization,
    title: "A hybrid response type hands out access tokens",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["RFC 9700 §2.1.2"],
    text: Text {
        does: "Asks with the response types code token, id_token token and code id_token token, as a client that registered for them if that is possible.",
        why: "A hybrid flow puts an access token into the address of a page like the implicit grant does, beside a code that would have been enough.",
        shown: "An access token came back in the front channel.",
        fix: "Switch off every response type with token in it; clients use code with PKCE.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| {
        Box::pin(tokens(probe, evidence, &["code token", "id_token token", "code id_token token"]))
    },
};

pub(in crate::audit::check) static RESPONSE_TYPE_NOT_BOUND: Check = Check {
    id: "response-type-not-bound",
    group: Group::Authorization,
    title: "A client uses a response type that it did not register",
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["RFC 7591 §2"],
    text: Text {
        does: "Asks with id_token and code id_token as a client that is registered for code alone.",
        why: "An attacker who makes the link chooses the flow: ID tokens land in the address of a page of a client that never looks for them there.",
        shown: "An ID token came back in the front channel.",
        fix: "Compare response_type with the response_types of the client, and answer others with unauthorized_client.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(unbound(probe, evidence)),
};

pub(in crate::audit::check) static RESPONSE_MODE_SWITCH: Check = Check {
    id: "response-mode-switch",
    group: Group::Authorization,
    title: "A response mode that the server does not offer is honoured",
    severity: Severity::Medium,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["OAuth 2.0 Multiple Response Type Encoding Practices §2.1"],
    text: Text {
        does: "Asks with each response mode that response_modes_supported leaves out, web_message among them. Modes that are offered are left alone.",
        why: "Whoever makes the link moves the answer to a place where the client does not look: a fragment that a script leaks, a message to a window that listens.",
        shown: "The answer came back in the mode that nobody offered.",
        fix: "Answer unknown response modes with invalid_request, and let each client have only the modes that it needs.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(switched(probe, evidence)),
};

pub(in crate::audit::check) static RESPONSE_MODE_QUERY_TOKEN: Check = Check {
    id: "response-mode-query-token",
    group: Group::Authorization,
    title: "Tokens can be pulled into the query",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["OAuth 2.0 Multiple Response Type Encoding Practices §3", "RFC 9700 §4.3.2"],
    text: Text {
        does: "Asks for the response types token and id_token with response_mode=query.",
        why: "A query is sent to servers and stands in their logs, in histories and in referrers: each of them then holds the token.",
        shown: "A token came back in the query.",
        fix: "Refuse response_mode=query for every response type with a token in it.",
    },
    dominates: &["response-type-not-bound"],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(in_query(probe, evidence)),
};

async fn tokens(probe: &Probe, evidence: &Evidence, types: &[&str]) -> Result<Judgement, Trouble> {
    let changes =
        json!({ "grant_types": ["authorization_code", "implicit"], "response_types": types });
    let (_, own) = evidence.temporary(probe, changes).await?;
    let mut bracket = bracket(evidence, "an error, and no access token");
    let mut tried = Ok(());
    for name in types {
        let client = own.as_ref().map(|own| &own.client);
        let change = |asking: Params| match client {
            Some(client) => asking.with("client_id", client.id()).with("response_type", name),
            None => asking.with("response_type", name),
        };
        match ask(probe, evidence, change).await {
            Ok(authorized) => bracket.probe(*name, got(&authorized, "access_token", evidence)?),
            Err(trouble) => tried = Err(trouble),
        }
    }
    if let Some(own) = own {
        own.delete(probe).await;
    }
    tried.map(|()| bracket.judge())
}

async fn unbound(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let mut bracket = bracket(evidence, "an error, and no ID token");
    for name in ["id_token", "code id_token"] {
        let authorized = ask(probe, evidence, |asking| asking.with("response_type", name)).await?;
        bracket.probe(name, got(&authorized, "id_token", evidence)?);
    }
    Ok(bracket.judge())
}

async fn in_query(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let mut bracket = bracket(evidence, "an error, and no token in the query");
    for (name, parameter) in [("token", "access_token"), ("id_token", "id_token")] {
        let change =
            |asking: Params| asking.with("response_type", name).with("response_mode", "query");
        let authorized = ask(probe, evidence, change).await?;
        let outcome = match authorized.channel() {
            Some(Channel::Query) | None => got(&authorized, parameter, evidence)?,
            Some(Channel::Fragment | Channel::Form) => Outcome::Refused(authorized.summary()),
        };
        bracket.probe(name, outcome);
    }
    Ok(bracket.judge())
}

/// RFC 8414 §2: what is offered when nothing is said.
const DEFAULT_MODES: [&str; 2] = ["query", "fragment"];

const MODES: [&str; 6] =
    ["web_message", "fragment", "form_post", "query.jwt", "fragment.jwt", "form_post.jwt"];

async fn switched(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let mut offered = evidence.oauth.list("response_modes_supported");
    offered.extend(evidence.openid.list("response_modes_supported"));
    if offered.is_empty() {
        offered.extend(DEFAULT_MODES);
    }
    let mut bracket = bracket(evidence, "an error, or the answer in the default mode");
    for mode in MODES.into_iter().filter(|mode| !offered.contains(mode)) {
        let authorized = ask(probe, evidence, |asking| asking.with("response_mode", mode)).await?;
        bracket.probe(mode, honoured(&authorized));
    }
    Ok(bracket.judge())
}

/// Whether an answer came in another way than a plain query.
fn honoured(authorized: &Authorized) -> Outcome {
    let said = authorized.summary();
    match authorized {
        Authorized::Shown(page) if page.text().contains("postMessage") => Outcome::Accepted(said),
        Authorized::Shown(page) if (400..500).contains(&page.status()) => Outcome::Refused(said),
        Authorized::Shown(_) => Outcome::Unclear(said),
        Authorized::Posted { .. } => Outcome::Accepted(said),
        Authorized::Redirected(_) => {
            let plain = authorized.channel() == Some(Channel::Query)
                && authorized.all("response").is_empty();
            if plain { Outcome::Refused(said) } else { Outcome::Accepted(said) }
        }
    }
}

fn bracket(evidence: &Evidence, expected: &'static str) -> Bracket {
    let mut bracket = Bracket::new(expected);
    bracket.controls.push(evidence.controls.of_confidential());
    bracket
}

async fn ask(
    probe: &Probe,
    evidence: &Evidence,
    change: impl Fn(Params) -> Params,
) -> Result<Authorized, Trouble> {
    let client = evidence.confidential()?;
    probe.step("probe");
    let asking = probe.asking(client, &evidence.reading_scope(client), &probe.pkce()?)?;
    let mut session = evidence.session()?;
    probe.authorize(&evidence.endpoints, &mut session, &change(asking)).await
}

/// Whether a token came; a code alone is a refusal of it.
fn got(authorized: &Authorized, name: &str, evidence: &Evidence) -> Result<Outcome, Trouble> {
    let said = authorized.summary();
    Ok(match (authorized.place(), authorized.parameter(name)) {
        (Some(_), Some(_)) => Outcome::Accepted(said),
        (Some(_), None) if authorized.channel().is_some() => Outcome::Refused(said),
        _ => authorized.received(name, &evidence.confidential()?.redirect_uri),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_in_the_plain_query_ignores_the_mode() {
        let sent = |tail: &str| Authorized::Redirected(format!("https://app.example/cb{tail}"));
        assert!(matches!(honoured(&sent("?code=x")), Outcome::Refused(_)));
        assert!(matches!(honoured(&sent("?error=invalid_request")), Outcome::Refused(_)));
        assert!(honoured(&sent("#code=x")).is_accepted());
        assert!(honoured(&sent("?response=x.y.z")).is_accepted());
    }
}
