//! The shape of oauthlab.yaml: every key, its type, and the sentence that editors show for it.
//! Values with a grammar of their own are texts here; `build` parses them where it can say more.

mod apis;
mod client;
mod people;
mod tokens;
mod trust;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

pub(crate) use apis::{Api, ResourceServer, StepUp};
pub(crate) use client::Client;
pub(crate) use people::User;
pub(crate) use tokens::Tokens;
pub(crate) use trust::TrustedIssuer;

use super::field::{Field, Mode};
use super::words::{
    Callers, ClientDocuments, Consent, Login, Registration, Remember, Resources, RuleBook, Store,
    Tls,
};
use crate::protocol::Secret;

/// An OAuth lab. Every key is optional; a lab without users and clients starts, too.
#[expect(clippy::struct_field_names, reason = "the key `lab` is what the file calls its name")]
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(rename = "the lab", default, deny_unknown_fields)]
#[schemars(rename = "oauthlab.yaml")]
pub(crate) struct Lab {
    /// The lab's name, in pages, certificates and the live record.
    #[schemars(regex(pattern = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$|\$\{"))]
    pub(crate) lab: Field<String>,
    /// The rule book that holds.
    pub(crate) profile: Field<RuleBook>,
    /// The authorization server.
    pub(crate) issuer: Field<Issuer>,
    /// Transport: `self-signed`, `off` (loopback only), or `files: { cert, key }`.
    pub(crate) tls: Field<Mode<Tls>>,
    /// What remembers: `memory`, or `sqlite: FILE`.
    pub(crate) store: Field<Store>,
    /// Formats and lifetimes of what is issued.
    pub(crate) tokens: Field<Tokens>,
    /// The resource server: where the protected APIs live, and its own client.
    pub(crate) resource: Field<ResourceServer>,
    /// The protected APIs.
    pub(crate) resources: Field<Vec<Field<Api>>>,
    /// Pushed authorization requests (RFC 9126).
    pub(crate) par: Field<Par>,
    /// RFC 8707. Never required in a request; without it the audience follows from the scopes.
    pub(crate) resource_indicators: Field<Resources>,
    /// Preregistered clients.
    pub(crate) clients: Field<Vec<Field<Client>>>,
    /// Accounts.
    pub(crate) users: Field<Vec<Field<User>>>,
    /// Issuers whose assertions about users are taken (RFC 7523).
    pub(crate) trusted_issuers: Field<Vec<Field<TrustedIssuer>>>,
    /// How users log in: `form`, or `automatic: NAME`.
    pub(crate) login: Field<Mode<Login>>,
    /// How users consent.
    pub(crate) consent: Field<ConsentSection>,
    /// Who may register clients (RFC 7591).
    pub(crate) registration: Field<RegistrationSection>,
    /// Clients that are known by the https address of their metadata: `off`, `on`, or
    /// `allow: [HOST, …]`.
    pub(crate) client_id_metadata: Field<Mode<ClientDocuments>>,
    /// Browser clients of other origins.
    pub(crate) cors: Field<Cors>,
    /// What the lab fetches because a client says where.
    pub(crate) outgoing: Field<Outgoing>,
    /// Bounds against guessing and flooding.
    pub(crate) limits: Field<Limits>,
    /// Login sessions.
    pub(crate) sessions: Field<Sessions>,
    /// Token introspection (RFC 7662).
    pub(crate) introspection: Field<Introspection>,
    /// Ids of weaknesses to switch on. Loopback only, and every page says so.
    pub(crate) weaknesses: Field<Vec<Field<String>>>,
    /// The page that shows what happened and why.
    pub(crate) inspector: Field<Inspector>,
    /// How long a lab that was asked to stop goes on serving while `/health/ready` says so, such as
    /// `5s`, for whoever routes requests to it. None unless it is given.
    pub(crate) drain: Field<String>,
}

/// The authorization server's place.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(rename = "issuer", default, deny_unknown_fields)]
#[schemars(rename = "Issuer")]
pub(crate) struct Issuer {
    /// The exact issuer string, everywhere. Port 0 lets the system choose one.
    pub(crate) url: Field<String>,
    /// Further origins that the certificate covers. Tokens always carry `url`.
    pub(crate) aliases: Field<Vec<Field<String>>>,
    /// `loopback` (`127.0.0.1` and `::1`), or an IP address.
    pub(crate) bind: Field<String>,
    /// The port to listen on, when it differs from the one in `url`.
    pub(crate) port: Field<u16>,
}

