//! Logout (OpenID Connect RP-Initiated, Back-Channel and Front-Channel Logout 1.0).

mod alive;
mod forced;
mod redirect;

use super::Check;
use crate::audit::evidence::Evidence;
use crate::audit::probe::{Params, Probe, Session, Trouble};
use crate::protocol::Secret;

/// The checks of this group.
pub(super) static CHECKS: &[&Check] = &[
    &alive::LOGOUT_SESSION_ALIVE,
    &forced::LOGOUT_FORCED,
    &forced::LOGOUT_HINT_FORGED,
    &redirect::LOGOUT_REDIRECT,
];

/// A new session of the first user, and the ID token that came of it.
async fn logged_in(
    probe: &Probe,
    evidence: &Evidence,
) -> Result<Option<(Session, Secret)>, Trouble> {
    let client = evidence.confidential()?;
    let mut session = evidence.session()?;
    let scope = evidence.reading_scope(client);
    let grant = probe.grant(&evidence.endpoints, client, &mut session, &scope).await?;
    Ok(grant.tokens.id_token.map(|hint| (session, hint)))
}

/// The parameters of a good logout request.
fn logging_out(evidence: &Evidence, hint: &Secret) -> Params {
    let params = Params::of([("id_token_hint", hint.expose())]);
    match evidence.confidential() {
        Ok(client) => params.with("client_id", client.id()),
        Err(_) => params,
    }
}
