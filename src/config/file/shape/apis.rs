//! The shape of `resource` and `resources`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::field::{Entries, Field};
use super::super::words::{SenderConstrained, Validation};
use crate::protocol::Secret;

/// The resource server: where the protected APIs live, and its own client.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(rename = "resource", default, deny_unknown_fields)]
#[schemars(rename = "ResourceServer")]
pub(crate) struct ResourceServer {
    /// Origin of all APIs. Port 0 lets the system choose one.
    pub(crate) url: Field<String>,
    /// The port to listen on, when it differs from the one in `url`.
    pub(crate) port: Field<u16>,
    /// The client as which it introspects tokens.
    pub(crate) client: Field<OwnClient>,
}

/// The client as which the resource server introspects tokens.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(rename = "resource.client", default, deny_unknown_fields)]
#[schemars(rename = "OwnClient")]
pub(crate) struct OwnClient {
    /// Its id.
    pub(crate) id: Field<String>,
    /// Its secret; `generated` makes a random one at each start.
    pub(crate) secret: Field<Secret>,
}

/// A protected API.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(rename = "a resource", default, deny_unknown_fields)]
#[schemars(rename = "Resource")]
pub(crate) struct Api {
    /// A short name.
    pub(crate) name: Field<String>,
    /// Path below the resource server's URL. Both together are its identifier.
    pub(crate) path: Field<String>,
    /// Its scopes, each with its meaning in words. No other API may use them.
    pub(crate) scopes: Field<Entries<String>>,
    /// How it checks tokens.
    pub(crate) validation: Field<Validation>,
    /// Further identifiers that its tokens may name as audience.
    pub(crate) identifiers: Field<Vec<Field<String>>>,
    /// Whether it takes only tokens that are bound to a key of their sender. Under `fapi2` it does.
    pub(crate) sender_constrained: Field<SenderConstrained>,
    /// How the user must be authenticated for what writes or deletes; for every call of an API
    /// without a `:write` scope.
    pub(crate) step_up: Field<StepUp>,
}

/// How the user must be authenticated (RFC 9470).
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(rename = "step_up", default, deny_unknown_fields)]
#[schemars(rename = "StepUp")]
pub(crate) struct StepUp {
    /// Authentication contexts, one of which is needed; the preferred one first.
    pub(crate) acr: Field<Vec<Field<String>>>,
    /// The login may be so old, such as `5m`.
    pub(crate) max_age: Field<String>,
}
