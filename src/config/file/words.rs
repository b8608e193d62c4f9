//! The words that oauthlab.yaml knows: one enum a key, and what each word means in a [`Config`].
//!
//! [`Config`]: crate::config::Config

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde_json::{Value, json};

use super::field::Field;
use crate::config::{
    AccessTokenFormat, ConsentMode, DpopNonce, IntrospectionCallers, Profile, ResourceIndicators,
    TokenValidation,
};
use crate::protocol::{Algorithm, AuthMethod, GrantType, ResponseType, Secret};

/// The rule book that holds.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename = "profile")]
#[schemars(rename = "Profile")]
pub(crate) enum RuleBook {
    /// OAuth 2.1 and RFC 9700.
    #[serde(rename = "oauth2.1")]
    OAuth21,
    /// The Model Context Protocol's authorization pages.
    #[serde(rename = "mcp")]
    Mcp,
    /// The FAPI 2.0 Security Profile.
    #[serde(rename = "fapi2")]
    Fapi2,
    /// RFC 6749 as it once was.
    #[serde(rename = "legacy")]
    Legacy,
}

/// How connections are protected.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(rename = "TLS mode", rename_all = "kebab-case")]
#[schemars(rename = "Tls")]
pub(crate) enum Tls {
    /// A certificate of the lab's own CA, new at each start.
    SelfSigned,
    /// Plain HTTP, on loopback only.
    Off,
    /// PEM files.
    Files(Box<PemFiles>),
    /// TLS ends at a proxy.
    BehindProxy(Box<Proxies>),
}

/// The proxies in front of the lab.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(rename = "tls.behind-proxy", default, deny_unknown_fields)]
#[schemars(rename = "Proxies")]
pub(crate) struct Proxies {
    /// Addresses or networks of the proxies, such as `127.0.0.1/32`. Nobody else is answered.
    pub(crate) trusted: Field<Vec<Field<String>>>,
    /// The header in which they pass on a client's certificate, such as `Client-Cert`.
    pub(crate) certificate_header: Field<String>,
}

/// PEM files.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(rename = "tls.files", default, deny_unknown_fields)]
#[schemars(rename = "PemFiles")]
pub(crate) struct PemFiles {
    /// The certificate chain, the server's own certificate first.
    pub(crate) cert: Field<String>,
    /// The private key.
    pub(crate) key: Field<String>,
}

/// What remembers.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(rename = "store", rename_all = "lowercase", deny_unknown_fields)]
#[schemars(rename = "Store", transform = memory_as_a_word)]
pub(crate) enum Store {
    /// In memory: bounded, gone at exit.
    Memory {
        /// How many records it holds at most.
        #[serde(default)]
        capacity: Field<u64>,
    },
    /// In a database file, relative to this one; it is made when it is not there.
    Sqlite(String),
    /// On a Redis or Valkey server: its URL, best from the environment.
    Redis(Secret),
}

/// `memory` alone is `{ memory: {} }`.
fn memory_as_a_word(schema: &mut Schema) {
    if let Some(Value::Array(forms)) = schema.get_mut("oneOf") {
        forms.push(json!({ "type": "string", "const": "memory" }));
    }
}

/// Format of access tokens.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename = "token format", rename_all = "lowercase")]
#[schemars(rename = "AccessFormat")]
pub(crate) enum AccessFormat {
    /// A JWT (RFC 9068).
    Jwt,
    /// A random string.
    Opaque,
}

/// A JWS algorithm.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename = "algorithm")]
#[schemars(rename = "Algorithm")]
pub(crate) enum SigningAlgorithm {
    /// ECDSA on P-256 with SHA-256.
    #[serde(rename = "ES256")]
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    #[serde(rename = "RS256")]
    Rs256,
    /// RSASSA-PSS with SHA-256.
    #[serde(rename = "PS256")]
    Ps256,
    /// Ed25519.
    #[serde(rename = "EdDSA")]
    EdDsa,
    /// ML-DSA-44, post-quantum (RFC 9964).
    #[serde(rename = "ML-DSA-44")]
    MlDsa44,
    /// ML-DSA-65, post-quantum (RFC 9964).
    #[serde(rename = "ML-DSA-65")]
    MlDsa65,
    /// ML-DSA-87, post-quantum (RFC 9964).
    #[serde(rename = "ML-DSA-87")]
    MlDsa87,
}

/// Where a client's keys come from, if not from the file.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename = "keys", rename_all = "lowercase")]
#[schemars(rename = "ClientKeys")]
pub(crate) enum OwnKeys {
    /// Made by the lab, and kept in a store that lasts: an ES256 key, and a certificate that it
    /// signs itself.
    Generated,
}

/// What happens when a refresh token is used.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename = "rotation", rename_all = "lowercase")]
#[schemars(rename = "Rotation")]
pub(crate) enum TokenRotation {
    /// A new one each time; the old one, presented again, revokes the family.
    Strict,
    /// As strict, but whoever sends the old one again within the `grace` time gets the same new one.
    Grace,
    /// The same one stays.
    Off,
}