/// Pushed authorization requests (RFC 9126).
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(rename = "par", default, deny_unknown_fields)]
#[schemars(rename = "Par")]
pub(crate) struct Par {
    /// Whether every client must push its requests; under `fapi2` every one must anyway.
    pub(crate) required: Field<bool>,
    /// How long a pushed request waits for its browser, less than `10m`.
    pub(crate) ttl: Field<String>,
}

/// How users consent.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(rename = "consent", default, deny_unknown_fields)]
#[schemars(rename = "ConsentSection")]
pub(crate) struct ConsentSection {
    /// What happens when consent is needed.
    pub(crate) mode: Field<Consent>,
    /// Whose consents are remembered. Those of public clients never are (RFC 8252 section 8.6).
    pub(crate) remember: Field<Remember>,
}

/// Who may register clients (RFC 7591).
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(rename = "registration", default, deny_unknown_fields)]
#[schemars(rename = "RegistrationSection")]
pub(crate) struct RegistrationSection {
    /// Who may register.
    pub(crate) mode: Field<Registration>,
    /// The initial access token (RFC 7591 section 3); made at start unless given.
    pub(crate) token: Field<Secret>,
    /// Metadata that somebody has signed (RFC 7591 section 2.3).
    pub(crate) software_statements: Field<SoftwareStatements>,
}

/// Whose software statements count.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(rename = "software_statements", default, deny_unknown_fields)]
#[schemars(rename = "SoftwareStatements")]
pub(crate) struct SoftwareStatements {
    /// Those who sign them. Without any, statements are ignored.
    pub(crate) issuers: Field<Vec<Field<StatementIssuer>>>,
    /// Whether a registration needs one.
    pub(crate) required: Field<bool>,
}

/// Somebody who signs software statements.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(rename = "an issuer of software statements", default, deny_unknown_fields)]
#[schemars(rename = "StatementIssuer")]
pub(crate) struct StatementIssuer {
    /// The `iss` of its statements.
    pub(crate) issuer: Field<String>,
    /// Its public keys, as a JWK Set.
    pub(crate) jwks: Field<Map<String, Value>>,
    /// A file with its public keys, as a JWK Set in JSON.
    pub(crate) jwks_file: Field<String>,
    /// Where its public keys are fetched.
    pub(crate) jwks_uri: Field<String>,
}

/// Browser clients of other origins.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(rename = "cors", default, deny_unknown_fields)]
#[schemars(rename = "Cors")]
pub(crate) struct Cors {
    /// Origins such as `https://app.localhost`.
    pub(crate) origins: Field<Vec<Field<String>>>,
}

/// What the lab fetches because a client says where: keys, metadata, logout notices.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(rename = "outgoing", default, deny_unknown_fields)]
#[schemars(rename = "Outgoing")]
pub(crate) struct Outgoing {
    /// Hosts that may be reached though they are not of the public internet. Loopback is, while
    /// the lab itself listens there alone.
    pub(crate) allow: Field<Vec<Field<String>>>,
}

/// Bounds against guessing and flooding, such as `5/1m`.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(rename = "limits", default, deny_unknown_fields)]
#[schemars(rename = "Limits")]
pub(crate) struct Limits {
    /// Requests: `6000/1m per address`. Without this line loopback addresses have no limit.
    pub(crate) address: Field<String>,
    /// Failed logins: `5/1m per account`.
    pub(crate) login_failures: Field<String>,
    /// Token requests: `600/1m per client`.
    pub(crate) token: Field<String>,
    /// Registrations: `200/1h`.
    pub(crate) registration: Field<String>,
}

/// Login sessions.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(rename = "sessions", default, deny_unknown_fields)]
#[schemars(rename = "Sessions")]
pub(crate) struct Sessions {
    /// One dies when unused for this long.
    pub(crate) idle: Field<String>,
    /// One dies this long after login.
    pub(crate) absolute: Field<String>,
    /// Ways of authentication (`acr`) that logins count as: the first one is every session's, each
    /// other one needs a new login.
    pub(crate) acr_values: Field<Vec<Field<String>>>,
}

/// Token introspection (RFC 7662).
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(rename = "introspection", default, deny_unknown_fields)]
#[schemars(rename = "Introspection")]
pub(crate) struct Introspection {
    /// Who may ask.
    pub(crate) callers: Field<Callers>,
}

/// The page that shows what happened and why. Always on loopback.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(rename = "inspector", default, deny_unknown_fields)]
#[schemars(rename = "Inspector")]
pub(crate) struct Inspector {
    /// The port to listen on; 0 lets the system choose one.
    pub(crate) port: Field<u16>,
    /// Whether secrets are shown as fingerprints.
    pub(crate) redact: Field<bool>,
    /// A token that opens `/metrics` and nothing else; the inspector's own token opens it as well.
    pub(crate) metrics_token: Field<Secret>,
}
