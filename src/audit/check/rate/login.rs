//! Guesses of a password end, whatever they say about where they come from.

use http::HeaderName;

use super::super::{Check, Seeded, Text};
use super::of;
use crate::audit::evidence::{Evidence, User};
use crate::audit::finding::{Bracket, Judgement, Need, Outcome, Severity};
use crate::audit::probe::{Authorized, Probe, Session, Trouble};

const NEEDS: &[Need] = &[Need::PublicClient, Need::SecondUser, Need::Noisy];

pub(in crate::audit::check) static LOGIN_BRUTEFORCE: Check = Check {
    dominates: &["rate-limit-bypass"],
    ..of(
        ("login-bruteforce", "A password can be guessed without end", Severity::High),
        NEEDS,
        &["OWASP ASVS 5.0 6.3.1"],
        Text {
            does: "Logs in as the last user with thirty wrong passwords, and then with the right one.",
            why: "Passwords that people choose are among the first million guesses, and a machine makes those in an hour.",
            shown: "The right password was accepted right after thirty wrong ones.",
            fix: "Count failures of an account, and refuse further tries for a while, also those with the right password.",
        },
        |probe, evidence| Box::pin(run(probe, evidence, false)),
    )
};

pub(in crate::audit::check) static RATE_LIMIT_BYPASS: Check = Check {
    seeded: Seeded::Otherwise(
        "a lab reads that header from known proxies alone; login-bruteforce makes this check fail",
    ),
    ..of(
        (
            "rate-limit-bypass",
            "Guesses of a password are told apart by what they say of their address",
            Severity::Medium,
        ),
        NEEDS,
        &["RFC 9700 §4.13", "OWASP ASVS 5.0 4.1.3"],
        Text {
            does: "Logs in as the last user with thirty wrong passwords and then with the right one, each with another address in the X-Forwarded-For header.",
            why: "Anybody can write that header: a limit that believes it holds up nobody.",
            shown: "The right password was accepted right after thirty wrong ones.",
            fix: "Count failures by account, and read forwarded addresses from known proxies alone.",
        },
        |probe, evidence| Box::pin(run(probe, evidence, true)),
    )
};

const GUESSES: u8 = 30;

async fn run(probe: &Probe, evidence: &Evidence, moving: bool) -> Result<Judgement, Trouble> {
    let Some(user) = evidence.users.last() else {
        return Ok(Judgement::not_applicable("there is no user"));
    };
    let mut bracket = Bracket::new("the right password refused for a while");
    bracket.controls.push(evidence.controls.of_public());
    probe.step("probe");
    for guess in 0..GUESSES {
        let wrong = User { password: probe.random()?, ..user.clone() };
        if log_in(probe, evidence, &wrong, moving.then_some(guess)).await?.is_none() {
            return Ok(Judgement::not_applicable("nobody is asked for a password"));
        }
    }
    let outcome = log_in(probe, evidence, user, moving.then_some(GUESSES)).await?;
    let outcome = outcome.unwrap_or(Outcome::Unclear("no page asked for a password".to_owned()));
    bracket.probe("the right password after thirty wrong ones", outcome);
    Ok(bracket.judge())
}

/// A login in a browser of its own; `None` when no page asks for a password.
async fn log_in(
    probe: &Probe,
    evidence: &Evidence,
    user: &User,
    from: Option<u8>,
) -> Result<Option<Outcome>, Trouble> {
    let client = evidence.public()?;
    let mut session = Session::of(user);
    if let Some(last) = from {
        let name = HeaderName::from_static("x-forwarded-for");
        session = session.saying(name, format!("198.51.100.{last}"));
    }
    let asking = probe.asking(client, &evidence.reading_scope(client), &probe.pkce()?)?;
    let authorized = probe.authorize(&evidence.endpoints, &mut session, &asking).await?;
    let outcome = match &authorized {
        // Here a limit is what is looked for.
        Authorized::Shown(answer) if answer.status() == 429 => {
            Outcome::Refused("429, put off".to_owned())
        }
        _ => authorized.outcome(&client.redirect_uri),
    };
    Ok(session.gave_password().then_some(outcome))
}
