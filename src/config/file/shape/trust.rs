//! The shape of `trusted_issuers`, and of `exchange` of a client.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::super::field::{Entries, Field};

/// What a client may do by token exchange (RFC 8693), beside narrowing its own tokens.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(rename = "exchange", default, deny_unknown_fields)]
#[schemars(rename = "Exchange")]
pub(crate) struct Exchange {
    /// Clients whose tokens it may exchange.
    pub(crate) from: Field<Vec<Field<String>>>,
    /// Whether what it gets from them is silent about who acts. Otherwise `act` names the actor.
    pub(crate) impersonate: Field<bool>,
}

/// An issuer whose assertions about users are taken (RFC 7523).
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(rename = "a trusted issuer", default, deny_unknown_fields)]
#[schemars(rename = "TrustedIssuer")]
pub(crate) struct TrustedIssuer {
    /// Its exact identifier: `iss` of its assertions.
    pub(crate) issuer: Field<String>,
    /// Its public keys: a JWK Set (RFC 7517).
    pub(crate) jwks: Field<Map<String, Value>>,
    /// A file with its public keys, as a JWK Set in JSON.
    pub(crate) jwks_file: Field<String>,
    /// Where its public keys are fetched.
    pub(crate) jwks_uri: Field<String>,
    /// Its names of users, each with the lab's own. Without it a subject is a user's own.
    pub(crate) subjects: Field<Entries<String>>,
}
