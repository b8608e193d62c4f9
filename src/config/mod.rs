//! What the YAML says: a configuration that is valid by construction.
//!
//! `file.rs` knows the YAML and its faults; nobody else does. Whoever holds a [`Config`] need not
//! check it again.

mod build;
mod convenience;
mod fault;
mod file;
#[cfg(test)]
mod golden;
mod load;
mod lookup;
mod mask;
mod overrides;
mod ports;
mod problem;
mod profile;
mod suggest;
mod template;

pub use convenience::Convenience;
pub use load::Source;
pub use lookup::openid_scopes;
pub use overrides::{Overrides, TlsFlag};
pub use ports::Ports;
pub use problem::{ConfigError, Place, Problem};
pub use template::Template;

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Map, Value};

use crate::protocol::{
    Algorithm, ClientId, ClientMetadata, IssuerUrl, ResourceUri, ScopeToken, Secret, Subject,
};

/// A whole lab.
#[derive(Clone, Debug)]
pub struct Config {
    /// The lab's name: live record, CA subject, pages.
    pub lab: String,
    /// Which rule book holds.
    pub profile: Profile,
    /// `--strict`: the profile plus every strict switch, and no convenience.
    pub strict: bool,
    /// The authorization server.
    pub issuer: IssuerConfig,
    /// Transport.
    pub tls: TlsMode,
    /// What remembers.
    pub store: StoreConfig,
    /// Formats and lifetimes of what is issued.
    pub tokens: Tokens,
    /// The resource server and its own client.
    pub resource: ResourceServerConfig,
    /// The protected APIs.
    pub apis: Vec<Api>,
    /// RFC 8707.
    pub resource_indicators: ResourceIndicators,
    /// Preregistered clients.
    pub clients: Vec<ClientConfig>,
    /// Accounts.
    pub users: Vec<UserConfig>,
    /// How users log in.
    pub login: LoginMode,
    /// How users consent.
    pub consent: ConsentConfig,
    /// Who may register clients.
    pub registration: RegistrationMode,
    /// Origins of browser clients, beside the public endpoints that admit every origin.
    pub cors_origins: Vec<String>,
    /// Bounds against guessing and flooding.
    pub limits: RateLimits,
    /// Login sessions.
    pub sessions: SessionConfig,
    /// Who may introspect.
    pub introspection: IntrospectionCallers,
    /// Ids of active weaknesses, known to exist.
    pub weaknesses: Vec<&'static str>,
    /// The inspector.
    pub inspector: InspectorConfig,
}

/// A rule book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// OAuth 2.1 and RFC 9700.
    OAuth21,
    /// The Model Context Protocol's authorization pages.
    Mcp,
    /// FAPI 2.0 Security Profile.
    Fapi2,
    /// RFC 6749 as it once was.
    Legacy,
}

/// The authorization server's place.
#[derive(Clone, Debug)]
pub struct IssuerConfig {
    /// The exact string everywhere. While `port` is 0 it is a template: [`Config::bound_to`].
    pub url: IssuerUrl,
    /// Further origins: SANs of the certificate. Tokens always carry `url`.
    pub aliases: Vec<IssuerUrl>,
    /// Where to listen.
    pub bind: Bind,
    /// The port to listen on; 0 lets the system choose.
    pub port: u16,
}

/// A listening address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bind {
    /// `127.0.0.1` and `::1`.
    Loopback,
    /// One address.
    Address(IpAddr),
}

/// `tls`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TlsMode {
    /// A leaf of the lab's own CA, new at each start.
    SelfSigned,
    /// PEM files.
    Files {
        /// Certificate chain.
        cert: PathBuf,
        /// Private key.
        key: PathBuf,
    },
    /// Plain HTTP; loopback only.
    Off,
}

/// `store`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreConfig {
    /// In memory: bounded, gone at exit.
    Memory,
}

