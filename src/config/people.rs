//! Clients and users, and how they are let in.

use std::time::Duration;

use serde_json::{Map, Value};

use super::CustomClaims;
use super::ExchangeConfig;
use crate::protocol::{ClientId, ClientKeys, ClientMetadata, Secret, Subject};

/// A preregistered client.
#[derive(Clone, Debug)]
pub struct ClientConfig {
    /// Its id.
    pub id: ClientId,
    /// Its secret; `None` for public clients, and with `generated_secret` one made at start.
    pub secret: Option<Secret>,
    /// Make a random secret at start (`--strict` turns known secrets into this).
    pub generated_secret: bool,
    /// Make a key and a certificate for it at start: the file says so, or the rule book takes no other
    /// credential, and it has none.
    pub generated_key: bool,
    /// Claims to add to its access tokens.
    pub claims: CustomClaims,
    /// Everything else, as if it had been registered.
    pub metadata: ClientMetadata,
    /// What it may do with tokens of others.
    pub exchange: ExchangeConfig,
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

/// `registration.software_statements` (RFC 7591 §2.3).
#[derive(Clone, Debug, Default)]
pub struct SoftwareStatements {
    /// Whose statements count. Without any, statements are ignored.
    pub issuers: Vec<StatementIssuer>,
    /// Whether a registration needs one.
    pub required: bool,
}

/// Somebody who signs software statements.
#[derive(Clone, Debug)]
pub struct StatementIssuer {
    /// The `iss` of its statements.
    pub issuer: String,
    /// Its keys, by value or by reference.
    pub keys: ClientKeys,
}

/// `client_id_metadata`: clients that are known by the address of their metadata.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ClientIdMetadata {
    /// There are none.
    #[default]
    Off,
    /// Of any host.
    On,
    /// Of these hosts.
    Hosts(Vec<String>),
}

/// `sessions`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionConfig {
    /// A session dies when unused for this long.
    pub idle: Duration,
    /// A session dies this long after login.
    pub absolute: Duration,
}
