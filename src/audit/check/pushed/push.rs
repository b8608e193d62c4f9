//! What may be pushed, and by whom (RFC 9126 §2.1, §2.2).

use crate::audit::check::code::judge_entropy as judge;
use crate::audit::check::{Check, Group, Seeded, Text};
use crate::audit::evidence::{Client, Evidence};
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Severity};
use crate::audit::probe::{Credentials, Params, Probe, Trouble, push_outcome, pushed_reference};
use crate::protocol::Secret;

const NEEDS: &[Need] = &[Need::Pushed, Need::ConfidentialClient];

pub(in crate::audit::check) static PAR_UNAUTHENTICATED: Check = Check {
    id: "par-unauthenticated",
    group: Group::Pushed,
    title: "A confidential client's request is pushed without its credential",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["RFC 9126 §2.1", "RFC 9126 §2"],
    text: Text {
        does: "Pushes a good request of a confidential client without a credential, and with a wrong secret.",
        why: "Anyone can start authorization requests in the client's name, and the client's identity is no longer known before the user is asked.",
        shown: "A request_uri came back for a request whose sender proved nothing.",
        fix: "Authenticate clients at this endpoint exactly as at the token endpoint.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(unauthenticated(probe, evidence)),
};

pub(in crate::audit::check) static PAR_ENTROPY: Check = Check {
    id: "par-entropy",
    group: Group::Pushed,
    title: "The reference of a pushed request can be guessed",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["RFC 9126 §2.2", "RFC 9126 §7.1"],
    text: Text {
        does: "Collects request_uri values and bounds their bits by length, alphabet, and what all of them share.",
        why: "Whoever guesses a reference uses or spoils the request of another.",
        shown: "No request_uri of this form has 128 bits, or one came twice.",
        fix: "Make request_uri values from at least 128 bits, better 256, of a cryptographic random generator.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(entropy(probe, evidence)),
};

pub(in crate::audit::check) static PAR_NESTED: Check = Check {
    id: "par-nested",
    group: Group::Pushed,
    title: "A request with a request_uri is pushed",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["RFC 9126 §2.1"],
    text: Text {
        does: "Pushes a good request that also has a request_uri: a pushed one, and one at a foreign host.",
        why: "A chain of references hides what is asked for, and a foreign one makes the server fetch what a stranger names.",
        shown: "A request_uri came back for a request that had one already.",
        fix: "Refuse the parameter request_uri at this endpoint with invalid_request.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(nested(probe, evidence)),
};

pub(in crate::audit::check) static PAR_UNREGISTERED_REDIRECT: Check = Check {
    id: "par-unregistered-redirect",
    group: Group::Pushed,
    title: "A client without a credential pushes a redirect URI that it did not register",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::Pushed, Need::PublicClient],
    references: &["RFC 9126 §2.4"],
    text: Text {
        does: "Pushes a request of a public client with a redirect URI on another host.",
        why: "A server may take new redirect URIs from clients that authenticated. Nobody authenticated here, so that the code goes to whoever asked.",
        shown: "A request_uri came back for a redirect URI that is not registered.",
        fix: "Compare redirect_uri with the registered ones where requests are pushed, too, for every client that has no credential.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(unregistered(probe, evidence)),
};

fn asking(probe: &Probe, evidence: &Evidence, client: &Client) -> Result<Params, Trouble> {
    probe.asking(client, &evidence.reading_scope(client), &probe.pkce()?)
}

async fn unauthenticated(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (at, client) = (&evidence.endpoints, evidence.confidential()?);
    let mut bracket = Bracket::new("401 invalid_client");
    let good = asking(probe, evidence, client)?;
    probe.step("control");
    let answer = probe.try_push(at, Some(&client.credentials), &good).await?;
    bracket.control("with the credential", push_outcome(&answer));
    probe.step("probe");
    let answer = probe.try_push(at, None, &asking(probe, evidence, client)?).await?;
    bracket.probe("without one", push_outcome(&answer));
    if client.credentials.secret.is_some() {
        let wrong = Credentials { secret: Some(probe.random()?), ..client.credentials.clone() };
        let good = asking(probe, evidence, client)?;
        let answer = probe.try_push(at, Some(&wrong), &good).await?;
        bracket.probe("with a wrong secret", push_outcome(&answer));
    }
    Ok(bracket.judge())
}

const SAMPLE: usize = 6;

async fn entropy(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let client = evidence.confidential()?;
    let mut references = Vec::new();
    for _ in 0..SAMPLE {
        let good = asking(probe, evidence, client)?;
        references.push(probe.push(&evidence.endpoints, client, &good).await?);
    }
    let sample: Vec<_> = references.iter().map(Secret::expose).collect();
    Ok(judge(&sample, "references"))
}

async fn nested(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (at, client) = (&evidence.endpoints, evidence.confidential()?);
    let mut bracket = Bracket::new("400 invalid_request");
    probe.step("control");
    let good = asking(probe, evidence, client)?;
    let answer = probe.try_push(at, Some(&client.credentials), &good).await?;
    bracket.control("without a request_uri", push_outcome(&answer));
    let pushed = pushed_reference(&answer).unwrap_or_default();
    probe.step("probe");
    for (what, reference) in [
        ("with a pushed request_uri", pushed.expose()),
        ("with a request_uri elsewhere", "https://attacker.example/request.jwt"),
    ] {
        if reference.is_empty() {
            continue;
        }
        let nested = asking(probe, evidence, client)?.with("request_uri", reference);
        let answer = probe.try_push(at, Some(&client.credentials), &nested).await?;
        bracket.probe(what, push_outcome(&answer));
    }
    Ok(bracket.judge())
}

async fn unregistered(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (at, client) = (&evidence.endpoints, evidence.public()?);
    if client.is_confidential() {
        return Ok(Judgement::not_applicable("every client has a credential here"));
    }
    let mut bracket = Bracket::new("a refusal, and no request_uri");
    probe.step("control");
    let good = asking(probe, evidence, client)?;
    let answer = probe.try_push(at, Some(&client.credentials), &good).await?;
    bracket.control("the registered redirect URI", push_outcome(&answer));
    probe.step("probe");
    let good = asking(probe, evidence, client)?;
    let foreign = good.with("redirect_uri", "https://attacker.example/elsewhere");
    let answer = probe.try_push(at, Some(&client.credentials), &foreign).await?;
    bracket.probe("another one", push_outcome(&answer));
    Ok(bracket.judge())
}
