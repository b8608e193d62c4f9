//! Dynamic client registration (RFC 7591) and its management (RFC 7592).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Algorithm, AuthMethod, ClientId, GrantType, RedirectUri, ResponseType, Scope, Secret};

/// `application_type` (OpenID Connect Dynamic Client Registration §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ApplicationType {
    /// Runs on a server or in a browser.
    Web,
    /// Runs on the user's device.
    Native,
}

/// Registered client metadata (RFC 7591 §2), valid by construction. Unset members are omitted,
/// never null: real clients refuse nulls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientMetadata {
    /// Redirect URIs. Empty for clients without a redirect grant.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redirect_uris: Vec<RedirectUri>,
    /// How the client authenticates; always echoed.
    pub token_endpoint_auth_method: AuthMethod,
    /// Grants it may use; always echoed.
    pub grant_types: Vec<GrantType>,
    /// Response types it may use; always echoed.
    pub response_types: Vec<ResponseType>,
    /// Scopes it may ask for; `None` admits every configured scope.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
    /// A name for people. Untrusted: escape where shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_name: Option<String>,
    /// Home page. Untrusted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_uri: Option<String>,
    /// Web or native.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application_type: Option<ApplicationType>,
    /// Algorithm of its ID tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_token_signed_response_alg: Option<Algorithm>,
    /// Who made the software.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub software_id: Option<String>,
    /// Which version of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub software_version: Option<String>,
}

impl ClientMetadata {
    /// Whether the client may use a grant.
    pub fn allows(&self, grant: GrantType) -> bool {
        self.grant_types.contains(&grant)
    }
}

/// The answer to a registration (RFC 7591 §3.2.1) or to a read of it (RFC 7592 §3).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ClientInformation {
    /// The issued identifier.
    pub client_id: ClientId,
    /// The issued secret; absent for public clients.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<Secret>,
    /// When it was issued, seconds since the Unix epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id_issued_at: Option<u64>,
    /// When the secret expires; 0 is never. Present exactly when a secret is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret_expires_at: Option<u64>,
    /// The credential for managing this registration (RFC 7592 §3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration_access_token: Option<Secret>,
    /// Where to manage it (RFC 7592 §3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration_client_uri: Option<String>,
    /// All registered metadata.
    #[serde(flatten)]
    pub metadata: ClientMetadata,
    /// Members that another server added and we do not know.
    #[serde(flatten)]
    pub other: serde_json::Map<String, Value>,
}
