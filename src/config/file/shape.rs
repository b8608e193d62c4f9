//! The shape of oauthlab.yaml: every key, its type, and the sentence that editors show for it.
//! Values with a grammar of their own are texts here; `build` parses them where it can say more.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::field::{Entries, Field, Mode};
use super::words::{
    AccessFormat, Callers, Consent, Login, Registration, Remember, Resources, RuleBook,
    SigningAlgorithm, Store, Tls, TokenRotation, Validation,
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
    /// What remembers: `memory`.
    pub(crate) store: Field<Store>,
    /// Formats and lifetimes of what is issued.
    pub(crate) tokens: Field<Tokens>,
    /// The resource server: where the protected APIs live, and its own client.
    pub(crate) resource: Field<ResourceServer>,
    /// The protected APIs.
    pub(crate) resources: Field<Vec<Field<Api>>>,
    /// RFC 8707. Never required in a request; without it the audience follows from the scopes.
    pub(crate) resource_indicators: Field<Resources>,
    /// Preregistered clients.
    pub(crate) clients: Field<Vec<Field<Client>>>,
    /// Accounts.
    pub(crate) users: Field<Vec<Field<User>>>,
    /// How users log in: `form`, or `automatic: NAME`.
    pub(crate) login: Field<Mode<Login>>,
    /// How users consent.
    pub(crate) consent: Field<ConsentSection>,
    /// Who may register clients (RFC 7591).
    pub(crate) registration: Field<RegistrationSection>,
    /// Browser clients of other origins.
    pub(crate) cors: Field<Cors>,
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

/// Formats and lifetimes of what is issued.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(rename = "tokens", default, deny_unknown_fields)]
#[schemars(rename = "Tokens")]
pub(crate) struct Tokens {
    /// Access tokens.
    pub(crate) access: Field<AccessToken>,
    /// ID tokens.
    pub(crate) id_token: Field<IdToken>,
    /// Refresh tokens.
    pub(crate) refresh: Field<RefreshToken>,
    /// Authorization codes.
    pub(crate) code: Field<Code>,
}

/// Access tokens.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(rename = "tokens.access", default, deny_unknown_fields)]
#[schemars(rename = "AccessToken")]
pub(crate) struct AccessToken {
    /// `jwt` (RFC 9068), or `opaque`.
    pub(crate) format: Field<AccessFormat>,
    /// What signs them.
    pub(crate) alg: Field<SigningAlgorithm>,
    /// Lifetime, such as `10m`.
    pub(crate) ttl: Field<String>,
}

/// ID tokens.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(rename = "tokens.id_token", default, deny_unknown_fields)]
#[schemars(rename = "IdToken")]
pub(crate) struct IdToken {
    /// What signs them for clients in this file that name no algorithm.
    pub(crate) alg: Field<SigningAlgorithm>,
}

/// Refresh tokens.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(rename = "tokens.refresh", default, deny_unknown_fields)]
#[schemars(rename = "RefreshToken")]
pub(crate) struct RefreshToken {
    /// What happens when one is used.
    pub(crate) rotation: Field<TokenRotation>,
    /// Under `rotation: grace`, how long a used one still works.
    pub(crate) grace: Field<String>,
    /// One dies when unused for this long.
    pub(crate) idle: Field<String>,
    /// The whole family dies this long after the grant.
    pub(crate) ttl: Field<String>,
}

/// Authorization codes.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(rename = "tokens.code", default, deny_unknown_fields)]
#[schemars(rename = "Code")]
pub(crate) struct Code {
    /// Lifetime, at most `10m` (RFC 6749 section 4.1.2).
    pub(crate) ttl: Field<String>,
}

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
}

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
    #[schemars(with = "Field<super::words::AuthenticationMethod>")]
    pub(crate) auth_method: Field<String>,
    /// Where codes may be sent. Compared exactly; only loopback ports are free (RFC 8252).
    pub(crate) redirect_uris: Field<Vec<Field<String>>>,
    /// Grants that it may use; `authorization_code` when it names none (RFC 7591 section 2).
    #[schemars(with = "Field<Vec<super::words::Grant>>")]
    pub(crate) grants: Field<Vec<Field<String>>>,
    /// Scopes that it may ask for; every scope when it names none.
    pub(crate) scopes: Field<Vec<Field<String>>>,
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
}

/// Browser clients of other origins.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(rename = "cors", default, deny_unknown_fields)]
#[schemars(rename = "Cors")]
pub(crate) struct Cors {
    /// Origins such as `https://app.localhost`.
    pub(crate) origins: Field<Vec<Field<String>>>,
}

/// Bounds against guessing and flooding, such as `5/1m`.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(rename = "limits", default, deny_unknown_fields)]
#[schemars(rename = "Limits")]
pub(crate) struct Limits {
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
}
