//! Requests that trade one proof of access for another: token exchange (RFC 8693 §2.1) and the JWT
//! bearer grant (RFC 7523 §2.1).

use super::{Form, ScopeRequest, Secret};

/// Parameters of a token exchange (RFC 8693 §2.1).
#[derive(Clone, Debug, Default)]
pub struct ExchangeRequest {
    /// On whose behalf.
    pub subject_token: Option<Secret>,
    /// What kind of token that is.
    pub subject_token_type: Option<String>,
    /// Who acts.
    pub actor_token: Option<Secret>,
    /// What kind of token that is.
    pub actor_token_type: Option<String>,
    /// What kind of token is wanted.
    pub requested_token_type: Option<String>,
    /// For whom, by name. May repeat.
    pub audiences: Vec<String>,
    /// Scope, and for whom by location.
    pub narrowed: ScopeRequest,
}

/// Parameters of the JWT bearer grant (RFC 7523 §2.1).
#[derive(Clone, Debug, Default)]
pub struct AssertionRequest {
    /// The assertion.
    pub assertion: Option<Secret>,
    /// Scope and resources.
    pub scoped: ScopeRequest,
}

impl ExchangeRequest {
    /// Reads the form.
    pub fn read(form: &Form, narrowed: ScopeRequest) -> Self {
        let text = |name| form.get(name).map(str::to_owned);
        Self {
            subject_token: form.secret("subject_token").cloned(),
            subject_token_type: text("subject_token_type"),
            actor_token: form.secret("actor_token").cloned(),
            actor_token_type: text("actor_token_type"),
            requested_token_type: text("requested_token_type"),
            audiences: form.all("audience").map(str::to_owned).collect(),
            narrowed,
        }
    }
}

impl AssertionRequest {
    /// Reads the form.
    pub fn read(form: &Form, scoped: ScopeRequest) -> Self {
        Self { assertion: form.secret("assertion").cloned(), scoped }
    }
}
