//! What the lab is, in a document: for whoever finds the inspector first.

use serde::{Deserialize, Serialize};

use crate::config::{Config, Profile};

/// The lab (`oauthlab.lab/v1`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabView {
    /// `oauthlab.lab/v1`.
    pub schema: String,
    /// Its name.
    pub lab: String,
    /// The issuer.
    pub issuer: String,
    /// Origin of the APIs.
    pub resource: String,
    /// The APIs.
    pub apis: Vec<ApiView>,
    /// The rule book.
    pub profile: String,
    /// Whether every strict switch is on.
    pub strict: bool,
    /// Ids of active weaknesses.
    pub weaknesses: Vec<String>,
    /// Whether secrets are shown as fingerprints.
    pub redact: bool,
}

/// One API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiView {
    /// Its name.
    pub name: String,
    /// Its identifier: what tokens carry as audience.
    pub identifier: String,
    /// Its scopes.
    pub scopes: Vec<String>,
}

impl LabView {
    /// What a configuration with bound ports says.
    pub fn of(config: &Config) -> Self {
        let apis = config.apis.iter().map(|api| ApiView {
            name: api.name.clone(),
            identifier: config.identifier(api),
            scopes: api.scopes.iter().map(|(token, _)| token.as_str().to_owned()).collect(),
        });
        let profile = match config.profile {
            Profile::OAuth21 => "oauth2.1",
            Profile::Mcp => "mcp",
            Profile::Fapi2 => "fapi2",
            Profile::Legacy => "legacy",
        };
        Self {
            schema: "oauthlab.lab/v1".to_owned(),
            lab: config.lab.clone(),
            issuer: config.issuer.url.as_str().to_owned(),
            resource: config.resource.url.clone(),
            apis: apis.collect(),
            profile: profile.to_owned(),
            strict: config.strict,
            weaknesses: config.weaknesses.iter().map(|id| (*id).to_owned()).collect(),
            redact: config.inspector.redact,
        }
    }
}
