//! A call to a protected API (RFC 6750 §2.1), and what the API says of itself (RFC 9728).

use http::Method;
use http::header::{ACCEPT, HeaderName};
use serde_json::Value;

use super::answer::Answer;
use super::caller::{Caller, Lesson};
use super::challenge::{Challenge, challenges};
use super::check::{Checks, Criterion};
use super::error::ClientError;
use crate::fetch::Request;
use crate::protocol::{ProtectedResourceMetadata, ResourceUri, Secret};
use crate::rule::Fact;

const CALL: Lesson = Lesson {
    title: "Call the API",
    why: "The token stands in the Authorization header, and nowhere else: URLs end up in logs.",
    spec: "RFC 6750 §2.1",
};

const CALL_BOUND: Lesson = Lesson {
    title: "Call the API, and prove the token's key",
    why: "The token is bound to a key: beside it stands a proof for this one request, so that a stolen token is of no use.",
    spec: "RFC 9449 §7.1",
};

const METADATA: Lesson = Lesson {
    title: "Ask the API whom it trusts",
    why: "The API names its authorization servers and scopes, so that a client needs to know nothing but its URL.",
    spec: "RFC 9728 §3",
};

/// The metadata is that of the API that was asked for.
pub const RESOURCE_METADATA: Criterion = Criterion {
    id: "resource.metadata",
    title: "resource is the API that was asked for",
    spec: "RFC 9728 §3.3",
    stops: "another API could make the client fetch a token for it (or have one sent to it)",
};

/// A call: everything but the token.
#[derive(Clone, Debug)]
pub struct ApiCall {
    /// The method.
    pub method: Method,
    /// The URL.
    pub url: String,
    /// Further header fields.
    pub headers: Vec<(HeaderName, String)>,
    /// A JSON body.
    pub body: Option<Value>,
}

/// What an API answered, and what it asks for if it refused.
#[derive(Clone, Debug)]
pub struct ApiAnswer {
    /// The answer.
    pub answer: Answer,
    /// The challenges, in order.
    pub challenges: Vec<Challenge>,
}

impl ApiCall {
    /// A GET.
    pub fn get(url: impl Into<String>) -> Self {
        Self { method: Method::GET, url: url.into(), headers: Vec::new(), body: None }
    }
}

impl ApiAnswer {
    /// The bearer challenge (RFC 6750 §3).
    pub fn bearer(&self) -> Option<&Challenge> {
        self.challenges.iter().find(|challenge| challenge.is_bearer())
    }

    /// Where the API's metadata stands, if it says so (RFC 9728 §5.1).
    pub fn resource_metadata(&self) -> Option<&str> {
        self.parameter("resource_metadata")
    }

    /// The first value of a parameter, whatever the scheme.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let ours = |challenge: &&Challenge| challenge.is_bearer() || challenge.is_dpop();
        self.challenges.iter().filter(ours).find_map(|challenge| challenge.get(name))
    }

    /// The refusal as an error; `None` for a success.
    pub fn refusal(&self) -> Option<ClientError> {
        if self.answer.response.status < 400 {
            return None;
        }
        let challenged = super::challenge::challenged(&self.answer).map(ClientError::from);
        Some(challenged.unwrap_or_else(|| self.answer.refusal()))
    }
}

/// Calls an API. A refusal is an answer, not an error. A caller with a key proves it, and sends the
/// token with the scheme `DPoP` (RFC 9449 §7.1).
pub async fn call<'a>(
    caller: impl Into<Caller<'a>>,
    call: &ApiCall,
    token: Option<&Secret>,
) -> Result<ApiAnswer, ClientError> {
    let caller = caller.into();
    let mut request = Request::new(call.method.clone(), call.url.as_str());
    for (name, value) in &call.headers {
        request = request.header(name.clone(), value.as_str());
    }
    if !call.headers.iter().any(|(name, _)| *name == ACCEPT) {
        request = request.accept("application/json, */*;q=0.5");
    }
    if let Some(body) = &call.body {
        request = request.json(body);
    }
    let answer = match (token, caller.prover()) {
        (Some(token), Some(_)) => {
            let make = || request.clone().dpop(token);
            caller.send_proven(&CALL_BOUND, make, Some(token)).await?
        }
        (Some(token), None) => caller.send(&CALL, request.bearer(token)).await?,
        (None, _) => caller.send(&CALL, request).await?,
    };
    let challenges = challenges(&answer.response);
    Ok(ApiAnswer { answer, challenges })
}

/// Fetches the metadata of an API, and verifies that it is that API's. `named` is the URL that a
/// challenge named; without it, the well-known place is asked (RFC 9728 §3.1).
pub async fn resource_metadata<'a>(
    caller: impl Into<Caller<'a>>,
    resource: &str,
    named: Option<&str>,
) -> Result<ProtectedResourceMetadata, ClientError> {
    let caller = caller.into();
    let uri = ResourceUri::parse(resource)
        .map_err(|error| ClientError::Input { what: "the API's URL", detail: error.to_string() })?;
    let url = named.map_or_else(|| uri.metadata_url(), str::to_owned);
    let answer = caller.send(&METADATA, Request::get(url).accept("application/json")).await?;
    let metadata: ProtectedResourceMetadata = answer.success()?;
    let mut checks = Checks::default();
    let same = uri.is_same(&metadata.resource);
    checks.note(&RESOURCE_METADATA, same, Fact::public(&uri), Fact::public(&metadata.resource));
    caller.checked(answer.step, checks.as_slice());
    checks.verdict(&answer.endpoint, answer.response.trace_id())?;
    Ok(metadata)
}
