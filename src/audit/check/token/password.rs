//! The resource owner password credentials grant (RFC 6749 §4.3), which must not be used any more
//! (RFC 9700 §2.4).

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::Evidence;
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Severity};
use crate::audit::probe::{Params, Probe, Trouble};

pub(in crate::audit::check) static ROPC_ENABLED: Check = Check {
    id: "ropc-enabled",
    group: Group::Token,
    title: "The password grant works",
    severity: Severity::High,
    confidence: Confidence::High,
    needs: &[Need::ConfidentialClient, Need::User],
    references: &["RFC 9700 §2.4"],
    text: Text {
        does: "Asks for tokens with a user's name and password, as a confidential and as a public client.",
        why: "Clients see the passwords of users, users learn to type them anywhere, and no second factor and no consent has a place in it.",
        shown: "The token endpoint gave an access token for a password, and that token works.",
        fix: "Take the grant away, and send users to the authorization endpoint, or to the device flow where there is no browser.",
    },
    // A server that does not list the grant hides it as well.
    dominates: &["metadata-hidden-grant"],
    seeded: Seeded::Weakness,
    run: |probe, evidence| Box::pin(run(probe, evidence)),
};

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let Some(user) = evidence.users.first() else {
        return Ok(Judgement::inconclusive("", "there is no user"));
    };
    let mut bracket = Bracket::new("400 unsupported_grant_type or unauthorized_client");
    bracket.controls.push(evidence.controls.of_confidential());
    probe.step("probe");
    let clients = [
        ("a confidential client", Some(evidence.confidential()?)),
        ("a public client", evidence.clients.public.as_ref()),
    ];
    for (what, client) in clients {
        let Some(client) = client else { continue };
        let params = Params::of([
            ("grant_type", "password"),
            ("username", &user.name),
            ("password", user.password.expose()),
            ("scope", &evidence.reading_scope(client)),
        ]);
        let credentials = Some(&client.credentials);
        let outcome = evidence.token_effect(probe, client, credentials, &params).await?;
        bracket.probe(what, outcome);
    }
    Ok(bracket.judge())
}
