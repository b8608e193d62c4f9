//! What a consent is for, and whose it is: the request that was shown, of the user who saw it.

use super::super::{Check, Group, Seeded, Text};
use super::{answered, page};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Outcome, Severity};
use crate::audit::probe::{
    Asks, Authorized, Code, Open, Params, Pkce, Probe, Session, Trouble, redemption,
};

pub(in crate::audit::check) static CONSENT_CROSS_USER: Check = Check {
    id: "consent-cross-user",
    group: Group::Consent,
    title: "One user finishes the request of another",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::PublicClient, Need::User, Need::SecondUser],
    references: &["RFC 9700 §4.7"],
    text: Text {
        does: "Opens and answers the consent page of one user's request in the browser of another user, who is logged in.",
        why: "An attacker begins a request and lets somebody else finish it: the attacker's client then holds access to that user's data.",
        shown: "The other user's browser got a code for the request.",
        fix: "Tie each waiting request to the browser that began it, by a cookie, and treat its id alone as unknown.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(cross_user(probe, evidence)),
};

pub(in crate::audit::check) static CONSENT_SESSION_POISON: Check = Check {
    id: "consent-session-poison",
    group: Group::Consent,
    title: "A second request takes the place of the one that is approved",
    severity: Severity::Critical,
    confidence: Confidence::High,
    needs: &[Need::PublicClient, Need::SecondClient, Need::User],
    references: &["PortSwigger Research, Hidden OAuth attack vectors: session poisoning"],
    text: Text {
        does: "Opens the consent page of one client, then that of another one in the same browser, and answers the first page.",
        why: "A page that opens a hidden request of its own makes the user, who approves a trusted client, approve the attacker's.",
        shown: "The answer to the first page gave the second client a code.",
        fix: "Keep each waiting request under an id of its own, which its page sends back; never one request for each session.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(poison(probe, evidence)),
};

pub(in crate::audit::check) static CONSENT_TAMPER: Check = Check {
    id: "consent-tamper",
    group: Group::Consent,
    title: "The consent form can change what is consented to",
    severity: Severity::Critical,
    confidence: Confidence::High,
    needs: &[Need::PublicClient, Need::SecondClient, Need::User, Need::Api],
    references: &["CVE-2021-27582"],
    text: Text {
        does: "Answers the consent page with further fields: redirect_uri, scope and client_id, in the usual spellings.",
        why: "A framework that binds every field to the stored request lets the form send the code to an attacker, or widen what the user saw.",
        shown: "The code went to another address, came with a wider scope, or was another client's.",
        fix: "Read the decision and the id of the request from the form and nothing else.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(tamper(probe, evidence)),
};

async fn cross_user(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (at, client) = (&evidence.endpoints, evidence.public()?);
    let mut other = evidence.second_session()?;
    probe.step("control");
    probe.code(at, client, &mut other, &evidence.reading_scope(client)).await?;
    let (mut session, open) = page(probe, evidence, evidence.session()?).await?;
    let mut bracket = Bracket::new("an unknown request, and no code");
    probe.step("probe");
    let end = probe.go_on(&mut other, open.request(&open.fields), Asks::Consent).await?;
    bracket.probe("the form in the other browser", answered(&end, &client.redirect_uri));
    let outcome = match probe.look(&mut other, &open.page).await? {
        None => Outcome::Refused("no consent page".to_owned()),
        Some(shown) => {
            let request = shown.request(&shown.fields);
            let end = probe.go_on(&mut other, request, Asks::Consent).await?;
            answered(&end, &client.redirect_uri)
        }
    };
    bracket.probe("the page in the other browser", outcome);
    if !bracket.probes.iter().any(|probe| probe.outcome.is_accepted()) {
        probe.step("control");
        let end = probe.go_on(&mut session, open.request(&open.fields), Asks::Consent).await?;
        bracket.control("its own user", end.outcome(&client.redirect_uri));
    }
    Ok(bracket.judge())
}

async fn poison(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (at, first, second) = (&evidence.endpoints, evidence.public()?, evidence.second()?);
    let ask = |client| -> Result<Params, Trouble> {
        let asking = probe.asking(client, &evidence.reading_scope(client), &probe.pkce()?)?;
        Ok(asking.with("prompt", "consent"))
    };
    let (trusted, hidden) = (ask(first)?, ask(second)?);
    let mut session = evidence.session()?;
    let open = probe.open_until(at, &mut session, (&trusted, Asks::Consent)).await?;
    probe.open_until(at, &mut session, (&hidden, Asks::Consent)).await?;
    probe.step("probe");
    let end = probe.go_on(&mut session, open.request(&open.fields), Asks::Consent).await?;
    let mut bracket = Bracket::new("a code for the client of the page, or a refusal");
    bracket.controls.push(evidence.controls.of_public());
    let state = end.parameter("state");
    let outcome = match end.outcome(&first.redirect_uri) {
        Outcome::Accepted(said) if state.as_deref() == trusted.get("state") => {
            Outcome::Refused(format!("{said}, for the first request"))
        }
        Outcome::Accepted(said) if state.as_deref() == hidden.get("state") => {
            Outcome::Accepted(format!("{said}, for the second request"))
        }
        Outcome::Accepted(said) => Outcome::Unclear(format!("{said}, for neither request")),
        other => other,
    };
    bracket.probe("answering the first of two pages", outcome);
    Ok(bracket.judge())
}

async fn tamper(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let (client, second) = (evidence.public()?, evidence.second()?);
    let api = evidence.api()?;
    let reading = evidence.reading_scope(client);
    let Some(wider) = api.write_scope() else {
        return Ok(Judgement::not_applicable("the API has one scope, which cannot be widened"));
    };
    let mut bracket = Bracket::new("the request as it was shown, or a refusal");
    bracket.controls.push(evidence.controls.of_public());
    let elsewhere = format!("{}/elsewhere", client.redirect_uri);
    let wide = format!("{reading} {wider}");
    for (what, names, value) in [
        ("another redirect_uri", ["redirect_uri", "redirectUri", "redirect_url"], &elsewhere),
        ("a wider scope", ["scope", "scopes", "scope_requested"], &wide),
        ("another client_id", ["client_id", "clientId", "client"], &second.id().to_owned()),
    ] {
        probe.step("probe");
        let (mut session, open, pkce) = asked(probe, evidence).await?;
        let fields = names.iter().fold(open.fields.clone(), |all, name| all.with(name, value));
        let end = probe.go_on(&mut session, open.request(&fields), Asks::Consent).await?;
        bracket.probe(what, changed(probe, evidence, end, pkce).await?);
    }
    Ok(bracket.judge())
}

/// A consent page for reading, with what redeems its code.
async fn asked(probe: &Probe, evidence: &Evidence) -> Result<(Session, Open, Pkce), Trouble> {
    let (client, pkce) = (evidence.public()?, probe.pkce()?);
    let asking = probe.asking(client, &evidence.reading_scope(client), &pkce)?;
    let asking = asking.with("prompt", "consent");
    let mut session = evidence.session()?;
    let open =
        probe.open_until(&evidence.endpoints, &mut session, (&asking, Asks::Consent)).await?;
    Ok((session, open, pkce))
}

/// Whether the answer is for something else than was shown: its place, its scope or its client.
async fn changed(
    probe: &Probe,
    evidence: &Evidence,
    end: Authorized,
    pkce: Pkce,
) -> Result<Outcome, Trouble> {
    let client = evidence.public()?;
    if let Outcome::Accepted(said) = end.elsewhere(&client.redirect_uri) {
        return Ok(Outcome::Accepted(said));
    }
    let outcome = end.outcome(&client.redirect_uri);
    let (Outcome::Accepted(_), Some(code)) = (&outcome, end.code()) else { return Ok(outcome) };
    let redirect_uri = client.redirect_uri.clone();
    let params = redemption(&Code { code, pkce, redirect_uri });
    let own = probe.token(&evidence.endpoints, Some(&client.credentials), &params).await?;
    let Some(tokens) = own.tokens() else {
        return Ok(Outcome::Unclear(format!("its own client: {}", own.summary())));
    };
    let wider = evidence.api()?.write_scope().unwrap_or_default();
    let granted = tokens.scope.as_deref().unwrap_or_default();
    Ok(if granted.split(' ').any(|scope| scope == wider) {
        Outcome::Accepted(format!("scope {granted}"))
    } else {
        Outcome::Refused(format!("ignored: scope {granted}"))
    })
}
