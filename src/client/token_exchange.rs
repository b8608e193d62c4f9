//! Token exchange (RFC 8693): a token that somebody holds becomes one for a narrower purpose.

use super::caller::{Caller, Lesson};
use super::credentials::Credentials;
use super::discovery::AuthorizationServer;
use super::error::ClientError;
use super::token_request::{Granted, TokenTarget, ask};
use crate::fetch::Request;
use crate::protocol::{GrantType, Secret};

const LESSON: Lesson = Lesson {
    title: "Exchange the token for a narrower one",
    why: "A service that got a token calls the next one. Passing the token on would give that one everything it can do; the exchanged one says who acts, and can do less.",
    spec: "RFC 8693 §2.1",
};

/// What is exchanged, and for what.
#[derive(Clone, Debug)]
pub struct ExchangeSettings {
    /// On whose behalf, and what type of token that is.
    pub subject: (Secret, String),
    /// Who acts, if somebody else than the client.
    pub actor: Option<(Secret, String)>,
    /// What type of token is wanted; `None` leaves it to the server.
    pub requested: Option<String>,
    /// For whom, by name.
    pub audiences: Vec<String>,
    /// Scope, and for whom by location.
    pub target: TokenTarget,
}

/// Exchanges a token.
pub async fn token_exchange<'a>(
    caller: impl Into<Caller<'a>>,
    server: &AuthorizationServer,
    credentials: &Credentials,
    settings: &ExchangeSettings,
) -> Result<Granted, ClientError> {
    let ExchangeSettings { subject: (token, kind), actor, requested, audiences, target } = settings;
    let form = [
        ("grant_type", GrantType::TokenExchange.as_str()),
        ("subject_token", token.expose()),
        ("subject_token_type", kind),
    ];
    let mut request = Request::post_form(server.token_endpoint()?, &form);
    if let Some((token, kind)) = actor {
        request = request.form_field("actor_token", token.expose());
        request = request.form_field("actor_token_type", kind);
    }
    if let Some(requested) = requested {
        request = request.form_field("requested_token_type", requested);
    }
    for audience in audiences {
        request = request.form_field("audience", audience);
    }
    let request = target.add_to(request);
    ask(caller.into(), &LESSON, request, credentials, target.scope.as_ref()).await
}
