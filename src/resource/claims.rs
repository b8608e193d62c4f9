//! What is known of a token, whichever way it was checked.

use serde::Deserialize;
use serde_json::Value;

use super::Access;
use crate::clock::Timestamp;
use crate::protocol::{Audience, Confirmation, IntrospectionResponse, Scope, notes_accesses};

/// Claims of a JWT (RFC 9068 §2.2), or members of an introspection answer (RFC 7662 §2.2). Nothing
/// is required here: each rule says itself what it misses.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Claims {
    #[serde(default)]
    pub(super) iss: Option<String>,
    #[serde(default)]
    pub(super) sub: Option<String>,
    #[serde(default)]
    pub(super) aud: Audience,
    #[serde(default)]
    pub(super) exp: Option<u64>,
    #[serde(default)]
    pub(super) nbf: Option<u64>,
    #[serde(default)]
    pub(super) client_id: Option<String>,
    #[serde(default)]
    pub(super) scope: Option<String>,
    #[serde(default)]
    pub(super) cnf: Option<Confirmation>,
    #[serde(default)]
    pub(super) acr: Option<String>,
    #[serde(default)]
    pub(super) auth_time: Option<u64>,
    #[serde(default)]
    pub(super) authorization_details: Vec<Value>,
}

impl Claims {
    /// Whether the token may be used now. No leeway: issuer and API of a lab share one clock.
    pub(super) fn is_fresh(&self, now: Timestamp) -> bool {
        let begun = self.nbf.is_none_or(|nbf| Timestamp::from_secs(nbf) <= now);
        begun && self.exp.is_some_and(|exp| now < Timestamp::from_secs(exp))
    }

    /// The scope; one that cannot be read grants nothing.
    pub(super) fn scope(&self) -> Scope {
        self.scope.as_deref().and_then(|text| Scope::parse(text).ok()).unwrap_or_default()
    }

    pub(super) fn into_access(self, issuer: &str) -> Access {
        Access {
            issuer: self.iss.clone().unwrap_or_else(|| issuer.to_owned()),
            scope: self.scope(),
            subject: self.sub,
            client_id: self.client_id,
            details: notes_accesses(&self.authorization_details),
            expires: self.exp,
        }
    }
}

impl From<IntrospectionResponse> for Claims {
    fn from(answer: IntrospectionResponse) -> Self {
        Self {
            iss: answer.iss,
            sub: answer.sub,
            aud: answer.aud,
            exp: answer.exp,
            nbf: None,
            client_id: answer.client_id,
            scope: answer.scope,
            cnf: answer.cnf,
            acr: answer.acr,
            auth_time: answer.auth_time,
            authorization_details: answer.authorization_details,
        }
    }
}
