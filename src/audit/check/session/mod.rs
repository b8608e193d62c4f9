//! Sessions and their cookies, and the login that begins them.

mod cookie;
mod fixation;
mod login;

use super::Check;
use crate::audit::evidence::Evidence;
use crate::audit::finding::Outcome;
use crate::audit::probe::{Asks, Authorized, Probe, Session, Trouble};

/// The checks of this group.
pub(super) static CHECKS: &[&Check] = &[
    &cookie::COOKIE_HTTPONLY,
    &cookie::COOKIE_SAMESITE,
    &cookie::COOKIE_SCOPE,
    &cookie::COOKIE_SECURE,
    &fixation::SESSION_FIXATION,
    &login::LOGIN_CSRF,
    &login::LOGIN_GET,
    &login::LOGIN_OPEN_REDIRECT,
    &login::LOGIN_REFLECTS_PASSWORD,
];

/// Whether the server knows who sits in front of this browser: it asks for no password.
async fn known(probe: &Probe, evidence: &Evidence, session: Session) -> Result<Outcome, Trouble> {
    let client = evidence.public()?;
    let asking = probe.asking(client, &evidence.reading_scope(client), &probe.pkce()?)?;
    let mut session = session.looking();
    let end = probe.authorize(&evidence.endpoints, &mut session, &asking).await?;
    Ok(match (&end, end.page_asks()) {
        (_, Some(Asks::Login)) => Outcome::Refused("the login page".to_owned()),
        (_, Some(Asks::Consent)) => Outcome::Accepted("the consent page".to_owned()),
        (Authorized::Redirected(_) | Authorized::Posted { .. }, None) if end.code().is_some() => {
            Outcome::Accepted(end.summary())
        }
        (_, None) => Outcome::Unclear(end.summary()),
    })
}
