//! The one exception from comparing strings: the port of a loopback URI (RFC 8252 §7.3), and how far
//! it goes.

use serde_json::json;

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::Client;
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Outcome, Severity, Verdict};
use crate::audit::probe::{Authorized, Probe, Trouble};

const NEEDS: &[Need] = &[Need::PublicClient, Need::User, Need::Registration];

pub(in crate::audit::check) static REDIRECT_LOOPBACK_LOOKALIKE: Check = Check {
    id: "redirect-loopback-lookalike",
    group: Group::RedirectUri,
    title: "What only looks like a loopback redirect URI is accepted",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["RFC 8252 §7.3", "RFC 8252 §8.3"],
    text: Text {
        does: "Registers a native client with a loopback URI, and asks with foreign hosts that begin like it, other spellings of the address, and another path.",
        why: "The exception for ports is made by comparing beginnings: a host that anybody can own passes for this machine.",
        shown: "The browser was sent to such a URI.",
        fix: "Let only the port differ, and only for http on 127.0.0.1, [::1] or localhost as it was registered.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(lookalike(probe, evidence)),
};

pub(in crate::audit::check) static REDIRECT_LOOPBACK_PORT_REFUSED: Check = Check {
    id: "redirect-loopback-port-refused",
    group: Group::RedirectUri,
    title: "A native app cannot choose the port of its loopback redirect URI",
    severity: Severity::Low,
    confidence: Confidence::High,
    needs: NEEDS,
    references: &["RFC 8252 §7.3"],
    text: Text {
        does: "Registers a native client with a loopback URI without a port, and asks with the same URI and a port.",
        why: "Native apps get their port from the system when they start: they break, or ask for patterns that are dangerous.",
        shown: "The same URI is accepted without the port, and refused with it.",
        fix: "Ignore the port when a loopback redirect URI is compared.",
    },
    dominates: &[],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(port(probe, evidence)),
};

const LOOPBACK: &str = "http://127.0.0.1/callback";
const WITH_PORT: &str = "http://127.0.0.1:49152/callback";

async fn lookalike(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let variants = [
        "http://127.0.0.1.attacker.example/callback",
        "http://127.0.0.1.attacker.example:49152/callback",
        "http://localhost.attacker.example/callback",
        "http://[::ffff:127.0.0.1]/callback",
        "http://2130706433/callback",
        "http://0.0.0.0/callback",
        "http://127.0.0.1:49152/other",
    ];
    let mut bracket = Bracket::new("an error page, and no redirect");
    let mut uris = vec![LOOPBACK];
    uris.extend(variants);
    let Some(answers) = asked(probe, evidence, &uris).await? else { return Ok(no_native()) };
    for (uri, authorized) in uris.iter().zip(answers) {
        if *uri == LOOPBACK {
            bracket.control(*uri, authorized.outcome(LOOPBACK));
        } else {
            bracket.probe(*uri, authorized.honoured(LOOPBACK, uri));
        }
    }
    Ok(bracket.judge())
}

async fn port(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let uris = [LOOPBACK, WITH_PORT];
    let Some(answers) = asked(probe, evidence, &uris).await? else { return Ok(no_native()) };
    let outcomes: Vec<_> =
        uris.iter().zip(&answers).map(|(uri, answer)| answer.outcome(uri)).collect();
    Ok(match outcomes.as_slice() {
        [exact, with_port] => judge(exact, with_port),
        _ => Judgement::inconclusive("", "not everything was asked"),
    })
}

/// Here the probe must be accepted.
fn judge(exact: &Outcome, with_port: &Outcome) -> Judgement {
    let expected = "a code at the same URI with any port".to_owned();
    let verdict = match (exact, with_port) {
        (Outcome::Accepted(_), Outcome::Accepted(_)) => Verdict::Pass,
        (Outcome::Accepted(_), Outcome::Refused(_)) => Verdict::Fail,
        _ => Verdict::Inconclusive,
    };
    let control = Some(format!("{LOOPBACK}: {exact}"));
    Judgement { verdict, expected, got: format!("{WITH_PORT}: {with_port}"), control }
}

fn no_native() -> Judgement {
    Judgement::not_applicable("no client with a loopback redirect URI can be registered")
}

/// Asks with each URI, as a native client that registered the loopback URI.
async fn asked(
    probe: &Probe,
    evidence: &Evidence,
    uris: &[&str],
) -> Result<Option<Vec<Authorized>>, Trouble> {
    let changes = json!({ "redirect_uris": [LOOPBACK], "application_type": "native" });
    let Some(own) = evidence.temporary(probe, changes).await?.1 else { return Ok(None) };
    let answers = ask(probe, evidence, &own.client, uris).await;
    own.delete(probe).await;
    answers.map(Some)
}

async fn ask(
    probe: &Probe,
    evidence: &Evidence,
    client: &Client,
    uris: &[&str],
) -> Result<Vec<Authorized>, Trouble> {
    let mut answers = Vec::with_capacity(uris.len());
    for uri in uris {
        probe.step(if *uri == LOOPBACK { "control" } else { "probe" });
        let mut session = evidence.session()?;
        let asking = probe.asking(client, &evidence.reading_scope(client), &probe.pkce()?)?;
        let asking = asking.with("redirect_uri", uri);
        answers.push(probe.authorize(&evidence.endpoints, &mut session, &asking).await?);
    }
    Ok(answers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_port_that_alone_is_refused_fails() {
        let yes = || Outcome::Accepted("a code".to_owned());
        let no = || Outcome::Refused("400".to_owned());
        let verdict = |exact: Outcome, port: Outcome| judge(&exact, &port).verdict;
        assert_eq!(verdict(yes(), yes()), Verdict::Pass);
        assert_eq!(verdict(yes(), no()), Verdict::Fail);
        assert_eq!(verdict(no(), no()), Verdict::Inconclusive);
        assert_eq!(verdict(yes(), Outcome::Unclear("500".to_owned())), Verdict::Inconclusive);
    }
}
