//! The ready record: where a running lab is and how to use it. The same bytes go to `--ready-file`,
//! to `--ready-fd` and, under `-o json`, to the first line of stdout. It carries the lab's client
//! secrets and passwords, which is what it is for; the inspector's token is not in it.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::protocol::Secret;

/// The value of `schema`.
pub const SCHEMA: &str = "oauthlab.ready/v1";

/// A running lab, as it is told to other programs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadyRecord {
    /// [`SCHEMA`].
    pub schema: String,
    /// The lab's name: also the name of its live record.
    pub name: String,
    /// Its process.
    pub pid: u32,
    /// The exact issuer string. With `--only resource` that of the other server.
    pub issuer: String,
    /// Origin of the resource server; absent with `--only issuer`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// Origin of the inspector; absent when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inspector: Option<String>,
    /// URL of the authorization server's metadata (RFC 8414 section 3).
    pub discovery: String,
    /// PEM file of the lab CA; absent when the lab did not make its certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
    /// PEM file of the system's roots and the lab CA, for variables that replace the roots.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_bundle: Option<PathBuf>,
    /// Whether `--strict` holds.
    pub strict: bool,
    /// The rule book: `oauth2.1`, `mcp`, `fapi2`, `legacy`.
    pub profile: String,
    /// Whether every secret follows from a seed.
    pub seeded: bool,
    /// Ids of the active weaknesses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weaknesses: Vec<String>,
    /// What the lab makes easier than a strict one would: an audit shows it as accepted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conveniences: Vec<ReadyConvenience>,
    /// The configured clients.
    pub clients: Vec<ReadyClient>,
    /// The configured users.
    pub users: Vec<ReadyUser>,
    /// The protected APIs.
    #[serde(default)]
    pub apis: Vec<ReadyApi>,
    /// The resource server's own client: who may introspect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_client: Option<ReadyClient>,
    /// The initial access token for registration, when one is needed (RFC 7591 section 3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration_token: Option<Secret>,
}

/// A configured client.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadyClient {
    /// Its id; a configured client has no other name.
    pub client_id: String,
    /// Its secret; absent for a public client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<Secret>,
    /// How it authenticates at the token endpoint.
    pub token_endpoint_auth_method: String,
    /// Its grants.
    #[serde(default)]
    pub grant_types: Vec<String>,
    /// Its redirect URIs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redirect_uris: Vec<String>,
    /// The scope that it may ask for, space-delimited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// Whether it always pushes its requests (RFC 9126 section 6).
    #[serde(default, skip_serializing_if = "is_false")]
    pub require_pushed_authorization_requests: bool,
    /// Whether its tokens are always bound to a `DPoP` key (RFC 9449 section 5.2).
    #[serde(default, skip_serializing_if = "is_false")]
    pub dpop_bound_access_tokens: bool,
    /// Whether its tokens are always bound to its certificate (RFC 8705 section 3.4).
    #[serde(default, skip_serializing_if = "is_false")]
    pub tls_client_certificate_bound_access_tokens: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

/// A configured user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadyUser {
    /// The login name.
    pub name: String,
    /// The password; absent where only its hash is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<Secret>,
}

/// Something that the lab makes easier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadyConvenience {
    /// Its stable id: `registration.open`.
    pub id: String,
    /// What is easier.
    pub what: String,
    /// Why a lab may.
    pub reason: String,
}

/// A protected API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadyApi {
    /// Its short name.
    pub name: String,
    /// Its identifier: the URL of the API and the audience of its tokens.
    pub identifier: String,
    /// Its scopes, in the configuration's order.
    pub scopes: Vec<String>,
}

impl ReadyRecord {
    /// The record as one line of JSON, newline included.
    pub fn line(&self) -> serde_json::Result<Secret> {
        Ok(Secret::new(serde_json::to_string(self)? + "\n"))
    }

    /// The client of an id.
    pub fn client(&self, id: &str) -> Option<&ReadyClient> {
        self.clients.iter().find(|client| client.client_id == id)
    }

    /// The user of a login name.
    pub fn user(&self, name: &str) -> Option<&ReadyUser> {
        self.users.iter().find(|user| user.name == name)
    }
}

impl ReadyClient {
    /// Whether the client may use a grant, by the grant's wire name.
    pub fn allows(&self, grant: &str) -> bool {
        self.grant_types.iter().any(|own| own == grant)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn record(name: &str) -> ReadyRecord {
        ReadyRecord {
            schema: SCHEMA.to_owned(),
            name: name.to_owned(),
            pid: 4242,
            issuer: "https://localhost:40123".to_owned(),
            resource: Some("https://localhost:40124".to_owned()),
            inspector: None,
            discovery: "https://localhost:40123/.well-known/oauth-authorization-server".to_owned(),
            ca_file: Some("/data/ca.pem".into()),
            ca_bundle: None,
            strict: false,
            profile: "oauth2.1".to_owned(),
            seeded: false,
            weaknesses: Vec::new(),
            conveniences: Vec::new(),
            clients: vec![ReadyClient {
                client_id: "ci".to_owned(),
                client_secret: Some(Secret::new("canary-secret")),
                token_endpoint_auth_method: "client_secret_basic".to_owned(),
                grant_types: vec!["client_credentials".to_owned()],
                scope: Some("notes:read".to_owned()),
                ..ReadyClient::default()
            }],
            users: vec![ReadyUser { name: "alice".to_owned(), password: None }],
            apis: Vec::new(),
            resource_client: None,
            registration_token: None,
        }
    }

    #[test]
    fn a_record_is_one_line_that_reads_back_equal_and_has_no_nulls() {
        let line = record("demo").line().unwrap();
        let text = line.expose();
        assert_eq!(text.matches('\n').count(), 1);
        assert!(text.starts_with(r#"{"schema":"oauthlab.ready/v1","name":"demo","pid":4242"#));
        assert!(!text.contains("null"));
        assert_eq!(serde_json::from_str::<ReadyRecord>(text).unwrap(), record("demo"));
    }

    #[test]
    fn debug_shows_no_secret() {
        assert!(!format!("{:?}", record("demo")).contains("canary"));
    }
}
