//! What the YAML says: a configuration that is valid by construction.
//!
//! `file.rs` knows the YAML and its faults; nobody else does. Whoever holds a [`Config`] need not
//! check it again.

mod apis;
mod build;
mod convenience;
mod custom_claims;
mod fault;
mod file;
#[cfg(test)]
mod golden;
mod load;
mod lookup;
mod mask;
mod offer;
mod overrides;
mod people;
mod ports;
mod problem;
mod profile;
mod settlement;
mod suggest;
mod template;
mod tokens;
mod trust;

pub use apis::{Api, ResourceIndicators, ResourceServerConfig, StepUp, TokenValidation};
pub use convenience::Convenience;
pub use custom_claims::{ClaimSources, CustomClaimError, CustomClaims};
pub use load::Source;
pub use lookup::openid_scopes;
pub use overrides::{Overrides, TlsFlag};
pub use people::{
    ClientConfig, ClientIdMetadata, ConsentConfig, ConsentMode, LoginMode, Password,
    RegistrationMode, SessionConfig, SoftwareStatements, StatementIssuer, UserConfig,
};
pub use ports::Ports;
pub use problem::{ConfigError, Place, Problem};
pub use settlement::{SETTLEMENTS, Settlement};
pub use template::Template;
pub use tokens::{AccessTokenFormat, DpopNonce, Rotation, Tokens};
pub use trust::{ExchangeConfig, TrustedIssuer};

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use http::HeaderName;
use ipnet::IpNet;

use crate::protocol::{IssuerUrl, Secret};

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
    /// Pushed authorization requests.
    pub par: ParConfig,
    /// RFC 8707.
    pub resource_indicators: ResourceIndicators,
    /// Preregistered clients.
    pub clients: Vec<ClientConfig>,
    /// Accounts.
    pub users: Vec<UserConfig>,
    /// Issuers whose assertions are taken (RFC 7523 §3).
    pub trusted_issuers: Vec<TrustedIssuer>,
    /// How users log in.
    pub login: LoginMode,
    /// Ways of authentication that logins count as. The first one is every session's; each other
    /// one needs a login for the very request that asks for it.
    pub acr_values: Vec<String>,
    /// How users consent.
    pub consent: ConsentConfig,
    /// Who may register clients.
    pub registration: RegistrationMode,
    /// Whose software statements count at registration.
    pub software_statements: SoftwareStatements,
    /// Clients that are known by the address of their metadata.
    pub client_id_metadata: ClientIdMetadata,
    /// Origins of browser clients, beside the public endpoints that admit every origin.
    pub cors_origins: Vec<String>,
    /// Hosts that fetches for clients may reach though they are not of the public internet.
    pub outgoing: OutgoingConfig,
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
    /// How long a lab that was asked to stop goes on serving, and says that it is not ready.
    pub drain: Duration,
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
    /// Plain HTTP from proxies that end TLS.
    BehindProxy(ProxyConfig),
}

impl TlsMode {
    /// Whether clients may show a certificate, so that it reaches the lab.
    pub const fn shows_certificates(&self) -> bool {
        match self {
            Self::SelfSigned | Self::Files { .. } => true,
            Self::Off => false,
            Self::BehindProxy(proxies) => proxies.certificate_header.is_some(),
        }
    }
}

/// `tls.behind-proxy`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProxyConfig {
    /// Networks whose members are believed about their clients; nobody else is answered.
    pub trusted: Vec<IpNet>,
    /// The header in which they say which certificate the client showed.
    pub certificate_header: Option<HeaderName>,
}

/// `store`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreConfig {
    /// In memory: bounded, gone at exit.
    Memory {
        /// How many records it holds at most; `None` leaves that to the engine.
        capacity: Option<usize>,
    },
    /// In a database file, which is made when it is not there.
    Sqlite(PathBuf),
    /// On a Redis or Valkey server, which several nodes may share. The URL may hold a password.
    Redis(Secret),
}

impl StoreConfig {
    /// The file of a database.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::Sqlite(path) => Some(path),
            Self::Memory { .. } | Self::Redis(_) => None,
        }
    }

    /// Whether nothing of it outlives the process.
    pub const fn is_memory(&self) -> bool {
        matches!(self, Self::Memory { .. })
    }

    /// The engine's name.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Memory { .. } => "memory",
            Self::Sqlite(_) => "sqlite",
            Self::Redis(_) => "redis",
        }
    }
}

/// `par` (RFC 9126).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParConfig {
    /// Whether every client must push its requests.
    pub required: bool,
    /// How long a pushed request waits for its browser.
    pub ttl: Duration,
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
    /// Requests of one address.
    pub address: Rate,
    /// Whether this machine has that limit as well: all its clients have one address.
    pub loopback: bool,
    /// Failed logins of one account, from one address or one browser that it knows.
    pub login_failures: Rate,
    /// Token requests of one client.
    pub token: Rate,
    /// Registrations of the whole lab.
    pub registration: Rate,
}

/// `introspection.callers`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntrospectionCallers {
    /// Authenticated clients (RFC 7662 §2.1).
    Authenticated,
    /// Anyone.
    Anonymous,
}

/// `outgoing`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutgoingConfig {
    /// Names and addresses in lower case, an IPv6 address without brackets.
    pub allow: Vec<String>,
}

/// `inspector`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InspectorConfig {
    /// The port to listen on, always on loopback; 0 lets the system choose.
    pub port: u16,
    /// Secrets are shown as fingerprints.
    pub redact: bool,
    /// What opens the metrics, beside the inspector's own token.
    pub metrics_token: Option<Secret>,
}
