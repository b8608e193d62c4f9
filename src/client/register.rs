//! Dynamic client registration (RFC 7591) and its management (RFC 7592).

use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::answer::Answer;
use super::caller::{Caller, Lesson};
use super::check::{Checks, Criterion};
use super::credentials::Credentials;
use super::error::ClientError;
use crate::fetch::Request;
use crate::protocol::{AuthMethod, Secret};
use crate::rule::Fact;

const REGISTER: Lesson = Lesson {
    title: "Register the client",
    why: "The server gives the client an identifier, and learns where it may send users back to.",
    spec: "RFC 7591 §3.1",
};

const READ: Lesson = Lesson {
    title: "Read the registration",
    why: "The registration access token, and nothing else, lets the client see what is registered.",
    spec: "RFC 7592 §2.1",
};

const UPDATE: Lesson = Lesson {
    title: "Replace the registration",
    why: "All metadata is sent again: what is left out is removed.",
    spec: "RFC 7592 §2.2",
};

const DELETE: Lesson = Lesson {
    title: "Delete the registration",
    why: "The client and its tokens cease to exist.",
    spec: "RFC 7592 §2.3",
};

/// The management URL stays at the server that registered the client.
pub const REGISTRATION_ORIGIN: Criterion = Criterion {
    id: "registration.origin",
    title: "the registration is managed where it was made",
    spec: "RFC 7592 §3",
    stops: "the registration access token would be sent to another server",
};

/// What a server answers to a registration (RFC 7591 §3.2.1) or to a read of it (RFC 7592 §3). Read
/// leniently, since other servers register what we do not know.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Registration {
    /// The issued identifier.
    pub client_id: String,
    /// The issued secret; absent for public clients.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<Secret>,
    /// How the client authenticates; absent means `client_secret_basic` (RFC 7591 §2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_endpoint_auth_method: Option<String>,
    /// The credential for managing this registration (RFC 7592 §3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration_access_token: Option<Secret>,
    /// Where to manage it (RFC 7592 §3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration_client_uri: Option<String>,
    /// All other members, as sent.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl Registration {
    /// The text of a member that we have no field for.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.other.get(name).and_then(Value::as_str)
    }

    /// Whether a member that we have no field for is `true`.
    pub fn flag(&self, name: &str) -> bool {
        self.other.get(name).and_then(Value::as_bool).unwrap_or(false)
    }

    /// The texts of a list that we have no field for.
    pub fn list(&self, name: &str) -> Vec<&str> {
        let items = self.other.get(name).and_then(Value::as_array);
        items.into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// The registered client's credentials; `None` for a method that we do not have.
    pub fn credentials(&self) -> Option<Credentials> {
        let method = match self.token_endpoint_auth_method.as_deref() {
            Some(name) => AuthMethod::parse(name)?,
            None if self.client_secret.is_some() => AuthMethod::ClientSecretBasic,
            None => AuthMethod::None,
        };
        let secret = if method.is_public() { None } else { self.client_secret.clone() };
        Some(Credentials { method, secret, ..Credentials::public(self.client_id.as_str()) })
    }
}

/// Registers a client. `metadata` is what RFC 7591 §2 names; a server may ask for an initial
/// access token.
pub async fn register<'a>(
    caller: impl Into<Caller<'a>>,
    endpoint: &str,
    metadata: &Value,
    initial_access_token: Option<&Secret>,
) -> Result<Registration, ClientError> {
    let caller = caller.into();
    let mut request = Request::post_json(endpoint, metadata).accept("application/json");
    if let Some(token) = initial_access_token {
        request = request.bearer(token);
    }
    let answer = caller.send(&REGISTER, request).await?;
    let client: Registration = answer.success()?;
    let mut checks = Checks::default();
    match &client.registration_client_uri {
        Some(uri) => {
            checks.equal(&REGISTRATION_ORIGIN, origin(endpoint), origin(uri));
        }
        None => checks.skip(&REGISTRATION_ORIGIN, "the registration cannot be managed"),
    }
    caller.checked(answer.step, checks.as_slice());
    checks.verdict(&answer.endpoint, answer.response.trace_id())?;
    Ok(client)
}

/// Reads a registration.
pub async fn read_registration<'a>(
    caller: impl Into<Caller<'a>>,
    uri: &str,
    token: &Secret,
) -> Result<Registration, ClientError> {
    manage(caller.into(), &READ, Request::get(uri), token).await?.success()
}

/// Replaces a registration. `metadata` holds `client_id` and everything that is to stay.
pub async fn update_registration<'a>(
    caller: impl Into<Caller<'a>>,
    uri: &str,
    token: &Secret,
    metadata: &Value,
) -> Result<Registration, ClientError> {
    let request = Request::new(Method::PUT, uri).json(metadata);
    manage(caller.into(), &UPDATE, request, token).await?.success()
}

/// Deletes a registration.
pub async fn delete_registration<'a>(
    caller: impl Into<Caller<'a>>,
    uri: &str,
    token: &Secret,
) -> Result<(), ClientError> {
    let request = Request::new(Method::DELETE, uri);
    let answer = manage(caller.into(), &DELETE, request, token).await?;
    if answer.response.is_success() { Ok(()) } else { Err(answer.refusal()) }
}

async fn manage(
    caller: Caller<'_>,
    lesson: &Lesson,
    request: Request,
    token: &Secret,
) -> Result<Answer, ClientError> {
    let answer = caller.send(lesson, request.bearer(token).accept("application/json")).await?;
    if answer.response.is_success() {
        return Ok(answer);
    }
    Err(super::challenge::challenged(&answer).map_or_else(|| answer.refusal(), ClientError::from))
}

fn origin(url: &str) -> Fact {
    let origin = url::Url::parse(url).map(|url| url.origin().ascii_serialization());
    Fact::optional(origin.ok())
}
