//! The refresh grant (RFC 6749 §6). A server that rotates (RFC 9700 §4.14.2) sends a new refresh
//! token, and the old one must not be used again.

use super::caller::{Caller, Lesson};
use super::credentials::Credentials;
use super::discovery::AuthorizationServer;
use super::error::ClientError;
use super::token_request::{Granted, TokenTarget, ask};
use crate::fetch::Request;
use crate::protocol::Secret;

const LESSON: Lesson = Lesson {
    title: "Trade the refresh token for a new access token",
    why: "Access tokens are short-lived; the refresh token gets the next one without the user.",
    spec: "RFC 6749 §6",
};

/// Asks for new tokens. The scope, if any, narrows what was granted.
pub async fn refresh<'a>(
    caller: impl Into<Caller<'a>>,
    server: &AuthorizationServer,
    credentials: &Credentials,
    refresh_token: &Secret,
    target: &TokenTarget,
) -> Result<Granted, ClientError> {
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh_token.expose())];
    let request = target.add_to(Request::post_form(server.token_endpoint()?, &form));
    ask(caller.into(), &LESSON, request, credentials, target.scope.as_ref()).await
}
