//! The protected APIs and the server in front of them.

use std::time::Duration;

use crate::protocol::{ClientId, ResourceUri, ScopeToken, Secret};

/// `resource`: where the APIs live, and the client that they introspect with.
#[derive(Clone, Debug)]
pub struct ResourceServerConfig {
    /// Origin of all APIs: an `https` URL without path. A template while `port` is 0.
    pub url: String,
    /// The port to listen on; 0 lets the system choose.
    pub port: u16,
    /// Client id of the resource server.
    pub client_id: ClientId,
    /// Its secret; `None` means: make one at start.
    pub client_secret: Option<Secret>,
}

/// One protected API.
#[derive(Clone, Debug)]
pub struct Api {
    /// A short name: `notes`.
    pub name: String,
    /// Path below the resource server's origin: `/notes`.
    pub path: String,
    /// Its scopes with their meaning in words, in the file's order.
    pub scopes: Vec<(ScopeToken, String)>,
    /// How it checks tokens.
    pub validation: TokenValidation,
    /// Further identifiers, beside origin + path.
    pub identifiers: Vec<ResourceUri>,
    /// Whether it takes only tokens that are bound to a key of their sender.
    pub requires_bound_tokens: bool,
    /// How the user must be authenticated for writing.
    pub step_up: StepUp,
}

/// `resources[].step_up` (RFC 9470 §3). Empty: any authentication will do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StepUp {
    /// Authentication contexts, one of which is needed; the preferred one first.
    pub acr: Vec<String>,
    /// The login may be so old.
    pub max_age: Option<Duration>,
}

/// `resources[].validation`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenValidation {
    /// RFC 7662 at the issuer.
    Introspection,
    /// Locally, by the issuer's JWKS.
    Jwt,
}

/// `resource_indicators`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResourceIndicators {
    /// The parameter is ignored.
    Off,
    /// Known resources are honoured, unknown ones refused.
    Optional,
    /// As optional, and an API refuses every token without its own audience.
    Strict,
}
