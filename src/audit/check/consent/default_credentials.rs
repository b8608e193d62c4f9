//! No account with a password that everybody tries first.

use super::super::{Check, Group, Seeded, Text};
use crate::audit::evidence::{Evidence, User};
use crate::audit::finding::{Bracket, Confidence, Judgement, Need, Outcome, Severity};
use crate::audit::probe::{Probe, Session, Trouble};
use crate::protocol::Secret;

pub(in crate::audit::check) static DEFAULT_CREDENTIALS: Check = Check {
    id: "default-credentials",
    group: Group::Consent,
    title: "A user has a password that everybody tries first",
    severity: Severity::Critical,
    confidence: Confidence::High,
    needs: &[Need::PublicClient, Need::User],
    references: &["OWASP ASVS 5.0 6.3.2", "RFC 6749 §10.10"],
    text: Text {
        does: "Tries to log in as admin, root, test, demo and the configured users, each once, with the name as the password.",
        why: "Accounts from examples and first starts are the first that an attacker tries.",
        shown: "The login was accepted.",
        fix: "Remove accounts of examples, and make random passwords at the first start.",
    },
    dominates: &[],
    seeded: Seeded::Otherwise(
        "known passwords are a convenience of a lab that is not strict, whose own audit shows this check failing",
    ),
    run: |probe, evidence| Box::pin(run(probe, evidence)),
};

const NAMES: &[&str] = &["admin", "root", "test", "demo"];
const MAX_USERS: usize = 4;

async fn run(probe: &Probe, evidence: &Evidence) -> Result<Judgement, Trouble> {
    let configured = evidence.users.iter().take(MAX_USERS).map(|user| user.name.as_str());
    let mut bracket = Bracket::new("every login refused");
    bracket.controls.push(evidence.controls.of_public());
    probe.step("probe");
    for name in NAMES.iter().copied().chain(configured) {
        let user = User { name: name.to_owned(), password: Secret::new(name) };
        let Some(outcome) = login(probe, evidence, &user).await? else {
            return Ok(Judgement::not_applicable("nobody is asked for a password"));
        };
        bracket.probe(format!("{name} / {name}"), outcome);
    }
    Ok(bracket.judge())
}

/// A login is accepted when it leads on to the client; there is none where no page asks.
async fn login(
    probe: &Probe,
    evidence: &Evidence,
    user: &User,
) -> Result<Option<Outcome>, Trouble> {
    let client = evidence.public()?;
    let mut session = Session::of(user);
    let pkce = probe.pkce()?;
    let asking = probe.asking(client, &evidence.reading_scope(client), &pkce)?;
    let authorized = probe.authorize(&evidence.endpoints, &mut session, &asking).await?;
    Ok(session.gave_password().then(|| authorized.outcome(&client.redirect_uri)))
}
