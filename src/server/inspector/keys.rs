//! The signing keys of a running lab: listed, and rotated by whoever holds the inspector's token.

use axum::extract::{Request, State};
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::InspectorState;
use super::answer::{NotKept, document, refusal};
use crate::issuer::{Begin, Fault, Issuer, PublishedKey, RotationRefused};
use crate::protocol::Algorithm;
use crate::rule::{self, Fact};
use crate::server::authorization::AuthorizationServer;
use crate::server::listener::read_body;

/// The published keys (`oauthlab.keys/v1`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeysView {
    /// `oauthlab.keys/v1`.
    pub schema: String,
    /// The keys, by algorithm and age.
    pub keys: Vec<KeyView>,
}

/// One published key. Times are seconds since the Unix epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyView {
    /// Its `kid`.
    pub kid: String,
    /// Its algorithm.
    pub alg: Algorithm,
    /// `announced`, `signing` or `retired`.
    pub state: KeyState,
    /// Since when it signs, or will; 0 is since the start of the lab.
    pub signs_from: u64,
    /// Until when it stays published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published_until: Option<u64>,
}

/// What a key does now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyState {
    /// Published, and not signing yet.
    Announced,
    /// Signing.
    Signing,
    /// Published for the tokens that it signed.
    Retired,
}

/// A wish for a rotation.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RotationWish {
    /// Of which algorithm; every one unless named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alg: Option<Algorithm>,
    /// Whether the new key is published first, and signs when cached key sets have expired.
    #[serde(default)]
    pub announce: bool,
}

/// Lists the keys.
pub(super) async fn list(State(state): State<InspectorState>) -> Response {
    match &state.0.lab.authorization {
        None => no_issuer(),
        Some(server) => answer(server).await,
    }
}

/// Rotates, and lists what is published then.
pub(super) async fn rotate(State(state): State<InspectorState>, request: Request) -> Response {
    let Some(server) = &state.0.lab.authorization else { return no_issuer() };
    let body = read_body(request.into_body()).await.unwrap_or_default();
    let wish =
        if body.is_empty() { Ok(RotationWish::default()) } else { serde_json::from_slice(&body) };
    let Ok(wish) = wish else {
        let facts = (Fact::fixed("alg and announce"), Fact::fixed("something else"));
        return refusal(&rule::REQUEST_ENCODING, facts);
    };
    match rotate_all(server.issuer(), &wish).await {
        Ok(()) => answer(server).await,
        Err(RotationRefused::Failed(fault)) => server.fault(&fault),
        Err(refused) => {
            let expected = Fact::any_of(server.issuer().keys().algorithms());
            refusal(&rule::REQUEST_ENCODING, (expected, Fact::public(refused)))
        }
    }
}

async fn rotate_all(issuer: &Issuer, wish: &RotationWish) -> Result<(), RotationRefused> {
    let begin = if wish.announce { Begin::Announced } else { Begin::Now };
    let all = || issuer.keys().algorithms().collect();
    for alg in wish.alg.map_or_else(all, |alg| vec![alg]) {
        issuer.keys().rotate(alg, begin).await?;
    }
    Ok(())
}

async fn answer(server: &AuthorizationServer) -> Response {
    match view(server.issuer()).await {
        Ok(view) => document(&view),
        Err(fault) => server.fault(&fault),
    }
}

async fn view(issuer: &Issuer) -> Result<KeysView, Fault> {
    let keys = issuer.keys().list().await?;
    let now = issuer.now();
    let state = |index: usize, key: &PublishedKey| {
        let next = keys.get(index + 1).filter(|next| next.alg == key.alg);
        if key.signs_from > now {
            KeyState::Announced
        } else if next.is_some_and(|next| next.signs_from <= now) {
            KeyState::Retired
        } else {
            KeyState::Signing
        }
    };
    let views = keys.iter().enumerate().map(|(index, key)| KeyView {
        kid: key.kid.clone(),
        alg: key.alg,
        state: state(index, key),
        signs_from: key.signs_from.secs(),
        published_until: key.published_until.map(crate::clock::Timestamp::secs),
    });
    Ok(KeysView { schema: "oauthlab.keys/v1".to_owned(), keys: views.collect() })
}

fn no_issuer() -> Response {
    axum::response::IntoResponse::into_response(NotKept("a lab without an issuer".to_owned()))
}