/// Whether proofs of possession need a nonce of the server.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename = "nonce", rename_all = "lowercase")]
#[schemars(rename = "ProofNonce")]
pub(crate) enum ProofNonce {
    /// None.
    Off,
    /// In every proof, at the issuer and at the APIs.
    Required,
}

/// How an API checks tokens.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename = "validation", rename_all = "lowercase")]
#[schemars(rename = "Validation")]
pub(crate) enum Validation {
    /// RFC 7662 at the issuer.
    Introspection,
    /// Locally, by the issuer's keys.
    Jwt,
}

/// Whether an API takes tokens that anybody could use.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename = "sender_constrained", rename_all = "lowercase")]
#[schemars(rename = "SenderConstrained")]
pub(crate) enum SenderConstrained {
    /// Bearer tokens too.
    Optional,
    /// Only tokens that are bound to a key.
    Required,
}

/// RFC 8707.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename = "resource_indicators", rename_all = "lowercase")]
#[schemars(rename = "ResourceIndicators")]
pub(crate) enum Resources {
    /// The parameter is ignored.
    Off,
    /// Known resources are honoured, unknown ones refused.
    Optional,
    /// As optional, and an API refuses every token without its own audience.
    Strict,
}

/// How users log in.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(rename = "login mode", rename_all = "lowercase")]
#[schemars(rename = "Login")]
pub(crate) enum Login {
    /// A form, with one-click users on loopback labs.
    Form,
    /// Everyone is this user at once.
    Automatic(Field<String>),
}

/// What happens when consent is needed.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename = "consent mode", rename_all = "lowercase")]
#[schemars(rename = "Consent")]
pub(crate) enum Consent {
    /// A page asks.
    Ask,
    /// Granted without a page.
    Automatic,
    /// Refused without a page.
    Deny,
}

/// Whose consents are remembered.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename = "consent.remember", rename_all = "lowercase")]
#[schemars(rename = "Remember")]
pub(crate) enum Remember {
    /// Those of confidential clients.
    Confidential,
    /// Nobody's.
    Never,
}

/// Who may register clients.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename = "registration mode", rename_all = "kebab-case")]
#[schemars(rename = "Registration")]
pub(crate) enum Registration {
    /// Anyone.
    Open,
    /// Who has the initial access token.
    InitialAccessToken,
    /// Nobody.
    Off,
}

/// Clients that are known by the address of their metadata.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(rename = "client_id_metadata", rename_all = "lowercase")]
#[schemars(rename = "ClientIdMetadata")]
pub(crate) enum ClientDocuments {
    /// There are none.
    Off,
    /// Of any host that the lab can reach.
    On,
    /// Of these hosts.
    Allow(Vec<Field<String>>),
}

/// Who may introspect.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename = "introspection.callers", rename_all = "lowercase")]
#[schemars(rename = "Callers")]
pub(crate) enum Callers {
    /// Authenticated clients (RFC 7662 section 2.1).
    Authenticated,
    /// Anyone.
    Anonymous,
}

macro_rules! means {
    ($word:ty => $meaning:ty { $($from:ident),+ }) => {
        impl From<$word> for $meaning {
            fn from(word: $word) -> Self {
                match word { $(<$word>::$from => Self::$from),+ }
            }
        }
    };
}

means!(ProofNonce => DpopNonce { Off, Required });
means!(RuleBook => Profile { OAuth21, Mcp, Fapi2, Legacy });
means!(AccessFormat => AccessTokenFormat { Jwt, Opaque });
means!(Validation => TokenValidation { Introspection, Jwt });
means!(Resources => ResourceIndicators { Off, Optional, Strict });
means!(Consent => ConsentMode { Ask, Automatic, Deny });
means!(SigningAlgorithm => Algorithm { Es256, Rs256, Ps256, EdDsa, MlDsa44, MlDsa65, MlDsa87 });
means!(Callers => IntrospectionCallers { Authenticated, Anonymous });

/// A registered name that the protocol module knows; the schema lists all of them.
macro_rules! registered {
    ($(#[$meta:meta])* $name:ident = $names:ty) => {
        $(#[$meta])*
        pub(crate) struct $name;

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                let names: Vec<_> = <$names>::ALL.iter().map(|name| name.as_str()).collect();
                schemars::json_schema!({ "type": "string", "enum": names })
            }
        }
    };
}

/// `grants` of a client: registered names, and short ones for those that are URNs.
pub(crate) struct Grant;

impl JsonSchema for Grant {
    fn schema_name() -> Cow<'static, str> {
        "Grant".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let mut names: Vec<_> = GrantType::ALL.iter().map(|grant| grant.as_str()).collect();
        let short = GrantType::ALL.iter().map(|grant| grant.short());
        names.extend(short.filter(|name| GrantType::parse(name).is_none()));
        schemars::json_schema!({ "type": "string", "enum": names })
    }
}

registered!(
    /// `auth_method` of a client.
    AuthenticationMethod = AuthMethod
);
registered!(
    /// `response_types` of a client.
    Response = ResponseType
);

impl JsonSchema for Secret {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Secret".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({ "type": "string", "minLength": 1 })
    }
}
