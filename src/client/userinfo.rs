//! The user's claims (OpenID Connect Core §5.3).

use super::caller::{Caller, Lesson};
use super::challenge::challenged;
use super::check::{Checks, Criterion};
use super::error::ClientError;
use crate::fetch::Request;
use crate::protocol::{Secret, UserInfo};
use crate::rule::Fact;

const LESSON: Lesson = Lesson {
    title: "Ask for the user's claims",
    why: "The access token lets the client read what the granted scopes release about the user.",
    spec: "OpenID Connect Core §5.3.1",
};

/// The claims are about the user of the ID token.
pub const USERINFO_SUB: Criterion = Criterion {
    id: "userinfo.sub",
    title: "the claims are about the user of the ID token",
    spec: "OpenID Connect Core §5.3.2",
    stops: "claims of another user could be mixed into this login, with a swapped access token",
};

/// Asks for the claims, as [`call`](super::call) would. `sub` is that of the ID token, if there was one.
pub async fn userinfo<'a>(
    caller: impl Into<Caller<'a>>,
    endpoint: &str,
    access_token: &Secret,
    sub: Option<&str>,
) -> Result<UserInfo, ClientError> {
    let caller = caller.into();
    let proves = caller.prover().is_some();
    let make = || {
        let request = Request::get(endpoint).accept("application/json");
        if proves { request.dpop(access_token) } else { request.bearer(access_token) }
    };
    let answer = caller.send_proven(&LESSON, make, Some(access_token)).await?;
    if !answer.response.is_success() {
        return Err(challenged(&answer).map_or_else(|| answer.refusal(), ClientError::from));
    }
    let claims: UserInfo = answer.success()?;
    let mut checks = Checks::default();
    match sub {
        Some(sub) => {
            checks.equal(&USERINFO_SUB, Fact::public(sub), Fact::public(&claims.sub));
        }
        None => checks.skip(&USERINFO_SUB, "there is no ID token"),
    }
    caller.checked(answer.step, checks.as_slice());
    checks.verdict(&answer.endpoint, answer.response.trace_id())?;
    Ok(claims)
}
