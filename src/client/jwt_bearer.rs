//! The JWT bearer grant (RFC 7523 §2.1): somebody whom the server trusts vouches for a subject.

use super::caller::{Caller, Lesson};
use super::credentials::Credentials;
use super::discovery::AuthorizationServer;
use super::error::ClientError;
use super::token_request::{Granted, TokenTarget, ask};
use crate::fetch::Request;
use crate::protocol::{GrantType, Secret};

const LESSON: Lesson = Lesson {
    title: "Trade an assertion for a token",
    why: "Another issuer has authenticated the subject and says so in a signed JWT; the server trusts that issuer, so nobody has to log in again.",
    spec: "RFC 7523 §2.1",
};

/// Asks for a token upon an assertion.
pub async fn jwt_bearer<'a>(
    caller: impl Into<Caller<'a>>,
    server: &AuthorizationServer,
    credentials: &Credentials,
    assertion: &Secret,
    target: &TokenTarget,
) -> Result<Granted, ClientError> {
    let form = [("grant_type", GrantType::JwtBearer.as_str()), ("assertion", assertion.expose())];
    let request = target.add_to(Request::post_form(server.token_endpoint()?, &form));
    ask(caller.into(), &LESSON, request, credentials, target.scope.as_ref()).await
}
