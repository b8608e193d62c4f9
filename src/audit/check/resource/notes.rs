//! Notes as probes need them: written with a good token, and deleted again.

use http::Method;

use crate::audit::evidence::{Api, ApiKind, Evidence};
use crate::audit::finding::Outcome;
use crate::audit::probe::{Answer, Probe, Request, Session, Trouble, writing};
use crate::protocol::Secret;

/// A note of a user, and a token that may do everything with it.
pub(super) struct Note {
    pub(super) url: String,
    pub(super) token: Secret,
}

/// A token of the public client with every scope of the notes API.
pub(super) async fn full_token(
    probe: &Probe,
    evidence: &Evidence,
    session: &mut Session,
) -> Result<Secret, Trouble> {
    let (client, api) = (evidence.public()?, evidence.api_of(ApiKind::Notes)?);
    let scope = client.allowed(api.scopes.iter().map(String::as_str));
    let grant = probe.grant(&evidence.endpoints, client, session, &scope).await?;
    Ok(grant.tokens.access_token)
}

/// Writes a note. Without one there is no outcome to build on.
pub(super) async fn written(
    probe: &Probe,
    api: &Api,
    token: &Secret,
) -> Result<(Outcome, Option<Note>), Trouble> {
    let answer = probe.send(writing(api, "written by the audit").bearer(token)).await?;
    let note =
        id(&answer).map(|id| Note { url: format!("{}/{id}", api.url), token: token.clone() });
    Ok((answer.access_outcome(), note))
}

/// Deletes a note.
pub(super) async fn delete(probe: &Probe, note: &Note) -> Result<(), Trouble> {
    probe.send(Request::new(Method::DELETE, &note.url).bearer(&note.token)).await?;
    Ok(())
}

fn id(answer: &Answer) -> Option<String> {
    let note: serde_json::Value = answer.is_success().then(|| answer.json())??;
    Some(note.get("id")?.as_str()?.to_owned())
}
