//! Token requests (RFC 6749 §3.2) and what every successful answer must say (§5.1), whatever the
//! grant.

use super::caller::{Caller, Lesson};
use super::check::{Check, Checks, Criterion};
use super::credentials::Credentials;
use super::error::ClientError;
use super::prover::Prover;
use crate::fetch::Request;
use crate::protocol::{Scope, Secret, TokenResponse};
use crate::rule::Fact;

/// The token is of a type that this client can use.
pub const TOKEN_TYPE: Criterion = Criterion {
    id: "token.type",
    title: "the token type is Bearer",
    spec: "RFC 6749 §5.1, §7.1",
    stops: "a client that uses a token of a type that it does not understand may give it away",
};

/// The token is bound to the key that was proven.
pub const TOKEN_BOUND: Criterion = Criterion {
    id: "token.bound",
    title: "the token type is DPoP: the server did not ignore the proof",
    spec: "RFC 9449 §5",
    stops: "the server ignored the proof: this is a bearer token, which works for whoever gets hold of it",
};

/// An access token is there.
pub const TOKEN_PRESENT: Criterion = Criterion {
    id: "token.present",
    title: "an access token was issued",
    spec: "RFC 6749 §5.1",
    stops: "without a token there is nothing to use",
};

/// The scope can be read. It may differ from what was asked for (RFC 6749 §3.3), so that the
/// client has to look at it.
pub const TOKEN_SCOPE: Criterion = Criterion {
    id: "token.scope",
    title: "the granted scope can be read",
    spec: "RFC 6749 §3.3, §5.1",
    stops: "the client would not know what the token can do",
};

/// What a grant asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenTarget {
    /// The scope; `None` leaves it to the server.
    pub scope: Option<Scope>,
    /// The APIs that the token is for (RFC 8707 §2).
    pub resources: Vec<String>,
}

/// Tokens, and what was checked in the answer that brought them.
#[derive(Clone, Debug)]
pub struct Granted {
    /// The answer.
    pub tokens: TokenResponse,
    /// The answer's JSON as the server wrote it, members that we do not know included.
    pub body: Secret,
    /// The checks, all of which hold.
    pub checks: Vec<Check>,
    /// The trace that one of our own servers gave to the exchange.
    pub trace_id: Option<String>,
    /// The thumbprint of the key that was proven, and so of the tokens (RFC 9449 §6.1).
    pub jkt: Option<String>,
    pub(super) step: Option<usize>,
}

impl TokenTarget {
    /// Adds `scope` and `resource` to a form.
    pub(super) fn add_to(&self, mut request: Request) -> Request {
        if let Some(scope) = &self.scope {
            request = request.form_field("scope", &scope.to_string());
        }
        for resource in &self.resources {
            request = request.form_field("resource", resource);
        }
        request
    }
}

/// Sends a token request and verifies what every answer must say. `asked` is the scope that was
/// asked for here or in the authorization request.
pub(super) async fn ask(
    caller: Caller<'_>,
    lesson: &Lesson,
    request: Request,
    credentials: &Credentials,
    asked: Option<&Scope>,
) -> Result<Granted, ClientError> {
    let make = || credentials.decorate(request.clone()).accept("application/json");
    let answer = caller.send_proven(lesson, make, None).await?;
    let tokens: TokenResponse = answer.success()?;
    let jkt = caller.prover().map(Prover::thumbprint);
    let checks = check(&tokens, asked, jkt.is_some());
    caller.checked(answer.step, checks.as_slice());
    let trace_id = answer.response.trace_id().map(str::to_owned);
    let checks = checks.verdict(&answer.endpoint, trace_id.as_deref())?;
    let body = Secret::new(answer.response.text());
    Ok(Granted { tokens, body, checks, trace_id, jkt, step: answer.step })
}

fn check(tokens: &TokenResponse, asked: Option<&Scope>, proven: bool) -> Checks {
    let mut checks = Checks::default();
    let present = !tokens.access_token.is_empty();
    let got = if present { Fact::secret(Some(&tokens.access_token)) } else { Fact::Absent };
    checks.note(&TOKEN_PRESENT, present, Fact::fixed("a token"), got);
    let (criterion, kind) = if proven { (&TOKEN_BOUND, "DPoP") } else { (&TOKEN_TYPE, "Bearer") };
    let usable = tokens.token_type.eq_ignore_ascii_case(kind);
    checks.note(criterion, usable, Fact::fixed(kind), Fact::public(&tokens.token_type));
    let expected = Fact::optional(asked);
    match tokens.scope.as_deref() {
        None => checks.skip(&TOKEN_SCOPE, "there is none: it is what was asked for"),
        Some(got) => {
            checks.note(&TOKEN_SCOPE, Scope::parse(got).is_ok(), expected, Fact::public(got));
        }
    }
    checks
}
