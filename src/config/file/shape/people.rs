//! The shape of `users`.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::super::field::Field;
use crate::protocol::Secret;

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
