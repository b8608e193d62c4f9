//! The client credentials grant (RFC 6749 §4.4): a client on its own behalf.

use super::caller::{Caller, Lesson};
use super::credentials::Credentials;
use super::discovery::AuthorizationServer;
use super::error::ClientError;
use super::token_request::{Granted, TokenTarget, ask};
use crate::fetch::Request;

const LESSON: Lesson = Lesson {
    title: "Ask for a token with the client's own credentials",
    why: "No user is involved: the client acts for itself, and proves who it is.",
    spec: "RFC 6749 §4.4.2",
};

/// Asks for a token on the client's own behalf.
pub async fn client_credentials<'a>(
    caller: impl Into<Caller<'a>>,
    server: &AuthorizationServer,
    credentials: &Credentials,
    target: &TokenTarget,
) -> Result<Granted, ClientError> {
    let form = [("grant_type", "client_credentials")];
    let request = target.add_to(Request::post_form(server.token_endpoint()?, &form));
    ask(caller.into(), &LESSON, request, credentials, target.scope.as_ref()).await
}
