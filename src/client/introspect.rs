//! Token introspection (RFC 7662 §2).

use super::caller::{Caller, Lesson};
use super::credentials::Credentials;
use super::error::ClientError;
use crate::fetch::Request;
use crate::protocol::{IntrospectionResponse, Secret, TokenTypeHint};

const LESSON: Lesson = Lesson {
    title: "Ask what a token is",
    why: "An API that gets a token asks its issuer whether it may still be used, by whom and for what.",
    spec: "RFC 7662 §2.1",
};

/// Asks the introspection endpoint about a token, as an authenticated client. A token that is
/// unknown, expired or revoked is `active: false`, and no error.
pub async fn introspect<'a>(
    caller: impl Into<Caller<'a>>,
    endpoint: &str,
    credentials: &Credentials,
    token: &Secret,
    hint: Option<TokenTypeHint>,
) -> Result<IntrospectionResponse, ClientError> {
    let mut request = Request::post_form(endpoint, &[("token", token.expose())]);
    if let Some(hint) = hint {
        request = request.form_field("token_type_hint", hint.as_str());
    }
    let request = credentials.decorate(request).accept("application/json");
    caller.into().send(&LESSON, request).await?.success()
}