/// `tokens`.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// Format of access tokens.
    pub access_format: AccessTokenFormat,
    /// Algorithm of JWT access tokens.
    pub access_alg: Algorithm,
    /// Lifetime of access tokens.
    pub access_ttl: Duration,
    /// Algorithm of ID tokens for preregistered clients that name none.
    pub id_token_alg: Algorithm,
    /// What happens when a refresh token is used.
    pub rotation: Rotation,
    /// A refresh token dies when unused for this long.
    pub refresh_idle: Duration,
    /// A family dies this long after the grant.
    pub refresh_ttl: Duration,
    /// Lifetime of authorization codes.
    pub code_ttl: Duration,
}

/// `tokens.access.format`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessTokenFormat {
    /// RFC 9068.
    Jwt,
    /// A random string.
    Opaque,
}

/// `tokens.refresh.rotation`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// A new one each time; the old one, presented again, revokes the family.
    Strict,
    /// As strict, but the old one still works this long after its first use.
    Grace(Duration),
    /// The same one stays.
    Off,
}

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

/// A preregistered client.
#[derive(Clone, Debug)]
pub struct ClientConfig {
    /// Its id.
    pub id: ClientId,
    /// Its secret; `None` for public clients, and with `generated_secret` one made at start.
    pub secret: Option<Secret>,
    /// Make a random secret at start (`--strict` turns known secrets into this).
    pub generated_secret: bool,
    /// Everything else, as if it had been registered.
    pub metadata: ClientMetadata,
}

/// An account.
#[derive(Clone, Debug)]
pub struct UserConfig {
    /// Login name; its subject too, unless the file says otherwise.
    pub name: String,
    /// The `sub` of its tokens.
    pub subject: Subject,
    /// How its password is known.
    pub password: Password,
    /// Claims by name.
    pub claims: Map<String, Value>,
}

/// How a password is known.
#[derive(Clone, Debug)]
pub enum Password {
    /// In clear, from the YAML or the environment.
    Plain(Secret),
    /// An argon2id PHC string.
    Argon2id(String),
    /// Made at start and handed out in the ready record.
    Generated,
}

/// `login.mode`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoginMode {
    /// A form, with one-click users on loopback labs.
    Form,
    /// Everyone is this user at once.
    Automatic(String),
}

/// `consent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConsentConfig {
    /// What happens when consent is needed.
    pub mode: ConsentMode,
    /// Whether the consents of confidential clients are remembered. Those of public clients never
    /// are (RFC 8252 §8.6).
    pub remember_confidential: bool,
}

/// `consent.mode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsentMode {
    /// A page asks.
    Ask,
    /// Granted without a page.
    Automatic,
    /// Refused without a page.
    Deny,
}

/// `registration.mode`.
#[derive(Clone, Debug)]
pub enum RegistrationMode {
    /// Anyone may register.
    Open,
    /// With this bearer token (RFC 7591 §3); `None` means: make one at start.
    InitialAccessToken(Option<Secret>),
    /// Nobody.
    Off,
}

/// So many events in so long a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// At most this many …
    pub events: u32,
    /// … in this time.
    pub per: Duration,
}

/// `limits`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimits {
    /// Failed logins of one account.
    pub login_failures: Rate,
    /// Token requests of one client.
    pub token: Rate,
    /// Registrations of the whole lab.
    pub registration: Rate,
}

/// `sessions`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionConfig {
    /// A session dies when unused for this long.
    pub idle: Duration,
    /// A session dies this long after login.
    pub absolute: Duration,
}

/// `introspection.callers`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntrospectionCallers {
    /// Authenticated clients (RFC 7662 §2.1).
    Authenticated,
    /// Anyone.
    Anonymous,
}

/// `inspector`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InspectorConfig {
    /// The port to listen on, always on loopback; 0 lets the system choose.
    pub port: u16,
    /// Secrets are shown as fingerprints.
    pub redact: bool,
}
