//! Login and consent (RFC 6749 §10.12).

mod answers;
mod csrf;
mod default_credentials;
mod whose;

use super::Check;
use crate::audit::evidence::Evidence;
use crate::audit::finding::Outcome;
use crate::audit::probe::{Asks, Authorized, Open, Probe, Session, Trouble};

/// The checks of this group.
pub(super) static CHECKS: &[&Check] = &[
    &answers::CONSENT_HEAD,
    &answers::CONSENT_REPLAY,
    &answers::CONSENT_TOKEN_UNBOUND,
    &csrf::CONSENT_CSRF,
    &default_credentials::DEFAULT_CREDENTIALS,
    &whose::CONSENT_CROSS_USER,
    &whose::CONSENT_SESSION_POISON,
    &whose::CONSENT_TAMPER,
];

/// A consent page that waits for its answer in this browser.
async fn page(
    probe: &Probe,
    evidence: &Evidence,
    mut session: Session,
) -> Result<(Session, Open), Trouble> {
    let client = evidence.public()?;
    let asking = probe.asking(client, &evidence.reading_scope(client), &probe.pkce()?)?;
    // Consent may be remembered; where the parameter is known, the page is shown all the same.
    let asking = asking.with("prompt", "consent");
    let open =
        probe.open_until(&evidence.endpoints, &mut session, (&asking, Asks::Consent)).await?;
    Ok((session, open))
}

/// Whether an answer of a page counted. The page once more says that it did not.
fn answered(end: &Authorized, registered: &str) -> Outcome {
    match end.page_asks() {
        Some(_) => Outcome::Refused("the page again".to_owned()),
        None => match (end.outcome(registered), end) {
            (Outcome::Unclear(said), Authorized::Shown(answer)) if answer.is_success() => {
                Outcome::Refused(said)
            }
            (outcome, _) => outcome,
        },
    }
}
