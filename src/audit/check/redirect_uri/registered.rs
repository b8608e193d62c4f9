//! Redirect URIs that should never have been registered, or that belong to somebody else (RFC 9700
//! §2.1, §4.1; RFC 7591 §5).

use serde_json::{Value, json};

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Outcome, Severity};
use crate::audit::probe::{Authorized, Probe, Trouble};

const NEEDS: &[Need] = &[Need::PublicClient, Need::User, Need::Registration];

pub(in crate::audit::check) static REDIRECT_EMITTED_DIFFERS: Check = Check {
    id: "redirect-emitted-differs",
    group: Group::RedirectUri,
    title: "The browser is sent to another spelling of the redirect URI",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::SecondClient, Need::User],
    references: &["RFC 9700 §4.1.3"],
    text: Text {
        does: "Asks with a registered URI that holds percent-encoded characters and a query, and compares where the browser is sent with it byte for byte.",
        why: "What is decoded or put together anew after the comparison may lead elsewhere than what was compared.",
        shown: "The Location does not begin with the registered string.",
        fix: "Emit the registered string as it is, and append the response parameters to it.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(emitted(probe, evidence)),
};

pub(in crate::audit::check) static REDIRECT_EMPTY_LIST: Check = Check {
    id: "redirect-empty-list",
    group: Group::RedirectUri,
    title: "A client without redirect URIs may use any",
    severity: Severity::Critical,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["RFC 9700 §2.1", "RFC 7591 §5"],
    text: Text {
        does: "Registers clients without redirect URIs, one for codes and one that acts for itself, and asks as each with a foreign URI.",
        why: "A list that is empty is read as no restriction: anybody receives what is sent for such a client.",
        shown: "The browser was sent to the foreign URI.",
        fix: "Refuse authorization requests of clients without redirect URIs by an error page.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(empty(probe, evidence)),
};

pub(in crate::audit::check) static REDIRECT_HTTP: Check = Check {
    id: "redirect-http",
    group: Group::RedirectUri,
    title: "An http redirect URI on a host that is not this machine is used",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["RFC 9700 §2.6"],
    text: Text {
        does: "Registers http URIs, of a public host and of one without a dot, and asks with those that were taken.",
        why: "The code travels in the clear, and anybody on the way reads it.",
        shown: "The URI was registered, and the browser was sent there.",
        fix: "Refuse http in redirect URIs but for the loopback addresses, at registration and at the authorization endpoint.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(http(probe, evidence)),
};

pub(in crate::audit::check) static REDIRECT_OTHER_CLIENT: Check = Check {
    id: "redirect-other-client",
    group: Group::RedirectUri,
    title: "The redirect URI of another client is accepted",
    severity: Severity::Critical,
    confidence: Confidence::High,
    needs: &[Need::ConfidentialClient, Need::SecondClient, Need::User],
    references: &["RFC 9700 §2.1"],
    text: Text {
        does: "Asks as one client with the redirect URI of another one.",
        why: "A malicious client has the codes of honest ones sent to itself.",
        shown: "The browser was sent to the other client's URI.",
        fix: "Compare redirect_uri with the URIs of the client that asks, never with a common list.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(other(probe, evidence)),
};

pub(in crate::audit::check) static REDIRECT_PRIVATE_SCHEME: Check = Check {
    id: "redirect-private-scheme",
    group: Group::RedirectUri,
    title: "A private-use scheme without a dot is registered",
    severity: Severity::Low,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["RFC 8252 §7.1"],
    text: Text {
        does: "Registers a redirect URI with a scheme of a single word.",
        why: "Any app claims a word; a reversed domain name at least says whose it is.",
        shown: "The client was registered.",
        fix: "Take private-use schemes only when they hold a dot, as a reversed domain name does.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(private(probe, evidence)),
};

pub(in crate::audit::check) static REDIRECT_WILDCARD: Check = Check {
    id: "redirect-wildcard",
    group: Group::RedirectUri,
    title: "A wildcard in a registered redirect URI is honoured",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["RFC 9700 §4.1.1", "RFC 9700 §2.1"],
    text: Text {
        does: "Registers URIs with an asterisk in the host and at the end of the path, and asks with URIs that such a pattern matches.",
        why: "One page below the pattern that redirects on, or one forgotten subdomain, receives the codes of every user.",
        shown: "The pattern was registered, and the browser was sent to a URI that matches it.",
        fix: "Refuse wildcards at registration, and compare redirect URIs as strings.",
    },
    dominates: &["dcr-wildcard-fragment"],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(wildcard(probe, evidence)),
};

const FOREIGN: &str = "https://attacker.example/callback";

async fn emitted(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let client = evidence.second()?;
    let Some(uri) = &evidence.clients.other_uri else {
        return Ok(Judgement::not_applicable("no registered URI with encoded characters is known"));
    };
    let mut session = evidence.session()?;
    let asking = probe.asking(client, &evidence.reading_scope(client), &probe.pkce()?)?;
    probe.step("probe");
    let asking = asking.with("redirect_uri", uri);
    let authorized = probe.authorize(&evidence.endpoints, &mut session, &asking).await?;
    let mut bracket = Bracket::new("the registered string, and the response parameters behind it");
    bracket.controls.push(evidence.controls.of_confidential());
    let outcome = match authorized.elsewhere(uri) {
        Outcome::Refused(said) if authorized.code().is_none() => Outcome::Unclear(said),
        other => other,
    };
    bracket.probe(format!("another place than {uri}"), outcome);
    Ok(bracket.judge())
}

async fn other(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let client = evidence.confidential()?;
    let second = evidence.second()?;
    let uri = evidence.clients.other_uri.as_ref().unwrap_or(&second.redirect_uri);
    if *uri == client.redirect_uri {
        return Ok(Judgement::not_applicable("no two clients with different URIs are known"));
    }
    let mut session = evidence.session()?;
    let asking = probe.asking(client, &evidence.reading_scope(client), &probe.pkce()?)?;
    probe.step("probe");
    let asking = asking.with("redirect_uri", uri);
    let authorized = probe.authorize(&evidence.endpoints, &mut session, &asking).await?;
    let mut bracket = Bracket::new("an error page, and no redirect");
    bracket.controls.push(evidence.controls.of_confidential());
    bracket.probe("the URI of another client", authorized.elsewhere(&client.redirect_uri));
    Ok(bracket.judge())
}

async fn http(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let uris = ["http://app.audit.example/callback", "http://intranet/callback"];
    each(probe, evidence, uris.map(|uri| (json!({ "redirect_uris": [uri] }), uri, uri))).await
}

async fn wildcard(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let rows = [
        ("https://*.audit.example/callback", "https://x.audit.example/callback"),
        ("https://app.audit.example/callback/*", "https://app.audit.example/callback/x"),
    ];
    let row = |(own, used)| (json!({ "redirect_uris": [own] }), own, used);
    each(probe, evidence, rows.map(row)).await
}

async fn empty(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let machine = json!({
        "redirect_uris": null,
        "response_types": null,
        "grant_types": ["client_credentials"],
        "token_endpoint_auth_method": "client_secret_basic",
    });
    let rows = [
        (json!({ "redirect_uris": [] }), "an empty list", FOREIGN),
        (json!({ "redirect_uris": null }), "no list", FOREIGN),
        (machine, "a client that acts for itself", FOREIGN),
    ];
    each(probe, evidence, rows).await
}

/// Registers a client for each row, and asks with a URI as those that were registered.
async fn each<const N: usize>(
    probe: &Probe,
    evidence: &Evidence,
    rows: [(Value, &str, &str); N],
) -> Result<Judgement, Trouble> {
    let mut bracket = Bracket::new("no registration, or an error page without a redirect");
    bracket.controls.push(evidence.controls.of_public());
    for (changes, what, used) in rows {
        probe.step("probe");
        let (registration, own) = evidence.temporary(probe, changes).await?;
        let Some(own) = own else {
            bracket.probe(what, registration);
            continue;
        };
        let authorized = ask(probe, evidence, own.client.id(), used).await;
        own.delete(probe).await;
        let authorized = authorized?;
        let sent = authorized.place().is_some_and(|place| place.starts_with(used));
        let said = authorized.summary();
        bracket.probe(what, if sent { Outcome::Accepted(said) } else { Outcome::Refused(said) });
    }
    Ok(bracket.judge())
}

async fn ask(
    probe: &Probe,
    evidence: &Evidence,
    id: &str,
    redirect_uri: &str,
) -> Result<Authorized, Trouble> {
    let client = evidence.public()?;
    let mut session = evidence.session()?;
    let asking = probe.asking(client, &evidence.reading_scope(client), &probe.pkce()?)?;
    let asking = asking.with("client_id", id).with("redirect_uri", redirect_uri);
    probe.authorize(&evidence.endpoints, &mut session, &asking).await
}

async fn private(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let mut bracket = Bracket::new("no registration");
    bracket.controls.push(evidence.controls.of_public());
    probe.step("probe");
    let uri = "oauthlabaudit:/callback";
    let changes = json!({ "redirect_uris": [uri], "application_type": "native" });
    let (outcome, own) = evidence.temporary(probe, changes).await?;
    if let Some(own) = own {
        own.delete(probe).await;
    }
    bracket.probe(uri, outcome);
    Ok(bracket.judge())
}
