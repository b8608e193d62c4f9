//! Token revocation (RFC 7009).

use super::caller::{Caller, Lesson};
use super::credentials::Credentials;
use super::error::ClientError;
use crate::fetch::Request;
use crate::protocol::{Secret, TokenTypeHint};

const LESSON: Lesson = Lesson {
    title: "Revoke the token",
    why: "A token that is no longer needed must not be usable by whoever finds it. The server says 200 for a token that it does not know, too.",
    spec: "RFC 7009 §2.1",
};

/// Revokes a token. Success says nothing about whether the server knew it (RFC 7009 §2.2).
pub async fn revoke<'a>(
    caller: impl Into<Caller<'a>>,
    endpoint: &str,
    credentials: &Credentials,
    token: &Secret,
    hint: Option<TokenTypeHint>,
) -> Result<(), ClientError> {
    let mut request = Request::post_form(endpoint, &[("token", token.expose())]);
    if let Some(hint) = hint {
        request = request.form_field("token_type_hint", hint.as_str());
    }
    let answer = caller.into().send(&LESSON, credentials.decorate(request)).await?;
    if answer.response.is_success() { Ok(()) } else { Err(answer.refusal()) }
}
