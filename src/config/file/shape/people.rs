//! The shape of `clients` and `users`.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::super::field::Field;
use super::super::words::{self, SigningAlgorithm};
use crate::protocol::Secret;

/// A preregistered client: `public: true`, or a `secret`.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(rename = "a client", default, deny_unknown_fields)]
#[schemars(rename = "Client")]
pub(crate) struct Client {
    /// Its `client_id`.
    pub(crate) id: Field<String>,
    /// A name for people.
    pub(crate) name: Field<String>,
    /// Its home page.
    pub(crate) uri: Field<String>,
    /// Whether it has no secret: native applications and browsers.
    pub(crate) public: Field<bool>,
    /// Its secret; `generated` makes a random one at each start.
    pub(crate) secret: Field<Secret>,
    /// How it authenticates at the token endpoint.
    #[schemars(with = "Field<words::AuthenticationMethod>")]
    pub(crate) auth_method: Field<String>,
    /// Where codes may be sent. Compared exactly; only loopback ports are free (RFC 8252).
    pub(crate) redirect_uris: Field<Vec<Field<String>>>,
    /// Grants that it may use; `authorization_code` when it names none (RFC 7591 section 2).
    #[schemars(with = "Field<Vec<words::Grant>>")]
    pub(crate) grants: Field<Vec<Field<String>>>,
    /// Scopes that it may ask for; every scope when it names none.
    pub(crate) scopes: Field<Vec<Field<String>>>,
    /// Claims to add to its access tokens, beside those of `tokens.access.claims`.
    pub(crate) claims: Field<Map<String, Value>>,
    /// What signs its ID tokens.
    pub(crate) id_token_alg: Field<SigningAlgorithm>,
}

/// An account: with a `password`, or a `password_hash`.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(rename = "a user", default, deny_unknown_fields)]
#[schemars(rename = "User")]
pub(crate) struct User {
    /// Login name.
    pub(crate) name: Field<String>,
    /// The `sub` of its tokens; the login name unless given.
    pub(crate) subject: Field<String>,
    /// Its password in clear; `generated` makes a random one at each start.
    pub(crate) password: Field<Secret>,
    /// An argon2id PHC string.
    pub(crate) password_hash: Field<Secret>,
    /// Claims by name, such as `name` and `email`.
    pub(crate) claims: Field<Map<String, Value>>,
}
